"""The verification audit file: what an auditor would find of every element of one file. Pure.

Everything is derived from what was recorded: days, sources, people, evidence. A stored status that claims
more ("complete", "verified") proves nothing here. Ages count back from the day the governing body decided
(45 CFR 60.17 for the data bank; NCQA counts to the decision as well), a day later than the limit fails.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from config.kernel.dates import within_days
from credentialing.choices import AuditResult, Element, ItemStatus
from credentialing.elements import AFFILIATIONS, NEVER_WAIVABLE, ONLY_CURRENT
from practitioners.choices import SourceKind

#: Elements whose credential must still run on the day of the decision, whatever was found out about it.
RUNS = frozenset({Element.STATE_LICENSE, *ONLY_CURRENT})
#: Those whose end may have been found out instead: the finding goes to the bodies as adverse.
END_MAY_BE_FOUND = frozenset({Element.BOARD_CERTIFICATION, Element.LIFE_SUPPORT})
#: Names of profiles that repeat what a state board said; for a licence the board itself is asked.
NOT_THE_BOARD = re.compile(r"\b(AMA|AOA|AOIA|American Medical Association|American Osteopathic)\b", re.I)
#: Follows what is said of an answer that was true, and bad.
ADVERSE = " What it found is adverse; the bodies are told of it."
ORDER = (AuditResult.FAIL, AuditResult.UNKNOWN, AuditResult.PASS, AuditResult.NOT_NEEDED)


@dataclass(frozen=True)
class Asked:
    """Who asks for it: the body, its reason, where that is written, and the version of the parameter."""

    body: str = ""
    why: str = ""
    citation: str = ""
    confidence: str = ""
    version: str = ""


@dataclass(frozen=True)
class Limit:
    """How old it may be on the day of the decision; ``days`` None: no limit was in force."""

    days: int | None = None
    asked: Asked = field(default_factory=Asked)


@dataclass(frozen=True)
class Proof:
    """A piece of evidence as far as an auditor may know it. ``broken`` says what is not as it was recorded,
    ``removed`` why its content was redacted.
    """

    uid: str
    sha256: str
    obtained_on: dt.date
    obtained_by: str
    source_kind: str = ""
    source_date: dt.date | None = None
    protected: bool = False
    broken: str = ""
    removed: str = ""


@dataclass(frozen=True)
class Answer:
    """What the file holds of one element and instance. Days are the facility's."""

    status: str = ItemStatus.NOT_STARTED
    source: str = ""
    source_kind: str = ""
    method: str = ""
    verified_on: dt.date | None = None
    reviewed_by: str = ""
    reviewed_by_system: bool = False
    reviewed_on: dt.date | None = None
    adverse: bool = False
    #: Last valid day of what the source confirmed; None without an end.
    runs_through: dt.date | None = None
    #: Whether any source confirmed for which days it runs.
    confirmed: bool = True
    proof: Proof | None = None


@dataclass(frozen=True)
class Question:
    """One element and instance that had to be found out, and the answer in the file (None: no such item)."""

    element: str
    label: str
    asked: Asked
    limit: Limit
    accepted: tuple[str, ...] = ()
    answer: Answer | None = None
    #: Whether what was verified has to run on the day of the decision, where its element asks for that.
    must_run: bool = True


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    code: str
    sentence: str
    result: AuditResult = AuditResult.FAIL


@dataclass(frozen=True)
class Judged:
    """For which decision: its day, and whether it has been made (else it is planned)."""

    on: dt.date
    made: bool = True
    today: dt.date | None = None

    def too_old(self, word: str, seen: dt.date, limit: int) -> Fault:
        """What is wrong with something seen more than ``limit`` days before the decision. What still counts
        today, and only will not on the planned day, has not failed: it has to be found out again by then.
        """
        told = too_old(word, seen, self.on, limit)
        if self.made or self.today is None or not within_days(seen, self.today, limit):
            return Fault("stale", told)
        again = "It counts today, and is to be found out again before the planned decision."
        return Fault("stale", f"{told} {again}", AuditResult.UNKNOWN)


@dataclass(frozen=True)
class AuditRow:
    """One line of the audit file. ``defects`` are codes of what is wrong, ``sentence`` says why in words."""

    element: str
    label: str
    asked: Asked
    limit: Limit
    result: AuditResult
    sentence: str
    source: str = ""
    source_kind: str = ""
    source_accepted: bool | None = None
    method: str = ""
    verified_on: dt.date | None = None
    verified_by: str = ""
    reviewed_by: str = ""
    reviewed_on: dt.date | None = None
    age: int | None = None
    proof: Proof | None = None
    defects: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.result in (AuditResult.PASS, AuditResult.NOT_NEEDED)


