"""The demo world's calendar: every day is counted from today, so the world never grows old.

Nothing happens later than yesterday evening: whoever starts the demo, at whatever hour, acts after all of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
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

TUESDAY = 1


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
        """The day so many days ago, or the Friday before when that was a weekend."""
        day = self.ago(days_ago)
        return day - dt.timedelta(days=max(0, day.weekday() - 4))

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
        first = self.ahead(5)
        following = first + dt.timedelta(days=(TUESDAY - first.weekday()) % 7)
        return following + dt.timedelta(days=CYCLE * (cycle - 1))

    def mec(self, cycle: int) -> dt.date:
        """The Thursday of the week after the credentials committee of the cycle."""
        return self.credentials_committee(cycle) + dt.timedelta(days=TO_MEC)

    def board(self, cycle: int) -> dt.date:
        """The Wednesday after the Medical Executive Committee of the cycle."""
        return self.credentials_committee(cycle) + dt.timedelta(days=TO_BOARD)


def at(day: dt.date, hour: int, minute: int = 0, *, zone: str = "America/Chicago") -> dt.datetime:
    """The moment of a wall clock in a time zone."""
    return dt.datetime.combine(day, dt.time(hour, minute), ZoneInfo(zone))
