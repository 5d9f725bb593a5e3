"""Matters on an agenda that are no file: what a room above puts there, who may know of it, where it is read.

An agenda item names such a matter by kind and uid; the room that puts it there says the rest.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from config.accounts.policies import may_see_class


@dataclass(frozen=True)
class MatterKind:
    """What rooms above put before a committee. Whoever lacks ``data_class`` at its facility learns only that
    there is such a matter, neither of whom nor what. ``addresses(viewer, uids)`` answers where each of them
    is read, for those the viewer may read; one query.
    """

    kind: str
    data_class: str
    addresses: Callable[[Any, Collection[uuid.UUID]], dict[uuid.UUID, str]]


_kinds: dict[str, MatterKind] = {}


def register(kind: MatterKind) -> None:
    """Make a kind of matter known; the room it belongs to does so when the apps are ready."""
    if kind.kind in _kinds:
        raise RuntimeError(f"The matters of the kind {kind.kind} are registered twice.")
    _kinds[kind.kind] = kind


def known(kind: str) -> bool:
    """Whether matters of the kind can stand on an agenda."""
    return kind in _kinds


def may_know(viewer, item) -> bool:
    """Whether the viewer may know what the agenda item is about. The item comes with its committee's
    facility; a file is another question (``bylaws.selectors.reviews``). A kind that is not registered is
    closed to everybody.
    """
    if not item.subject_kind or getattr(viewer, "is_system", False):
        return True
    found = _kinds.get(item.subject_kind)
    return found is not None and may_see_class(viewer, found.data_class, item.meeting.committee.facility)


def addresses(viewer, items: Iterable[Any]) -> dict[uuid.UUID, str]:
    """Where the matters of these items are read, by the uid of the matter, as far as the viewer may read
    them. One query for each kind.
    """
    wanted: dict[str, set[uuid.UUID]] = {}
    for item in items:
        if item.subject_kind in _kinds and may_know(viewer, item):
            wanted.setdefault(item.subject_kind, set()).add(item.subject_uid)
    found: dict[uuid.UUID, str] = {}
    for kind, uids in wanted.items():
        found |= _kinds[kind].addresses(viewer, uids)
    return found
