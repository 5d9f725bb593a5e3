"""manage.py import_duties FILE --kind records|dues|call --facility CODE --as-of DATE [--whole]
manage.py import_duties FILE --kind records|dues|call --facility CODE --take-back REASON
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from bylaws.choices import DutyKind
from bylaws.models import DutyList
from bylaws.services.duty_counts import import_counts, undo_counts
from config.accounts.services.users import system_user
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Refused
from practitioners.importing.rejections import UnusableFile
from practitioners.management.commands.import_roster import chosen_facility, read_file


class Command(BaseCommand):
    help = (
        "Records counts of members' duties from another system (CSV or XLSX with NPI, Count and Since): "
        "overdue medical records, dues owed, call shifts covered. All rows or none. With --take-back, the "
        "file that was imported says nothing any more."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--kind", required=True, choices=DutyKind.values)
        parser.add_argument("--facility", required=True, help="code of the facility")
        parser.add_argument("--as-of", help="day of the list, as 2026-03-31")
        parser.add_argument(
            "--whole",
            action="store_true",
            help="the list names everybody whom it concerns; without it, who is not on it is not known about",
        )
        parser.add_argument(
            "--take-back",
            metavar="REASON",
            help="take back the import of this file, the newest where none is named by its day",
        )

    def handle(self, *args, **options):
        try:
            self.stdout.write(self._done(options))
        except (Refused, UnusableFile) as problem:
            raise CommandError(problem.sentence) from None

    def _done(self, options) -> str:
        actor, content = system_user(), read_file(options["file"])
        facility = chosen_facility(options["facility"])
        if facility is None:
            raise Refused("Name the facility of the list.", field="facility")
        if options["take_back"] is not None:
            of_the_file = {"facility": facility, "kind": options["kind"], "sha256": bytes_digest(content)}
            if options["as_of"]:
                of_the_file["as_of"] = _day(options["as_of"])
            made = DutyList.objects.filter(**of_the_file, undone_at=None).first()
            if made is None:
                raise Refused("No import of this file stands.")
            undo_counts(actor=actor, duty_list=made, reason=options["take_back"])
            return f"{made}: taken back."
        made = import_counts(
            actor=actor,
            facility=facility,
            kind=options["kind"],
            as_of=_day(options["as_of"]),
            whole=options["whole"],
            content=content,
            file_name=options["file"].name,
        )
        return f"{made}: {made.counts.count()} members."


def _day(said: str | None) -> dt.date:
    try:
        return dt.date.fromisoformat(said or "")
    except ValueError:
        raise Refused(f'--as-of: "{said or ""}" is no day; write 2026-03-31.') from None
