"""What bodies did in their meetings in the twelve months to a day: facts of BL-CTE-1 and BL-CTE-2."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from bylaws.choices import MeetingStatus, MotionStatus
from bylaws.models import Meeting, Motion
from bylaws.rules.population import remembered
from config.kernel import clock
from config.kernel.dates import ONE_DAY, add_months
from config.organization.models import Facility

#: The stretch looked at, in months.
MONTHS = 12


def over_by(known_at: dt.datetime) -> Q:
    """Meetings known to be over at the moment: adjourned here by then, or recorded from minutes kept by then
    (those were never adjourned here).
    """
    return Q(adjourned_at__lte=known_at) | Q(
        adjourned_at__isnull=True, minutes_paper__stored_at__lte=known_at
    )


def held_by_body(
    facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> Mapping[int, list[dt.date]]:
    """The days of all meetings through the day that were adjourned by ``known_at``, the newest first, by the
    id of the body; one query, and one for all rules while many are judged.
    """
    return remembered(("meetings held", facility.pk, on, known_at), partial(_ask, facility, on, known_at))


def _ask(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, list[dt.date]]:
    rows = Meeting.objects.filter(
        committee__facility=facility,
        status=MeetingStatus.ADJOURNED,
        starts_at__lt=dt.datetime.combine(on + ONE_DAY, dt.time(), ZoneInfo(facility.time_zone)),
    )
    if known_at is not None:
        rows = rows.filter(over_by(known_at))
    found: dict[int, list[dt.date]] = {}
    for committee, starts_at in rows.order_by("-starts_at", "-pk").values_list("committee", "starts_at"):
        found.setdefault(committee, []).append(clock.date_at(starts_at, facility))
    return found


def votes_by_body(
    facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> dict[int, list[dict[str, Any]]]:
    """The motions decided in the twelve months by the id of the body, the first first: the day, what they
    were about and the quorum as counted at the vote; one query.
    """
    zone = ZoneInfo(facility.time_zone)
    rows = Motion.objects.filter(
        status__in=[MotionStatus.CARRIED, MotionStatus.FAILED],
        agenda_item__meeting__committee__facility=facility,
        closed_at__gte=dt.datetime.combine(add_months(on, -MONTHS) + ONE_DAY, dt.time(), zone),
        closed_at__lt=dt.datetime.combine(on + ONE_DAY, dt.time(), zone),
    )
    if known_at is not None:
        rows = rows.filter(closed_at__lte=known_at)
    found: dict[int, list[dict[str, Any]]] = {}
    asked = rows.order_by("closed_at", "pk").values_list(
        "agenda_item__meeting__committee", "closed_at", "quorum"
    )
    for committee, closed_at, quorum in asked:
        if closed_at is None:  # only an open vote has no end
            continue
        found.setdefault(committee, []).append(
            {
                "day": clock.date_at(closed_at, facility),
                "met": quorum.get("met"),
                "needed": quorum.get("needed"),
                "present": quorum.get("present"),
            }
        )
    return found
