"""Reading who proctors and what they reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from config.kernel import clock
from config.kernel.links import digest_of, token_for
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, canonical_of, person_id, persons, without_aliases
from privileging.choices import FormLineKind, FPPEStatus, GrantKind
from privileging.models import FPPEAssignedPlan, FPPEAssignment, FPPECase, FPPEPlan, GrantPeriod
from privileging.models.fppe import OPEN
from privileging.selectors.fppe import fppe_plans

CLOSED_LINK = "This link no longer opens the form. Ask the hospital's quality office for another one."


# --- the link -------------------------------------------------------------------------------------------


def token_of(assignment: FPPEAssignment) -> str:
    """The secret part of the link (:func:`.token_for`)."""
    return token_for("privileging.proctor", assignment.uid)


def link_of(assignment: FPPEAssignment) -> str:
    """The whole address that is given to the proctor."""
    return settings.STANDING_SITE_URL.rstrip("/") + reverse(
        "privileging:proctor", args=[token_of(assignment)]
    )


def mail_of(assignment: FPPEAssignment) -> str:
    """An address that opens the reader's own mail with the link in it; nothing of the file stands in it."""
    said = (
        f"{assignment.facility} asks you to look at cases as a proctor. Please report each one here:\n\n"
        f"{link_of(assignment)}\n\nThe link is yours alone."
    )
    return f"mailto:?{urlencode({'subject': 'Proctoring: report your cases', 'body': said}, quote_via=quote)}"


def by_token(token: str) -> FPPEAssignment | None:
    """The assignment a link leads to; None for a link nobody was given."""
    return (
        FPPEAssignment.objects.filter(token_digest=digest_of(token))
        .select_related("practitioner", "facility", "proctor")
        .first()
    )


def link_is_open(assignment: FPPEAssignment) -> bool:
    """Whether its link still opens the form."""
    return assignment.ended_at is None and assignment.expires_at > clock.now()


# --- who may --------------------------------------------------------------------------------------------


def too_close_to(person: Practitioner) -> set[int]:
    """Ids of everybody with whom a conflict of interest is on record, in either direction, whichever record
    of either it was declared on; four queries at most.
    """
    records = among([persons([person.pk])[person.pk]])
    ended = FPPEAssignment.objects.filter(conflict=True, proctor__isnull=False)
    found = {
        *ended.filter(practitioner__in=records).values_list("proctor_id", flat=True),
        *ended.filter(proctor__in=records).values_list("practitioner_id", flat=True),
    }
    return set(persons(found).values()) if found else set()


def conflict_between(person: Practitioner, proctor: Practitioner) -> bool:
    """Whether a conflict of interest between the two is on record (:func:`too_close_to`)."""
    return persons([proctor.pk])[proctor.pk] in too_close_to(person)


def candidates(plans: Sequence[FPPEPlan]) -> QuerySet[Practitioner]:
    """Who holds all that is evaluated at the facility today, in full, and is not known to be too close; by
    name. What else stops them the lookup says when one of them is named.
    """
    first = plans[0]
    person = canonical_of(first.practitioner)
    codes = {plan.privilege_id for plan in plans}
    holding = (
        GrantPeriod.objects.in_force(clock.today(first.facility))
        .filter(facility=first.facility, privilege__in=codes, kind=GrantKind.FULL)
        .annotate(person=person_id())
        .values("person")
        .annotate(held=Count("privilege", distinct=True))
        .filter(held=len(codes))
    )
    evaluated = FPPEPlan.objects.filter(
        facility=first.facility, privilege__in=codes, status__in=OPEN
    ).annotate(person=person_id())
    people = (
        Practitioner.objects.filter(pk__in=holding.values("person"))
        .exclude(pk__in=[person.pk, *too_close_to(person)])
        .exclude(pk__in=evaluated.values("person"))
    )
    return without_aliases(people).order_by("sort_name", "pk")


# --- one person's evaluations ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """Plans one proctor looks at together: the core of a form, or one special privilege."""

    key: str
    title: str
    plans: tuple[FPPEPlan, ...]

    @property
    def required(self) -> int | None:
        """How many cases are planned; the most any of its plans asks for."""
        return max((plan.cases_required or 0 for plan in self.plans), default=0) or None

    @property
    def done(self) -> int:
        """How many cases count for every one of its plans."""
        return min(plan.done for plan in self.plans)  # type: ignore[attr-defined]

    @property
    def shown(self) -> int:
        """The cases done, as far as they fill the bar."""
        return min(self.done, self.required or 0)

    @property
    def states(self) -> list[FPPEStatus]:
        """The statuses they have, each once."""
        return list(dict.fromkeys(FPPEStatus(plan.status) for plan in self.plans))

    @property
    def due_on(self) -> dt.date | None:
        """The first day on which an open one is due."""
        return min((plan.due_on for plan in self.plans if plan.is_open and plan.due_on), default=None)

    @property
    def names(self) -> str:
        """The privileges it is about."""
        return ", ".join(str(plan.privilege) for plan in self.plans)

    @property
    def few(self) -> bool:
        """Whether its plans are shown at once."""
        return len(self.plans) <= 3

    @property
    def open(self) -> bool:
        """Whether one of its plans is open."""
        return any(plan.is_open for plan in self.plans)


