"""``manage.py load_procedure_codes FILE --facility CODE``: which privilege each procedure code needs."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from privileging.management.commands._asking import UNUSABLE, AskingCommand
from privileging.services.procedures import load_procedure_codes


class Command(AskingCommand):
    """Thin door over :func:`privileging.services.procedures.load_procedure_codes`."""

    help = "Load the codes of your own code sets from a CSV: code, system, privilege, and groups if you like."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--facility", required=True, help="code of the facility")
        parser.add_argument("--dry-run", action="store_true", help="say what it would do, change nothing")

    def handle(self, *args, **options):
        facility = self.facility(options["facility"])
        try:
            found = load_procedure_codes(
                actor=system_user(),
                facility=facility,
                content=options["file"].read_bytes(),
                dry_run=options["dry_run"],
            )
        except OSError as problem:
            raise CommandError(f"{options['file']}: {problem.strerror}.", returncode=UNUSABLE) from None
        except Refused as refused:
            raise CommandError(refused.sentence, returncode=UNUSABLE) from None
        if found.problems:
            raise CommandError("\n".join([*found.problems, "Nothing was changed."]), returncode=1)
        would = " (nothing was changed)" if options["dry_run"] else ""
        self.stdout.write(
            f"{facility}: {found.added} added, {found.ended} ended, {found.unchanged} unchanged{would}."
        )
