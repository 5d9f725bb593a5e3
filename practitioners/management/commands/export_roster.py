"""manage.py export_roster FILE [--mapping CODE]"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from config.accounts.services.users import system_user
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.roster_fields import roster_mapping
from practitioners.management.commands._files import UNUSABLE
from practitioners.selectors.people import visible_practitioners
from practitioners.selectors.roster_export import roster_lines
from practitioners.services.exports import record_roster_export


class Command(BaseCommand):
    help = (
        "Writes everybody on file as a roster (CSV) in the columns of a mapping, without birth dates and "
        "social security numbers. Imported again by that mapping it changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--mapping", default="generic", help="code of a shipped mapping")

    def handle(self, *args, **options):
        actor = system_user()
        try:
            mapping = roster_mapping(options["mapping"])
            people = visible_practitioners(actor).order_by("sort_name", "pk")
            count = people.count()
            record_roster_export(
                actor=actor, file_format="csv", count=count, filters={"mapping": mapping.code}
            )
            with options["file"].open("w", encoding=mapping.layout.encoding, newline="") as out:
                csv.writer(out, delimiter=mapping.layout.delimiter).writerows(roster_lines(people, mapping))
        except UnusableFile as problem:
            self.stderr.write(problem.sentence)
            sys.exit(UNUSABLE)
        except OSError as problem:
            self.stderr.write(f"{options['file']} cannot be written: {problem.strerror or problem}.")
            sys.exit(UNUSABLE)
        self.stdout.write(f"{count:,} people written.")
