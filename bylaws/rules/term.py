"""BL-APP-1: an appointment runs no longer than the strictest limit that binds the facility.

The limit counts to the day: a term of 36 months from 1 July 2021 may last through 30 June 2024. A term is
judged by the limit in force on the day judged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from bylaws.parameters import APPOINTMENT_TERM
from bylaws.rules.population import appointed
from config.kernel.dates import ONE_DAY, add_months
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-APP-1"
TITLE = "Appointment term within the limit"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """First and last day of the term in force by practitioner id, in one query.

    A term may consist of several periods (the category changed); it is judged as a whole.
    """
    return {
        practitioner_id: {
            "on": on,
            "category": person.get("category", ""),
            "from": person.get("from"),
            "to": person.get("to"),
        }
        for practitioner_id, person in appointed(facility, on, known_at, practitioner_ids).items()
    }


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    limit = parameters[APPOINTMENT_TERM.code]

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

    if facts["from"] is None:
        return say(Outcome.NOT_APPLICABLE, "No appointment is in force on this day.")
    start, end = facts["from"], facts["to"]
    shown = {"category": facts["category"], "term_from": start, "term_through": end - ONE_DAY}
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            "No limit to the term of an appointment is recorded for this facility.",
            facts=shown,
            cure="Record the limit of the bylaws or the accreditor among the parameters.",
        )
    bound = add_months(start, limit.value)
    allowed = bound - ONE_DAY
    shown |= {"limit_months": limit.value, "may_last_through": allowed}
    term = f"{_day(start)} to {_day(end - ONE_DAY)}"
    if end > bound:
        return say(
            Outcome.NOT_MET,
            f"The term {term} is longer than {limit.value} months; it may last through {_day(allowed)}.",
            facts=shown,
            since=start,
            cure=f"The board acts on the reappointment by {_day(allowed)}, and the term is corrected.",
        )
    return say(
        Outcome.MET,
        f"The term {term} lies within {limit.value} months.",
        facts=shown,
        since=start,
        due=end - ONE_DAY,
    )


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(APPOINTMENT_TERM.code,),
        facts=gather,
        judge=judge,
    )
)
