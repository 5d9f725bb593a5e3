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

from django.db import connection

from bylaws.rules.population import appointed
from config.kernel.dates import within_days
from config.kernel.display.dates import day_text
from config.kernel.periods import covers, known_sql
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from credentialing.parameters import MAX_AGE_DAYS
from practitioners.selectors.canonical import among_sql, person_sql

CODE = "BL-NPDB-2"
TITLE = "Data bank queried before privileges were granted"
LAW = "42 USC 11135(a)(1); 45 CFR 60.17(a)(1)"
AGE = f"{MAX_AGE_DAYS}:NPDB"


#: Days what is held was decided on, of the queries of the entity, and of its enrolments, through the day.
_ASKED = """
SELECT {person_g}, 'decided', i.decided_on, NULL::daterange
  FROM privileging_grantperiod g JOIN privileging_grant i ON i.id = g.identity_id
 WHERE g.facility_id = %(facility)s AND g.valid @> %(on)s::date AND {known_g}
   AND i.decision_id IS NOT NULL AND g.kind <> 'disaster' AND g.practitioner_id IN ({among})
 GROUP BY 1, 3
UNION ALL
SELECT {person_q}, 'queried', q.queried_on, NULL
  FROM credentialing_npdbquery q
 WHERE q.npdb_entity_id = %(entity)s AND q.queried_on <= %(on)s AND q.practitioner_id IN ({among}) {known_q}
UNION ALL
SELECT {person_e}, 'enrolled', NULL, c.valid
  FROM credentialing_continuousqueryenrolment e
  JOIN credentialing_continuousqueryperiod c ON c.identity_id = e.id
 WHERE e.npdb_entity_id = %(entity)s AND lower(c.valid) <= %(on)s
   AND e.practitioner_id IN ({among}) AND {known_c}
"""


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Days of the decisions what is held rests on, and queries and enrolments of the entity; two queries."""
    people = list(appointed(facility, on, known_at, practitioner_ids))
    facts: dict[int, dict[str, Any]] = {
        person: {"entity": str(facility.npdb_entity), "decided": [], "queried": [], "enrolled": []}
        for person in people
    }
    then = known_at is not None
    statement = _ASKED.format(
        person_g=person_sql("g.practitioner_id", then=then),
        person_q=person_sql("q.practitioner_id", then=then),
        person_e=person_sql("e.practitioner_id", then=then),
        among=among_sql(then=then),
        known_g=known_sql("g", then=then),
        known_c=known_sql("c", then=then),
        known_q="AND q.recorded_at <= %(known_at)s" if then else "",
    )
    values: dict[str, Any] = {
        "facility": facility.pk,
        "entity": facility.npdb_entity_id,
        "on": on,
        "known_at": known_at,
        "people": people,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for person, what, day, valid in cursor.fetchall():
            facts[person][what].append(valid if what == "enrolled" else day)
    for each in facts.values():
        each["decided"].sort()
        each["queried"].sort()
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
