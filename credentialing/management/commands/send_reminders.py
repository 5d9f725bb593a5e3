"""Find the reminders of a day and send them."""

from __future__ import annotations

import datetime as dt

from django.core.management.base import BaseCommand, CommandParser

from config.accounts.services.users import system_user
from credentialing.services.reminders import queue_reminders, send, unsent


class Command(BaseCommand):
    """``send_reminders [--on DATE]``: exit 0 ok, 1 some mail could not be sent, 2 not a date."""

    help = "Queue the reminders that are due and send everything that waits."

    def add_arguments(self, parser: CommandParser) -> None:
        """The day, and whether to send."""
        parser.add_argument("--on", default="", help="The day to look from (YYYY-MM-DD); default today.")
        parser.add_argument("--queue-only", action="store_true", help="Leave the sending to the workers.")

    def handle(self, *args, on: str, queue_only: bool, **options) -> None:
        """Queue, send, and say how many."""
        try:
            day = dt.date.fromisoformat(on) if on else None
        except ValueError:
            self.stderr.write(f'"{on}" is not a date; write it like 2026-03-10.')
            raise SystemExit(2) from None
        queued = queue_reminders(actor=system_user(), on=day)["queued"]
        self.stdout.write(f"{queued:,} reminders queued.")
        if queue_only:
            return
        outcomes = [send(uid) for uid in unsent()]
        failed = outcomes.count("failed")
        self.stdout.write(f"{outcomes.count('sent'):,} mails sent, {failed:,} could not be sent.")
        if failed:
            raise SystemExit(1)
