"""Arguments the commands of this room share. A bad value is a sentence, never a stack trace."""

from __future__ import annotations

import datetime as dt

from django.core.management.base import CommandError

from config.organization.models import Facility


def a_day(text: str) -> dt.date:
    """A date like 2026-03-31."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise CommandError(f'"{text}" is not a date; write it like 2026-03-31.') from None


def a_moment(text: str) -> dt.datetime:
    """A moment like 2026-03-31T14:05:00Z; without a zone it is UTC."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f'"{text}" is not a moment; write it like 2026-03-31T14:05:00Z.') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def facilities(code: str | None) -> list[Facility]:
    """The facility of that code, or all of them."""
    if not code:
        return list(Facility.objects.order_by("code"))
    found = Facility.objects.filter(code__iexact=code).first()
    if found is None:
        known = ", ".join(Facility.objects.order_by("code").values_list("code", flat=True)) or "none"
        raise CommandError(f'There is no facility "{code}"; known: {known}.')
    return [found]
