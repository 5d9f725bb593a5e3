"""Terms that end."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F
from django.urls import reverse

from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.pages import address
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links, policies
from credentialing.choices import Outlook
from credentialing.selectors.reappointments import Calendar, Month, ending_terms, months, read_calendar
from credentialing.worklist.shared import MANAGE


@queue(
    code="credentialing-launch",
    title="Reappointments to launch",
    permission=MANAGE,
    order=18,
    more_url="/reappointments/",
    empty="Everybody whose packet is due to go out has an application.",
)
def reappointments_to_launch(user, facility, limit: int) -> Waiting:
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


@queue(
    code="credentialing-will-lapse",
    title="Will lapse",
    permission=MANAGE,
    order=16,
    more_url=lambda user, facility: "/reappointments/?month=&outlook=will_lapse",
    empty="The board can decide on every term before it ends.",
    slow=True,
)
def terms_that_lapse(user, facility, limit: int) -> Waiting:
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
