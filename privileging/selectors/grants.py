"""Reading grants and focused evaluations."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Value, When

from bylaws.choices import BarScope
from bylaws.models import BarPeriod
from config.accounts.policies import facilities_with
from config.audit.models import AuditEvent
from config.kernel.periods import PeriodQuerySet
from config.rulebook.verdicts import Outcome
from privileging.choices import FPPEStatus
from privileging.models import FPPEPlan, GrantPeriod
from privileging.selectors.lookup import standing_findings

OPEN_FPPE = (FPPEStatus.PLANNED, FPPEStatus.IN_PROGRESS)
#: The act by which what an evaluation found is taken up; the event is the record of it.
TAKEN_UP = "fppe.taken_up"


@dataclass(frozen=True)
class Delineation:
    """What one practitioner may do at one facility: in force, to come, and ended."""

    facility: Any
    now: tuple[GrantPeriod, ...]
    later: tuple[GrantPeriod, ...]
    ended: tuple[GrantPeriod, ...]
    barred: str  # a sentence when something suspends them all, else empty
    doubtful: str = ""  # a sentence when it cannot be confirmed that nothing does


def grants_in_force(*, facility=None, on: dt.date, known_at: dt.datetime | None = None) -> PeriodQuerySet:
    """Grant periods in force on the day, with what a list shows of them."""
    rows = GrantPeriod.objects.in_force(on, known_at).select_related(
        "privilege", "practitioner", "identity__form_line__version__form"
    )
    return rows if facility is None else rows.filter(facility=facility)


def held_codes(practitioner, facility, start: dt.date, end: dt.date | None) -> dict[str, str]:
    """Codes and names of the privileges granted at the facility on any day from ``start`` to before ``end``
    (None: without end), by name; one query.
    """
    rows = (
        GrantPeriod.objects.live()
        .filter(practitioner=practitioner, facility=facility, valid__overlap=DateRange(start, end))
        .order_by("privilege__name", "privilege__code")
        .values_list("privilege__code", "privilege__name")
    )
    return dict(rows)


def delineations(practitioner, *, viewer, on: dt.date) -> list[Delineation]:
    """The delineation of privileges per facility the viewer works at: two queries, and three for the standing
    conditions of each facility (five where one is not surely met).
    """
    facility_ids = facilities_with(viewer, "privileging.view")
    rows = (
        GrantPeriod.objects.live()
        .filter(practitioner=practitioner, facility__in=facility_ids)
        .select_related("privilege", "facility", "identity__form_line__version__form")
        .order_by("facility__name", "privilege__name", "valid")
    )
    groups: dict[Any, list[GrantPeriod]] = defaultdict(list)
    for row in rows:
        groups[row.facility].append(row)
    if not groups:
        return []
    bars: dict[int, str] = {}
    doubts: dict[int, str] = {}
    for bar in (
        BarPeriod.objects.in_force(on)
        .filter(identity__practitioner=practitioner, identity__facility__in=list(groups))
        .filter(scope=BarScope.ALL_PRIVILEGES)
        .select_related("identity")
    ):
        since = f" since {bar.start.day} {bar.start:%b %Y}" if bar.start else ""
        bars[bar.identity.facility_id] = f"{bar.identity.get_kind_display()}{since}: {bar.cause}"
    for facility, found in groups.items():
        # Judged live, as the lookup does: whether a bar is on record by now or not, both say the same.
        if facility.pk not in bars and any(row.valid.lower <= on < row.valid.upper for row in found):
            for verdict in standing_findings(practitioner.pk, facility=facility, on=on):
                said = bars if verdict.outcome is Outcome.NOT_MET else doubts
                said[facility.pk] = f"{said.get(facility.pk, '')} {verdict.sentence}".strip()
    return [
        Delineation(
            facility=facility,
            now=tuple(row for row in found if row.valid.lower <= on < row.valid.upper),
            later=tuple(row for row in found if on < row.valid.lower),
            ended=tuple(row for row in found if row.valid.upper <= on),
            barred=bars.get(facility.pk, ""),
            doubtful=doubts.get(facility.pk, ""),
        )
        for facility, found in groups.items()
    ]


@dataclass(frozen=True)
class FormStretch:
    """Days on which somebody holds privileges of one form, touching grants taken together."""

    facility_code: str
    form: str
    first_day: dt.date
    last_day: dt.date
    privileges: int
    now: bool


def form_stretches(practitioner, *, viewer, on: dt.date) -> list[FormStretch]:
    """The grants of a person summed up per form and facility the viewer works at; one query."""
    rows = (
        GrantPeriod.objects.live()
        .filter(practitioner=practitioner, facility__in=facilities_with(viewer, "privileging.view"))
        .values_list("facility__code", "identity__form_line__version__form__name", "valid", "privilege_id")
        .order_by("facility__code", "identity__form_line__version__form__name", "valid")
    )
    stretches: dict[tuple[str, str], list[tuple[dt.date, dt.date, set[int]]]] = defaultdict(list)
    for code, form, valid, privilege in rows:
        found = stretches[code, form or "Privileges"]
        if found and valid.lower <= found[-1][1]:
            first, end, held = found[-1]
            found[-1] = (first, max(end, valid.upper), held | {privilege})
        else:
            found.append((valid.lower, valid.upper, {privilege}))
    return [
        FormStretch(code, form, first, end - dt.timedelta(days=1), len(held), first <= on < end)
        for (code, form), found in stretches.items()
        for first, end, held in found
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


def fppe_plans(viewer, facility=None) -> QuerySet[FPPEPlan]:
    """Focused evaluations where the viewer runs them (at the facility, when one is given): the open ones
    first, of these the one due first.
    """
    plans = FPPEPlan.objects.filter(
        grant__facility__in=facilities_with(viewer, "privileging.manage_fppe")
    ).select_related(
        "grant__practitioner", "grant__facility", "grant__privilege", "grant__form_line__version__form"
    )
    plans = plans.annotate(
        closed=Case(When(status__in=OPEN_FPPE, then=Value(0)), default=Value(1), output_field=IntegerField())
    )
    return plans if facility is None else plans.filter(grant__facility=facility)


def open_fppe(facility) -> QuerySet[FPPEPlan]:
    """Focused evaluations at the facility that are not closed, the one due first in front."""
    return (
        FPPEPlan.objects.filter(grant__facility=facility, status__in=OPEN_FPPE)
        .select_related("grant__practitioner", "grant__privilege")
        .order_by("due_on", "pk")
    )


def unsatisfactory_fppe(viewer, facility) -> QuerySet[FPPEPlan]:
    """Evaluations at the facility closed as not satisfactory that nobody has taken up, the oldest first;
    never the viewer's own.
    """
    taken = AuditEvent.objects.filter(subject_uid=OuterRef("uid"), verb=TAKEN_UP)
    return (
        FPPEPlan.objects.filter(
            ~Exists(taken), grant__facility=facility, status=FPPEStatus.CLOSED_UNSUCCESSFUL
        )
        .exclude(grant__practitioner__user=viewer)
        .select_related("grant__practitioner", "grant__privilege")
        .order_by("closed_on", "pk")
    )


def fppe_plan(viewer, uid) -> FPPEPlan | None:
    """One plan the viewer may run, or None."""
    return fppe_plans(viewer).filter(uid=uid).first()


def taking_up(plan: FPPEPlan) -> AuditEvent | None:
    """Who took up what the evaluation found, when, and where it goes; None while nobody has."""
    return AuditEvent.objects.filter(subject_uid=plan.uid, verb=TAKEN_UP).first()
