"""BL-CTE-1: a body meets as often as its charter says.

Counted are its meetings that were held and adjourned in the twelve months that end with the day judged,
special ones too. How many there have to be says its charter, else the parameter for its kind. A body whose
first meeting on record is younger than twelve months is not known to have missed one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from bylaws.choices import CommitteeKind
from bylaws.parameters import MEETINGS_A_YEAR
from bylaws.rules.bodies import COMMITTEE, bodies_of
from bylaws.rules.meetings_held import MONTHS, held_by_body
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-CTE-1"
TITLE = "Body meets as often as its charter says"
CHARTER = "Charter of the body"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, committee_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Meetings of each body, the newest first, and what its charter says; two queries."""
    held = held_by_body(facility, on, known_at)
    return {
        pk: {
            "on": on,
            "kind": body.kind,
            "charter": body.meetings_a_year,
            "days": held.get(pk, []),
        }
        for pk, body in bodies_of(facility, on, committee_ids).items()
    }


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one body. Pure."""
    on = facts["on"]
    days = [day for day in facts["days"] if on < add_months(day, MONTHS)]
    first = facts["days"][-1] if facts["days"] else None
    general = parameters[f"{MEETINGS_A_YEAR.code}:{facts['kind']}"]
    charter = facts["charter"]
    needed = charter if charter is not None else general.value
    held = plural_text(len(days), "meeting")
    told: dict[str, Any] = {"held": len(days), "needed": needed, "last": days[0] if days else None}

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        by_charter = charter is not None or not general.is_set
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=told,
            citation=CHARTER if by_charter else general.citation,
            confidence="" if by_charter else general.confidence,
            bound_by=f"{CHARTER}: {needed} a year"
            if charter is not None
            else f"{general.source}: {needed} a year" * general.is_set,
            **more,
        )

    if needed is None:
        return say(
            Outcome.UNKNOWN,
            f"{held} in twelve months; how many there have to be is not recorded for this body.",
            cure="State it in the charter of the body, or record it among the parameters.",
        )
    needed = int(needed)
    if len(days) >= needed:
        due = add_months(days[needed - 1], MONTHS) - ONE_DAY
        return say(
            Outcome.MET,
            f"{held} in twelve months; {needed} are asked for.",
            due=due,
        )
    if first is None:
        return say(
            Outcome.UNKNOWN,
            f"No meeting of the body is on record; {needed} a year are asked for.",
            cure="Record its meetings here, or hold them.",
        )
    if first in days:
        return say(
            Outcome.UNKNOWN,
            f"{held} since {day_text(first)}, the first on record; {needed} in twelve months are asked for.",
            cure="Hold the meetings that are missing before the twelve months are over.",
        )
    return say(
        Outcome.NOT_MET,
        f"{len(days)} of {needed} meetings in twelve months.",
        cure="Hold the meetings that are missing, or have the charter changed by whoever may.",
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(MEETINGS_A_YEAR.code,),
        narrowed=tuple((MEETINGS_A_YEAR.code, str(kind)) for kind in CommitteeKind.values),
        facts=gather,
        judge=judge,
        subject=COMMITTEE.code,
    )
)
