"""Screen everyone against every exclusion list in use."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from credentialing.services.staff_screening import screen_everyone


class Command(BaseCommand):
    """``screen_exclusions``: exit 0 ok, 2 nothing to screen against."""

    help = "Screen everyone with an appointment or an open application, under every name."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to repeat what is done."""
        parser.add_argument(
            "--again", action="store_true", help="Also who was screened against this load already."
        )

    def handle(self, *args, again: bool, **options) -> None:
        """Screen, and say what was found."""
        try:
            counts = screen_everyone(actor=system_user(), again=again)
        except Refused as refused:
            self.stderr.write(str(refused))
            raise SystemExit(2) from None
        lists = counts["lists"]
        self.stdout.write(
            f"{counts['people']:,} people screened against {lists} list{'s' if lists != 1 else ''}; "
            f"{counts['matches']:,} matches found."
        )
