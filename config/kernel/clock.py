"""The one place that knows what time it is.

``now()`` is the database's ``clock_timestamp()``, so that two web machines with different clocks
cannot disagree about the order in which things were recorded. Tests and seeding freeze it.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Func

_lock = threading.Lock()
_frozen: dt.datetime | None = None


def now() -> dt.datetime:
    """The moment as the database sees it (aware, UTC), or the frozen moment."""
    if _frozen is not None:
        return _frozen
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def stamp() -> dt.datetime | Func:
    """:func:`now` for a row that is only written: the database fills it in with the statement that writes."""
    if _frozen is not None:
        return _frozen
    return Func(function="clock_timestamp", output_field=DateTimeField())


def wall() -> dt.datetime:
    """The moment of this machine, or the frozen moment; for display and file names, never for records."""
    return _frozen if _frozen is not None else dt.datetime.now(dt.UTC)


def today(place=None) -> dt.date:
    """Today's date at ``place``: anything with ``time_zone`` (a facility), a zone name, or UTC when None."""
    return date_at(wall(), place)


def date_at(moment: dt.datetime, place=None) -> dt.date:
    """The calendar date of ``moment`` at ``place`` (see :func:`today`)."""
    zone = getattr(place, "time_zone", place) or "UTC"
    try:
        return moment.astimezone(ZoneInfo(str(zone))).date()
    except OverflowError:  # the first or last hours of the calendar have no such moment elsewhere
        return moment.date()


@contextmanager
def freeze(moment: dt.datetime | dt.date | str) -> Iterator[dt.datetime]:
    """Hold the clock of this process at ``moment`` (naive values are read as UTC). Nestable."""
    global _frozen
    value = _as_moment(moment)
    with _lock:
        before, _frozen = _frozen, value
    try:
        yield value
    finally:
        with _lock:
            _frozen = before


def _as_moment(value: dt.datetime | dt.date | str) -> dt.datetime:
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if not isinstance(value, dt.datetime):
        value = dt.datetime.combine(value, dt.time(12))
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
