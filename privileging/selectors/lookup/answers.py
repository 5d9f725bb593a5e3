"""The question and the answer of the lookup, as values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bylaws.choices import BarKind
from config.organization.models import Facility
from config.rulebook.verdicts import Outcome, Verdict
from privileging.selectors.lookup.ahead import Ending

UNRECORDED = "UNRECORDED"
#: Kinds of bars whose cause, and whose very kind, is peer review.
PEER_REVIEW_BARS = (BarKind.PRECAUTIONARY_SUSPENSION, BarKind.RESTRICTION)


class LookupOutcome(StrEnum):
    """The three answers; exit codes of the command in their order."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


OUTCOMES = {Outcome.MET: LookupOutcome.YES, Outcome.NOT_MET: LookupOutcome.NO}


@dataclass(frozen=True)
class Person:
    """The practitioner asked about."""

    id: int
    uid: str
    name: str
    npi: str
    provider_type: str


@dataclass(frozen=True)
class Asked:
    """The privilege asked about."""

    id: int
    uid: str
    code: str
    name: str


@dataclass(frozen=True)
class Reason:
    """One reason against a yes; ``shareable`` is its wording without cause or opinion."""

    code: str
    sentence: str
    shareable: str
    since: dt.date | None = None
    protected: bool = False  # peer review: the kind itself is told only to those with the class


@dataclass(frozen=True)
class Answer:
    """The answer to one question, with everything that was checked.

    ``granted_as`` is the kind of the grant of a yes; ``notes`` say beside a yes what is to be known before it
    is used: granted for a time, proctor needed. ``example``: granted on a form of the example catalog that no
    body has approved. ``ahead`` is what runs out before a day to come.

    ``since`` is the first day of the grant for a yes, and the first day without authority for a no. Dates are
    inclusive. ``reasons`` are sentences; :func:`for_viewer` narrows them to what the viewer may know.
    """

    outcome: LookupOutcome
    person: Person
    privilege: Asked
    facility: Facility
    on: dt.date
    known_at: dt.datetime | None
    verdict: Verdict
    question: str
    conditions: tuple[str, ...] = ()
    granted_as: str = ""
    proctor_needed: bool = False
    notes: tuple[str, ...] = ()
    example: bool = False
    ahead: tuple[Ending, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    authority: str = ""
    decision_uid: str = ""
    findings: tuple[Reason, ...] = ()
    reasons: tuple[str, ...] = ()
    contact: str = ""
    checks: Verdict | None = None
    authority_url: str = ""

    @property
    def phone(self) -> str:
        """The number of the office, to be dialled; empty where none is recorded."""
        return self.facility.office_phone

    def as_data(self) -> dict[str, Any]:
        """The answer as plain data, for the API and the command."""
        return {
            "outcome": str(self.outcome),
            "question": self.question,
            "practitioner": {"uid": self.person.uid, "npi": self.person.npi, "name": self.person.name},
            "privilege": {"code": self.privilege.code, "name": self.privilege.name},
            "facility": {"code": self.facility.code, "name": self.facility.name},
            "on": self.on.isoformat(),
            "known_at": self.known_at.isoformat() if self.known_at else None,
            "conditions": list(self.conditions),
            "granted_as": self.granted_as or None,
            "proctor_needed": self.proctor_needed,
            "notes": list(self.notes),
            "example": self.example,
            "ends_before": [
                {"what": each.what, "last_day": each.last_day.isoformat()} for each in self.ahead
            ],
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "authority": self.authority,
            "decision": self.decision_uid or None,
            "reasons": list(self.reasons),
            "contact": self.contact,
            "checks": self.checks.as_data() if self.checks else None,
        }


def day_said(day: dt.date | None) -> str:
    """The day as the sentences of the lookup write it."""
    return f"{day.day} {day:%b %Y}" if day else "an unknown day"
