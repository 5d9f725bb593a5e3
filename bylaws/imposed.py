"""When what a question was raised by ended: known to a room above, which registers how to ask it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

#: ``(subject of the question, day from which it is in force)`` -> the last day of what imposed proctoring
#: there; None while it lasts, and where it is not known.
LastDay = Callable[[uuid.UUID, dt.date], dt.date | None]
_ask: list[LastDay] = []


def register(ask: LastDay) -> LastDay:
    """Say how to ask; one room does so, when the apps are ready."""
    if _ask:
        raise RuntimeError("When imposed proctoring ended is registered twice.")
    _ask.append(ask)
    return ask


def last_day_imposed(subject_uid: uuid.UUID, day: dt.date) -> dt.date | None:
    """The last day of the proctoring the question is about, where all that imposed it has ended."""
    return _ask[0](subject_uid, day) if _ask else None
