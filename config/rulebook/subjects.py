"""What rules judge beside people: bodies, documents, applications. The registry of their kinds.

Each rule is about one kind of subject. Whoever registers a kind says who all of them are at a facility on a
day; the outcomes of a rule add up to that population, never to people.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.organization.models import Facility

#: The kind of subject of a rule that judges people; it is no row of the registry below.
PRACTITIONER = "practitioner"


@dataclass(frozen=True)
class Subject:
    """One thing a rule judges that is no person. ``practitioner`` is whom it belongs to where it is
    somebody's (an application, a term): nobody settles what is found about their own.
    """

    kind: str
    uid: uuid.UUID
    name: str
    practitioner: Any = None
    department: str = ""
    department_code: str = ""

    @property
    def sort_name(self) -> str:
        """What it is sorted by."""
        return self.name

    @property
    def category(self) -> str:
        """What it is, in a word, where people show their category."""
        return subject_kind(self.kind).noun.capitalize()


@dataclass(frozen=True)
class SubjectKind:
    """A kind of subject. ``population(facility, on, known_at)`` answers all of them on the day by their id,
    by name, with set queries. ``page`` is the address of the one with that uid, for whoever has
    ``permission`` there; None: it has none of its own, the file of its practitioner shows it.
    """

    code: str
    noun: str
    plural: str
    population: Callable[[Facility, dt.date, dt.datetime | None], dict[int, Subject]]
    permission: str
    page: Callable[[uuid.UUID], str] | None = None


_kinds: dict[str, SubjectKind] = {}


def register_kind(kind: SubjectKind) -> SubjectKind:
    """Add a kind of subject; rooms do this beside the first rule about it."""
    if kind.code in _kinds or kind.code == PRACTITIONER:
        raise RuntimeError(f"The kind of subject {kind.code} is registered twice.")
    _kinds[kind.code] = kind
    return kind


def subject_kind(code: str) -> SubjectKind:
    """The kind of that code."""
    return _kinds[code]


def subject_kinds() -> list[SubjectKind]:
    """All kinds beside people, in order of code."""
    return [_kinds[code] for code in sorted(_kinds)]


def judged_noun(kind: str) -> str:
    """One and many of what a rule judges, as ``plural`` of the templates takes it: ``member,members``."""
    if kind == PRACTITIONER:
        return "person,people"
    found = subject_kind(kind)
    return f"{found.noun},{found.plural}"
