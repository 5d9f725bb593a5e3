"""The demo world's calendar: every day is counted from today, so the world never grows old.

Nothing happens later than yesterday evening: whoever starts the demo, at whatever hour, acts after all of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

#: Days between two meetings of the same committee: every fourth week.
CYCLE = 28
#: Days from the credentials committee to the Medical Executive Committee and to the board of the same cycle.
TO_MEC = 9
TO_BOARD = 15
#: Days before today on which the hospital moved to this system.
SINCE_GO_LIVE = 335
#: Days before go-live on which the system was set up.
SETTING_UP = 30

MONDAY, TUESDAY, THURSDAY, FRIDAY = 0, 1, 3, 4


@dataclass(frozen=True)
class Timeline:
    """Days and moments of the world as it stands on ``today`` (the first facility's date)."""

    today: dt.date

    def ago(self, days: int) -> dt.date:
        """The day so many days before today."""
        return self.today - dt.timedelta(days=days)

    def ahead(self, days: int) -> dt.date:
        """The day so many days after today."""
        return self.today + dt.timedelta(days=days)

    def workday(self, days_ago: int) -> dt.date:
        """The day so many days ago, or the last working day before it."""
        return working_day(self.ago(days_ago))

    @property
    def session(self) -> dt.date:
        """The day of the meeting that waits to be called to order: today, where people work today."""
        return self.workday(0)

    @property
    def set_up(self) -> dt.date:
        """When organization, users and rules were recorded."""
        return self.workday(SINCE_GO_LIVE + SETTING_UP)

    @property
    def go_live(self) -> dt.date:
        """When the records of the earlier system were taken over."""
        return self.workday(SINCE_GO_LIVE)

    def credentials_committee(self, cycle: int) -> dt.date:
        """A Tuesday: cycle 1 is next week's meeting, 0 the last one, -1 the one before."""
        return working_day(self._tuesday(cycle))

    def _tuesday(self, cycle: int) -> dt.date:
        first = self.ahead(5)
        following = first + dt.timedelta(days=(TUESDAY - first.weekday()) % 7)
        return following + dt.timedelta(days=CYCLE * (cycle - 1))

    def mec(self, cycle: int) -> dt.date:
        """The Thursday of the week after the credentials committee of the cycle."""
        return working_day(self._tuesday(cycle) + dt.timedelta(days=TO_MEC))

    def board(self, cycle: int) -> dt.date:
        """The Wednesday after the Medical Executive Committee of the cycle."""
        return working_day(self._tuesday(cycle) + dt.timedelta(days=TO_BOARD))


def working_day(day: dt.date) -> dt.date:
    """The day, or the last one before it that is neither weekend nor federal holiday."""
    while day.weekday() > FRIDAY or day in federal_holidays(day.year):
        day -= dt.timedelta(days=1)
    return day


@cache
def federal_holidays(year: int) -> frozenset[dt.date]:
    """The legal public holidays of a year (5 USC 6103) on the days on which they are kept; New Year's Day of
    the next year, when it is kept in this one.
    """
    fixed = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
    days = {_kept(dt.date(year, month, day)) for month, day in fixed}
    days |= {_kept(dt.date(year + 1, 1, 1))}
    mondays = ((1, 3), (2, 3), (9, 1), (10, 2))  # King, Washington, Labor Day, Columbus
    days |= {_nth(year, month, MONDAY, number) for month, number in mondays}
    last_of_may = dt.date(year, 5, 31)
    days.add(last_of_may - dt.timedelta(days=last_of_may.weekday()))
    days.add(_nth(year, 11, THURSDAY, 4))
    return frozenset(day for day in days if day.year == year)


def _kept(day: dt.date) -> dt.date:
    """A holiday on a Saturday is kept on the Friday, one on a Sunday on the Monday."""
    return day + dt.timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, number: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def at(day: dt.date, hour: int, minute: int = 0, *, zone: str = "America/Chicago") -> dt.datetime:
    """The moment of a wall clock in a time zone."""
    return dt.datetime.combine(day, dt.time(hour, minute), ZoneInfo(zone))
