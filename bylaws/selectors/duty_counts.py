"""Which list of counts speaks for a day, and what it says of whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from bylaws.models import DutyCount, DutyList
from config.organization.models import Facility
from practitioners.selectors.canonical import among, person_id


@dataclass(frozen=True)
class Counted:
    """What a list says of one person: as :class:`bylaws.models.DutyCount`."""

    count: int
    since: dt.date | None


def lists_that_count(
    facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> dict[str, DutyList]:
    """By kind the newest list as of ``on`` or before, of those recorded by ``known_at`` and not taken back by
    then (None: as known now); of two of the same day the one recorded last. One query.
    """
    rows = DutyList.objects.filter(facility=facility, as_of__lte=on)
    if known_at is None:
        rows = rows.filter(undone_at__isnull=True)
    else:
        rows = rows.filter(Q(undone_at__isnull=True) | Q(undone_at__gt=known_at), recorded_at__lte=known_at)
    newest = rows.order_by("kind", "-as_of", "-recorded_at", "-pk").distinct("kind")
    return {each.kind: each for each in newest}


def counts_of(
    list_ids: Collection[int], people: Iterable[int], known_at: dt.datetime | None = None
) -> dict[int, dict[int, Counted]]:
    """What the lists say of each of the people they name, on whichever of their records, by person and list;
    one query, none without a list. Of two rows about the same person, whose records were merged since, the
    counts are added up, and of those that owe something the earliest day stands; none where one has none.
    """
    if not list_ids:
        return {}
    rows = (
        DutyCount.objects.filter(duty_list__in=list_ids, practitioner_id__in=among(people, known_at))
        .annotate(person=person_id("practitioner_id", known_at))
        .order_by("pk")
        .values_list("person", "duty_list_id", "count", "since")
    )
    found: dict[int, dict[int, Counted]] = {}
    for person, listed, count, since in rows:
        of_person = found.setdefault(person, {})
        before = of_person.get(listed)
        if before is not None:
            owing = [row.since for row in (before, Counted(count, since)) if row.count]
            since = min((day for day in owing if day is not None), default=None)
            if None in owing:
                since = None
            count += before.count
        of_person[listed] = Counted(count, since)
    return found


def duty_lists_of(facility: Facility) -> QuerySet[DutyList]:
    """Every list of the facility, taken back or not, with how many rows it has as ``rows``; newest first."""
    return (
        DutyList.objects.filter(facility=facility)
        .select_related("facility", "recorded_by", "undone_by")
        .annotate(rows=Count("counts"))
    )


def list_before(one: DutyList, on: dt.date) -> DutyList | None:
    """The list of the same kind that speaks for the day once this one is taken back; one query."""
    return (
        DutyList.objects.filter(
            facility_id=one.facility_id, kind=one.kind, as_of__lte=on, undone_at__isnull=True
        )
        .exclude(pk=one.pk)
        .order_by("-as_of", "-recorded_at", "-pk")
        .first()
    )
