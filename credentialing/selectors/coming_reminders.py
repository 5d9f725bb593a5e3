"""What one person will be reminded of, and where what they send goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bylaws.models import AppointmentPeriod
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.organization.models import Facility
from credentialing.models import Application
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.expirables import expiring_of
from credentialing.selectors.reminded import steps_in_force
from practitioners.models import CredentialPeriod, Practitioner
from practitioners.selectors.canonical import among

#: Days ahead something that ends is told of, and past its end while nothing renews it.
AHEAD, PAST = 400, 365


@dataclass(frozen=True)
class Coming:
    """One credential that ends: on which days reminders are still to go out, today included."""

    period: CredentialPeriod
    ran_out: bool
    on: Sequence[dt.date]


def reminders_to_come(practitioner: Practitioner, *, on: dt.date) -> list[Coming]:
    """What ends within a year or so, or ended, soonest first, with the days of its ladder that are left. At
    most three queries.
    """
    rows = list(expiring_of(practitioner, on=on, days_ahead=AHEAD, days_past=PAST)[:20])
    if not rows:
        return []
    general = steps_in_force(on)
    return [
        Coming(
            row,
            row.valid.upper <= on,
            _days(row.valid.upper - ONE_DAY, row.identity.credential_type.reminder_days or general, on),
        )
        for row in rows
    ]


def _days(end: dt.date, ladder: Sequence[int], on: dt.date) -> list[dt.date]:
    days = (end - dt.timedelta(days=step) for step in sorted(ladder, reverse=True))
    return [day for day in days if day >= on]


def office_of(practitioner: Practitioner) -> Facility | None:
    """The facility whose office has the person: where they are appointed, else where they apply; two queries
    at most.
    """
    records = among([practitioner.pk])
    terms = AppointmentPeriod.objects.in_force(clock.today()).filter(practitioner__in=records)
    files = Application.objects.filter(practitioner__in=records, status__in=OPEN_STATUSES)
    for rows in (terms, files):
        row = rows.select_related("facility").order_by("facility__code").first()
        if row is not None:
            return row.facility
    return None
