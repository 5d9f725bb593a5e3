"""What of a record fills time, and how a life is drawn: lanes, rows, years, gaps. Pure arithmetic.

A kind of credential says by ``x-lane`` of its schema where it stands; otherwise its category says so. Places
along the axis are percent of the width, so that the letters of the picture stay as large as all others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel.dates import ONE_DAY, month_first, month_last
from config.kernel.registries import LaneEntry
from practitioners.rules.gaps import Activity, Explained, Gap, JudgedGap

#: Lanes in the order in which a life goes.
LANES = {
    "education": "Education",
    "training": "Training",
    "military": "Military service",
    "work": "Work history",
    "leave": "Leave and other activity",
    "affiliation": "Hospital affiliations",
    "licence": "Licenses",
}
#: What accounts for time (domain: work, training, military service, declared leave; study too).
FILLS_TIME = frozenset({"education", "training", "military", "work", "leave"})
_OF_CATEGORY = {"education": "education", "training": "training", "activity": "work", "licensure": "licence"}


def lane_of(schema: Mapping[str, Any], category: str) -> str:
    """The lane of a kind of credential; empty for kinds that are not drawn."""
    asked = schema.get("x-lane", "")
    return asked if asked in LANES else _OF_CATEGORY.get(str(category), "")


@dataclass(frozen=True)
class Stated:
    """A stretch of a record as far as time goes. Days inclusive; ``graduated_on`` only of a school.

    ``explanation`` is what was written about leaving, or about a gap beside it.
    """

    lane: str
    first_day: dt.date | None
    last_day: dt.date | None
    graduated_on: dt.date | None = None
    explanation: str = ""
    in_writing: bool = False


def activities(stated: Iterable[Stated]) -> list[Activity]:
    """What fills time. Something without a first day says nothing about when it began and fills none."""
    found = []
    for each in stated:
        if each.lane in FILLS_TIME and each.first_day is not None:
            last = each.last_day or (each.graduated_on if each.lane == "education" else None)
            if last is None or last >= each.first_day:
                found.append(Activity(each.first_day, last))
    return found


def career_start(stated: Iterable[Stated]) -> dt.date | None:
    """The day from which on time has to be accounted for: the first graduation, else the first licence."""
    stated = list(stated)
    schools = [each.graduated_on or each.last_day for each in stated if each.lane == "education"]
    licences = [each.first_day for each in stated if each.lane == "licence"]
    return min((day for day in schools if day), default=min((day for day in licences if day), default=None))


def only_school(stated: Iterable[Stated]) -> bool:
    """Whether no work, training, service or leave is stated: then nothing is known, and nothing judged."""
    return not any(each.lane in FILLS_TIME - {"education"} and each.first_day for each in stated)


def explained_beside(stated: Iterable[Stated], gaps: Sequence[Gap]) -> list[Explained]:
    """What entries of the history say of the gap that follows or precedes them (whole months)."""
    found = []
    for each in stated:
        if not each.explanation or each.lane not in FILLS_TIME:
            continue
        after = month_last(each.last_day) + ONE_DAY if each.last_day else None
        before = month_first(each.first_day) - ONE_DAY if each.first_day else None
        found += [
            Explained(gap.first_day, gap.last_day, each.in_writing, each.explanation)
            for gap in gaps
            if gap.first_day == after or gap.last_day == before
        ]
    return found


# --- the picture ----------------------------------------------------------------------------------------

AXIS = 24  # px above the first lane
HEADING = 20
ROW = 30
BETWEEN = 8
LETTER = 0.85  # percent of the width one letter of a label takes, on the narrowest screen that shows it
LONGEST = 44  # letters of a label
AHEAD_YEARS = 2
MOST_TICKS = 12
LEAST_WIDTH = 0.4  # percent: a day is still seen


@dataclass(frozen=True)
class Bar:
    """One stretch as drawn; x, width and label_x in percent, y in pixels."""

    x: float
    width: float
    y: int
    colour: str
    label: str
    label_x: float
    anchor: str
    hover: str
    goes_on: bool
    is_point: bool

    @property
    def label_y(self) -> int:
        """Where its letters stand."""
        return self.y + 11

    @property
    def bar_y(self) -> int:
        """The upper edge of the bar, below its letters."""
        return self.y + 16


@dataclass(frozen=True)
class DrawnLane:
    """A lane with its bars."""

    title: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Band:
    """A gap as drawn over the lanes."""

    x: float
    width: float
    middle: float
    colour: str
    hover: str


@dataclass(frozen=True)
class Picture:
    """Everything the template draws."""

    height: int
    top: int
    ticks: tuple[tuple[float, int], ...]
    today_x: float
    lanes: tuple[DrawnLane, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class _Axis:
    first: dt.date
    last: dt.date

    def x(self, day: dt.date) -> float:
        """Percent of the width at the beginning of the day."""
        day = min(max(day, self.first), self.last + ONE_DAY)
        return round((day - self.first).days / ((self.last - self.first).days + 1) * 100, 2)

    def span(self, first_day: dt.date, last_day: dt.date) -> tuple[float, float]:
        """Where it begins and how wide it is, both days counted."""
        x = self.x(first_day)
        width = max(round(self.x(last_day + ONE_DAY) - x, 2), LEAST_WIDTH)
        return min(x, 100 - width), width


def draw(
    lanes: Sequence[tuple[str, Sequence[LaneEntry]]], gaps: Sequence[JudgedGap], on: dt.date
) -> Picture | None:
    """The picture of lanes (title, entries) with the gaps and today; None when no entry has a day."""
    axis = _axis([entry for _, entries in lanes for entry in entries], on)
    if axis is None:
        return None
    drawn, y = [], AXIS
    for title, entries in lanes:
        dated = [entry for entry in entries if entry.first_day or entry.last_day]
        if dated:
            bars, rows = _packed(dated, axis, y + HEADING, on)
            drawn.append(DrawnLane(title, y + 13, bars))
            y += HEADING + rows * ROW + BETWEEN
    return Picture(y, AXIS, _ticks(axis), axis.x(on), tuple(drawn), _bands(gaps, axis))


#: The strip: one thin row of what fills time and one of licences.
STRIP_ROW = 16


def draw_strip(
    lanes: Sequence[tuple[str, Sequence[LaneEntry]]], gaps: Sequence[JudgedGap], on: dt.date
) -> Picture | None:
    """The same on two thin rows without words: all activity together, then licences."""
    axis = _axis([entry for _, entries in lanes for entry in entries], on)
    if axis is None:
        return None
    drawn = []
    for index, (title, entries) in enumerate(lanes):
        y = AXIS - 12 + index * STRIP_ROW
        bars = [_packed([entry], axis, y, on)[0][0] for entry in entries if entry.first_day or entry.last_day]
        drawn.append(DrawnLane(title, y, tuple(bars)))
    height = AXIS + len(lanes) * STRIP_ROW
    return Picture(height, AXIS, _ticks(axis), axis.x(on), tuple(drawn), _bands(gaps, axis))


def _axis(entries: Sequence[LaneEntry], on: dt.date) -> _Axis | None:
    known = [day for entry in entries for day in (entry.first_day, entry.last_day) if day]
    if not known:
        return None
    latest = min(max(known).year, on.year + AHEAD_YEARS)
    return _Axis(dt.date(min(min(known).year, on.year), 1, 1), dt.date(max(on.year, latest), 12, 31))


def _ticks(axis: _Axis) -> tuple[tuple[float, int], ...]:
    years = axis.last.year - axis.first.year + 1
    step = next(step for step in (1, 2, 5, 10, 20, 50) if years / step <= MOST_TICKS or step == 50)
    marked = [year for year in range(axis.first.year, axis.last.year + 1) if year % step == 0]
    return tuple((axis.x(dt.date(year, 1, 1)), year) for year in marked)


def _packed(entries: Sequence[LaneEntry], axis: _Axis, y: int, on: dt.date) -> tuple[tuple[Bar, ...], int]:
    """The bars in as few rows as their labels allow, and how many rows these are."""
    ends: list[float] = []  # per row: how far it is taken
    bars = []
    for entry in sorted(
        entries, key=lambda one: (one.first_day or one.last_day, one.last_day or dt.date.max)
    ):
        first = entry.first_day or entry.last_day
        last = entry.last_day or max(on, first)
        x, width = axis.span(first, last)
        label = entry.title if len(entry.title) <= LONGEST else f"{entry.title[: LONGEST - 1]}…"
        wide = len(label) * LETTER
        fits = x + wide <= 100
        begins, stops = (x, max(x + width, x + wide)) if fits else (min(x, x + width - wide), x + width)
        row = next((index for index, end in enumerate(ends) if end + 0.5 <= begins), len(ends))
        if row == len(ends):
            ends.append(stops)
        ends[row] = stops
        bars.append(
            Bar(
                x=x,
                width=width,
                y=y + row * ROW,
                colour=entry.colour,
                label=label,
                label_x=x if fits else round(x + width, 2),
                anchor="start" if fits else "end",
                hover=f"{entry.title}: {span_words(entry)}",
                goes_on=entry.last_day is None,
                is_point=entry.first_day is None,
            )
        )
    return tuple(bars), len(ends)


_BAND_COLOURS = {"MET": "good", "UNKNOWN": "warn", "NOT_MET": "bad"}


def _bands(gaps: Sequence[JudgedGap], axis: _Axis) -> tuple[Band, ...]:
    bands = []
    for each in gaps:
        x, width = axis.span(each.gap.first_day, each.gap.last_day)
        colour = _BAND_COLOURS.get(str(each.verdict.outcome), "neutral")
        hover = f"Gap: {each.verdict.title}. {each.verdict.sentence}"
        bands.append(Band(x, width, round(x + width / 2, 2), colour, hover))
    return tuple(bands)


def span_words(entry: LaneEntry) -> str:
    """``1 Jul 2012 to 30 Jun 2015``, ``since 1 Jul 2012``, ``until 30 Jun 2015``."""
    if entry.first_day and entry.last_day:
        return f"{_day(entry.first_day)} to {_day(entry.last_day)}"
    if entry.first_day:
        return f"since {_day(entry.first_day)}"
    return f"until {_day(entry.last_day)}" if entry.last_day else "days not on file"


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"
