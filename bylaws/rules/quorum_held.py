"""BL-CTE-2: a body decides only while it has a quorum.

Judged are its votes of the last twelve months that were closed, by the quorum as it was counted at the vote,
and what was recorded from minutes, by what they tell. A vote without a quorum is refused here; what came from
elsewhere may have none on record, and is unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from bylaws.rules.bodies import COMMITTEE, bodies_of
from bylaws.rules.meetings_held import votes_by_body
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-CTE-2"
TITLE = "Quorum at every vote"
CITATION = "Usual in bylaws (quorum of the body)"


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, committee_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """The votes of each body in the twelve months; four queries."""
    votes = votes_by_body(facility, on, known_at)
    return {pk: {"votes": votes.get(pk, [])} for pk in bodies_of(facility, on, committee_ids)}


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one body. Pure. One vote without a quorum decides, then one of which it is not known."""
    votes = facts["votes"]
    short = [each for each in votes if each["met"] is False]
    unknown = [each for each in votes if each["met"] is None]
    told = {"votes": len(votes), "without_quorum": len(short), "not_known": len(unknown)}

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            facts=told,
            citation=CITATION,
            confidence="unconfirmed",
            **more,
        )

    number = plural_text(len(votes), "vote")
    if not votes:
        return say(Outcome.NOT_APPLICABLE, "The body voted on nothing in twelve months.")
    if short:
        first = short[0]
        return say(
            Outcome.NOT_MET,
            f"Of {number} in twelve months {len(short)} without a quorum, the first on "
            f"{day_text(first['day'])}: {first['present']} present, {first['needed']} needed.",
            since=first["day"],
            cure="The body decides again with a quorum what it decided without one.",
        )
    if unknown:
        return say(
            Outcome.UNKNOWN,
            f"Of {number} in twelve months the quorum of {len(unknown)} is not on record.",
            cure="Record who was present, from the minutes.",
        )
    return say(Outcome.MET, f"A quorum at each of {number} in twelve months.")


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(),
        facts=gather,
        judge=judge,
        waivable=False,
        subject=COMMITTEE.code,
    )
)
