"""Do the night's work now."""

from __future__ import annotations

import datetime as dt

from django.core.management.base import BaseCommand, CommandParser

from config.accounts.services.users import system_user
from credentialing.services.nightly import NightFailed, run_nightly


class Command(BaseCommand):
    """``run_nightly [--on DATE] [--again]``: exit 0 ok, 1 a part failed, 2 not a date."""

    help = "Standing conditions of every facility, reminders, checkpoint of the evidence; once a day each."

    def add_arguments(self, parser: CommandParser) -> None:
        """The day, and whether to repeat what is done."""
        parser.add_argument("--on", default="", help="The day to work on (YYYY-MM-DD); default today.")
        parser.add_argument("--again", action="store_true", help="Repeat parts that are done already.")

    def handle(self, *args, on: str, again: bool, **options) -> None:
        """Run, and say what each part came to."""
        try:
            day = dt.date.fromisoformat(on) if on else None
        except ValueError:
            self.stderr.write(f'"{on}" is not a date; write it like 2026-03-10.')
            raise SystemExit(2) from None
        try:
            parts = run_nightly(actor=system_user(), on=day, again=again)
        except NightFailed as failed:
            self.stderr.write(str(failed))
            raise SystemExit(1) from None
        for part, outcome in parts.items():
            self.stdout.write(f"{part}: {outcome}")
