"""Privileges that ended before their term: known to a room above, which registers how to ask it.

Which letter may tell of an act depends on how it came about, and each act has a letter of its own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from config.organization.models import Facility
from practitioners.models import Practitioner


@dataclass(frozen=True)
class LostPrivileges:
    """One such act that stands: the first day without, the privileges in words, which letter it is an
    occasion for (a ``LetterOccasion``) and, where they were revoked, by which decision.
    """

    uid: uuid.UUID
    first_day_without: dt.date
    names: tuple[str, ...]
    occasion: str
    decision: str


#: By occasion the act a letter is about, the newest first.
Lost = Mapping[str, LostPrivileges]
#: ``(practitioner, facility, act) -> Lost``; one query.
Ask = Callable[[Practitioner, Facility, uuid.UUID | None], Lost]
_asked: list[Ask] = []


def register_lost_privileges(ask: Ask) -> None:
    """Let the room above say who lost privileges; once."""
    if _asked:
        raise RuntimeError("Who lost privileges is registered twice.")
    _asked.append(ask)


def lost_privileges(practitioner: Practitioner, facility: Facility, act: uuid.UUID | None) -> Lost:
    """What the person gave up or lost at the facility, by the occasion of its letter: the ``act`` of that uid
    alone where one is named; else of each occasion the first no letter tells of, else the newest.
    """
    return _asked[0](practitioner, facility, act) if _asked else {}
