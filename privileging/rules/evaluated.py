"""BL-FPPE-1, BL-FPPE-2 and BL-OPPE-1: what is granted is evaluated, in time, and goes on being evaluated.

An evaluation for cause is peer review and takes no part: findings are read by people without that class.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from django.db import connection

from bylaws.rules.population import appointed, remembered
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.periods import known_sql, unbroken_since
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.selectors.canonical import among_sql, person_sql
from privileging.parameters import OPPE_MONTHS

FPPE_OPENED, FPPE_IN_TIME, OPPE_IN_TIME = "BL-FPPE-1", "BL-FPPE-2", "BL-OPPE-1"
FPPE_CITATION = "MS.08.01.01 (numbering before 2026)"

#: What the three rules rest on, asked at once: columns (person, what, name, day, decided, opened, days).
#:
#: ``new``: privileges newly granted here, since when, whether by a decision, and whether an evaluation was
#: opened. What was held the day before was renewed; what came from an earlier system was evaluated there;
#: by proxy the distant site does. What began after it was taken over, without a decision, came from nowhere.
#:
#: ``open``: of every evaluation that is not for cause, when it was due on the day as known then, where it was
#: open.
#:
#: ``granted`` and ``signed``: since when somebody holds privileges without a day between, with the day on
#: which they were taken over, and the last day signed profiles cover: those of every specialty in the cycle.
_EVALUATED = """
SELECT {person_g}, 'new', v.name, lower(g.valid), i.decision_id IS NOT NULL,
       EXISTS (
           SELECT 1 FROM privileging_fppeplan p JOIN privileging_fppestep s ON s.plan_id = p.id
            WHERE {same_p} AND p.facility_id = g.facility_id AND p.privilege_id = g.privilege_id
              AND p.reason <> 'for_cause' {known_s}
       ), NULL::daterange
  FROM privileging_grantperiod g
  JOIN privileging_grant i ON i.id = g.identity_id
  JOIN privileging_privilege v ON v.id = g.privilege_id
 WHERE g.facility_id = %(facility)s AND g.valid @> %(on)s::date AND {known_g}
   AND g.kind <> 'telemedicine'
   AND (i.decision_id IS NOT NULL OR lower(g.valid) > (i.created_at AT TIME ZONE %(zone)s)::date)
   AND g.practitioner_id IN ({among})
   AND NOT EXISTS (
       SELECT 1 FROM privileging_grantperiod b
        WHERE {same_b} AND b.facility_id = g.facility_id AND b.privilege_id = g.privilege_id
          AND b.kind <> 'telemedicine' AND {known_b}
          AND b.valid @> (lower(g.valid) - 1)
          AND b.identity_id <> g.identity_id
   )
UNION ALL
SELECT {person_p}, 'open', v.name, last.due_on, NULL, NULL, NULL
  FROM privileging_fppeplan p
  JOIN privileging_privilege v ON v.id = p.privilege_id
  JOIN LATERAL (
      SELECT s.status, s.due_on FROM privileging_fppestep s
       WHERE s.plan_id = p.id AND s.day <= %(on)s {known_s}
       ORDER BY s.recorded_at DESC, s.id DESC LIMIT 1
  ) last ON true
 WHERE p.facility_id = %(facility)s AND p.reason <> 'for_cause' AND p.practitioner_id IN ({among})
   AND last.status NOT LIKE 'closed%%'
UNION ALL
SELECT {person_g}, 'granted', NULL,
       CASE WHEN i.decision_id IS NULL THEN (i.created_at AT TIME ZONE %(zone)s)::date END,
       NULL, NULL, g.valid
  FROM privileging_grantperiod g JOIN privileging_grant i ON i.id = g.identity_id
 WHERE g.facility_id = %(facility)s AND lower(g.valid) <= %(on)s AND {known_g}
   AND g.practitioner_id IN ({among})
UNION ALL
SELECT {person_o}, 'signed', NULL, NULL, NULL, NULL, c.period
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


class _Row(NamedTuple):
    """One row of the answer."""

    person: int
    what: str
    name: str | None
    day: dt.date | None
    decided: bool | None
    opened: bool | None
    days: Any


def _rows(
    what: Collection[str],
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
    people: Iterable[int],
) -> list[_Row]:
    """Rows of these kinds about the people, by name and day; one query for all three rules while many rules
    are judged of the same people.
    """
    ids = tuple(people)
    found = remembered(
        ("evaluated", facility.pk, on, known_at, ids), partial(_ask, facility, on, known_at, ids)
    )
    return [row for row in found if row.what in what]


