"""What bodies did in their meetings in the twelve months to a day: facts of BL-CTE-1 and BL-CTE-2."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import JSONField, Q
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast

from bylaws.choices import KIND_OF_BODY, Body, MeetingStatus, MotionStatus
from bylaws.models import Committee, Decision, Meeting, Motion
from bylaws.rules.population import remembered
from config.kernel import clock
from config.kernel.dates import ONE_DAY, add_months
from config.organization.models import Facility

#: The id of a body, the day it voted, and the quorum on record.
_Vote = tuple[int, dt.date, dict[str, Any] | None]
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
    """What was voted on in the twelve months by the id of the body, the first first: the day, and the quorum
    as counted at the vote or as the minutes tell it; two queries.
    """
    found: dict[int, list[dict[str, Any]]] = {}
    votes = [*_motions(facility, on, known_at), *_told_by_minutes(facility, on, known_at)]
    for committee, day, quorum in sorted(votes, key=lambda each: each[1]):
        quorum = quorum or {}
        found.setdefault(committee, []).append(
            {
                "day": day,
                "met": quorum.get("met"),
                "needed": quorum.get("needed"),
                "present": quorum.get("present"),
            }
        )
    return found


def _motions(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> Iterator[_Vote]:
    zone = ZoneInfo(facility.time_zone)
    rows = Motion.objects.filter(
        status__in=[MotionStatus.CARRIED, MotionStatus.FAILED],
        agenda_item__meeting__committee__facility=facility,
        closed_at__gte=dt.datetime.combine(add_months(on, -MONTHS), dt.time(), zone),
        closed_at__lt=dt.datetime.combine(on + ONE_DAY, dt.time(), zone),
    )
    if known_at is not None:
        rows = rows.filter(closed_at__lte=known_at)
    asked = rows.order_by("closed_at", "pk").values_list(
        "agenda_item__meeting__committee", "closed_at", "quorum"
    )
    for committee, closed_at, quorum in asked:
        if closed_at is None:  # only an open vote has no end
            continue
        day = clock.date_at(closed_at, facility)
        if add_months(day, MONTHS) > on:  # as meetings are counted; before a leap day the two differ
            yield committee, day, quorum


def _told_by_minutes(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> Iterator[_Vote]:
    rows = Decision.objects.filter(
        facility=facility,
        body__in=KIND_OF_BODY,
        motion__isnull=True,
        votes_for__isnull=False,
        decided_on__gte=add_months(on, -MONTHS),
        decided_on__lte=on,
    )
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    bodies = dict(Committee.objects.filter(facility=facility).values_list("kind", "pk"))
    asked = rows.annotate(said=KeyTransform("quorum", Cast("frozen", JSONField()))).order_by(
        "decided_on", "pk"
    )
    for body, day, quorum in asked.values_list("body", "decided_on", "said"):
        committee = bodies.get(KIND_OF_BODY[Body(body)])
        if committee is not None and add_months(day, MONTHS) > on:
            yield committee, day, quorum
