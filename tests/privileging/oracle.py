"""An independent oracle of the lookup: what the office knew of a person, day by day, and what follows.

Nothing here reads the database or shares code with the lookup. A thing (grant, term, bar, license) is a book:
every correction turns a page on which every day of a short calendar is written out anew. To ask about a day
as known at a moment is to open the page that lay open then and read that day.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: The calendar: so many days from the first one on. Nothing else happens on earth.
FIRST = dt.date(2026, 10, 26)
DAYS = 56
CALENDAR = [FIRST + dt.timedelta(days=number) for number in range(DAYS)]
#: The moments at which the office writes; it writes at most once at each.
BEGIN = dt.datetime(2026, 10, 26, 18, tzinfo=dt.UTC)
MOMENTS = [BEGIN + dt.timedelta(hours=12 * number) for number in range(56)]

PERMITS = ("ACTIVE", "PROBATION")
CONDITIONS = ("", "With a proctor", "Not at night\nWith a proctor")
RESTRICTED = "With a second physician present"


@dataclass
class Book:
    """What is said of one thing: pages by the moment from which they lay open; a page has a word a day."""

    pages: list[tuple[dt.datetime, list[Any]]] = field(default_factory=list)

    def page(self, known_at: dt.datetime | None) -> list[Any]:
        """The page that lay open at the moment (None: the last one)."""
        for moment, page in reversed(self.pages):
            if known_at is None or moment <= known_at:
                return page
        return [None] * DAYS

    def write(self, moment: dt.datetime, first: int, last: int, word: Any) -> None:
        """From the moment on, every day from ``first`` through ``last`` says ``word``."""
        page = list(self.page(None))
        page[first : last + 1] = [word] * (last + 1 - first)
        self.pages.append((moment, page))


@dataclass
class Record:
    """One record of a person. ``grant``: (kind, conditions); ``term``: category; a bar: (condition, whether
    it reaches the privilege); a license of the state: (confirmed, status).
    """

    grant: Book = field(default_factory=Book)
    term: Book = field(default_factory=Book)
    bars: list[Book] = field(default_factory=list)
    licenses: list[Book] = field(default_factory=list)


@dataclass
class Life:
    """A person, whose second record was perhaps merged into the first, and perhaps taken apart again."""

    records: list[Record]
    merged_at: dt.datetime | None = None
    apart_at: dt.datetime | None = None

    def one_person(self, known_at: dt.datetime | None) -> bool:
        """Whether the records were known to be one person's."""
        if self.merged_at is None or (known_at is not None and known_at < self.merged_at):
            return False
        return self.apart_at is None or (known_at is not None and known_at < self.apart_at)

    def people(self, known_at: dt.datetime | None) -> list[tuple[int, list[Record]]]:
        """Each person as known then: the number of their record, and all their records."""
        if len(self.records) == 1 or self.one_person(known_at):
            return [(0, self.records)]
        return [(number, [record]) for number, record in enumerate(self.records)]


def answer(records: list[Record], day: int, known_at: dt.datetime | None) -> tuple[str, tuple[str, ...]]:
    """``yes``, ``no`` or ``unknown`` on that day of the calendar, and the conditions of a yes."""
    granted = [word for each in records if (word := each.grant.page(known_at)[day])]
    terms = [word for each in records if (word := each.term.page(known_at)[day])]
    bars = [word for each in records for bar in each.bars if (word := bar.page(known_at)[day]) and word[1]]
    if not granted or any(condition == "" for condition, _ in bars):
        return "no", ()
    if not any(kind != "full" for kind, _ in granted) and "active" not in terms:
        return "no", ()
    licensed = _licensed([book.page(known_at) for each in records for book in each.licenses], day)
    if licensed != "yes":
        return licensed, ()
    lines = [line for _, conditions in granted for line in conditions.splitlines() if line]
    return "yes", tuple(sorted({*lines, *(condition for condition, _ in bars)}))


