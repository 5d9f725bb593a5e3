"""The one shape every judgement has, whoever asks: criteria, gates, findings, the lookup.

A verdict says what came out, on which facts and evidence, under which rule, and what would change it.
Missing data is UNKNOWN and never looks like MET.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config.kernel.choices import StatusChoices


class Outcome(StatusChoices):
    """The four answers of a rule."""

    MET = "MET", "good", "Met"
    NOT_MET = "NOT_MET", "bad", "Not met"
    UNKNOWN = "UNKNOWN", "warn", "Unknown"
    NOT_APPLICABLE = "NOT_APPLICABLE", "muted", "Not applicable"


@dataclass(frozen=True)
class EvidenceRef:
    """A pointer to what a fact comes from. ``url`` is empty where the viewer has no page for it."""

    uid: str
    label: str
    url: str = ""


@dataclass(frozen=True)
class Verdict:
    """One judgement with its reasons; ``children`` are the judgements it was made from.

    ``reaches`` are the codes of the privileges it is about, where it is not about all of them; ``part`` names
    what of a rule it judges, where the rule asks several things of one person.

    ``due`` is the last day on which it is met as things stand, or was; ``since`` is the first day of what it
    says, so of what is not met after its time the day after ``due``.
    """

    outcome: Outcome
    code: str
    title: str
    sentence: str
    facts: dict[str, Any] = field(default_factory=dict)
    evidence: tuple[EvidenceRef, ...] = ()
    citation: str = ""
    confidence: str = ""
    bound_by: str = ""
    cure: str = ""
    since: dt.date | None = None
    due: dt.date | None = None
    children: tuple[Verdict, ...] = ()
    reaches: tuple[str, ...] = ()
    part: str = ""

    @property
    def met(self) -> bool:
        """Whether nothing stands in the way: MET, or the rule does not concern the subject."""
        return self.outcome in (Outcome.MET, Outcome.NOT_APPLICABLE)

    def as_data(self) -> dict[str, Any]:
        """The verdict as plain data for canonical JSON, the API and frozen records (dates as ISO text)."""
        data: dict[str, Any] = {
            "outcome": str(self.outcome),
            "code": self.code,
            "title": self.title,
            "sentence": self.sentence,
        }
        if self.facts:
            data["facts"] = {key: _plain(value) for key, value in self.facts.items()}
        if self.evidence:
            data["evidence"] = [{"uid": ref.uid, "label": ref.label} for ref in self.evidence]
        for name in ("citation", "confidence", "bound_by", "cure"):
            if getattr(self, name):
                data[name] = getattr(self, name)
        for name in ("since", "due"):
            if getattr(self, name):
                data[name] = getattr(self, name).isoformat()
        if self.reaches:
            data["reaches"] = list(self.reaches)
        if self.children:
            data["children"] = [child.as_data() for child in self.children]
        return data

    def leaves(self) -> list[Verdict]:
        """The judgements at the ends of the tree, in order."""
        return [self] if not self.children else [leaf for child in self.children for leaf in child.leaves()]


def parts_of(verdict: Verdict) -> tuple[Verdict, ...]:
    """The judgements of a rule that asks several things, each with the privileges it reaches; else itself."""
    parts = tuple(child for child in verdict.children if child.part)
    return parts or (verdict,)


def part_of(verdict: Verdict, part: str) -> Verdict | None:
    """The judgement of one of the things the rule asks; None where that is not asked (any more)."""
    if not part:
        return verdict
    return next((each for each in parts_of(verdict) if each.part == part), None)


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def combine_all(children: Sequence[Verdict]) -> Outcome:
    """All must be met: one NOT_MET decides, then one UNKNOWN; nothing applicable is NOT_APPLICABLE."""
    outcomes = [child.outcome for child in children]
    for outcome in (Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET):
        if outcome in outcomes:
            return outcome
    return Outcome.NOT_APPLICABLE


def combine_any(children: Sequence[Verdict]) -> Outcome:
    """One suffices: one MET decides, then one UNKNOWN."""
    outcomes = [child.outcome for child in children]
    for outcome in (Outcome.MET, Outcome.UNKNOWN, Outcome.NOT_MET):
        if outcome in outcomes:
            return outcome
    return Outcome.NOT_APPLICABLE


def combine_none(children: Sequence[Verdict]) -> Outcome:
    """None may be met: one MET makes it NOT_MET, then one UNKNOWN leaves it open."""
    outcomes = [child.outcome for child in children]
    if Outcome.MET in outcomes:
        return Outcome.NOT_MET
    if Outcome.UNKNOWN in outcomes:
        return Outcome.UNKNOWN
    return Outcome.MET if Outcome.NOT_MET in outcomes else Outcome.NOT_APPLICABLE
