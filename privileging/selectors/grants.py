"""Reading grants and focused evaluations."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from bylaws.choices import PROTECTED_CAUSES, BarScope
from bylaws.models import AppointmentPeriod
from bylaws.selectors.stopped import Stop, bars_of, stops, terms_of
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may_see_class
from config.kernel.periods import PeriodQuerySet, covers
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
    colour: str = "bad"  # of that sentence


def grants_in_force(*, facility=None, on: dt.date, known_at: dt.datetime | None = None) -> PeriodQuerySet:
    """Grant periods in force on the day, with what a list shows of them."""
    rows = GrantPeriod.objects.in_force(on, known_at).select_related(
        "privilege", "practitioner", "identity__form_line__version__form"
    )
    return rows if facility is None else rows.filter(facility=facility)


def delineations(practitioner, *, viewer, on: dt.date, own: bool = False) -> list[Delineation]:
    """The delineation of privileges per facility the viewer works at; three queries, and those of the
    standing conditions.

    Each grant in force says as ``stopped`` (a badge and a sentence) why it cannot be used today: a lapsed
    term, a bar, or a condition the bylaws let follow by itself. The lookup answers the same.
    """
    rows = GrantPeriod.objects.live().filter(practitioner=practitioner)
    if not own:
        rows = rows.filter(facility__in=facilities_with(viewer, "privileging.view"))
    rows = rows.select_related("privilege", "facility", "identity__form_line__version__form").order_by(
        "facility__name", "privilege__name", "valid"
    )
    groups: dict[Any, list[GrantPeriod]] = defaultdict(list)
    for row in rows:
        groups[row.facility].append(row)
    if not groups:
        return []
    bars = _bars(practitioner, list(groups), viewer, on)
    terms = {row.facility_id: row for row in reversed(terms_of(practitioner)) if row.valid.lower <= on}
    found = []
    for facility, held in groups.items():
        now: tuple[Any, ...] = tuple(row for row in held if row.valid.lower <= on < row.valid.upper)
        whole = [*_term_stops(terms.get(facility.pk), on), *bars.get(facility.pk, [])]
        if now:
            whole += stops(practitioner, facility, on)
        for row in now:
            row.stopped = next((stop for stop in whole if stop.concerns(row.privilege.code)), None)
        everything = [stop for stop in whole if not stop.codes]
        found.append(
            Delineation(
                facility=facility,
                now=now,
                later=tuple(row for row in held if on < row.valid.lower),
                ended=tuple(row for row in held if row.valid.upper <= on),
                barred=_told(everything) if now else "",
                colour="bad" if any(stop.sure for stop in everything) else "warn",
            )
        )
    return found


def _told(found: Sequence[Stop]) -> str:
    """What stops everything, in sentences; a cause that a bar repeats is told once."""
    told: list[str] = []
    for stop in found:
        if not any(stop.sentence in each for each in told):
            told.append(f"{stop.label}. {stop.sentence}")
    return " ".join(told)


def _bars(practitioner, facilities: Sequence[Any], viewer, on: dt.date) -> dict[int, list[Stop]]:
    """Suspensions, leaves and restrictions that stand, by facility id. A protected cause is told to those
    only whose roles open peer review.
    """
    found: dict[int, list[Stop]] = defaultdict(list)
    ids = {facility.pk for facility in facilities}
    rows = [
        bar
        for bar in reversed(bars_of(practitioner))
        if bar.identity.facility_id in ids and covers(bar.valid, on)
    ]
    for bar in rows:
        told = bar.identity.kind not in PROTECTED_CAUSES or may_see_class(
            viewer, DataClass.PEER_REVIEW, bar.identity.facility
        )
        codes = frozenset() if bar.scope == BarScope.ALL_PRIVILEGES else frozenset(bar.privilege_codes or ())
        kind = bar.identity.get_kind_display()
        sentence = f"{kind}: {bar.cause}" if told else f"{kind}. Call the Medical Staff Office."
        found[bar.identity.facility_id].append(Stop(True, bar.start, sentence, codes))
    return found


def _term_stops(term: AppointmentPeriod | None, on: dt.date) -> list[Stop]:
    """What the appointment says against using privileges on the day."""
    if term is None:
        return [Stop(True, None, "No appointment is on record.")]
    if term.valid.upper is not None and term.valid.upper <= on:
        return [Stop(True, term.valid.upper, "The appointment has ended.")]
    if not term.category.carries_privileges:
        return [Stop(True, None, f"The category {term.category} carries no privileges.")]
    return []


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
