"""Gaps in a work history.

Work, training, military service and declared leave all count as activity. Files give month and year,
seldom days, so every activity is widened to whole months before gaps are measured; that yields the
shortest gap the dates allow. Which gap needs an explanation, and which one in writing, is the reader's
parameter: thresholds are arguments here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.kernel.dates import (
    ONE_DAY,
    add_years_last_valid,
    inclusive_days,
    month_first,
    month_last,
)
from practitioners.rules.problems import Problem


@dataclass(frozen=True, order=True)
class Activity:
    """Something that fills time, from its first to its last day; ``last_day`` None means still going on."""

    first_day: dt.date
    last_day: dt.date | None = None

    def __post_init__(self):
        if self.last_day is not None and self.last_day < self.first_day:
            raise Problem(f"An activity cannot end ({self.last_day}) before it begins ({self.first_day}).")

    @classmethod
    def in_months(cls, from_month: tuple[int, int], to_month: tuple[int, int] | None = None) -> Activity:
        """An activity of which only (year, month) is known: first day of one to last day of the other."""
        last = None if to_month is None else month_last(dt.date(*to_month, 1))
        return cls(dt.date(*from_month, 1), last)


@dataclass(frozen=True, order=True)
class Gap:
    """Days without any activity, both ends counted."""

    first_day: dt.date
    last_day: dt.date

    @property
    def days(self) -> int:
        """Length in calendar days, first and last included."""
        return inclusive_days(self.first_day, self.last_day)

    def longer_than(self, days: int) -> bool:
        """Strictly more than ``days``: a gap of exactly 180 days is not longer than 180."""
        return self.days > days


def window_start(decision_on: dt.date, years: int, career_start: dt.date | None = None) -> dt.date:
    """The first day of the history that must be accounted for.

    ``years`` back from the decision, but not before ``career_start`` (first licence or graduation).
    """
    start = add_years_last_valid(decision_on, -years)
    return max(start, career_start) if career_start else start


def find_gaps(
    activities: Iterable[Activity],
    *,
    first_day: dt.date,
    last_day: dt.date,
    more_than_days: int = 0,
    whole_months: bool = True,
) -> list[Gap]:
    """Every gap within ``first_day`` to ``last_day`` that is longer than ``more_than_days``, in order.

    Activities may overlap, touch, repeat and lie outside the window. ``whole_months=False`` takes the days
    as they are given.
    """
    gaps: list[Gap] = []
    if last_day < first_day:
        return gaps
    next_free = first_day
    for start, end in _merged(activities, last_day, whole_months):
        if start > next_free:
            gaps.append(Gap(next_free, min(start - ONE_DAY, last_day)))
        next_free = max(next_free, end + ONE_DAY)
        if next_free > last_day:
            break
    if next_free <= last_day:
        gaps.append(Gap(next_free, last_day))
    return [gap for gap in gaps if gap.longer_than(more_than_days)]


def exceeded(gap: Gap, thresholds: Sequence[int]) -> int | None:
    """The largest of ``thresholds`` (days) that the gap is longer than, or None."""
    return max((limit for limit in thresholds if gap.longer_than(limit)), default=None)


def _merged(
    activities: Iterable[Activity], last_day: dt.date, whole_months: bool
) -> list[tuple[dt.date, dt.date]]:
    """The activities' days as disjoint spans in order; overlapping and touching ones are joined."""
    spans: list[tuple[dt.date, dt.date]] = []
    for activity in sorted(activities, key=lambda item: item.first_day):
        if activity.first_day > last_day:
            continue
        start, end = activity.first_day, min(activity.last_day or last_day, last_day)
        if whole_months:
            start, end = month_first(start), month_last(end)
        end = min(end, last_day)
        if spans and start <= spans[-1][1] + ONE_DAY:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans
