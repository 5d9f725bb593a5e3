"""What is stated, counted: hours of education in a cycle, and immunizations asked for by name. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel.dates import ONE_DAY, add_months
from practitioners.models import CredentialPeriod


@dataclass(frozen=True)
class Hours:
    """Hours of continuing education completed in a cycle, of those asked for; ``since`` is its first day."""

    stated: float
    asked: int
    since: dt.date

    @property
    def enough(self) -> bool:
        """Whether they suffice."""
        return self.stated >= self.asked


def hours_completed(
    activities: Iterable[Sequence[CredentialPeriod]], asked: int, months: int | None, on: dt.date
) -> Hours | None:
    """The hours of activities completed in the ``months`` before ``on``, that day included; None where none
    was stated, or nobody says how long a cycle is.

    An activity counts with all its hours on the day it was completed: one of exactly ``months`` ago belongs
    to the cycle before.
    """
    rows = [periods[-1] for periods in activities if periods]
    if not rows or months is None:
        return None
    since = add_months(on, -int(months)) + ONE_DAY
    total = sum(
        float(row.extra.get("hours") or 0)
        for row in rows
        if isinstance(row.extra, dict) and row.end is not None and since <= row.end <= on
    )
    return Hours(total, asked, since)


def asked_of(entries: Any, provider_type: str) -> list[Mapping[str, Any]]:
    """The immunizations asked of a profession, each requirement once, as the parameter lists them."""
    found: dict[str, Mapping[str, Any]] = {}
    for entry in entries or ():
        types = entry.get("provider_types") or ["*"]
        if entry.get("requirement") and ("*" in types or provider_type in types):
            found.setdefault(entry["requirement"], entry)
    return list(found.values())


def is_immunization(periods: Sequence[CredentialPeriod], requirement: str, on: dt.date) -> bool:
    """Whether one is of the requirement and good on the day; without a last day it is good for ever."""
    return any(
        isinstance(row.extra, dict)
        and row.extra.get("requirement") == requirement
        and (row.end is None or row.end >= on)
        for row in periods
    )
