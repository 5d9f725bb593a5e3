"""The days of an adverse action as a picture: day 1, when it is reportable, when the report is due. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bylaws.rules.data_bank_clock import Clock
from config.kernel.dates import ONE_DAY


@dataclass(frozen=True)
class Mark:
    """A day on the line, ``x`` in percent of its width."""

    x: float
    label: str
    day: dt.date
    anchor: str


@dataclass(frozen=True)
class DaysPicture:
    """A line from the effective day to the last day that matters. ``passed`` is the part in force so far, in
    percent; ``today`` is where today is, None where it lies outside.
    """

    passed: float
    today: float | None
    marks: tuple[Mark, ...]


def picture_of(clock: Clock, on: dt.date) -> DaysPicture:
    """The picture of a clock on the day ``on``; the line ends with the day the report is due, or with today
    where nothing says when that is.
    """
    last = clock.due or max(on, clock.reportable_on, clock.effective + ONE_DAY)
    whole = (last - clock.effective).days

    def x(day: dt.date) -> float:
        share = (day - clock.effective).days / whole * 100
        return round(min(max(share, 0.0), 100.0), 1)

    marks = [Mark(0.0, "Day 1", clock.effective, "start")]
    if clock.reportable_on > clock.effective:
        marks.append(Mark(x(clock.reportable_on), "Day 31", clock.reportable_on, "middle"))
    if clock.due is not None:
        marks.append(Mark(100.0, "Report due", clock.due, "end"))
    until = on if clock.ends is None else min(on, clock.ends)
    return DaysPicture(
        passed=x(until), today=x(on) if clock.effective <= on <= last else None, marks=tuple(marks)
    )
