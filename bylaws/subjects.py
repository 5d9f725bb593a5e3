"""What the approval chain knows of its subjects.

A room above registers a handler for its kind of subject; the chain reaches the subject only through it. All
calls run inside the transaction of the act.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

from config.rulebook.verdicts import Verdict


@dataclass(frozen=True)
class CaseLine:
    """One line a body answers: the appointment, or one privilege. ``line_kind`` is a ``LineKind``."""

    line_kind: str
    uid: uuid.UUID
    label: str
    group: str = ""  # heading on the page: "Appointment", "Core", "Special"
    detail: str = ""
    verdict: Verdict | None = None  # criteria of the line, as of now
    url: str = ""
    limits: tuple[str, ...] = ()  # under what it is granted, and what it lacks here, in sentences


@dataclass(frozen=True)
class LineAnswer:
    """What a body says of one line. ``outcome`` is a ``LineOutcome``."""

    line_uid: uuid.UUID
    outcome: str
    conditions: str = ""
    reason: str = ""


@dataclass(frozen=True)
class CaseSummary:
    """What a reviewer sees at the head of a file."""

    title: str
    subtitle: str
    facts: dict[str, Any] = field(default_factory=dict)  # label -> text
    red_flags: tuple[Any, ...] = ()  # objects with .sentence, .get_severity_display, .status
    url: str = ""
    summary_url: str = ""  # the whole file on one page, for reviewers
    stopped: str = ""  # why no body can act on it now, as a sentence; empty where nothing stops


class SubjectHandler(Protocol):
    """What a room registers for its kind of subject."""

    kind: str

    def lines(self, subject_uid: uuid.UUID, on: dt.date) -> list[CaseLine]:
        """The lines to be answered, in display order, in a fixed number of queries."""

    def summary(self, subject_uid: uuid.UUID, on: dt.date, viewer) -> CaseSummary:
        """The head of the review page for this viewer."""

    def gate(self, subject_uid: uuid.UUID, on: dt.date) -> Verdict | None:
        """Whether everything required has been found out for a decision on that day; None: nothing is."""

    def snapshot(self, subject_uid: uuid.UUID, on: dt.date) -> dict[str, Any]:
        """What the deciders saw: verdicts, parameter rows, rule versions, evidence hashes; plain data."""

    def check_ready(self, subject_uid: uuid.UUID, on: dt.date) -> None:
        """Refuse when the file cannot be acted on that day (something went stale), naming what."""

    def on_scheduled(self, subject_uid: uuid.UUID, on: dt.date, actor) -> None:
        """The last body of the chain deals with the file in its meeting of that day, as far as is planned."""

    def on_acted(self, decision) -> None:
        """A body acted (``bylaws.models.Decision`` with lines). The board's decision creates authority."""


_handlers: dict[str, SubjectHandler] = {}


def register(handler: SubjectHandler) -> None:
    """Add the handler of a kind of subject; one per kind."""
    if handler.kind in _handlers:
        raise RuntimeError(f"Subject {handler.kind} is registered twice.")
    _handlers[handler.kind] = handler


def handler(kind: str) -> SubjectHandler:
    """The handler of a kind of subject."""
    return _handlers[kind]
