"""Queues of the Today page about terms that end; ``worklist.py`` registers them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.urls import reverse

from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.pages import address
from config.kernel.registries import WorkItem
from credentialing import links, policies
from credentialing.choices import Outlook
from credentialing.selectors.reappointments import Calendar, Month, ending_terms, months, read_calendar

Items = tuple[int, Sequence[WorkItem]]


def reappointments_to_launch(user, facility, limit: int) -> Items:
    """Terms nobody has begun to renew, by the month they end in, as far as packets are due to go out; the
    total counts the terms. Two queries.
    """
    today = clock.today(facility)
    calendar = read_calendar(facility, today)
    terms = ending_terms(facility, today=today).filter(policies.not_own(user))
    due = calendar.months_due
    waiting = [each for each in months(terms, today=today) if each.waiting and each.first <= due[-1]]
    return sum(each.waiting for each in waiting), [
        WorkItem(
            title=f"Terms that end in {each.first:%B %Y}",
            url=address(reverse("credentialing:reappointments"), month=each.code),
            detail=f"{each.waiting} of {each.ending} without an application",
            due=_due(each, calendar),
            colour="bad" if each.first < due[0] else "warn",
        )
        for each in waiting[:limit]
    ]


def _due(month: Month, calendar: Calendar) -> dt.date:
    """The day by which the packets of a month are out."""
    return month.first - dt.timedelta(days=calendar.windows.latest)


def terms_that_lapse(user, facility, limit: int) -> Items:
    """Members whose term ends before the board can decide, the first to lapse in front."""
    today = clock.today(facility)
    calendar = read_calendar(facility, today)
    terms = ending_terms(facility, today=today).filter(policies.not_own(user))
    lapsing = calendar.ids_with(terms, Outlook.WILL_LAPSE)
    rows: list[Any] = list(terms.filter(pk__in=lapsing).order_by(F("ends"), "pk")[:limit])
    found = calendar.renewals(rows)
    return len(lapsing), [
        WorkItem(
            title=str(row.practitioner),
            url=links.application(found[row.pk].application)
            if found[row.pk].application
            else links.practitioner(row.practitioner),
            detail=found[row.pk].foreseen.why,
            due=row.ends - ONE_DAY,
            runs_out=True,
            colour="bad",
        )
        for row in rows
    ]
