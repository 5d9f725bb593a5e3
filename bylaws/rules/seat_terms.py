"""How long somebody may sit on a body: the length of a term, and terms in a row, as charter or seat say.

Counted is the unbroken time on the body, whatever the person was there: who goes from one seat to another
does not begin anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bylaws.rules.terms_in_a_row import Span
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.kernel.periods import unbroken_since


@dataclass(frozen=True)
class SeatLimit:
    """A term of so many months (None: of any length), so many in a row (None: any number)."""

    months: int | None = None
    terms: int | None = None

    @property
    def in_words(self) -> str:
        """``24 months, at most 2 terms in a row``; empty where there is no limit."""
        if self.months is None:
            return ""
        row = f", at most {plural_text(self.terms, 'term')} in a row" if self.terms else ""
        return f"{plural_text(self.months, 'month')}{row}"


def limit_of(charter: SeatLimit, seat: SeatLimit | None) -> SeatLimit:
    """What binds: the seat's own limit where it has one, else the charter's."""
    return seat if seat is not None and seat.months is not None else charter


def problems(limit: SeatLimit, held: Sequence[Span], new: Span) -> list[str]:
    """Which limits a seat on the days ``new`` would not keep, in sentences; ``held`` are the person's other
    days on the body. Pure.
    """
    if limit.months is None:
        return []
    first, after = new
    found = []
    term_over = add_months(first, limit.months)
    if after is None:
        found.append(
            f"A term is {plural_text(limit.months, 'month')}: give its last day, by "
            f"{day_text(term_over - ONE_DAY)}."
        )
    elif after > term_over:
        found.append(
            f"A term is {plural_text(limit.months, 'month')}: this one may last through "
            f"{day_text(term_over - ONE_DAY)}."
        )
    if limit.terms is not None:
        since = unbroken_since([*held, new], first) or first
        row_over = add_months(since, limit.months * limit.terms)
        if (term_over if after is None else after) > row_over:
            found.append(
                f"On the body without a break since {day_text(since)}: "
                f"{plural_text(limit.terms, 'term')} in a row are allowed, which end with "
                f"{day_text(row_over - ONE_DAY)}."
            )
    return found


def over_limit(limit: SeatLimit, held: Sequence[Span], now: Span, on: dt.date) -> str:
    """What is over of a seat held on the day, as a sentence; empty where nothing is. Pure."""
    if limit.months is None:
        return ""
    term_over = add_months(now[0], limit.months)
    if limit.terms is not None:
        since = unbroken_since([*held, now], on) or now[0]
        row_over = add_months(since, limit.months * limit.terms)
        if on >= row_over:
            return f"{plural_text(limit.terms, 'term')} in a row were over on {day_text(row_over)}."
    return f"The term was over on {day_text(term_over)}." if on >= term_over else ""
