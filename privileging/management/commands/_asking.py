"""Arguments the two questions of the lookup share. A usage error leaves with code 2, as everywhere."""

from __future__ import annotations

import datetime as dt
import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.kernel import clock
from config.organization.models import Facility

UNUSABLE = 2


class AskingCommand(BaseCommand):
    """A command that asks the lookup; subclasses declare what they ask first."""

    def add_question(self, parser: CommandParser) -> None:
        """The arguments both questions take."""
        parser.add_argument("privilege_code")
        parser.add_argument("--facility", required=True, help="code of the facility")
        parser.add_argument("--on", help="the day asked about, YYYY-MM-DD; default: today at the facility")
        parser.add_argument(
            "--known-at", help="answer as known at this moment: ISO 8601, in UTC unless it says otherwise"
        )
        parser.add_argument("--json", action="store_true", help="machine-readable")

    def facility(self, code: str) -> Facility:
        """The facility of that code."""
        facility = Facility.objects.filter(code__iexact=code).first()
        if facility is None:
            codes = ", ".join(Facility.objects.values_list("code", flat=True))
            raise CommandError(
                f'There is no facility "{code}". Known: {codes or "none"}.', returncode=UNUSABLE
            )
        return facility

    def day(self, text: str | None, facility: Facility) -> dt.date:
        """The day given, or today at the facility."""
        if not text:
            return clock.today(facility)
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            raise CommandError(
                f'"{text}" is not a day; write it like 2026-11-24.', returncode=UNUSABLE
            ) from None

    def moment(self, text: str | None) -> dt.datetime | None:
        """The moment given, or None for now."""
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(
                f'"{text}" is not a moment; write it like 2026-11-24T15:30:00Z.', returncode=UNUSABLE
            ) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)

    def leave(self, code: int) -> None:
        """Leave with an exit code that says the answer; 0 simply returns."""
        if code:
            self.stdout.flush()
            sys.exit(code)
