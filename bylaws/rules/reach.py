"""How far from today a day may lie before it is taken for a slip of the hand."""

from __future__ import annotations

import datetime as dt

from config.kernel.dates import add_months
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused

#: How far back and ahead questions are answered, in years: before that there are no records of a living
#: person, after it nothing is decided yet.
ASKED_BACK, ASKED_AHEAD = 80, 20


def require_within(
    day: dt.date, *, today: dt.date, back: int, ahead: int, field: str = "", what: str = "The day"
) -> dt.date:
    """The day, when it lies at most ``back`` years before and ``ahead`` years after ``today``; else refused.

    ``what`` begins the sentence, ``field`` is the field of the form it belongs to.
    """
    first, last = add_months(today, -12 * back), add_months(today, 12 * ahead)
    if day < first or day > last:
        said = f"{day.day} {day:%b} {day.year:04d}"
        raise Refused(
            f"{what}, {said}, cannot be right: enter one from {day_text(first)} to {day_text(last)}.",
            field=field,
        )
    return day


def require_askable(on: dt.date, *, today: dt.date, field: str = "on") -> dt.date:
    """The day a question is about, when it lies within what anybody could have recorded; else refused."""
    return require_within(
        on, today=today, back=ASKED_BACK, ahead=ASKED_AHEAD, field=field, what="The day asked about"
    )
