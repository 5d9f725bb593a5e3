"""Registries by which a higher room adds to a page of a lower one, the way Django discovers checks.

Rooms register in their ``worklist.py`` and ``panels.py``; both are imported when the apps are ready.
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


@dataclass(frozen=True)
class Queue:
    """A queue of the Today page. ``items(user, facility, limit)`` answers (total, first items) in 3 queries.

    It is shown to holders of ``permission`` at the facility. ``more_url`` leads to the whole list.
    """

    code: str
    title: str
    permission: str
    items: Callable[[Any, Any, int], tuple[int, Sequence[WorkItem]]]
    order: int = 100
    more_url: str = ""
    empty: str = "Nothing here."
    roles: tuple[str, ...] = ()  # narrows further: shown only to these roles when given
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
#: Callables ``(viewer, practitioner_ids, on) -> {practitioner_id: [StatusFact]}``, one query each.
status_facts: list[Callable] = []
