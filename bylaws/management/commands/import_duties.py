"""manage.py import_duties FILE --kind records|dues|call --facility CODE --as-of DATE"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from bylaws.choices import DutyKind
from bylaws.services.duty_counts import import_counts
from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from practitioners.importing.rejections import UnusableFile
from practitioners.management.commands.import_roster import chosen_facility, read_file


class Command(BaseCommand):
    help = (
        "Records counts of members' duties from another system (CSV or XLSX with NPI, Count and Since): "
        "overdue medical records, dues owed, call shifts covered. All rows or none."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--kind", required=True, choices=DutyKind.values)
        parser.add_argument("--facility", required=True, help="code of the facility")
        parser.add_argument("--as-of", required=True, type=dt.date.fromisoformat, help="day of the list")

    def handle(self, *args, **options):
        try:
            made = import_counts(
                actor=system_user(),
                facility=chosen_facility(options["facility"]),
                kind=options["kind"],
                as_of=options["as_of"],
                content=read_file(options["file"]),
                file_name=options["file"].name,
            )
        except (Refused, UnusableFile) as problem:
            raise CommandError(problem.sentence) from None
        self.stdout.write(f"{made}: {made.counts.count()} members.")
