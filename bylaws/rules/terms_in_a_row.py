"""Terms somebody held one after the other, without a day between them: how many, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

#: First day, and the day after the last; None: no end.
Span = tuple[dt.date, dt.date | None]


def in_a_row(terms: Iterable[Span], begins: dt.date) -> int:
    """The number of terms in an unbroken row that ends with the one beginning on ``begins``; 0 where none
    begins that day. Pure.
    """
    by_end: dict[dt.date | None, dt.date] = {}
    starts = set()
    for first, after in terms:
        starts.add(first)
        by_end[after] = first
    count, here = 0, begins
    while here in starts:
        count += 1
        if here not in by_end or by_end[here] >= here:
            break
        here = by_end[here]
    return count
