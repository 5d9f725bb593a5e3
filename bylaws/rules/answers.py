"""What a body's answers to the lines of a file need, and when they contradict each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bylaws.choices import LineKind, LineOutcome
from bylaws.subjects import CaseLine
from config.rulebook.verdicts import Outcome

#: Answers that give a privilege, whole or with changes.
GIVING = (LineOutcome.RECOMMEND, LineOutcome.MODIFY)


def criteria_outcome(line: CaseLine) -> Outcome | None:
    """How the criteria of the line were judged; None where it has none."""
    return Outcome(line.verdict.outcome) if line.verdict is not None else None


def may_be_filled(line: CaseLine) -> bool:
    """Whether "recommend all" may answer the line: nothing in its criteria is unmet or unknown."""
    return criteria_outcome(line) in (None, Outcome.MET, Outcome.NOT_APPLICABLE)


def needs_reason(line: CaseLine, outcome: str) -> bool:
    """Whether the answer must say why: no, not yet, or yes (whole or with changes) though the criteria are
    not met.
    """
    if outcome in GIVING:
        return criteria_outcome(line) == Outcome.NOT_MET
    return outcome in (LineOutcome.NOT_RECOMMEND, LineOutcome.DEFER)


def reason_missing(line: CaseLine, outcome: str, reason: str) -> str:
    """The sentence that asks for the reason; empty when there is one, or none is needed."""
    if reason.strip() or not needs_reason(line, outcome):
        return ""
    if outcome == LineOutcome.DEFER:
        return f"{line.label}: give the reason, what is awaited."
    if outcome in GIVING:
        how = "with changes" if outcome == LineOutcome.MODIFY else "all the same"
        return f"{line.label}: its criteria are not met; give the reason why it is recommended {how}."
    return f"{line.label}: give the reason why not."


def note_of(conditions: str, reason: str) -> str:
    """The text that goes with an answer, as read in one line: the change, and why where it says so too."""
    if conditions and reason:
        return f"{conditions} Reason: {reason}"
    return conditions or reason


def contradiction(answers: Iterable[tuple[str, str]]) -> str:
    """What does not fit together in (kind of line, outcome); empty when everything does.

    Privileges beside a refused appointment are possible (bylaws may grant them without membership) but rarely
    meant.
    """
    given = list(answers)
    refused = any(
        kind == LineKind.APPOINTMENT and outcome == LineOutcome.NOT_RECOMMEND for kind, outcome in given
    )
    giving = sum(1 for kind, outcome in given if kind == LineKind.PRIVILEGE and outcome in GIVING)
    if not refused or not giving:
        return ""
    what = "1 privilege is" if giving == 1 else f"{giving} privileges are"
    return f"The appointment is not recommended, but {what}."
