"""Continuous Query enrolments that end: whose, when, and whether the office was told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bylaws.models import AppointmentPeriod
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from credentialing.models import Application, ContinuousQueryPeriod
from credentialing.models.applications import OPEN_STATUSES
from credentialing.parameters import NPDB_RENEWAL_DAYS
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among

#: Days for which an enrolment that ended is still shown; then the two-year query takes over.
PAST = 90


def renewal_steps(facility: Facility, on: dt.date) -> list[int]:
    """Days before the end on which the facility's office is reminded, the longest first; one query."""
    bound = resolve(NPDB_RENEWAL_DAYS, facility=facility, on=on)
    return sorted({int(step) for step in (bound.value if bound.is_set else None) or []}, reverse=True)


def ending_enrolments(
    facility: Facility, *, on: dt.date, days_ahead: int, days_past: int = PAST
) -> QuerySet[ContinuousQueryPeriod]:
    """The last enrolment by the facility's entity of everyone on its staff or applying there that ends within
    so many days, or ended lately, the first to end in front; each has ``ends``, the day after its last.
    """
    later = (
        ContinuousQueryPeriod.objects.live().filter(identity=OuterRef("identity")).exclude(pk=OuterRef("pk"))
    )
    later = later.filter(Q(valid__upper_inf=True) | Q(valid__endswith__gt=OuterRef("valid__endswith")))
    records = _records(facility, on)
    return (
        ContinuousQueryPeriod.objects.live()
        .filter(
            ~Exists(later),
            identity__npdb_entity_id=facility.npdb_entity_id,
            identity__practitioner__in=records,
            valid__endswith__gt=on - dt.timedelta(days=days_past),
            valid__endswith__lte=on + dt.timedelta(days=days_ahead + 1),
        )
        .select_related("identity__practitioner", "identity__npdb_entity")
        .annotate(ends=F("valid__endswith"))
        .order_by("valid__endswith", "identity__practitioner__sort_name", "pk")
    )


def _records(facility: Facility, on: dt.date) -> QuerySet:
    """Every record of the people with an appointment in force or an open application there."""
    members = AppointmentPeriod.objects.in_force(on).filter(facility=facility).order_by()
    applicants = Application.objects.filter(facility=facility, status__in=OPEN_STATUSES).order_by()
    people = members.values("practitioner_id").union(applicants.values("practitioner_id"), all=True)
    return Practitioner.objects.filter(
        Q(pk__in=people) | Q(alias_periods__superseded_at__isnull=True, alias_periods__canonical__in=people)
    ).values("pk")


def enrolment_of(practitioner: Practitioner, facility: Facility) -> ContinuousQueryPeriod | None:
    """The last enrolment of the person by the facility's entity, a renewal that is still to begin included;
    one query.
    """
    return (
        ContinuousQueryPeriod.objects.live()
        .filter(
            identity__practitioner__in=among([practitioner.pk]),
            identity__npdb_entity_id=facility.npdb_entity_id,
        )
        .select_related("identity__npdb_entity", "identity__practitioner")
        .order_by("-valid__endswith")
        .first()
    )


def step_reached(steps: Sequence[int], days_left: int) -> int | None:
    """The nearest step of the ladder that is reached with so many days left; None before the first. Pure."""
    return min((step for step in steps if step >= days_left), default=None) if days_left >= 0 else None
