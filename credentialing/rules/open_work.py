"""Open work of an office: what kinds there are, whose turn it is, and how old it has become. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from config.kernel.choices import StatusChoices


class WorkKind(StatusChoices):
    """What somebody still has to do something about."""

    APPLICATION = "application", "neutral", "Application"
    UNASKED = "unasked", "warn", "Not asked for yet"
    ASKED = "asked", "info", "Source asked"
    ANSWERED = "answered", "warn", "Answer to review"
    UNABLE = "unable", "bad", "Could not be verified"
    FORM = "form", "info", "Form sent out"
    OWED = "owed", "info", "Owed by the applicant"
    FLAG = "flag", "bad", "Red flag"
    FOLLOW_UP = "follow_up", "neutral", "Follow-up"
    PAPER = "paper", "warn", "Paper to file"
    LETTER = "letter", "warn", "Affiliation letter"


class AgeBand(StatusChoices):
    """How long something has been open; the bands of the page, so no number of any standard."""

    WEEK = "week", "neutral", "Up to 7 days"
    FORTNIGHT = "fortnight", "neutral", "8 to 14 days"
    MONTH = "month", "info", "15 to 30 days"
    TWO_MONTHS = "two_months", "warn", "31 to 60 days"
    OLDER = "older", "bad", "More than 60 days"


#: The most days of each band; None: no end.
MOST_DAYS: dict[AgeBand, int | None] = {
    AgeBand.WEEK: 7,
    AgeBand.FORTNIGHT: 14,
    AgeBand.MONTH: 30,
    AgeBand.TWO_MONTHS: 60,
    AgeBand.OLDER: None,
}


def band_of(since: dt.date, today: dt.date) -> AgeBand:
    """The band of something open since a day; what lies ahead counts as new."""
    age = (today - since).days
    return next(band for band, most in MOST_DAYS.items() if most is None or age <= most)


def days_of(band: AgeBand, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day since which something of the band has been open; None: no bound."""
    bands = list(MOST_DAYS)
    younger = MOST_DAYS[bands[bands.index(band) - 1]] if band != bands[0] else None
    most = MOST_DAYS[band]
    first = today - dt.timedelta(days=most) if most is not None else None
    last = today - dt.timedelta(days=younger + 1) if younger is not None else None
    return first, last


#: Stands for nobody where a holder is named by an id.
NOBODY = 0


@dataclass
class Load:
    """What one person has open, by age; ``holder`` :data:`NOBODY`: what nobody has yet."""

    holder: int
    name: str = ""
    uid: str = ""
    bands: dict[AgeBand, int] = field(default_factory=lambda: dict.fromkeys(AgeBand, 0))
    oldest: dt.date | None = None

    @property
    def total(self) -> int:
        """How much it is altogether."""
        return sum(self.bands.values())


def loads(rows: Iterable[tuple[int, dt.date]], today: dt.date) -> list[Load]:
    """What each holder has open, from (holder, open since) of every piece of work; most of it first, and what
    nobody has last.
    """
    found: dict[int, Load] = {}
    for holder, since in rows:
        load = found.setdefault(holder, Load(holder))
        load.bands[band_of(since, today)] += 1
        load.oldest = since if load.oldest is None else min(load.oldest, since)
    return sorted(found.values(), key=lambda load: (load.holder == NOBODY, -load.total, load.holder))


def whole(loads_: Sequence[Load]) -> Load:
    """All of them together."""
    together = Load(0, "Everybody")
    for load in loads_:
        for band, number in load.bands.items():
            together.bands[band] += number
    together.oldest = min((load.oldest for load in loads_ if load.oldest), default=None)
    return together
