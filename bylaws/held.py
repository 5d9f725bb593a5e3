"""Which privileges a person holds: known to a room above, which registers how to ask it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

#: ``(practitioner, facility, start, end)`` -> {code: name} of the privileges granted there on any day from
#: ``start`` to before ``end`` (None: without end), by name. One query.
Ask = Callable[..., dict[str, str]]
_ask: list[Ask] = []


def register(ask: Ask) -> Ask:
    """Say how to ask; one room does so, when the apps are ready."""
    if _ask:
        raise RuntimeError("Who holds which privileges is registered twice.")
    _ask.append(ask)
    return ask


def held_privileges(practitioner, facility, start: dt.date, end: dt.date | None) -> dict[str, str]:
    """Codes and names of the privileges the person holds at the facility on any of the days."""
    return _ask[0](practitioner, facility, start, end) if _ask else {}
