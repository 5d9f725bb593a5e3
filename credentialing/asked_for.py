"""What the room of privileges says of an application: what is asked for, its criteria, its case numbers.

This room judges files and knows no privileges; the room above registers one reader here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from config.rulebook.verdicts import Verdict
from credentialing.models import Application
from credentialing.rules.red_flags.findings import Shortfall
from practitioners.models import CredentialPeriod


@dataclass(frozen=True)
class AskedLine:
    """One privilege asked for, or the core of a form as one: what it is called and what its criteria say."""

    label: str
    detail: str
    verdict: Verdict


@dataclass(frozen=True)
class VolumeLine:
    """A criterion of case numbers: which privilege, what is needed, what is on file, in words."""

    label: str
    needed: str
    verdict: Verdict


@dataclass(frozen=True)
class AskedFor:
    """Everything asked for. ``criteria`` None: nothing is, or nothing of it has criteria."""

    names: Mapping[str, str] = field(default_factory=dict)  # what is asked for: name by code
    lines: tuple[AskedLine, ...] = ()
    volumes: tuple[VolumeLine, ...] = ()
    shortfalls: tuple[Shortfall, ...] = ()
    criteria: Verdict | None = None


@dataclass(frozen=True)
class NotAcceptedLine:
    """What of an application is not accepted for processing, and why, in words the applicant may read."""

    label: str
    reason: str


#: ``(application, on, stated) -> AskedFor``: ``stated`` is what is stated of the practitioner now, where it
#: is read already (with credential type and evidence); at most five queries.
Reader = Callable[[Application, dt.date, Sequence[CredentialPeriod] | None], AskedFor]

_readers: list[Reader] = []


def register_asked_for(reader: Reader) -> Reader:
    """Let the room of privileges say what is asked for; one reader."""
    if reader not in _readers:
        _readers.append(reader)
    return reader


#: The same of many applications, by their database id; at most five queries for all of them.
ManyReader = Callable[[Sequence[Application], dt.date], Mapping[int, AskedFor]]

_many_readers: list[ManyReader] = []


def register_asked_for_many(reader: ManyReader) -> None:
    """Let the room of privileges say what many applications ask for; one reader."""
    if reader not in _many_readers:
        _many_readers.append(reader)


def asked_for_many(applications: Sequence[Application], on: dt.date) -> Mapping[int, AskedFor]:
    """As :func:`asked_for` of each application, by its id."""
    if not _many_readers:
        return {application.pk: AskedFor() for application in applications}
    return _many_readers[0](applications, on)


_not_accepted: list[Callable[[Application], Sequence[NotAcceptedLine]]] = []


def register_not_accepted(reader: Callable[[Application], Sequence[NotAcceptedLine]]) -> None:
    """Let the room of privileges say what is not accepted for processing, in two queries at most."""
    if reader not in _not_accepted:
        _not_accepted.append(reader)


def not_accepted(application: Application | None) -> Sequence[NotAcceptedLine]:
    """What of the application is not accepted for processing; nothing without an application."""
    return _not_accepted[0](application) if _not_accepted and application is not None else ()


def asked_for(
    application: Application, on: dt.date, stated: Sequence[CredentialPeriod] | None = None
) -> AskedFor:
    """What is asked for, judged for the day; empty where no room of privileges is there."""
    return _readers[0](application, on, stated) if _readers else AskedFor()