def _ask(facility: Facility, on: dt.date, known_at: dt.datetime | None, ids: Sequence[int]) -> list[_Row]:
    then = known_at is not None
    person = partial(person_sql, then=then)
    text = _EVALUATED.format(
        person_g=person("g.practitioner_id"),
        person_p=person("p.practitioner_id"),
        person_o=person("o.practitioner_id"),
        among=among_sql(then=then),
        known_g=known_sql("g", then=then),
        known_b=known_sql("b", then=then),
        known_s="AND s.recorded_at <= %(known_at)s" if then else "",
        known_o="AND o.signed_at <= %(known_at)s" if then else "",
        added_u="AND u.added_at <= %(known_at)s" if then else "",
        signed_u="OR u.signed_at > %(known_at)s" if then else "",
        same_u=f"{person('u.practitioner_id')} = {person('o.practitioner_id')}",
        same_b=f"{person('b.practitioner_id')} = {person('g.practitioner_id')}",
        same_p=f"{person('p.practitioner_id')} = {person('g.practitioner_id')}",
    )
    values: dict[str, Any] = {
        "facility": facility.pk, "on": on, "known_at": known_at, "people": list(ids),
        "zone": facility.time_zone,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        # The same few hundred names, days and periods over and over: each is held once.
        kept: dict[Any, Any] = {}
        same = kept.setdefault
        rows = [
            _Row(
                same(who, who), same(kind, kind), same(name, name), same(day, day), decided, opened,
                same(of_days, of_days),
            )
            for who, kind, name, day, decided, opened, of_days in cursor
        ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.person, row.what, row.name or "", row.day or dt.date.max))


# --- BL-FPPE-1 ------------------------------------------------------------------------------------------


def gather_newly_granted(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Privileges newly granted, with their evaluation or without, by person; two queries."""
    people = appointed(facility, on, known_at, practitioner_ids)
    facts: dict[int, dict[str, Any]] = {person: {"on": on, "granted": []} for person in people}
    for row in _rows(["new"], facility, on, known_at, people):
        if row.person in facts:
            facts[row.person]["granted"].append(
                {"name": row.name, "start": row.day, "decided": row.decided, "opened": row.opened}
            )
    return facts  # type: ignore[return-value]


def judge_newly_granted(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: what is newly granted is evaluated from the day of the grant. Pure."""
    granted = facts["granted"]
    if not granted:
        return _say(FPPE_OPENED, Outcome.NOT_APPLICABLE, "Nothing was newly granted here.")
    without = [each for each in granted if not each["opened"]]
    surely = [each for each in without if each["decided"]]
    cure = "Open the evaluation; it counts from the day of the grant."
    if surely:
        names = _names(surely)
        return _say(
            FPPE_OPENED,
            Outcome.NOT_MET,
            f"Newly granted without a focused evaluation: {', '.join(names)}.",
            facts={"unplanned": names},
            since=min(each["start"] for each in surely),
            cure=cure,
        )
    if without:
        names = _names(without)
        return _say(
            FPPE_OPENED,
            Outcome.UNKNOWN,
            f"Recorded without a decision, and whether it was ever evaluated is not on record: "
            f"{', '.join(names)}.",
            facts={"unplanned": names},
            cure=cure,
        )
    return _say(FPPE_OPENED, Outcome.MET, "Every newly granted privilege has its focused evaluation.")


def _names(rows: Iterable[Facts]) -> list[str]:
    return list(dict.fromkeys(each["name"] for each in rows))


# --- BL-FPPE-2 ------------------------------------------------------------------------------------------


def gather_open(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Open evaluations with the day they are due, by person; two queries."""
    people = appointed(facility, on, known_at, practitioner_ids)
    facts: dict[int, dict[str, Any]] = {person: {"on": on, "open": []} for person in people}
    rows = _rows(["open"], facility, on, known_at, people)
    for row in sorted(rows, key=lambda row: (row.day or dt.date.max, row.name)):
        if row.person in facts:
            facts[row.person]["open"].append((row.name, row.day))
    return facts  # type: ignore[return-value]


def judge_open(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: the day it is due still counts as in time. Pure."""
    on, rows = facts["on"], facts["open"]
    if not rows:
        return _say(FPPE_IN_TIME, Outcome.NOT_APPLICABLE, "No focused evaluation is open.")
    late = [(name, due) for name, due in rows if due is not None and due < on]
    if late:
        names = ", ".join(f"{name} ({day_text(due)})" for name, due in late)
        first = min(due for _, due in late)
        return _say(
            FPPE_IN_TIME,
            Outcome.NOT_MET,
            f"Past the day it was due: {names}.",
            facts={"late": [name for name, _ in late], "due": first},
            since=first + ONE_DAY,
            due=first,
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
    for row in _rows(["granted", "signed"], facility, on, known_at, people):
        if row.what == "granted":
            held.setdefault(row.person, []).append(row.days)
            if row.day is not None:
                taken_over[row.person] = max(taken_over.get(row.person, row.day), row.day)
        else:
            last = row.days.upper - ONE_DAY
            signed[row.person] = max(signed.get(row.person, last), last)
    return {
        person: {
            "on": on,
            "since": unbroken_since(((days.lower, days.upper) for days in held.get(person, ())), on),
            "through": signed.get(person),
            "taken_over": taken_over.get(person),
        }
        for person in people
    }


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
            since=due + ONE_DAY,
            due=due,
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
    (FPPE_OPENED, gather_newly_granted, judge_newly_granted, ()),
    (FPPE_IN_TIME, gather_open, judge_open, ()),
    (OPPE_IN_TIME, gather_profiled, judge_profiled, (OPPE_MONTHS.code,)),
):
    register(
        Rule(
            code=_code,
            title=TITLES[_code],
            version="2",
            parameters=_parameters,
            facts=_facts,
            judge=_judge,
        )
    )
