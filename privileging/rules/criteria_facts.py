"""What criteria of privileges are judged from, and the way of these facts into a frozen record and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.rulebook.verdicts import EvidenceRef


@dataclass(frozen=True)
class Statement:
    """One credential over a range of days, claimed or confirmed; ``valid_through`` is the last day."""

    type_code: str
    confirmed: bool
    status: str
    valid_from: dt.date | None
    valid_through: dt.date | None
    label: str
    extra: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[EvidenceRef, ...] = ()
    credential: str = ""  # its uid, by which an altered one is named

    def covers(self, on: dt.date) -> bool:
        """Whether it holds on the day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_through is None or on <= self.valid_through
        )


@dataclass(frozen=True)
class Volume:
    """Cases of one procedure group performed over a range of days (both days included)."""

    group: str
    performed_from: dt.date
    performed_through: dt.date
    cases: int
    source: str
    confirmed: bool
    evidence: tuple[EvidenceRef, ...] = ()
    fed: bool = False  # counted by a feed, one row a day; else stated by somebody


@dataclass(frozen=True)
class CriteriaFacts:
    """Everything the criteria of one practitioner's lines are judged from, on one day."""

    on: dt.date
    provider_type: str = ""
    provider_label: str = ""
    statements: tuple[Statement, ...] = ()
    volumes: tuple[Volume, ...] = ()
    held: Mapping[str, dt.date] = field(default_factory=dict)  # privilege code -> in force since
    requested: frozenset[str] = frozenset()  # privilege codes asked for in the same application

    def of(self, *type_codes: str) -> list[Statement]:
        """Statements of these credential types, confirmed ones first."""
        found = [each for each in self.statements if each.type_code in type_codes]
        return sorted(found, key=lambda each: not each.confirmed)


def facts_data(facts: CriteriaFacts) -> dict[str, Any]:
    """The facts as plain data, for frozen records. :func:`facts_from_data` is the way back."""
    return {
        "on": facts.on,
        "provider_type": facts.provider_type,
        "provider_label": facts.provider_label,
        "statements": [
            {
                "type": each.type_code,
                "confirmed": each.confirmed,
                "status": str(each.status),
                "from": each.valid_from,
                "through": each.valid_through,
                "label": each.label,
                "extra": dict(each.extra),
                "credential": each.credential,
                "evidence": [{"uid": ref.uid, "label": ref.label} for ref in each.evidence],
            }
            for each in facts.statements
        ],
        "volumes": [
            {
                "group": each.group,
                "from": each.performed_from,
                "through": each.performed_through,
                "cases": each.cases,
                "source": each.source,
                "confirmed": each.confirmed,
                "evidence": [{"uid": ref.uid, "label": ref.label} for ref in each.evidence],
                **({"fed": True} if each.fed else {}),
            }
            for each in facts.volumes
        ],
        "held": dict(facts.held),
        "requested": sorted(facts.requested),
    }


def facts_from_data(data: Mapping[str, Any]) -> CriteriaFacts:
    """The facts a frozen record was judged from."""

    def day(value: Any) -> dt.date | None:
        return dt.date.fromisoformat(value) if value else None

    def refs(rows: Sequence[Mapping[str, str]]) -> tuple[EvidenceRef, ...]:
        return tuple(EvidenceRef(uid=row["uid"], label=row["label"]) for row in rows)

    return CriteriaFacts(
        on=dt.date.fromisoformat(data["on"]),
        provider_type=data["provider_type"],
        provider_label=data["provider_label"],
        statements=tuple(
            Statement(
                type_code=row["type"],
                confirmed=row["confirmed"],
                status=row["status"],
                valid_from=day(row["from"]),
                valid_through=day(row["through"]),
                label=row["label"],
                extra=row["extra"],
                evidence=refs(row["evidence"]),
                credential=row["credential"],
            )
            for row in data["statements"]
        ),
        volumes=tuple(
            Volume(
                group=row["group"],
                performed_from=dt.date.fromisoformat(row["from"]),
                performed_through=dt.date.fromisoformat(row["through"]),
                cases=row["cases"],
                source=row["source"],
                confirmed=row["confirmed"],
                evidence=refs(row["evidence"]),
                fed=row.get("fed", False),
            )
            for row in data["volumes"]
        ),
        held={code: dt.date.fromisoformat(since) for code, since in data["held"].items()},
        requested=frozenset(data["requested"]),
    )
