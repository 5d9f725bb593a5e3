"""Reading single values of imported files."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
_AMERICAN = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})", re.ASCII)


@lru_cache(maxsize=20_000)  # the days of a file repeat
def read_date(text: str) -> dt.date | None:
    """A date written 2025-03-31 or 3/31/2025; None when it is neither, or no day of the calendar."""
    for form in (_ISO, _AMERICAN):
        if match := form.fullmatch(text.strip()):
            try:
                return dt.date(int(match["year"]), int(match["month"]), int(match["day"]))
            except ValueError:
                return None
    return None
