"""An independent oracle of the lookup: what the office knew of a person, day by day, and what follows.

Nothing here reads the database or shares code with the lookup. A thing (grant, term, bar, license, DEA
registration, malpractice cover) is a book: every correction turns a page on which every day of a short
calendar is written out anew. To ask about a day as known at a moment is to open the page that lay open then
and read that day.
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

#: Facilities with the state each lies in; two privileges, of which the first needs prescribing.
FACILITIES = {"LAKE": "IL", "HARB": "CA"}
PRESCRIBING, OTHER = "GS-LAP-CHOLE", "GS-COLECTOMY"
PRIVILEGES = (PRESCRIBING, OTHER)
#: What can be asked: which privilege, at which facility.
QUESTIONS = [(code, facility) for code in PRIVILEGES for facility in FACILITIES]

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
    """One record of a person. ``grants``: (kind, conditions) by privilege and facility; ``terms``: category
    by facility; ``bars``, each with its facility: (condition, privileges it reaches, None where all);
    ``licenses``, each with its state: (confirmed, status); ``registrations``: (confirmed, status, state or
    nothing); ``covers``: (confirmed, status).
    """

    grants: dict[tuple[str, str], Book] = field(default_factory=lambda: {each: Book() for each in QUESTIONS})
    terms: dict[str, Book] = field(default_factory=lambda: {each: Book() for each in FACILITIES})
    bars: list[tuple[str, Book]] = field(default_factory=list)
    licenses: list[tuple[str, Book]] = field(default_factory=list)
    registrations: list[Book] = field(default_factory=list)
    covers: list[Book] = field(default_factory=list)


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


def answer(
    records: list[Record], question: tuple[str, str], day: int, known_at: dt.datetime | None
) -> tuple[str, tuple[str, ...]]:
    """``yes``, ``no`` or ``unknown`` on that day of the calendar, and the conditions of a yes."""
    code, facility = question
    granted = [word for each in records if (word := each.grants[question].page(known_at)[day])]
    terms = [word for each in records if (word := each.terms[facility].page(known_at)[day])]
    bars = [
        word
        for each in records
        for where, bar in each.bars
        if where == facility and (word := bar.page(known_at)[day]) and (word[1] is None or code in word[1])
    ]
    if not granted or any(condition == "" for condition, _ in bars):
        return "no", ()
    if not any(kind != "full" for kind, _ in granted) and "active" not in terms:
        return "no", ()
    standing = {_standing(pages, state, day) for pages, state in _asked(records, question, known_at)}
    for outcome in ("no", "unknown"):
        if outcome in standing:
            return outcome, ()
    lines = [line for _, conditions in granted for line in conditions.splitlines() if line]
    return "yes", tuple(sorted({*lines, *(condition for condition, _ in bars)}))


def _asked(records: list[Record], question: tuple[str, str], known_at: dt.datetime | None):
    """What has to be current, each as the pages of all of its kind, days as (confirmed, status, state), and
    the state it has to be of.
    """
    code, facility = question
    here = FACILITIES[facility]
    yield (
        [
            [word and (*word, state) for word in book.page(known_at)]
            for each in records
            for state, book in each.licenses
            if state == here
        ],
        here,
    )
    yield (
        [[word and (*word, "") for word in book.page(known_at)] for each in records for book in each.covers],
        "",
    )
    if code == PRESCRIBING:
        pages = [book.page(known_at) for each in records for book in each.registrations]
        # A registration for another state is none of ours.
        yield [[word if word and word[2] in (here, "") else None for word in page] for page in pages], here


def _standing(pages: list[list[Any]], here: str, day: int) -> str:
    """Whether one is current: sure, surely not, or not known."""
    said = [page[day][1:] for page in pages if page[day] and page[day][0]]
    if any(status in PERMITS and state == here for status, state in said):
        return "yes"
    if any(status == "UNKNOWN" or state != here for status, state in said):
        return "unknown"
    if said:
        return "no"
    ran_out = any(
        page[past] and page[past][0] and page[past][1] in PERMITS and page[past][2] == here
        for page in pages
        for past in range(day)
    )
    return "no" if ran_out else "unknown"


# --- random lives ---------------------------------------------------------------------------------------


def life(chance: random.Random) -> Life:
    """One history: things begin, are corrected for days gone by or to come, end, and were mistakes."""
    two = chance.random() < 0.3
    found = Life([Record() for _ in range(2 if two else 1)])
    for each in found.records:
        each.bars = [(chance.choice([*FACILITIES]), Book()) for _ in range(chance.choice([0, 0, 1, 2]))]
        each.licenses = [(state, Book()) for state in FACILITIES.values()]
        if chance.random() < 0.3:
            each.licenses.append((chance.choice([*FACILITIES.values()]), Book()))
        each.registrations = [Book() for _ in range(chance.choice([1, 1, 2]))]
        each.covers = [Book() for _ in range(chance.choice([1, 1, 2]))]
    if two and chance.random() < 0.8:
        found.merged_at = chance.choice(MOMENTS[5:])
        found.apart_at = chance.choice([None, *(each for each in MOMENTS if each > found.merged_at)])
    for number, record in enumerate(found.records):
        _begin(record, chance, 0.85 if number == 0 else 0.2)
    for moment in sorted(chance.sample(MOMENTS[1:], chance.randint(6, 24))):
        which = chance.randrange(len(found.records))
        _write(found, which, moment, chance)
    if found.merged_at and _both(found):
        found.merged_at = found.apart_at = None  # the office is refused
    return found


def _begin(record: Record, chance: random.Random, likely: float) -> None:
    """What the office knew of somebody when it began to write, each thing as likely as that."""
    begun: list[tuple[Book, Any]] = [
        *((book, ("full", "")) for book in record.grants.values()),
        *((book, "active") for book in record.terms.values()),
        *((book, (True, "ACTIVE")) for _, book in record.licenses),
        *((book, (True, "ACTIVE")) for book in record.covers),
        *((book, (True, "ACTIVE", chance.choice([*FACILITIES.values()]))) for book in record.registrations),
    ]
    for book, word in begun:
        if chance.random() < likely:
            book.write(MOMENTS[0], 0, DAYS - 1, word)


def _write(found: Life, which: int, moment: dt.datetime, chance: random.Random) -> None:
    """One thing of one record is written again for some days."""
    record = found.records[which]
    kind = chance.choice(["grants", "grants", "terms", "bars", "licenses", "registrations", "covers"])
    first = 0 if chance.random() < 0.5 else chance.randrange(DAYS)
    last = DAYS - 1 if chance.random() < 0.5 else chance.randrange(first, DAYS)
    if kind in ("grants", "terms"):
        key = chance.choice([*getattr(record, kind)])
        word = _granted(chance) if kind == "grants" else chance.choice([None, *["active"] * 5, "honorary"])
        if word and _elsewhere(found, which, kind, key, moment, first, last):
            return  # two of them at once could not be one person's: the office is refused
        getattr(record, kind)[key].write(moment, first, last, word)
    elif kind == "bars":
        if record.bars:
            chance.choice(record.bars)[1].write(moment, first, last, _barred(chance))
    elif kind == "licenses":
        chance.choice(record.licenses)[1].write(moment, first, last, _credential(chance))
    elif kind == "covers":
        chance.choice(record.covers).write(moment, first, last, _credential(chance))
    else:
        word = _credential(chance)
        state = chance.choice([*FACILITIES.values()] * 3 + [""])
        chance.choice(record.registrations).write(moment, first, last, word and (*word, state))


def _granted(chance: random.Random) -> tuple[str, str] | None:
    if chance.random() < 0.2:
        return None
    return chance.choice(["full", "full", "full", "temporary_need"]), chance.choice(CONDITIONS)


def _barred(chance: random.Random) -> tuple[str, tuple[str, ...] | None] | None:
    if chance.random() < 0.5:
        return None
    reach = chance.choice([None, PRIVILEGES, (PRESCRIBING,), (OTHER,)])
    return chance.choice(["", RESTRICTED]), reach


def _credential(chance: random.Random) -> tuple[bool, str] | None:
    if chance.random() < 0.1:
        return None
    return chance.random() < 0.85, chance.choice(["ACTIVE"] * 6 + ["PROBATION", "SUSPENDED", "UNKNOWN"])


def _elsewhere(
    found: Life, which: int, kind: str, key: Any, moment: dt.datetime, first: int, last: int
) -> bool:
    """Whether another record of the person, as merged at the moment, says it of one of the days."""
    if not found.one_person(moment):
        return False
    others = [getattr(each, kind)[key].page(None) for at, each in enumerate(found.records) if at != which]
    return any(any(page[first : last + 1]) for page in others)


def _both(found: Life) -> bool:
    """Whether both records had a grant, or a term, of one day when they were merged."""
    return any(
        all(getattr(each, kind)[key].page(found.merged_at)[day] for each in found.records)
        for kind, keys in (("grants", QUESTIONS), ("terms", FACILITIES))
        for key in keys
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
