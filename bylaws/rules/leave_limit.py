"""BL-LOA-1: a leave of absence runs no longer than the bylaws allow.

Counted are the days without a gap that reach the day judged: a leave that is prolonged day by day is one
leave. Its day of return, where one is set, is no part of the judgement: it can be moved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from bylaws.choices import BarKind
from bylaws.models import BarPeriod
from bylaws.parameters import LONGEST_LEAVE
from bylaws.rules.population import appointed, remembered_about
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.selectors.canonical import among, person_id

CODE = "BL-LOA-1"
TITLE = "Leave of absence within the limit"


def leaves_of(
    facility: Facility, people: Iterable[int], known_at: dt.datetime | None
) -> dict[int, list[Any]]:
    """Days of leave of the people, in their order, by person; one query, and one for all rules while many
    are judged of the same people.
    """
    return remembered_about(("leaves", facility.pk, known_at), people, partial(_ask, facility, known_at))


def _ask(facility: Facility, known_at: dt.datetime | None, people: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    rows = (
        BarPeriod.objects.known_at(known_at)
        .filter(
            identity__practitioner_id__in=among(people, known_at),
            identity__facility=facility,
            identity__kind=BarKind.LEAVE,
        )
        .annotate(person=person_id("identity__practitioner_id", known_at))
        .order_by("valid", "pk")
        .values_list("person", "valid")
    )
    for person, valid in rows:
        found.setdefault(person, []).append(valid)
    return found


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Leaves by person; two queries."""
    people = appointed(facility, on, known_at, practitioner_ids)
    leaves = leaves_of(facility, people, known_at)
    return {person: {"on": on, "leaves": leaves.get(person, [])} for person in people}


def away_since(leaves: Sequence[Any], on: dt.date) -> dt.date | None:
    """The first day of the leave that covers the day; None where none does. Pure."""
    since = None
    for valid in sorted(leaves, key=lambda each: each.lower, reverse=True):
        reach = since if since is not None else on + ONE_DAY
        if valid.lower < reach and (valid.upper is None or valid.upper >= reach):
            since = valid.lower
    return since


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure. So many months from the first day: the last of them still counts."""
    limit = parameters[LONGEST_LEAVE.code]
    on = facts["on"]

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} months" if limit.is_set else "",
            **more,
        )

    since = away_since(facts["leaves"], on)
    if since is None:
        return say(Outcome.NOT_APPLICABLE, "Not on leave on this day.")
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            f"On leave since {day_text(since)}; how long a leave may last is not recorded for this facility.",
            cure="Record the limit of the bylaws among the parameters.",
        )
    due = add_months(since, int(limit.value)) - ONE_DAY
    shown = {"on_leave_since": since, "may_last_through": due}
    if on <= due:
        return say(
            Outcome.MET,
            f"On leave since {day_text(since)}; it may last through {day_text(due)}.",
            facts=shown,
            due=due,
        )
    return say(
        Outcome.NOT_MET,
        f"On leave since {day_text(since)}, longer than {limit.value} months.",
        facts=shown,
        since=due + ONE_DAY,
        due=due,
        cure="The leave ends with a return, with an extension by the bodies, or with a resignation.",
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(LONGEST_LEAVE.code,),
        facts=gather,
        judge=judge,
    )
)
