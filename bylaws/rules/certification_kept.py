"""BL-BRD-2: a board certification that ended is renewed within the grace the bylaws give.

Judged is who was certified once. A certification for life never ends. A renewal that is claimed and not
confirmed is not a renewal: within the grace nothing follows from it, afterwards it is told beside the breach.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from bylaws.parameters import BOARD_GRACE, BOARD_PROFESSIONS
from bylaws.rules.board_certified import (
    PROFESSIONS_UNSET,
    SET_PROFESSIONS,
    confirmed,
    gather,
    not_asked,
)
from bylaws.rules.current_credential import covers, evidence
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.periods import last_day
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import CredentialStatus, Standing

CODE = "BL-BRD-2"
TITLE = "Board certification kept"


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure. The last day of the grace still counts as in time."""
    limit = parameters[BOARD_GRACE.code]
    on = facts["on"]

    def say(outcome: Outcome, sentence: str, one: Mapping[str, Any] | None = None, **more: Any) -> Verdict:
        if one is not None:
            more |= {"evidence": evidence(one), "facts": {**_shown(one), **more.get("facts", {})}}
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

    if reason := not_asked(facts, parameters[BOARD_PROFESSIONS.code].value):
        return say(Outcome.NOT_APPLICABLE, reason)
    if not parameters[BOARD_PROFESSIONS.code].is_set:
        return say(Outcome.UNKNOWN, PROFESSIONS_UNSET, cure=SET_PROFESSIONS)
    certified = confirmed(facts["certificates"], CredentialStatus.ACTIVE)
    current = [each for each in certified if covers(each, on)]
    if current:
        best = max(current, key=lambda each: each["to"] or dt.date.max)
        until = f"through {day_text(last_day(best['to']))}" if best["to"] else "for life"
        return say(Outcome.MET, f"{_named(best)} is confirmed {until}.", best, due=last_day(best["to"]))
    once = [each for each in certified if each["to"] is not None and each["to"] <= on]
    if not once:
        return say(Outcome.NOT_APPLICABLE, "Was never certified, as far as is confirmed.")
    ended = max(once, key=lambda each: each["to"])
    stopped = ended["to"] - ONE_DAY
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            f"{_named(ended)} ended with {day_text(stopped)}; which grace the bylaws give is not recorded.",
            ended,
            cure="Record the grace of the bylaws among the parameters.",
        )
    due = add_months(stopped, int(limit.value))
    claimed = any(
        each["standing"] != Standing.CONFIRMED and covers(each, on) for each in facts["certificates"]
    )
    note = " A renewal is claimed but not confirmed." if claimed else ""
    if on <= due:
        return say(
            Outcome.MET,
            f"{_named(ended)} ended with {day_text(stopped)}; the grace runs through {day_text(due)}.{note}",
            ended,
            due=due,
        )
    return say(
        Outcome.NOT_MET,
        f"{_named(ended)} ended with {day_text(stopped)}, more than {limit.value} months ago.{note}",
        ended,
        since=due + ONE_DAY,
        due=due,
        cure="Verify a renewal with the board, or let the bodies waive it.",
    )


def _named(one: Mapping[str, Any]) -> str:
    specialty = one["extra"].get("specialty") or "a specialty that is not named"
    return f"Board certification in {specialty}"


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "specialty": one["extra"].get("specialty", ""),
        "valid_from": one["from"],
        "last_day": last_day(one["to"]),
    }


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(BOARD_GRACE.code, BOARD_PROFESSIONS.code),
        facts=gather,
        judge=judge,
    )
)
