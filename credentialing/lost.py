"""Privileges that ended before their term: known to a room above, which registers how to ask it.

Which letter may tell of it depends on how it came about.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from config.organization.models import Facility
from practitioners.models import Practitioner


@dataclass(frozen=True)
class LostPrivileges:
    """The newest such act that stands: the first day without, the privileges in words, which letter it is an
    occasion for (a ``LetterOccasion``) and, where they were revoked, by which decision.
    """

    first_day_without: dt.date
    names: tuple[str, ...]
    occasion: str
    decision: str


#: ``(practitioner, facility) -> LostPrivileges or None``; one query.
Ask = Callable[[Practitioner, Facility], LostPrivileges | None]
_asked: list[Ask] = []


def register_lost_privileges(ask: Ask) -> None:
    """Let the room above say who lost privileges; once."""
    if _asked:
        raise RuntimeError("Who lost privileges is registered twice.")
    _asked.append(ask)


def lost_privileges(practitioner: Practitioner, facility: Facility) -> LostPrivileges | None:
    """What the person gave up or lost at the facility last; None where nothing is recorded."""
    return _asked[0](practitioner, facility) if _asked else None
