"""BL-NPDB-2: the data bank was asked before privileges were granted.

Every grant by a decision rests on a query of the hospital's own entity on its day or before, not older than a
query may be for a decision, or on an enrolment in Continuous Query that covers the day. Grants in a disaster
are decided first and asked about within their own clock; what was taken over from an earlier system was
decided there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from bylaws.rules.population import appointed
from config.kernel.dates import within_days
from config.kernel.display.dates import day_text
from config.kernel.periods import covers
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from credentialing.models import ContinuousQueryPeriod, NPDBQuery
from credentialing.parameters import MAX_AGE_DAYS
from practitioners.selectors.canonical import among, person_id
from privileging.choices import GrantKind
from privileging.models import GrantPeriod

CODE = "BL-NPDB-2"
TITLE = "Data bank queried before privileges were granted"
LAW = "42 USC 11135(a)(1); 45 CFR 60.17(a)(1)"
AGE = f"{MAX_AGE_DAYS}:NPDB"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Days of the decisions what is held rests on, and queries and enrolments of the entity; four queries."""
    people = set(appointed(facility, on, known_at, practitioner_ids))
    scope = among(people, known_at)
    facts: dict[int, dict[str, Any]] = {
        person: {"entity": str(facility.npdb_entity), "decided": [], "queried": [], "enrolled": []}
        for person in people
    }
    granted = (
        GrantPeriod.objects.in_force(on, known_at)
        .filter(facility=facility, practitioner_id__in=scope, identity__decision__isnull=False)
        .exclude(kind=GrantKind.DISASTER)
        .annotate(person=person_id("practitioner_id", known_at))
        .order_by("person", "decided_on")
        .values_list("person", "decided_on")
        .distinct()
    )
    for person, day in granted:
        facts[person]["decided"].append(day)
    queries = NPDBQuery.objects.filter(npdb_entity_id=facility.npdb_entity_id, practitioner_id__in=scope)
    if known_at is not None:
        queries = queries.filter(recorded_at__lte=known_at)
    for person, day in (
        queries.annotate(person=person_id("practitioner_id", known_at))
        .order_by("person", "queried_on")
        .values_list("person", "queried_on")
    ):
        facts[person]["queried"].append(day)
    enrolled = (
        ContinuousQueryPeriod.objects.known_at(known_at)
        .filter(identity__npdb_entity_id=facility.npdb_entity_id, identity__practitioner_id__in=scope)
        .annotate(person=person_id("identity__practitioner_id", known_at))
        .order_by("person", "valid")
        .values_list("person", "valid")
    )
    for person, valid in enrolled:
        facts[person]["enrolled"].append(valid)
    return facts  # type: ignore[return-value]


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure. A query on the day of the decision counts as before it."""
    limit = parameters[AGE]

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=f"{LAW}; {limit.citation}" if limit.citation else LAW,
            confidence=limit.confidence or "secondary",
            bound_by=f"{limit.source}: {limit.value} days" if limit.is_set else "",
            **more,
        )

    decided = facts["decided"]
    if not decided:
        return say(Outcome.NOT_APPLICABLE, "No privileges decided here are held on this day.")
    without, late = [], []
    for day in decided:
        if any(covers(valid, day) for valid in facts["enrolled"]):
            continue
        before = [each for each in facts["queried"] if each <= day]
        if not before:
            without.append(day)
        elif limit.is_set and not within_days(before[-1], day, int(limit.value)):
            late.append((day, before[-1]))
    if without and facts["queried"]:
        day, first = without[0], facts["queried"][0]
        return say(
            Outcome.NOT_MET,
            f"Granted on {day_text(day)}; {facts['entity']} first asked the data bank on {day_text(first)}.",
            facts={"granted_on": without, "first_query": first},
            since=day,
            cure="Put the answer of the data bank before the body that granted them.",
        )
    if late:
        day, asked = late[0]
        return say(
            Outcome.NOT_MET,
            f"Granted on {day_text(day)} on a query of {day_text(asked)}, {(day - asked).days} days before; "
            f"at most {limit.value} are allowed.",
            facts={"granted_on": day, "query": asked, "limit_days": limit.value},
            since=day,
            cure="Query the data bank, and put the answer before the body that granted them.",
        )
    if without:
        return say(
            Outcome.UNKNOWN,
            f"Granted on {day_text(without[0])}; no query by {facts['entity']} is on record.",
            facts={"granted_on": without},
            cure="Query the data bank, or log the query that was made.",
        )
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            "How old a query may be for a decision is not recorded for this facility.",
            cure="Record the limit among the parameters.",
        )
    return say(Outcome.MET, f"Asked before every grant, the last of {day_text(decided[-1])}.")


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(MAX_AGE_DAYS,),
        narrowed=((MAX_AGE_DAYS, "NPDB"),),
        facts=gather,
        judge=judge,
        waivable=False,
    )
)
