"""Which days and numbers of a credential can be meant: a slip of the pen is refused before it is believed.

The limits are wide on purpose. They catch a year typed wrong (1890, 2300), not an unusual career.
"""

from __future__ import annotations

import datetime as dt
import re

from django.db.backends.postgresql.psycopg_any import DateRange

from config.kernel.dates import ONE_DAY, add_months
from practitioners.rules.problems import Problem

#: Years before today in which no credential of a living practitioner began, where no birth date is known.
OLDEST_YEARS = 90
#: Months ahead a first day may lie: boards renew, and jobs are signed, at most about a year before.
AHEAD_MONTHS = 18
#: Years ahead a last day may lie; what holds longer has no last day.
LONGEST_YEARS = 30
#: What numbers on licences, certificates and policies are written with, in any alphabet.
_NUMBER = re.compile(r"^[\w .,/\\#&()+:*'\u2010-\u2015-]+$")


def check_days(
    valid: DateRange,
    *,
    today: dt.date,
    born: dt.date | None = None,
    start_field="start",
    end_field="last_day",
) -> None:
    """Raise ``Problem`` for days (half-open) nobody can mean; it names the field.

    A first day lies after the birth date, or at most 90 years back, and at most 18 months ahead; a last day
    at most 30 years ahead.
    """
    first, end = valid.lower, valid.upper
    earliest = born or add_months(today, -12 * OLDEST_YEARS)
    if first is not None and first < earliest:
        why = "that is before the birth date" if born else f"that is more than {OLDEST_YEARS} years ago"
        raise Problem(f"{_day(first)} cannot be the first day: {why}.", field=start_field)
    if first is not None and first > add_months(today, AHEAD_MONTHS):
        raise Problem(
            f"{_day(first)} cannot be the first day: it lies more than {AHEAD_MONTHS} months ahead.",
            field=start_field,
        )
    if end is not None and end - ONE_DAY < earliest:
        raise Problem(f"{_day(end - ONE_DAY)} cannot be the last day.", field=end_field)
    if end is not None and end - ONE_DAY > add_months(today, 12 * LONGEST_YEARS):
        raise Problem(
            f"{_day(end - ONE_DAY)} cannot be the last day: it lies more than {LONGEST_YEARS} years ahead. "
            "Leave it empty if there is none.",
            field=end_field,
        )


def check_number(number: str) -> None:
    """Raise ``Problem`` for a number with signs no issuer prints (a picture, a control character)."""
    if number and not _NUMBER.match(number):
        wrong = next(sign for sign in number if not _NUMBER.match(sign))
        raise Problem(f"“{wrong}” is no sign of a number: use letters, digits and dashes.", field="number")


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b} {day.year}"
