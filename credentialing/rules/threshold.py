"""Threshold criteria: may an application be issued at all? Pure.

A criterion that is not met closes the pre-application as not eligible: no decision, no hearing, no report.
What is not stated is unknown and never looks like met.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.kernel.choices import StatusChoices
from config.kernel.display.dates import day_text
from config.kernel.periods import covers
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from practitioners.choices import PERMITS_PRACTICE, CredentialStatus

ELSEWHERE = "Record what the person states, then look again."


class Criterion(StatusChoices):
    """What may be asked before an application is issued."""

    LICENCE = "LICENCE", "neutral", "License in the state of the facility"
    DEA = "DEA", "neutral", "DEA registration where controlled substances are prescribed"
    BOARD = "BOARD", "neutral", "Board certified, or eligible"
    COVER = "COVER", "neutral", "Malpractice coverage within the limits"
    GEOGRAPHY = "GEOGRAPHY", "neutral", "Practices or lives within reach"


@dataclass(frozen=True)
class Claim:
    """One credential as stated or confirmed: its type, state, status, days and further content."""

    type_code: str
    state: str
    status: str
    valid: Any
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ThresholdFacts:
    """What is on file of the person; ``states`` are those of practice and home addresses."""

    on: dt.date
    provider_type: str
    facility_state: str
    claims: Sequence[Claim]
    states: frozenset[str]

    def of(self, type_code: str) -> list[Claim]:
        """Claims of a type, in force on the day."""
        return [one for one in self.claims if one.type_code == type_code and covers(one.valid, self.on)]


def judge_threshold(
    criteria: Sequence[Mapping[str, Any]], facts: ThresholdFacts, *, citation: str = "", bound_by: str = ""
) -> Verdict:
    """Every criterion that concerns the profession, judged on the day; one that is not known is unknown."""
    children = tuple(
        _judge(each, facts, citation, bound_by)
        for each in criteria
        if not each.get("provider_types") or facts.provider_type in each["provider_types"]
    )
    if not children:
        return Verdict(
            Outcome.UNKNOWN,
            "THRESHOLD",
            "Threshold criteria",
            "No criterion is recorded for this profession; the parameters say what is asked.",
        )
    failed = [child for child in children if child.outcome is Outcome.NOT_MET]
    open_ones = [child for child in children if child.outcome is Outcome.UNKNOWN]
    if failed:
        told = f"Not eligible: {failed[0].sentence}"
    elif open_ones:
        told = f"{len(open_ones)} of {len(children)} cannot be answered yet. First: {open_ones[0].sentence}"
    else:
        told = "Every threshold criterion is met: an application can be issued."
    return Verdict(
        combine_all(children), "THRESHOLD", "Threshold criteria", told, children=children, citation=citation
    )


def _judge(each: Mapping[str, Any], facts: ThresholdFacts, citation: str, bound_by: str) -> Verdict:
    code = str(each.get("criterion", ""))
    judge = _JUDGES.get(code)
    if judge is None:
        return Verdict(Outcome.UNKNOWN, code or "THRESHOLD", code, "This criterion is not known here.")
    outcome, sentence, found = judge(each, facts)
    return Verdict(
        outcome,
        f"TH-{code}",
        str(Criterion(code).label),
        sentence,
        facts=found | ({"because": each["why"]} if each.get("why") else {}),
        citation=citation,
        bound_by=bound_by,
        cure=ELSEWHERE if outcome is Outcome.UNKNOWN else "",
    )


Judged = tuple[Outcome, str, dict[str, Any]]


def _licence(each: Mapping[str, Any], facts: ThresholdFacts) -> Judged:
    held = [one for one in facts.claims if one.type_code == "LICENSE" and one.state == facts.facility_state]
    if not held:
        return Outcome.UNKNOWN, f"No license of {facts.facility_state} is stated.", {}
    good = [one for one in held if covers(one.valid, facts.on) and one.status in PERMITS_PRACTICE]
    if good:
        return Outcome.MET, f"A license of {facts.facility_state} is stated and runs.", _until(good[0])
    last = held[-1]
    status = CredentialStatus(last.status).label.lower() if last.status else "not in force"
    return Outcome.NOT_MET, f"The license of {facts.facility_state} does not permit practice: {status}.", {}


def _dea(each: Mapping[str, Any], facts: ThresholdFacts) -> Judged:
    held = facts.of("DEA")
    if held:
        return Outcome.MET, "A DEA registration is stated and runs.", _until(held[0])
    if any(one.type_code == "DEA" for one in facts.claims):
        return Outcome.NOT_MET, "The DEA registration stated has run out.", {}
    return Outcome.UNKNOWN, "No DEA registration is stated.", {}


def _board(each: Mapping[str, Any], facts: ThresholdFacts) -> Judged:
    held = [one for one in facts.claims if one.type_code == "BOARD_CERT"]
    if not held:
        return Outcome.UNKNOWN, "Neither certification nor eligibility is stated.", {}
    certified = [
        one
        for one in held
        if covers(one.valid, facts.on)
        and one.status not in (CredentialStatus.NOT_CERTIFIED, CredentialStatus.REVOKED)
    ]
    if not certified:
        return Outcome.NOT_MET, "The certification stated is not in force, nor is eligibility.", {}
    eligible = certified[0].status == CredentialStatus.ELIGIBLE
    return Outcome.MET, "Board eligible." if eligible else "Board certified.", _until(certified[0])


def _cover(each: Mapping[str, Any], facts: ThresholdFacts) -> Judged:
    held = facts.of("MALPRACTICE")
    if not held:
        return Outcome.UNKNOWN, "No malpractice coverage that runs is stated.", {}
    wanted = {name: int(each.get(name) or 0) for name in ("per_claim_usd", "aggregate_usd")}
    stated = {name: held[0].extra.get(name) for name in wanted}
    if any(value is None for name, value in stated.items() if wanted[name]):
        return Outcome.UNKNOWN, "The limits of the malpractice coverage are not stated.", {}
    short = [name for name, least in wanted.items() if int(stated[name] or 0) < least]
    told = {"per claim": stated["per_claim_usd"], "aggregate": stated["aggregate_usd"]}
    if short:
        needed = " and ".join(
            f"{wanted[name]:,} USD {name.split('_usd')[0].replace('_', ' ')}" for name in short
        )
        return Outcome.NOT_MET, f"The malpractice coverage stated is lower than {needed}.", told
    return Outcome.MET, "The malpractice coverage stated reaches the limits.", told


def _geography(each: Mapping[str, Any], facts: ThresholdFacts) -> Judged:
    within = sorted({facts.facility_state, *(each.get("states") or ())})
    if not facts.states:
        return Outcome.UNKNOWN, "No address of practice or home is on file.", {}
    if facts.states & set(within):
        return Outcome.MET, f"An address in {' or '.join(sorted(facts.states & set(within)))} is on file.", {}
    return Outcome.NOT_MET, f"Every address on file is outside {', '.join(within)}.", {}


def _until(claim: Claim) -> dict[str, Any]:
    return {"from": day_text(claim.valid.lower)} if claim.valid.lower else {}


_JUDGES: dict[str, Callable[[Mapping[str, Any], ThresholdFacts], Judged]] = {
    Criterion.LICENCE: _licence,
    Criterion.DEA: _dea,
    Criterion.BOARD: _board,
    Criterion.COVER: _cover,
    Criterion.GEOGRAPHY: _geography,
}
