"""BL-FPPE-1, BL-FPPE-2 and BL-OPPE-1: what is granted is evaluated, in time, and goes on being evaluated.

An evaluation for cause is peer review and takes no part: findings are read by people without that class.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import connection

from bylaws.rules.population import appointed, asking_many, remembered
from config.kernel.dates import add_months
from config.kernel.display.dates import day_text
from config.kernel.periods import known_sql
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.selectors.canonical import among_sql, person_sql
from privileging.parameters import OPPE_MONTHS

FPPE_OPENED, FPPE_IN_TIME, OPPE_IN_TIME = "BL-FPPE-1", "BL-FPPE-2", "BL-OPPE-1"
FPPE_CITATION = "MS.08.01.01 (numbering before 2026)"

#: Privileges newly granted here by a decision, of which no evaluation was ever opened. What was held the day
#: before was renewed; what came from an earlier system was evaluated there; by proxy the distant site does.
_UNPLANNED = """
SELECT {person_g}, 'unplanned', v.name, NULL::daterange, NULL::date
  FROM privileging_grantperiod g
  JOIN privileging_grant i ON i.id = g.identity_id
  JOIN privileging_privilege v ON v.id = g.privilege_id
 WHERE g.facility_id = %(facility)s AND g.valid @> %(on)s::date AND {known_g}
   AND g.kind <> 'telemedicine' AND i.decision_id IS NOT NULL
   AND g.practitioner_id IN ({among})
   AND NOT EXISTS (
       SELECT 1 FROM privileging_grantperiod b
        WHERE {same_b} AND b.facility_id = g.facility_id AND b.privilege_id = g.privilege_id
          AND b.kind <> 'telemedicine' AND {known_b}
          AND b.valid @> (lower(g.valid) - 1)
          AND b.identity_id <> g.identity_id
   )
   AND NOT EXISTS (
       SELECT 1 FROM privileging_fppeplan p JOIN privileging_fppestep s ON s.plan_id = p.id
        WHERE {same_p} AND p.facility_id = g.facility_id AND p.privilege_id = g.privilege_id
          AND p.reason <> 'for_cause' {known_s}
   )
"""

#: Of every evaluation that is not for cause, what it was on the day as known then, where that is open.
_OPEN = """
SELECT {person_p}, 'open', v.name, NULL::daterange, last.due_on
  FROM privileging_fppeplan p
  JOIN privileging_privilege v ON v.id = p.privilege_id
  JOIN LATERAL (
      SELECT s.status, s.due_on FROM privileging_fppestep s
       WHERE s.plan_id = p.id AND s.day <= %(on)s {known_s}
       ORDER BY s.recorded_at DESC, s.id DESC LIMIT 1
  ) last ON true
 WHERE p.facility_id = %(facility)s AND p.reason <> 'for_cause' AND p.practitioner_id IN ({among})
   AND last.status NOT LIKE 'closed%%'
"""

#: Since when somebody holds privileges without a day between, and the last day signed profiles cover: those
#: of every specialty in the cycle.
_PROFILED = """
SELECT {person_g}, 'granted', '', g.valid,
       CASE WHEN i.decision_id IS NULL THEN (i.created_at AT TIME ZONE %(zone)s)::date END
  FROM privileging_grantperiod g JOIN privileging_grant i ON i.id = g.identity_id
 WHERE g.facility_id = %(facility)s AND lower(g.valid) <= %(on)s AND {known_g}
   AND g.practitioner_id IN ({among})
UNION ALL
SELECT {person_o}, 'signed', '', c.period, NULL::date
  FROM privileging_oppeprofile o JOIN privileging_oppecycle c ON c.id = o.cycle_id
 WHERE c.facility_id = %(facility)s AND o.status = 'signed' AND upper(c.period) <= %(on)s + 1
   AND (o.signed_at AT TIME ZONE %(zone)s)::date <= %(on)s
   AND o.practitioner_id IN ({among}) {known_o}
   AND NOT EXISTS (
       SELECT 1 FROM privileging_oppeprofile u
        WHERE u.cycle_id = o.cycle_id AND u.id <> o.id AND {same_u}
          AND (u.added_at AT TIME ZONE %(zone)s)::date <= %(on)s {added_u}
          AND (u.signed_at IS NULL OR (u.signed_at AT TIME ZONE %(zone)s)::date > %(on)s {signed_u})
   )
