"""Registries by which a higher room adds to a page of a lower one, the way Django discovers checks.

Rooms register in their ``worklist`` and ``panels.py``; both are imported when the apps are ready.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WorkItem:
    """One line of somebody's Today page: what, since when, until when, and where to do it."""

    title: str
    url: str
    detail: str = ""
    due: Any = None  # date or None
    since: Any = None  # date or None
    colour: str = "neutral"
    waiting_for: str = ""
    runs_out: bool = False  # the day is the last valid day of something, not a day to be done by


#: How many wait in a queue, and the first of them.
Waiting = tuple[int, Sequence[WorkItem]]
Items = Callable[[Any, Any, int], Waiting]


@dataclass(frozen=True)
class Queue:
    """A queue of the Today page. ``items(user, facility, limit)`` answers (total, first items) in 3 queries.

    It is shown to holders of ``permission`` at the facility. ``more_url`` leads to the whole list, the same
    rows and no others: where the list has to be narrowed to the person or the facility, it is a function
    ``(user, facility) -> address``.
    """

    code: str
    title: str
    permission: str
    items: Items
    order: int = 100
    more_url: Any = ""  # an address, or a function that answers one
    empty: str = "Nothing here."
    roles: tuple[str, ...] = ()  # narrows further: shown only to these roles when given
    counts_to: int = 0  # counted so far and no further: the page says "200+"; 0: all are counted
    slow: bool = False  # needs more queries: fetched by itself once the page stands


@dataclass(frozen=True)
class Panel:
    """A part of the practitioner file; ``context(viewer, practitioner, on)`` feeds ``template``.

    A context of None hides it. At most 3 queries each. It is shown to holders of ``permission``.
    """

    code: str
    title: str
    permission: str
    template: str
    context: Callable[[Any, Any, Any], dict[str, Any] | None]
    order: int = 100


@dataclass(frozen=True)
class StatusFact:
    """One badge in the head of the practitioner file, per facility: appointment, bar, application."""

    facility_code: str
    label: str
    colour: str
    detail: str = ""


@dataclass(frozen=True)
class HeadFact:
    """One thing the head of a file says at once, per facility. Without a ``label`` it is a status.

    Of the statuses of a facility the one of the lowest ``rank`` stands first (what stops somebody before
    what lets them); facts keep the order of their rank. ``day`` is shown as a date with its distance,
    ``since`` as how long it has been so.
    """

    facility_code: str
    facility: str
    value: str
    label: str = ""
    colour: str = "neutral"
    detail: str = ""
    day: Any = None  # date or None
    since: Any = None  # date or None
    url: str = ""
    rank: int = 50


@dataclass(frozen=True)
class Facet:
    """One filter of the list of practitioners that a higher room answers.

    ``choices(viewer)`` gives (value, label) pairs, or none to hide the filter; ``people(viewer,
    value, on, chosen)`` gives a queryset of one column, the ids of the practitioners that fit; ``chosen`` are
    the values of all facets of the same list by code, because some belong together (a status at a facility).
    """

    code: str
    label: str
    choices: Callable[[Any], Sequence[tuple[str, str]]]
    people: Callable[[Any, str, Any, Any], Any]
    order: int = 100


@dataclass(frozen=True)
class LaneEntry:
    """One stretch of a lane of a practitioner's timeline. ``last_day`` is inclusive, None while it goes on.

    ``word`` says with ``colour`` how it stands (confirmed, in force, ended).
    """

    title: str
    first_day: Any  # date or None
    last_day: Any = None  # date or None
    colour: str = "neutral"
    word: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Lane:
    """A lane of the timeline that a higher room fills: ``entries(viewer, practitioner, on)`` in 2 queries.

    It is shown to holders of ``permission``; the reader filters by facility. No entries, no lane.
    """

    code: str
    title: str
    permission: str
    entries: Callable[[Any, Any, Any], Sequence[LaneEntry]]
    order: int = 100


class Registry:
    """Ordered entries by code."""

    def __init__(self, what: str):
        self.what = what
        self._entries: dict[str, Any] = {}

    def register(self, entry):
        """Add an entry; a code is registered once."""
        if entry.code in self._entries:
            raise RuntimeError(f"{self.what} {entry.code} is registered twice.")
        self._entries[entry.code] = entry
        return entry

    def all(self) -> list:
        """Entries by order, then code."""
        return sorted(self._entries.values(), key=lambda entry: (entry.order, entry.code))


queues = Registry("Queue")
panels = Registry("Panel")
facets = Registry("Facet")
lanes = Registry("Lane")


def queue(**shown: Any) -> Callable[[Items], Items]:
    """Lists what the function answers as a queue of Today; the arguments are the fields of :class:`Queue`."""

    def listed(items: Items) -> Items:
        queues.register(Queue(items=items, **shown))
        return items

    return listed


#: Callables ``(viewer, practitioner, on) -> [HeadFact]`` for the head of one file; at most 5 queries each.
head_facts: list[Callable] = []
#: Callables ``(viewer, practitioner_ids, on) -> {practitioner_id: [StatusFact]}``, one query each.
status_facts: list[Callable] = []
#: Callables ``(viewer, practitioner) -> ((credential) -> Action or None)``: what a higher room offers beside
#: each credential of the file. At most one query each, made when the first function is called.
credential_acts: list[Callable] = []
#: Callables ``(viewer, facility, practitioner, verdict) -> Action or None`` by the code of a rule: where what
#: it found is settled. No queries.
finding_acts: dict[str, Callable] = {}
#: Callables ``(letter ids) -> {letter id: (how far it is, a choice; whether somebody has yet to send it)}``
#: of the room that sends letters; one query each.
letter_ways: list[Callable] = []
