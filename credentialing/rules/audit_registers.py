"""What an auditor finds of the data bank, of the exclusion lists and of the history. Pure.

These are judged from their own registers, not from what an item of the file repeats of them. What the data
bank said is neither read nor shown (its results are closed to surveyors; 42 USC 11137(b)).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from config.kernel.dates import within_days
from config.rulebook.verdicts import Verdict
from credentialing.choices import AuditResult
from credentialing.rules.audit_file import (
    Answer,
    Asked,
    AuditRow,
    Fault,
    Judged,
    Limit,
    Proof,
    Question,
    day,
    faulty,
    fine,
)

DATA_BANK = "National Practitioner Data Bank"


@dataclass(frozen=True)
class Query:
    """One query of the data bank: who asked, when, which kind, its number and who reviewed the response."""

    entity: str
    queried_on: dt.date
    kind: str
    dcn: str
    method: str
    reviewed_by: str
    reviewed_on: dt.date
    proof: Proof | None


def judge_data_bank(
    question: Question,
    decision: Judged,
    *,
    entity: str,
    queries: Sequence[Query],
    enrolled: bool,
) -> AuditRow:
    """Whether ``entity`` itself queried the data bank, and had reviewed the response, by the decision.

    ``enrolled``: its Continuous Query ran on the day, which leaves the query no age (45 CFR 60.17(a)).
    """
    own = sorted((one for one in queries if one.entity == entity), key=lambda one: one.queried_on)
    before = [one for one in own if one.queried_on <= decision.on]
    if not before:
        return faulty(replace(question, answer=None), decision, _no_query(decision, entity, own, queries))
    query = before[-1]
    question = replace(question, answer=_of_query(query))
    faults = []
    limit = question.limit.days
    if not enrolled and limit is not None and not within_days(query.queried_on, decision.on, limit):
        faults.append(decision.too_old("Queried", query.queried_on, limit))
    if query.reviewed_on > decision.on:
        told = f"The response was reviewed on {day(query.reviewed_on)}, after the decision."
        faults.append(Fault("reviewed_late", told))
    if query.proof is None:
        faults.append(Fault("no_evidence", "No response is kept."))
    elif query.proof.broken:
        faults.append(Fault("evidence_broken", query.proof.broken))
    if faults:
        return faulty(question, decision, *faults)
    told = f"{query.kind}, DCN {query.dcn}, reviewed before the decision."
    return fine(question, decision, f"{told} Continuous Query ran on the day." if enrolled else told)


def _no_query(decision: Judged, entity: str, own: Sequence[Query], queries: Sequence[Query]) -> Fault:
    if own:
        told = f"Queried on {day(own[0].queried_on)}, after the decision ({day(decision.on)})."
        return Fault("query_late", told)
    if queries:
        told = f"Queried only by {queries[0].entity}; a query satisfies no other entity than its own."
        return Fault("query_of_another", f"{told} {entity} had to query.")
    if not decision.made:
        return Fault("open", "Not queried yet.", AuditResult.UNKNOWN)
    return Fault("never_verified", "The data bank was never queried.")


def _of_query(query: Query) -> Answer:
    return Answer(
        source=DATA_BANK,
        source_kind="primary",
        method=query.method,
        verified_on=query.queried_on,
        reviewed_by=query.reviewed_by,
        reviewed_on=query.reviewed_on,
        proof=query.proof,
    )


@dataclass(frozen=True)
class Screened:
    """One list in use on the day of the decision, and the newest screening against it by then (None: none).

    ``waiting`` counts possible matches that nobody had reviewed by then.
    """

    list_name: str
    on: dt.date | None
    by: str = ""
    load: str = ""


def judge_exclusion(
    question: Question, decision: Judged, *, lists: Sequence[Screened], waiting: int = 0
) -> AuditRow:
    """Whether the person had been screened against every list in use, lately enough, and each possible match
    been reviewed.
    """
    held = question.answer or Answer()
    if not lists:
        return faulty(replace(question, answer=None), decision, Fault("no_list", "No list had been loaded."))
    faults, limit = [], question.limit.days
    for one in lists:
        if one.on is None:
            result = AuditResult.FAIL if decision.made else AuditResult.UNKNOWN
            told = f"Never screened against {one.list_name} before the decision."
            faults.append(Fault("never_verified", told, result))
        elif limit is not None and not within_days(one.on, decision.on, limit):
            faults.append(decision.too_old(f"Screened against {one.list_name}", one.on, limit))
    if waiting:
        told = f"{waiting} possible match{'es' if waiting > 1 else ''} had not been reviewed."
        faults.append(Fault("match_open", told))
    done = [one for one in lists if one.on is not None]
    oldest = min(done, key=lambda one: one.on or dt.date.max, default=None)
    if done and not faults:
        faults += _review_of_screening(held, decision)
    again = bool(oldest and oldest.on and held.reviewed_on and held.reviewed_on < oldest.on)
    question = replace(
        question,
        answer=replace(
            held,
            source=", ".join(f"{one.list_name}, {one.load}".rstrip(", ") for one in done),
            source_kind="primary" if done else "",
            verified_on=oldest.on if oldest else None,
            # The evidence of a screening made anew after the decision proves nothing of it.
            proof=held.proof if held.proof and held.proof.obtained_on <= decision.on else None,
        ),
    )
    if faults:
        return faulty(question, decision, *faults)
    names = " and ".join(one.list_name for one in done)
    told = f"Screened against {names} before the decision."
    return fine(
        question, decision, f"{told} Screened again since the review for this file." if again else told
    )


def _review_of_screening(held: Answer, decision: Judged) -> list[Fault]:
    """Somebody reviewed the screening for this file; later ones repeat it, and their matches are reviewed."""
    if not held.reviewed_by or held.reviewed_on is None:
        result = AuditResult.FAIL if decision.made else AuditResult.UNKNOWN
        return [Fault("not_reviewed", "Nobody reviewed the screening for this file.", result)]
    if held.reviewed_on > decision.on:
        told = f"The screening was reviewed for this file on {day(held.reviewed_on)}, after the decision."
        return [Fault("reviewed_late", told)]
    return []


def judge_history(
    element: str, history: Verdict, decision: Judged, *, asked: Asked | None = None
) -> AuditRow:
    """Whether every gap of the work history is explained as its length asks, from the rule of gaps."""
    question = Question(
        element=element,
        label="Gaps in the work history",
        asked=asked or Asked(body=history.bound_by, citation=history.citation, confidence=history.confidence),
        limit=Limit(),
    )
    if history.met:
        return fine(question, decision, history.sentence)
    result = AuditResult.FAIL if decision.made else AuditResult.UNKNOWN
    return faulty(question, decision, Fault("gap", history.sentence, result))