"""
_EVERYTHING = " UNION ALL ".join((_UNPLANNED, _OPEN, _PROFILED))


def _rows(
    statement: str, facility: Facility, on: dt.date, known_at: dt.datetime | None, ids: Iterable[int]
) -> list[tuple]:
    """Rows of (person, what, name, days, day) of one of the statements above; while many rules are asked one
    after the other, of all of them together.
    """
    if asking_many():
        statement = _EVERYTHING
    people = list(ids)
    question = ("evaluations", statement, facility.pk, on, known_at, tuple(people))
    return remembered(question, partial(_ask, statement, facility, on, known_at, people))


def _ask(
    statement: str, facility: Facility, on: dt.date, known_at: dt.datetime | None, ids: list[int]
) -> list[tuple]:
    then = known_at is not None
    text = statement.format(
        person_g=person_sql("g.practitioner_id", then=then),
        person_p=person_sql("p.practitioner_id", then=then),
        person_o=person_sql("o.practitioner_id", then=then),
        among=among_sql(then=then),
        known_g=known_sql("g", then=then),
        known_b=known_sql("b", then=then),
        known_s="AND s.recorded_at <= %(known_at)s" if then else "",
        known_o="AND o.signed_at <= %(known_at)s" if then else "",
        added_u="AND u.added_at <= %(known_at)s" if then else "",
        signed_u="OR u.signed_at > %(known_at)s" if then else "",
        same_u=f"{person_sql('u.practitioner_id', then=then)} = {person_sql('o.practitioner_id', then=then)}",
        same_b=f"{person_sql('b.practitioner_id', then=then)} = {person_sql('g.practitioner_id', then=then)}",
        same_p=f"{person_sql('p.practitioner_id', then=then)} = {person_sql('g.practitioner_id', then=then)}",
    )
    values: dict[str, Any] = {
        "facility": facility.pk, "on": on, "known_at": known_at, "people": ids, "zone": facility.time_zone,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchall()


# --- BL-FPPE-1 ------------------------------------------------------------------------------------------


def gather_unplanned(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Names of the privileges newly granted without an evaluation, by person; two queries."""
    people = appointed(facility, on, known_at, practitioner_ids)
    facts: dict[int, dict[str, Any]] = {person: {"on": on, "unplanned": []} for person in people}
    found = {
        (name, person)
        for person, what, name, _, _ in _rows(_UNPLANNED, facility, on, known_at, people)
        if what == "unplanned" and person in facts
    }
    for name, person in sorted(found):
        facts[person]["unplanned"].append(name)
    return facts  # type: ignore[return-value]


