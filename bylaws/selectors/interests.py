"""Interests declared in a file, and how they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery

from bylaws.choices import ALONE, Body, InterestRuling, SeatRole
from bylaws.models import DeclaredInterest, InterestRuled, ReviewStep
from bylaws.policies import is_own_file
from bylaws.selectors.alternates import StandIns, leaders, sitters
from bylaws.selectors.committees import committee_of, seated
from bylaws.selectors.officers import is_office, officers_of


def interests_of(step: ReviewStep) -> QuerySet[Any]:
    """What was declared in the step, each with the newest ``ruling`` (None: not ruled yet), its
    ``ruling_reason`` and ``ruled_by``; one query.
    """
    newest = InterestRuled.objects.filter(interest=OuterRef("pk")).order_by("-pk")
    return (
        DeclaredInterest.objects.filter(step=step)
        .annotate(
            ruling=Subquery(newest.values("ruling")[:1]), ruling_reason=Subquery(newest.values("reason")[:1])
        )
        .select_related("user")
        .order_by("pk")
    )


def interests_before(step: ReviewStep, on: dt.date) -> list[Any]:
    """What was declared in the step by whoever has a part in it that day, or was ruled on: a tie that
    followed somebody to a body they do not belong to says nothing there. Four queries.
    """
    if is_office(step.body):
        place = step.case.facility
        members = {each.user.pk for each in officers_of(Body(step.body), place, on)}
        stand_ins = StandIns({place.pk: on})
        members |= {user.pk for user in stand_ins.of_office(str(step.body), place.pk)}
    else:
        committee = committee_of(step.body, facility=step.case.facility, department=step.case.department)
        members = sitters(committee, on) if committee else set()
    return [each for each in interests_of(step) if each.ruling or each.user_id in members]


def who_declared(steps: Iterable[ReviewStep]) -> dict[int, set[int]]:
    """Ids of those who declared an interest, by step id, without those the chair ruled take part; one query,
    none without a step or where all come :func:`with_declared`.
    """
    known, asked = {}, []
    for step in steps:
        if hasattr(step, "declared_ids"):
            known[step.pk] = set(step.declared_ids)
        else:
            asked.append(step.pk)
    if asked:
        for step_id, user_id in ties_that_keep_out().filter(step__in=asked).values_list("step_id", "user_id"):
            known.setdefault(step_id, set()).add(user_id)
    return known


def with_declared(steps: QuerySet[ReviewStep]) -> QuerySet[Any]:
    """The steps, each with what :func:`who_declared` would ask of it in ``declared_ids``."""
    declared = ties_that_keep_out().filter(step=OuterRef("pk")).order_by("pk")
    return steps.annotate(declared_ids=ArraySubquery(declared.values("user_id")))


def ties_that_keep_out() -> QuerySet[DeclaredInterest]:
    """Declared interests, without those of whom the chair ruled that they take part all the same."""
    newest = InterestRuled.objects.filter(interest=OuterRef("pk")).order_by("-pk")
    return DeclaredInterest.objects.alias(ruling=Subquery(newest.values("ruling")[:1])).exclude(
        ruling=InterestRuling.TAKES_PART, ruling__isnull=False
    )


def interest_in(step: ReviewStep | None, user) -> Any:
    """What the person declared in the step, with its ruling; None where nothing was. One query."""
    return interests_of(step).filter(user=user).first() if step is not None else None


def rulers_of(step: ReviewStep, on: dt.date, *, of) -> list[Any]:
    """Who rules on the interest of the person ``of`` in the step of a body: its chair, else its vice chair,
    else an alternate of the chair; one who is away comes after those who are not. Never that person, nor whom
    the file is about, nor who declared an interest themselves. Five queries at most.
    """
    if step.body in ALONE:
        return []
    committee = committee_of(step.body, facility=step.case.facility)
    if committee is None:
        return []
    seats = list(seated(committee, on).filter(seat_role__in=[SeatRole.CHAIR, SeatRole.VICE_CHAIR]))
    declared = who_declared([step]).get(step.pk, set())
    return rulers_among(leaders(seats, StandIns({committee.facility_id: on})), step, declared, of=of)


def rulers_among(leading: Iterable[Any], step: ReviewStep, declared: set[int], *, of) -> list[Any]:
    """Of those who lead the body, in their order, the one who rules on the interest of ``of``; pure.
    ``declared`` are the ids of those who declared an interest in the step.
    """
    out = declared | {of.pk}
    return [user for user in leading if user.pk not in out and not is_own_file(user, step.case.practitioner)][
        :1
    ]