def units_of(plans: Sequence[FPPEPlan]) -> list[Unit]:
    """The plans as they are worked off, core of a form first. Reads the form lines already loaded."""
    groups: dict[tuple, list[FPPEPlan]] = {}
    for plan in plans:
        line = plan.grant.form_line
        core = line.kind == FormLineKind.CORE
        # The core of one form, begun for the same reason on the same day, is one thing to look at.
        key = (plan.reason, plan.opened_on, line.version_id if core else 0, 0 if core else plan.pk)
        groups.setdefault(key, []).append(plan)
    units = []
    for group in groups.values():
        line = group[0].grant.form_line
        core = line.kind == FormLineKind.CORE
        title = f"{line.version.form.name}, core" if core and len(group) > 1 else str(group[0].privilege)
        units.append(Unit(str(min(group, key=lambda plan: plan.pk).uid), title, tuple(group)))
    return sorted(units, key=lambda unit: (not unit.open, len(unit.plans) == 1, unit.title))


def plans_of(viewer, practitioner, facility) -> list[FPPEPlan]:
    """The evaluations of the person at the facility that the viewer may see, open ones first; one query."""
    plans = fppe_plans(viewer, facility).filter(practitioner__in=among([practitioner.pk]))
    return list(
        plans.order_by(
            F("closed_on").asc(nulls_first=True), "due_on", "grant__form_line__kind", "privilege__name", "pk"
        )
    )


def assignments_of(plans: Sequence[FPPEPlan]) -> list[FPPEAssignment]:
    """Who proctors these plans or did, the running ones first, with the cases they reported; two queries."""
    rows = (
        FPPEAssignment.objects.filter(plans__in=plans)
        .select_related("proctor", "practitioner", "facility")
        .annotate(reported=Count("cases", distinct=True))
        .distinct()
        .order_by("named_at", "pk")
    )
    found: list[Any] = sorted(rows, key=lambda each: each.ended_at is not None)
    for each in found:
        each.link = link_of(each) if link_is_open(each) else ""
        each.mail = mail_of(each) if each.link else ""
    return found


def attach_proctors(plans: Sequence[Any]) -> None:
    """Who proctors each plan now, as ``proctored_by``, by name; one query."""
    rows = (
        FPPEAssignedPlan.objects.filter(plan__in=plans, assignment__ended_at=None)
        .select_related("assignment__proctor")
        .order_by("assignment__named_at", "pk")
    )
    named: dict[int, list[str]] = {}
    for row in rows:
        named.setdefault(row.plan_id, []).append(str(row.assignment.who))
    for plan in plans:
        plan.proctored_by = ", ".join(named.get(plan.pk, []))


def cases_of(plans: Sequence[FPPEPlan]) -> list[FPPECase]:
    """The cases that count for these plans, or did, the newest first; two queries."""
    return list(
        FPPECase.objects.filter(plans__in=plans)
        .select_related("assignment__proctor", "taken_back_by")
        .prefetch_related("plans__privilege")
        .distinct()
        .order_by("-day", "-pk")
    )


def assignment(viewer, uid) -> FPPEAssignment | None:
    """One assignment whose plans the viewer runs, or None; nothing of it is left out for cause."""
    found = (
        FPPEAssignment.objects.filter(uid=uid).select_related("practitioner", "facility", "proctor").first()
    )
    if found is None:
        return None
    seen = fppe_plans(viewer, found.facility).filter(pk__in=found.assigned.values("plan"))
    return found if seen.count() == found.assigned.count() else None


def case(viewer, uid) -> FPPECase | None:
    """One case of an assignment the viewer may see, or None."""
    found = FPPECase.objects.filter(uid=uid).select_related("assignment", "practitioner", "facility").first()
    return found if found is not None and assignment(viewer, found.assignment.uid) else None


def plans_assigned(assignment: FPPEAssignment) -> list[FPPEPlan]:
    """The plans the proctor was named for, as their form shows them, with how many cases count; one query."""
    return list(
        FPPEPlan.objects.filter(pk__in=assignment.assigned.values("plan"))
        .select_related("practitioner", "facility", "privilege", "grant__form_line__version__form")
        .annotate(done=Count("cases", filter=Q(cases__taken_back_at__isnull=True)))
        .order_by("grant__form_line__kind", "privilege__name", "pk")
    )
