"""BL-TMP-1 and BL-TMP-3: what is granted for a time runs no longer than it may.

Day 1 is the day of the grant (:data:`config.kernel.dates`): 120 days from 1 January 2025 end with 30 April.
BL-TMP-1 measures each grant by itself; BL-TMP-3 what was granted to an applicant beside one application, from
the first day of the first grant to the last day of the last, so that a repeat buys no further day. A repeat
counts from the day it begins: until then the rule was met, so that is since when it is broken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from config.kernel.dates import inclusive_days, last_day_of_count
from config.kernel.display.dates import day_text
from config.kernel.periods import through, unbroken_since
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from privileging.choices import GrantKind
from privileging.parameters import LONGEST_DAYS
from privileging.rules.temporary_held import LIMITS, SUBJECT, gather

EACH, REPEATED = "BL-TMP-1", "BL-TMP-3"
TITLES = {
    EACH: "Privileges for a time within their days",
    REPEATED: "Repeated temporary privileges of an applicant within their days",
}
#: ``(row)`` -> first and last day measured; None where the rule does not concern the row.
Run = Callable[[Mapping[str, Any]], tuple[dt.date, dt.date] | None]


def run_of_grant(row: Mapping[str, Any]) -> tuple[dt.date, dt.date] | None:
    """First and last day of the grant. Pure."""
    return row["first"], row["last"]


def run_beside(row: Mapping[str, Any]) -> tuple[dt.date, dt.date] | None:
    """First day of the first and last day of the last grant beside the same application. Pure."""
    if row["kind"] != GrantKind.TEMPORARY_APPLICANT or not row["beside"]:
        return None
    return min(first for first, _ in row["beside"]), max(last for _, last in row["beside"])


def _broken_since(runs: Sequence[tuple[dt.date, dt.date]], allowed: dt.date, on: dt.date) -> dt.date:
    """The first day of the run that goes beyond the days allowed; after a gap the day from which on something
    is held again. Pure.
    """
    beyond = min(first for first, last in runs if last > allowed)
    again = unbroken_since([(first, through(last)) for first, last in runs], on)
    return beyond if again is None else max(beyond, again)


def _judge(code: str, run: Run, facts: Facts, parameters: Parameters) -> Verdict:
    measured = [(row, days) for row in facts["held"] if (days := run(row)) is not None]
    limits = {row["kind"]: parameters[f"{LONGEST_DAYS.code}:{SUBJECT[row['kind']]}"] for row, _ in measured}
    one = next(iter(limits.values()), parameters[f"{LONGEST_DAYS.code}:temporary"])

    def say(outcome: Outcome, sentence: str, limit: Any = one, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=code,
            title=TITLES[code],
            sentence=sentence,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} days" if limit.is_set else "",
            **more,
        )

    if not measured:
        return say(Outcome.NOT_APPLICABLE, "Nothing of the kind is held for a time on this day.")
    unset = [row for row, _ in measured if not limits[row["kind"]].is_set]
    if unset:
        return say(
            Outcome.UNKNOWN,
            f"How long {unset[0]['privilege']} may be granted for a time is not recorded for this facility.",
            cure="Record the limit of the bylaws among the parameters.",
        )
    # Each grant by its own limit: one privilege may be held by two, of two kinds or on two merged records.
    allowing = [
        (row, days, last_day_of_count(days[0], int(limits[row["kind"]].value))) for row, days in measured
    ]
    late = [(row, days, allowed) for row, days, allowed in allowing if days[1] > allowed]
    if late:
        row, (first, last), allowed = max(late, key=lambda each: (each[1][1] - each[2], each[0]["privilege"]))
        limit = limits[row["kind"]]
        return say(
            Outcome.NOT_MET,
            f"{row['privilege']} runs from {day_text(first)} through {day_text(last)}, "
            f"{inclusive_days(first, last)} days; at most {limit.value} are allowed.",
            limit,
            facts={"privileges": sorted({each["privilege"] for each, _, _ in late}), "first_day": first,
                   "last_day": last, "may_last_through": allowed},
            since=min(
                _broken_since(
                    [(each["first"], each["last"])] if code == EACH else each["beside"], until, facts["on"]
                )
                for each, _, until in late
            ),
            due=allowed,
            cure=f"End it with {day_text(allowed)}; what is needed longer asks for an appointment.",
        )  # fmt: skip
    row, _, first_due = min(allowing, key=lambda each: (each[2], each[0]["privilege"]))
    limit = limits[row["kind"]]
    return say(
        Outcome.MET,
        f"Within {limit.value} days; it may last through {day_text(first_due)}.",
        limit,
        facts={"privileges": sorted({row["privilege"] for row, _ in measured})},
        due=first_due,
    )


def judge_each(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person, each grant by itself. Pure."""
    return _judge(EACH, run_of_grant, facts, parameters)


def judge_repeated(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person, all that was granted beside one application together. Pure."""
    return _judge(REPEATED, run_beside, facts, parameters)


for _code, _rule in ((EACH, judge_each), (REPEATED, judge_repeated)):
    register(
        Rule(
            code=_code,
            title=TITLES[_code],
            version="1",
            parameters=(LONGEST_DAYS.code,),
            narrowed=LIMITS,
            facts=gather,
            judge=_rule,
            waivable=False,
        )
    )
