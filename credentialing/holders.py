"""Who may practise without an appointment: privileges for a time, or by proxy. The office watches them too.

Grants belong to the room above, which registers here who holds one that rests on no appointment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from django.db.models import QuerySet

#: ``(on, facility ids, None: all) -> rows with practitioner_id``; no query of its own.
Source = Callable[[dt.date, Sequence[int] | None], QuerySet]
_sources: list[Source] = []


def register_holders(source: Source) -> None:
    """Let a room say who holds authority that rests on no appointment."""
    if source not in _sources:
        _sources.append(source)


def holders(on: dt.date, facility_ids: Sequence[int] | None = None) -> list[QuerySet]:
    """Rows with ``practitioner_id`` of everybody with such authority on the day, one set per room."""
    return [source(on, facility_ids) for source in _sources]