def judge(question: Question, decision: Judged) -> AuditRow:
    """One element and instance, for the decision."""
    answer = question.answer
    if answer is None or (answer.verified_on is None and answer.proof is None):
        return _row(question, decision, *_without_answer(question, decision))
    if answer.status in (ItemStatus.WAIVED, ItemStatus.NOT_APPLICABLE):
        return _row(question, decision, *_without_answer(question, decision))
    faults = [
        fault
        for fault in (
            _discrepancy(answer),
            _source(question, answer),
            *_proof(answer, decision),
            _age(question, answer, decision),
            _reviewed(answer, decision),
            _runs(question, answer, decision),
        )
        if fault is not None
    ]
    told = "" if faults else _fine(question, answer, decision)
    if told and answer.adverse:
        told += ADVERSE
    return _row(question, decision, faults, told, AuditResult.PASS)


def _without_answer(question: Question, decision: Judged) -> tuple[list[Fault], str, AuditResult]:
    """What stands where no source answered: nothing, a waiver, or that it does not apply."""
    answer, never = question.answer, question.element in NEVER_WAIVABLE
    if answer is not None and answer.status == ItemStatus.WAIVED:
        if never:
            return [Fault("unwaivable", "Waived, and this can never be waived.")], "", AuditResult.FAIL
        if not answer.reviewed_by or answer.reviewed_on is None:
            return [Fault("waiver_unsigned", "Waived by nobody who is named.")], "", AuditResult.FAIL
        if answer.reviewed_on > decision.on:
            late = f"Waived on {day(answer.reviewed_on)}, after the decision ({day(decision.on)})."
            return [Fault("waiver_late", late)], "", AuditResult.FAIL
        told = f"Could not be verified; waived by {answer.reviewed_by} on {day(answer.reviewed_on)}."
        return [], told, AuditResult.NOT_NEEDED
    if answer is not None and answer.status == ItemStatus.NOT_APPLICABLE:
        if never:
            return [Fault("unwaivable", "Said not to apply, and it concerns everyone.")], "", AuditResult.FAIL
        return [], "Recorded as not applying to this person.", AuditResult.NOT_NEEDED
    if not decision.made:
        return [Fault("open", "Not found out yet.", AuditResult.UNKNOWN)], "", AuditResult.UNKNOWN
    if answer is None:
        told = "Never verified: the file holds no verification of it."
    else:
        told = "Never verified: no source had answered by the decision."
    return [Fault("never_verified", told)], "", AuditResult.FAIL


def _discrepancy(answer: Answer) -> Fault | None:
    if answer.status != ItemStatus.DISCREPANT:
        return None
    return Fault("discrepancy", "The source contradicts the application, and nobody resolved it in writing.")


def _source(question: Question, answer: Answer) -> Fault | None:
    kinds = [kind for kind in (answer.source_kind, answer.proof.source_kind if answer.proof else "") if kind]
    if not kinds or not answer.source.strip():
        return Fault("source_unnamed", "It is not said who answered.")
    wrong = next((kind for kind in kinds if question.accepted and kind not in question.accepted), "")
    if wrong:
        accepted = " or ".join(SourceKind(kind).label.lower() for kind in question.accepted)
        told = f"Source not accepted: {SourceKind(wrong).label.lower()}; accepted is {accepted}."
        return Fault("wrong_source", told)
    if question.element == Element.STATE_LICENSE and NOT_THE_BOARD.search(answer.source):
        told = f"Source not accepted: {answer.source} repeats what the state board says; the board is asked."
        return Fault("wrong_source", told)
    return None


def _proof(answer: Answer, decision: Judged) -> list[Fault]:
    proof = answer.proof
    if proof is None:
        return [Fault("no_evidence", "No evidence is kept of the answer.")]
    faults = []
    if proof.broken:
        faults.append(Fault("evidence_broken", proof.broken))
    if proof.removed:
        told = f"The content of the evidence was removed: {proof.removed}"
        faults.append(Fault("evidence_removed", told, AuditResult.UNKNOWN))
    if proof.obtained_on > decision.on:
        told = f"The evidence came on {day(proof.obtained_on)}, after the decision ({day(decision.on)})."
        faults.append(Fault("evidence_late", told))
    elif proof.source_date and proof.source_date > decision.on:
        told = f"The evidence bears the date {day(proof.source_date)}, after the decision."
        faults.append(Fault("evidence_late", told))
    return faults


