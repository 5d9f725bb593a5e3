"""Membership of the medical staff: terms in force, and what stands in the way of using them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Min, QuerySet

from bylaws.held import places_of_privileges
from bylaws.models import AppointmentPeriod, BarPeriod
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from practitioners.selectors.canonical import among, person_id


@dataclass(frozen=True)
class MembershipStatus:
    """One person's membership at one facility on a day."""

    appointment: AppointmentPeriod | None
    bars: tuple[BarPeriod, ...]

    @property
    def is_member(self) -> bool:
        """Whether an appointment is in force (a bar does not end it)."""
        return self.appointment is not None


def appointments_in_force(
    *, facility=None, on: dt.date, known_at: dt.datetime | None = None
) -> QuerySet[AppointmentPeriod]:
    """Appointments that hold on the day at the facility (None: anywhere), as known at a moment."""
    rows = AppointmentPeriod.objects.in_force(on, known_at).select_related(
        "category", "department", "practitioner", "facility", "identity"
    )
    return rows if facility is None else rows.filter(facility=facility)


def bars_in_force(*, facility=None, on: dt.date, known_at: dt.datetime | None = None) -> QuerySet[BarPeriod]:
    """Bars that stand on the day at the facility (None: anywhere), as known at a moment."""
    rows = BarPeriod.objects.in_force(on, known_at).select_related(
        "identity__practitioner", "identity__facility", "identity__credential"
    )
    return rows if facility is None else rows.filter(identity__facility=facility)


def membership_status(
    *, practitioner, facility, on: dt.date, known_at: dt.datetime | None = None
) -> MembershipStatus:
    """The appointment and the bars of one person, on whichever of their records, at one facility; two
    queries.
    """
    records = among([practitioner.pk], known_at)
    return MembershipStatus(
        appointment=appointments_in_force(facility=facility, on=on, known_at=known_at)
        .filter(practitioner__in=records)
        .first(),
        bars=tuple(
            bars_in_force(facility=facility, on=on, known_at=known_at)
            .filter(identity__practitioner__in=records)
            .order_by("valid", "pk")
        ),
    )


def records_begin_after(*, facility, on: dt.date, read: Iterable[AppointmentPeriod] = ()) -> dt.date | None:
    """The day on which the first appointment at the facility was recorded, where ``on`` lies before it; else
    None. Of earlier days only what was taken over is known: that nothing is found then means nothing.

    One query, a second one only where the answer is a day; none where one of the appointments ``read``
    already was recorded by then.
    """
    rows = AppointmentPeriod.objects.filter(facility=facility)
    next_day = dt.datetime.combine(on + ONE_DAY, dt.time(), ZoneInfo(facility.time_zone))
    known = any(row.facility_id == facility.pk and row.recorded_at < next_day for row in read)
    if known or rows.filter(recorded_at__lt=next_day).exists():
        return None
    first = rows.aggregate(first=Min("recorded_at"))["first"]
    return clock.date_at(first, facility) if first else None


def nothing_recorded(facility, first: dt.date) -> str:
    """The sentence for a day before the records of a facility begin."""
    return (
        f"The records of {facility} begin on {day_text(first)}; of earlier days only what was taken over is "
        "known."
    )


def previous_term(*, practitioner, facility, on: dt.date) -> AppointmentPeriod | None:
    """The latest appointment that began before the day; it may have ended."""
    return (
        AppointmentPeriod.objects.live()
        .filter(practitioner__in=among([practitioner.pk]), facility=facility, valid__startswith__lt=on)
        .order_by("-valid")
        .select_related("category", "department")
        .first()
    )


def places_of_authority(practitioner_ids: Iterable[int], start: dt.date) -> set[tuple[int, int]]:
    """(person, facility) of everybody among the people who is a member or holds a privilege of any kind there
    on a day from ``start`` on, on whichever record; two queries.
    """
    ids = list(practitioner_ids)
    terms = (
        AppointmentPeriod.objects.live()
        .filter(practitioner__in=among(ids), valid__overlap=DateRange(start, None))
        .annotate(person=person_id("practitioner_id"))
    )
    members = set(terms.order_by().values_list("person", "facility_id").distinct())
    return members | places_of_privileges(ids, start)