def judge_unplanned(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    unplanned = facts["unplanned"]
    if unplanned:
        return _say(
            FPPE_OPENED,
            Outcome.NOT_MET,
            f"Newly granted without a focused evaluation: {', '.join(unplanned)}.",
            facts={"unplanned": unplanned},
            cure="Open the evaluation; it counts from the day of the grant.",
        )
    return _say(FPPE_OPENED, Outcome.MET, "Every newly granted privilege has its focused evaluation.")


# --- BL-FPPE-2 ------------------------------------------------------------------------------------------


def gather_open(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Open evaluations with the day they are due, by person; two queries."""
    people = appointed(facility, on, known_at, practitioner_ids)
    facts: dict[int, dict[str, Any]] = {person: {"on": on, "open": []} for person in people}
    for person, what, name, _, due_on in _rows(_OPEN, facility, on, known_at, people):
        if what == "open" and person in facts:
            facts[person]["open"].append((name, due_on))
    for each in facts.values():
        each["open"].sort(key=lambda one: (one[1] is None, one[1] or on, one[0]))
    return facts  # type: ignore[return-value]


def judge_open(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: the day it is due still counts as in time. Pure."""
    on, rows = facts["on"], facts["open"]
    if not rows:
        return _say(FPPE_IN_TIME, Outcome.NOT_APPLICABLE, "No focused evaluation is open.")
    late = [(name, due) for name, due in rows if due is not None and due < on]
    if late:
        names = ", ".join(f"{name} ({day_text(due)})" for name, due in late)
        return _say(
            FPPE_IN_TIME,
            Outcome.NOT_MET,
            f"Past the day it was due: {names}.",
            facts={"late": [name for name, _ in late], "due": min(due for _, due in late)},
            since=min(due for _, due in late),
            cure="Close it with its conclusion, or extend it as the policy allows.",
        )
    if any(due is None for _, due in rows):
        names = ", ".join(name for name, due in rows if due is None)
        return _say(
            FPPE_IN_TIME, Outcome.UNKNOWN, f"No day is set on which it is due: {names}.", cure="Set the day."
        )
    first = min(due for _, due in rows)
    return _say(FPPE_IN_TIME, Outcome.MET, f"Open, the first due on {day_text(first)}.", due=first)


# --- BL-OPPE-1 ------------------------------------------------------------------------------------------


def gather_profiled(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Since when privileges are held without a break, and through when a signed profile reaches; two
    queries.
    """
    people = appointed(facility, on, known_at, practitioner_ids)
    held: dict[int, list[Any]] = {}
    signed: dict[int, dt.date] = {}
    taken_over: dict[int, dt.date] = {}
    for person, what, _, valid, here in _rows(_PROFILED, facility, on, known_at, people):
        if what == "granted":
            held.setdefault(person, []).append(valid)
            if here is not None:
                taken_over[person] = max(taken_over.get(person, here), here)
        elif what == "signed":
            last = valid.upper - dt.timedelta(days=1)
            signed[person] = max(signed.get(person, last), last)
    return {
        person: {
            "on": on,
            "since": unbroken_since(held.get(person, []), on),
            "through": signed.get(person),
            "taken_over": taken_over.get(person),
        }
        for person in people
    }


def unbroken_since(ranges: Iterable[Any], on: dt.date) -> dt.date | None:
    """The first day of the days without a gap that reach the day; None where nothing is held on it. Pure."""
    since = None
    for valid in sorted(ranges, key=lambda each: each.upper, reverse=True):
        reach = since if since is not None else on + dt.timedelta(days=1)
        if valid.upper >= reach and valid.lower < reach:
            since = valid.lower if since is None else min(since, valid.lower)
    return since


def judge_profiled(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure.

    The last day that may pass is so many months after the last day covered: by a signed profile, else the day
    before the privileges began.
    """
    limit = parameters[OPPE_MONTHS.code]
    on, since, through = facts["on"], facts["since"], facts["through"]
    more = {
        "citation": limit.citation,
        "confidence": limit.confidence,
        "bound_by": f"{limit.source}: {limit.value} months" if limit.is_set else "",
    }
    if since is None:
        return _say(OPPE_IN_TIME, Outcome.NOT_APPLICABLE, "No privileges are held on this day.", **more)
    if not limit.is_set:
        return _say(
            OPPE_IN_TIME, Outcome.UNKNOWN, "No longest cycle of ongoing evaluation is recorded.", **more
        )
    covered = through if through is not None and through >= since else since - dt.timedelta(days=1)
    due = add_months(covered, int(limit.value))
    shown = {"privileges_since": since, "signed_through": through, "due": due}
    here = facts.get("taken_over")
    if on > due and through is None and here is not None and on <= add_months(here, int(limit.value)):
        return _say(
            OPPE_IN_TIME,
            Outcome.UNKNOWN,
            f"Taken over on {day_text(here)}: what an earlier system signed is not on record here.",
            facts=shown,
            cure="Open a cycle, and let the chair sign the profile.",
            **more,
        )
    if on > due:
        what = (
            f"The last signed profile reaches {day_text(through)}"
            if covered == through
            else f"Privileges are held since {day_text(since)} without a signed profile"
        )
        return _say(
            OPPE_IN_TIME,
            Outcome.NOT_MET,
            f"{what}; the next was due by {day_text(due)}.",
            facts=shown,
            since=due,
            cure="Open a cycle, and let the chair sign the profile; no cases at all is a profile too.",
            **more,
        )
    return _say(
        OPPE_IN_TIME,
        Outcome.MET,
        f"The next profile is due by {day_text(due)}.",
        facts=shown,
        due=due,
        **more,
    )


# --- shared ---------------------------------------------------------------------------------------------

TITLES = {
    FPPE_OPENED: "Focused evaluation of every newly granted privilege",
    FPPE_IN_TIME: "Focused evaluations closed in time",
    OPPE_IN_TIME: "Ongoing evaluation within the cycle",
}


def _say(code: str, outcome: Outcome, sentence: str, **more: Any) -> Verdict:
    more.setdefault("citation", FPPE_CITATION)
    return Verdict(outcome=outcome, code=code, title=TITLES[code], sentence=sentence, **more)


for _code, _facts, _judge, _parameters in (
    (FPPE_OPENED, gather_unplanned, judge_unplanned, ()),
    (FPPE_IN_TIME, gather_open, judge_open, ()),
    (OPPE_IN_TIME, gather_profiled, judge_profiled, (OPPE_MONTHS.code,)),
):
    register(
        Rule(
            code=_code,
            title=TITLES[_code],
            version="1",
            parameters=_parameters,
            facts=_facts,
            judge=_judge,
        )
    )