def _age(question: Question, answer: Answer, decision: Judged) -> Fault | None:
    seen, on = answer.verified_on, decision.on
    if seen is None:
        return Fault("undated", "It is not said on which day it was verified.")
    if seen > on:
        return Fault("after_decision", f"Verified on {day(seen)}, after the decision ({day(on)}).")
    days = question.limit.days
    if days is None or within_days(seen, on, days):
        return None
    return decision.too_old("Verified", seen, days)


def _reviewed(answer: Answer, decision: Judged) -> Fault | None:
    if not answer.reviewed_by or answer.reviewed_on is None:
        result = AuditResult.FAIL if decision.made else AuditResult.UNKNOWN
        return Fault("not_reviewed", "Nobody reviewed the answer.", result)
    if answer.reviewed_by_system:
        return Fault("not_reviewed", "No person reviewed the answer: the system did.")
    if answer.reviewed_on > decision.on:
        told = f"Reviewed on {day(answer.reviewed_on)}, after the decision ({day(decision.on)})."
        return Fault("reviewed_late", told)
    return None


def _runs(question: Question, answer: Answer, decision: Judged) -> Fault | None:
    if question.element not in RUNS or not answer.reviewed_by:
        return None
    if answer.adverse and question.element in END_MAY_BE_FOUND:
        return None
    if not answer.confirmed:
        told = "No source confirmed for which days it runs."
        return Fault("not_confirmed", told, AuditResult.UNKNOWN)
    if not question.must_run or answer.runs_through is None or answer.runs_through >= decision.on:
        return None
    told = f"What was verified ran through {day(answer.runs_through)}, before the decision"
    return Fault("expired", f"{told} ({day(decision.on)}).")


def _fine(question: Question, answer: Answer, decision: Judged) -> str:
    if answer.verified_on is None or question.limit.days is None:
        return "Verified before the decision; no limit of age was in force."
    age = (decision.on - answer.verified_on).days
    return f"{_days(age)} old at the decision; the limit is {_days(question.limit.days)}."


def _row(
    question: Question, decision: Judged, faults: Sequence[Fault], told: str, otherwise: AuditResult
) -> AuditRow:
    answer = question.answer or Answer()
    answered = answer.verified_on is not None or answer.proof is not None
    return AuditRow(
        element=question.element,
        label=question.label,
        asked=question.asked,
        limit=question.limit,
        result=worst([fault.result for fault in faults]) if faults else otherwise,
        sentence=" ".join(fault.sentence for fault in faults) or told,
        source=answer.source,
        source_kind=answer.source_kind,
        source_accepted=_source(question, answer) is None if answered else None,
        method=answer.method,
        verified_on=answer.verified_on,
        verified_by=answer.proof.obtained_by if answer.proof else "",
        reviewed_by=answer.reviewed_by,
        reviewed_on=answer.reviewed_on,
        age=(decision.on - answer.verified_on).days if answer.verified_on else None,
        proof=answer.proof,
        defects=tuple(fault.code for fault in faults),
    )


def faulty(question: Question, decision: Judged, *faults: Fault) -> AuditRow:
    """A row with these faults alone, for what another rule judged."""
    return _row(question, decision, faults, "", AuditResult.FAIL)


def fine(question: Question, decision: Judged, told: str) -> AuditRow:
    """A row that passes, for what another rule judged."""
    return _row(question, decision, (), told, AuditResult.PASS)


def worst(results: Sequence[AuditResult]) -> AuditResult:
    """The gravest of these; not needed when there is none."""
    return next((each for each in ORDER if each in results), AuditResult.NOT_NEEDED)


def too_old(word: str, seen: dt.date, on: dt.date, limit: int) -> str:
    """By how many days something seen too early misses the limit (days), in a sentence."""
    return f"{word} on {day(seen)}, {_days((on - seen).days)} before {day(on)}; the limit is {_days(limit)}."


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def day(on: dt.date) -> str:
    """A day as people write it."""
    return f"{on.day} {on:%b} {on.year}"


def for_surveyors(rows: Sequence[AuditRow], protected: frozenset[str]) -> list[AuditRow]:
    """The rows as they may leave the house: of protected elements it is said that and when, not who or
    which, nor that it was adverse. Where somebody worked is a plain fact: of affiliations only the answer
    stays.
    """
    counts: dict[str, int] = {}
    found = []
    for row in rows:
        counts[row.element] = counts.get(row.element, 0) + 1
        if row.element in protected:
            row = replace(row, sentence=row.sentence.replace(ADVERSE, ""))
        if row.element in protected - AFFILIATIONS:
            label = f"{Element(row.element).label} {counts[row.element]}"
            row = replace(row, label=label, source=row.source and "On file, protected")
        found.append(row)
    return found
