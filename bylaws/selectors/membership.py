"""Membership of the medical staff: terms in force, and what stands in the way of using them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from bylaws.models import AppointmentPeriod, BarPeriod
from practitioners.selectors.canonical import among


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


def previous_term(*, practitioner, facility, on: dt.date) -> AppointmentPeriod | None:
    """The latest appointment that began before the day; it may have ended."""
    return (
        AppointmentPeriod.objects.live()
        .filter(practitioner__in=among([practitioner.pk]), facility=facility, valid__startswith__lt=on)
        .order_by("-valid")
        .select_related("category", "department")
        .first()
    )