def _licensed(pages: list[list[Any]], day: int) -> str:
    said = [page[day][1] for page in pages if page[day] and page[day][0]]
    if any(status in PERMITS for status in said):
        return "yes"
    if "UNKNOWN" in said:
        return "unknown"
    if said:
        return "no"
    ran_out = any(
        page[past] and page[past][0] and page[past][1] in PERMITS for page in pages for past in range(day)
    )
    return "no" if ran_out else "unknown"


# --- random lives ---------------------------------------------------------------------------------------


def life(chance: random.Random) -> Life:
    """One history: things begin, are corrected for days gone by or to come, end, and were mistakes."""
    two = chance.random() < 0.3
    found = Life([Record() for _ in range(2 if two else 1)])
    for each in found.records:
        each.bars = [Book() for _ in range(chance.choice([0, 0, 1, 2]))]
        each.licenses = [Book() for _ in range(chance.choice([1, 1, 1, 2]))]
    if two and chance.random() < 0.8:
        found.merged_at = chance.choice(MOMENTS[5:])
        found.apart_at = chance.choice([None, *(each for each in MOMENTS if each > found.merged_at)])
    moments = sorted(chance.sample(MOMENTS, chance.randint(4, 16)))
    for moment in moments:
        which = chance.randrange(len(found.records))
        record = found.records[which]
        kind = chance.choice(["grant", "grant", "term", "term", "bar", "license", "license"])
        first = 0 if chance.random() < 0.5 else chance.randrange(DAYS)
        last = DAYS - 1 if chance.random() < 0.5 else chance.randrange(first, DAYS)
        if kind in ("grant", "term"):
            word = _granted(chance) if kind == "grant" else chance.choice([None, *["active"] * 5, "honorary"])
            if word and _elsewhere(found, which, kind, moment, first, last):
                continue  # two of them at once could not be one person's: the office is refused
            getattr(record, kind).write(moment, first, last, word)
        elif kind == "bar" and record.bars:
            chance.choice(record.bars).write(moment, first, last, _barred(chance))
        elif kind == "license":
            chance.choice(record.licenses).write(moment, first, last, _license(chance))
    if found.merged_at and _both(found):
        found.merged_at = found.apart_at = None  # the office is refused
    return found


def _granted(chance: random.Random) -> tuple[str, str] | None:
    if chance.random() < 0.2:
        return None
    return chance.choice(["full", "full", "full", "temporary_need"]), chance.choice(CONDITIONS)


def _barred(chance: random.Random) -> tuple[str, bool] | None:
    return None if chance.random() < 0.5 else (chance.choice(["", RESTRICTED]), chance.random() < 0.7)


def _license(chance: random.Random) -> tuple[bool, str] | None:
    if chance.random() < 0.1:
        return None
    return chance.random() < 0.85, chance.choice(["ACTIVE"] * 6 + ["PROBATION", "SUSPENDED", "UNKNOWN"])


def _elsewhere(found: Life, which: int, kind: str, moment: dt.datetime, first: int, last: int) -> bool:
    """Whether another record of the person, as merged at the moment, says it of one of the days."""
    if not found.one_person(moment):
        return False
    others = [getattr(each, kind).page(None) for at, each in enumerate(found.records) if at != which]
    return any(any(page[first : last + 1]) for page in others)


def _both(found: Life) -> bool:
    """Whether both records had a grant, or a term, of one day when they were merged."""
    return any(
        all(getattr(each, kind).page(found.merged_at)[day] for each in found.records)
        for kind in ("grant", "term")
        for day in range(DAYS)
    )


def runs(page: list[Any]) -> Iterator[tuple[int, int, Any]]:
    """The stretches of days that say the same: first and last day, and the word."""
    first = 0
    for day in range(1, DAYS + 1):
        if day == DAYS or page[day] != page[first]:
            if page[first] is not None:
                yield first, day - 1, page[first]
            first = day
