"""What red flags are found from, how far a thing may go before one is raised, and what a finding is. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.accounts.choices import DataClass
from credentialing.choices import Severity

# --- facts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claimed:
    """What is said of one credential for a range of days; ``last`` is the last day, None where it goes on.

    ``item`` is the verification item of the credential in the application, None where it has none.
    """

    uid: str
    type_code: str
    label: str
    status: str
    confirmed: bool
    first: dt.date | None = None
    last: dt.date | None = None
    issuer: str = ""
    state: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    item: int | None = None

    def text(self, name: str) -> str:
        """A word of its further content; empty where nothing is said."""
        return str(self.extra.get(name) or "")

    def number(self, name: str) -> int:
        """A number of its further content; 0 where nothing is said."""
        value = self.extra.get(name)
        return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0

    def day(self, name: str) -> dt.date | None:
        """A day of its further content."""
        try:
            return dt.date.fromisoformat(self.text(name))
        except ValueError:
            return None

    def within(self, since: dt.date, on: dt.date) -> bool:
        """Whether it lies at least partly between two days."""
        return (self.last is None or self.last >= since) and (self.first is None or self.first <= on)

    @property
    def since(self) -> str:
        """From which day on this is said, as data; empty where it is not."""
        return self.first.isoformat() if self.first else ""


@dataclass(frozen=True)
class Asked:
    """One item of the verification plan. ``points`` counts what in a signed answer calls for a second look,
    ``answer`` is the hash of that answer.
    """

    pk: int
    uid: str
    element: str
    label: str
    status: str
    requested_on: dt.date | None = None
    declined: bool = False
    points: int = 0
    answer: str = ""


@dataclass(frozen=True)
class Said:
    """The latest answer to a question of disclosure; ``clear``: it needs no explanation."""

    code: str
    number: int
    clear: bool
    explained: bool = True


@dataclass(frozen=True)
class Listed:
    """A match with a row of an exclusion list that was confirmed to be the person. ``past``: the list does
    not name them any more; ``over_on`` is the day of the reinstatement where it gives one.
    """

    uid: str
    name: str
    past: bool = False
    over_on: dt.date | None = None


@dataclass(frozen=True)
class Mismatch:
    """A fact of the person's identity of which two sources say different things. Never the values."""

    fact: str
    label: str


@dataclass(frozen=True)
class Shortfall:
    """Case numbers below a criterion of a privilege asked for."""

    code: str
    privilege: str
    title: str
    sentence: str
    counted: int
    needed: int


@dataclass(frozen=True)
class OpenGap:
    """A gap of the history that is not explained as its length asks. ``last`` None: it goes on."""

    first: dt.date
    last: dt.date | None
    sentence: str


@dataclass(frozen=True)
class FlagFacts:
    """Everything the rules read of one application, for the day it is judged for."""

    on: dt.date
    claims: tuple[Claimed, ...] = ()
    items: tuple[Asked, ...] = ()
    said: tuple[Said, ...] = ()
    listed: tuple[Listed, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    gaps: tuple[OpenGap, ...] = ()
    requested: tuple[str, ...] = ()  # names of the privileges asked for, where a policy excludes something
    asked_on: tuple[dt.date, ...] = ()  # days on which something missing was asked for

    def of(self, *types: str) -> list[Claimed]:
        """Claims of these kinds of credentials."""
        return [each for each in self.claims if each.type_code in types]

    def answer(self, code: str) -> Said | None:
        """The latest answer to a question; None where it was never answered."""
        return next((each for each in self.said if each.code == code), None)


@dataclass(frozen=True)
class Limits:
    """How far a thing may go. None: no source sets a limit, and nothing is raised by it.

    Numbers, years, days and dollars as the parameters ``credentialing.flag_…`` say.
    """

    licence_states: int | None = None
    inactive_licences: int | None = None
    paid_claims: int | None = None
    claim_years: int | None = None
    claim_usd: int | None = None
    hospitals: int | None = None
    practices: int | None = None
    moves_years: int | None = None
    eligible_years: int | None = None
    reference_days: int | None = None
    times_asked: int | None = None


# --- findings -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One reason to look twice: what, how grave, in a sentence, and which rows say it.

    ``subject`` tells one finding of a code from another and stays the same while the thing is the same;
    ``facts`` are what it rests on: where they change, whoever disposed of the flag looks again.
    """

    code: str
    severity: Severity
    sentence: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    data_class: DataClass = DataClass.GENERAL
    item: int | None = None


def day_text(day: dt.date) -> str:
    """``3 Mar 2026``."""
    return f"{day.day} {day:%b %Y}"


def counted(number: int, noun: str) -> str:
    """``1 claim``, ``3 claims``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
