"""BL-BRD-1: whose profession the bylaws ask it of is board certified within so many years after training.

Met by a certification a source confirmed, or by the board's word that the person is eligible still. Within
the years after the last completed training nothing more is asked. Whoever was certified once is past this
rule: whether it is kept is for BL-BRD-2. When training ended has to be confirmed; without it the years cannot
be counted, and that is unknown.

A certification alone never decides about anybody (42 CFR 482.12(a)(7)): the rule can be waived, and suspends
nothing by itself unless the bylaws say so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bylaws.parameters import BOARD_PROFESSIONS, BOARD_YEARS
from bylaws.rules.current_credential import KINDS, covers, evidence, said_of
from bylaws.rules.population import appointed, professions_of
from config.kernel.dates import ONE_DAY, add_years_last_valid
from config.kernel.display.dates import day_text
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import CredentialStatus, Standing

CODE = "BL-BRD-1"
TITLE = "Board certified in time"
CERTIFICATION, TRAINING = "BOARD_CERT", "RESIDENCY"
KINDS.update({CERTIFICATION, TRAINING})
PROFESSIONS_UNSET = "The professions board certification is asked of are not set for this facility."
SET_PROFESSIONS = f'Record "{BOARD_PROFESSIONS.title}" among the parameters; an empty list asks it of none.'


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Certifications and training as they were said, by person; four queries, two fewer while many rules are
    asked one after the other.
    """
    people = appointed(facility, on, known_at, practitioner_ids)
    ids = list(people)
    professions = professions_of(ids)
    certificates: dict[int, list[dict[str, Any]]] = {person: [] for person in people}
    training: dict[int, list[dict[str, Any]]] = {person: [] for person in people}
    for row in said_of(CERTIFICATION, ids, known_at):
        certificates[row["person"]].append(row)
    for row in said_of(TRAINING, ids, known_at):
        training[row["person"]].append(row)
    return {
        person: {
            "on": on,
            "member": row.get("appointment") is not None,
            "category": row.get("category", ""),
            "carries_privileges": row.get("carries_privileges", True),
            "profession": professions.get(person, ""),
            "certificates": certificates[person],
            "training": training[person],
        }
        for person, row in people.items()
    }


def not_asked(facts: Facts, professions: Sequence[str] | None) -> str:
    """Why nothing is asked of the person; empty where it is, or where nobody set the professions. Pure."""
    if not facts["member"]:
        return "No appointment is in force on this day."
    if not facts["carries_privileges"]:
        return f"The category {facts['category']} carries no privileges."
    if professions is not None and facts["profession"] not in professions:
        return "Board certification is not asked of this profession."
    return ""


def confirmed(rows: Sequence[Mapping[str, Any]], *statuses: str) -> list[Mapping[str, Any]]:
    """Those a source confirmed, with one of the statuses; any where none is given. Pure."""
    return [
        each
        for each in rows
        if each["standing"] == Standing.CONFIRMED and (not statuses or each["status"] in statuses)
    ]


def training_ended(rows: Sequence[Mapping[str, Any]], on: dt.date) -> dt.date | None:
    """The last day of the training completed last before the day, as confirmed. Pure."""
    ends = [
        last_day(each["to"])
        for each in confirmed(rows)
        if each["to"] is not None and each["to"] <= on and each["extra"].get("completed") is not False
    ]
    return max((each for each in ends if each), default=None)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    limit = parameters[BOARD_YEARS.code]
    on = facts["on"]

    def say(outcome: Outcome, sentence: str, one: Mapping[str, Any] | None = None, **more: Any) -> Verdict:
        if one is not None:
            more["evidence"] = evidence(one)
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=limit.citation,
            confidence=limit.confidence,
            bound_by=f"{limit.source}: {limit.value} years" if limit.is_set else "",
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
        until = f" through {day_text(last_day(best['to']))}" if best["to"] else ""
        return say(Outcome.MET, f"{_named(best)} is confirmed{until}.", best, facts=_shown(best))
    once = [each for each in certified if each["to"] is not None and each["to"] <= on]
    if once:
        best = max(once, key=lambda each: each["to"])
        return say(Outcome.MET, f"Was certified: {_named(best)}. Whether it is kept is judged apart.", best)
    eligible = [
        each for each in confirmed(facts["certificates"], CredentialStatus.ELIGIBLE) if covers(each, on)
    ]
    if eligible:
        best = max(eligible, key=lambda each: each["to"] or dt.date.max)
        until = f" through {day_text(last_day(best['to']))}" if best["to"] else ""
        return say(
            Outcome.MET, f"Board eligible in {_specialty(best)}{until}.", best, facts=_shown(best),
            due=last_day(best["to"]),
        )  # fmt: skip
    return _without(say, facts, limit, on)


def _without(say, facts: Facts, limit: Any, on: dt.date) -> Verdict:
    """Nobody confirmed a certification: in time still, too late, or not known."""
    claimed = [
        each for each in facts["certificates"] if each["standing"] != Standing.CONFIRMED and covers(each, on)
    ]
    if claimed:
        return say(
            Outcome.UNKNOWN,
            f"{_named(claimed[-1])} is claimed; the board has not confirmed it.",
            cure="Verify the certification with the board.",
        )
    ended = training_ended(facts["training"], on)
    if ended is None:
        return say(
            Outcome.UNKNOWN,
            "No certification is on record, and when training ended is not confirmed.",
            cure="Verify the training, or record and verify the certification.",
        )
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            "Within how many years after training somebody is certified is not recorded for this facility.",
            cure="Record the years of the bylaws among the parameters.",
        )
    due = add_years_last_valid(ended, int(limit.value))
    shown = {"training_ended": ended, "years": limit.value, "due": due}
    if on <= due:
        return say(
            Outcome.MET,
            f"Training ended on {day_text(ended)}; to be certified by {day_text(due)}.",
            facts=shown,
            due=due,
        )
    return say(
        Outcome.NOT_MET,
        f"Training ended on {day_text(ended)}, and no certification is on record {limit.value} years later.",
        facts=shown,
        since=due + ONE_DAY,
        due=due,
        cure="Record and verify the certification, or let the bodies waive it.",
    )


def _specialty(one: Mapping[str, Any]) -> str:
    return one["extra"].get("specialty") or "a specialty that is not named"


def _named(one: Mapping[str, Any]) -> str:
    return f"Board certification in {_specialty(one)}"


def _shown(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"specialty": _specialty(one), "valid_from": one["from"], "last_day": last_day(one["to"])}


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(BOARD_YEARS.code, BOARD_PROFESSIONS.code),
        facts=gather,
        judge=judge,
    )
)
