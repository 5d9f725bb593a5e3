"""How somebody left a medical staff: known to a room above, which registers how to ask it.

Which letter may confirm a departure depends on how it came about.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from config.organization.models import Facility
from practitioners.models import Practitioner


@dataclass(frozen=True)
class Departed:
    """The newest departure that stands: its ``uid``, the ``last_day`` of membership, which letter it is an
    occasion for (a ``LetterOccasion``; empty: none) and how it came about, in words.
    """

    uid: uuid.UUID
    last_day: dt.date
    occasion: str
    how: str


#: ``(practitioner, facility) -> Departed or None``; one query.
Ask = Callable[[Practitioner, Facility], Departed | None]
_asked: list[Ask] = []


def register_departures(ask: Ask) -> None:
    """Let the room above say who left; once."""
    if _asked:
        raise RuntimeError("How somebody left is registered twice.")
    _asked.append(ask)


def departed(practitioner: Practitioner, facility: Facility) -> Departed | None:
    """How the person left the facility's staff; None where no departure is recorded."""
    return _asked[0](practitioner, facility) if _asked else None
