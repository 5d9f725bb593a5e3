"""What the approval chain knows of its subjects.

A room above registers a handler for its kind of subject; the chain reaches the subject only through it. All
calls run inside the transaction of the act.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from bylaws.rules.line_conditions import Stated
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
    source: Any = None  # what the room above made it from, for that room alone


@dataclass(frozen=True)
class LineAnswer:
    """What a body says of one line. ``outcome`` is a ``LineOutcome``.

    ``stated`` are conditions a machine can read (``bylaws.rules.line_conditions``), ``conditions`` is the
    free text beside them.
    """

    line_uid: uuid.UUID
    outcome: str
    conditions: str = ""
    reason: str = ""
    stated: Stated = ()


@dataclass(frozen=True)
class HeldLine:
    """A line somebody was against, held for the right to a hearing. ``why`` says what it waits for; empty
    where the right is settled and the board may decide it.
    """

    uid: uuid.UUID
    label: str
    since: dt.date
    by: str  # the body that acted against
    why: str = ""


@dataclass(frozen=True)
class Comparison:
    """What is asked for beside peers and the last term: a sentence or two by line uid, and names of what is
    held and not asked for again.
    """

    lines: Mapping[uuid.UUID, str] = field(default_factory=dict)
    not_asked: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseSummary:
    """What a reviewer sees at the head of a file."""

    title: str
    subtitle: str
    facts: dict[str, Any] = field(default_factory=dict)  # label -> text
    red_flags: tuple[Any, ...] = ()  # objects with .sentence, .get_severity_display, .status
    url: str = ""
    summary_url: str = ""  # the whole file on one page, for reviewers
    nudge_url: str = ""  # reminds whoever must act next, where the reader may
    hearing_url: str = ""  # the right to a hearing on it, where there is one and the reader keeps it
    held: tuple[HeldLine, ...] = ()  # lines held for a hearing, settled or not
    stopped: str = ""  # why no body can act on it now, as a sentence; empty where nothing stops


@dataclass(frozen=True)
class CasePage:
    """What the page of a file needs of its subject, read together: the lines to be answered, and the head."""

    lines: list[CaseLine]
    summary: CaseSummary


@dataclass(frozen=True)
class PaperPart:
    """Lines under a heading of a file on paper, or the sentence that stands in their place."""

    heading: str
    lines: tuple[str, ...]
    empty: str = ""


@dataclass(frozen=True)
class SubjectPaper:
    """A file as it stands in the packet of a meeting. ``classes`` are the protected classes shown on it."""

    facts: tuple[tuple[str, str], ...]
    parts: tuple[PaperPart, ...]
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Replayed:
    """Something a subject's room found when it proved a decision again.

    ``fact`` names what was altered, the same for every decision it touched; empty where it is no fact.
    ``explained``: the decision holds, and what differs comes from a rule that has another version since.
    """

    sentence: str
    fact: str = ""
    explained: bool = False


class SubjectHandler(Protocol):
    """What a room registers for its kind of subject."""

    kind: str

    def lines(self, subject_uid: uuid.UUID, on: dt.date) -> list[CaseLine]:
        """The lines to be answered, in display order, in a fixed number of queries."""

    def page(self, subject_uid: uuid.UUID, on: dt.date, viewer) -> CasePage:
        """The lines as :meth:`lines` gives them and the head of the review page for this viewer, in a fixed
        number of queries.
        """

    def held(self, subject_uid: uuid.UUID, on: dt.date) -> list[HeldLine]:
        """Lines held for a hearing, settled or not; those not settled are not among :meth:`lines`."""

    def compared(self, lines: Sequence[CaseLine], on: dt.date) -> Comparison:
        """The lines, as :meth:`lines` gave them, beside what peers hold and the person held before."""

    def gate(self, subject_uid: uuid.UUID, on: dt.date) -> Verdict | None:
        """Whether everything required has been found out for a decision on that day; None: nothing is."""

    def snapshot(self, subject_uid: uuid.UUID, on: dt.date) -> dict[str, Any]:
        """What the deciders saw: verdicts, parameter rows, rule versions, evidence hashes; plain data."""

    def check_ready(self, subject_uid: uuid.UUID, on: dt.date) -> None:
        """Refuse when the file cannot be acted on that day (something went stale), naming what."""

    def why_not_expedited(self, subject_uid: uuid.UUID, on: dt.date) -> str:
        """Why the file cannot go the expedited way on the day, in sentences everybody may read; empty where
        it can.
        """

    def why_not_clean(self, subject_uids: Collection[uuid.UUID], on: dt.date) -> Mapping[uuid.UUID, str]:
        """The same of many files of one facility, judged for the day of a meeting: why each cannot be decided
        together with others; empty where it can. A fixed number of queries.
        """

    def on_scheduled(self, subject_uid: uuid.UUID, on: dt.date, actor) -> None:
        """The last body of the chain deals with the file in its meeting of that day, as far as is planned."""

    def on_acted(self, decision) -> None:
        """A body acted (``bylaws.models.Decision`` with lines) and did not defer. The board's decision
        creates authority; what is only proposed is held.
        """

    def on_given_back(self, subject_uid: uuid.UUID, actor) -> None:
        """The bodies have the file no more, and did not decide: nothing of it is held for a hearing."""

    def replay(self, decision) -> Sequence[Replayed]:
        """What of the frozen record does not hold any more, or differs and is explained."""


@runtime_checkable
class PrintsFiles(Protocol):
    """What a handler offers besides when its files can stand in the packet of a meeting."""

    def papers(self, subject_uids: Collection[uuid.UUID], viewer) -> Mapping[uuid.UUID, SubjectPaper]:
        """Each of these files as this viewer may have it on paper; the caller has judged which files are open
        to them. A fixed number of queries.
        """


_handlers: dict[str, SubjectHandler] = {}


def register(handler: SubjectHandler) -> None:
    """Add the handler of a kind of subject; one per kind."""
    if handler.kind in _handlers:
        raise RuntimeError(f"Subject {handler.kind} is registered twice.")
    _handlers[handler.kind] = handler


def handler(kind: str) -> SubjectHandler:
    """The handler of a kind of subject."""
    return _handlers[kind]


def papers(kind: str, subject_uids: Collection[uuid.UUID], viewer) -> Mapping[uuid.UUID, SubjectPaper]:
    """The files of a kind on paper (:class:`PrintsFiles`); none where their room prints none."""
    found = handler(kind)
    return found.papers(subject_uids, viewer) if isinstance(found, PrintsFiles) and subject_uids else {}
