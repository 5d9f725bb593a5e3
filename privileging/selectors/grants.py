"""Reading grants and focused evaluations."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from bylaws.choices import BarScope
from bylaws.models import BarPeriod
from config.accounts.policies import facilities_with
from config.kernel.periods import PeriodQuerySet
from practitioners.selectors.canonical import among
from privileging.choices import FPPEStatus
from privileging.models import FPPEPlan, GrantPeriod

OPEN_FPPE = (FPPEStatus.PLANNED, FPPEStatus.IN_PROGRESS)


@dataclass(frozen=True)
class Delineation:
    """What one practitioner may do at one facility: in force, to come, and ended."""

    facility: Any
    now: tuple[GrantPeriod, ...]
    later: tuple[GrantPeriod, ...]
    ended: tuple[GrantPeriod, ...]
    barred: str  # a sentence when something suspends them all, else empty


def grants_in_force(*, facility=None, on: dt.date, known_at: dt.datetime | None = None) -> PeriodQuerySet:
    """Grant periods in force on the day, with what a list shows of them."""
    rows = GrantPeriod.objects.in_force(on, known_at).select_related(
        "privilege", "practitioner", "identity__form_line__version__form"
    )
    return rows if facility is None else rows.filter(facility=facility)


def delineations(practitioner, *, viewer, on: dt.date) -> list[Delineation]:
    """The delineation of privileges per facility the viewer works at; two queries."""
    facility_ids = facilities_with(viewer, "privileging.view")
    rows = (
        GrantPeriod.objects.live()
        .filter(practitioner__in=among([practitioner.pk]), facility__in=facility_ids)
        .select_related("privilege", "facility", "identity__form_line__version__form")
        .order_by("facility__name", "privilege__name", "valid")
    )
    groups: dict[Any, list[GrantPeriod]] = defaultdict(list)
    for row in rows:
        groups[row.facility].append(row)
    if not groups:
        return []
    bars: dict[int, str] = {}
    for bar in (
        BarPeriod.objects.in_force(on)
        .filter(identity__practitioner__in=among([practitioner.pk]), identity__facility__in=list(groups))
        .filter(scope=BarScope.ALL_PRIVILEGES)
        .select_related("identity")
    ):
        since = f" since {bar.start.day} {bar.start:%b %Y}" if bar.start else ""
        bars[bar.identity.facility_id] = f"{bar.identity.get_kind_display()}{since}: {bar.cause}"
    return [
        Delineation(
            facility=facility,
            now=tuple(row for row in found if row.valid.lower <= on < row.valid.upper),
            later=tuple(row for row in found if on < row.valid.lower),
            ended=tuple(row for row in found if row.valid.upper <= on),
            barred=bars.get(facility.pk, ""),
        )
        for facility, found in groups.items()
    ]


def granted_counts(practitioner_ids: Sequence[int], on: dt.date) -> dict[tuple[int, str], int]:
    """How many privileges each practitioner holds per facility code on the day; one query."""
    counts: dict[tuple[int, str], int] = defaultdict(int)
    rows = (
        GrantPeriod.objects.in_force(on)
        .filter(practitioner__in=list(practitioner_ids))
        .values_list("practitioner_id", "facility__code")
    )
    for practitioner_id, code in rows:
        counts[practitioner_id, code] += 1
    return counts


def fppe_plans(viewer) -> QuerySet[FPPEPlan]:
    """Focused evaluations at the facilities where the viewer runs them."""
    return FPPEPlan.objects.filter(
        grant__facility__in=facilities_with(viewer, "privileging.manage_fppe")
    ).select_related(
        "grant__practitioner", "grant__facility", "grant__privilege", "grant__form_line__version__form"
    )


def open_fppe(facility) -> QuerySet[FPPEPlan]:
    """Focused evaluations at the facility that are not closed, the one due first in front."""
    return (
        FPPEPlan.objects.filter(grant__facility=facility, status__in=OPEN_FPPE)
        .select_related("grant__practitioner", "grant__privilege")
        .order_by("due_on", "pk")
    )


def fppe_plan(viewer, uid) -> FPPEPlan | None:
    """One plan the viewer may run, or None."""
    return fppe_plans(viewer).filter(uid=uid).first()
