"""Date arithmetic of the field, in one place, so that every rule counts the same way.

All arguments and results are calendar dates at a facility (no times of day). A *term* or *window* is
shown with its inclusive last day; the half-open bound used in the database is the day after it.
"""

from __future__ import annotations

import calendar
import datetime as dt

ONE_DAY = dt.timedelta(days=1)


def add_months(day: dt.date, months: int) -> dt.date:
    """``day`` moved by ``months`` (may be negative); a day the target month lacks becomes its last day.

    Raises ``OverflowError`` when the result lies outside the years 1 to 9999.
    """
    index = day.year * 12 + (day.month - 1) + months
    year, month0 = divmod(index, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise OverflowError(f"{day} moved by {months} months is outside the calendar")
    last = calendar.monthrange(year, month0 + 1)[1]
    return dt.date(year, month0 + 1, min(day.day, last))


def add_years_last_valid(day: dt.date, years: int) -> dt.date:
    """The anniversary of ``day`` after ``years``: the last valid day that is not after the target.

    Only 29 February differs: 2024-02-29 plus three years is 2027-02-28.
    """
    return add_months(day, 12 * years)


def term_end(start: dt.date, years: int) -> dt.date:
    """The inclusive last day of a term of ``years`` that begins on ``start``: anniversary minus one day.

    A three-year term from 2021-07-01 ends 2024-06-30 and the next may start 2024-07-01. A term that
    starts 2024-02-29 ends 2027-02-27: never a day longer than the limit.
    """
    return add_years_last_valid(start, years) - ONE_DAY


def term_end_months(start: dt.date, months: int) -> dt.date:
    """As :func:`term_end`, for limits the bylaws give in months."""
    return add_months(start, months) - ONE_DAY


def last_day_of_count(first_day: dt.date, days: int) -> dt.date:
    """The last allowed day when ``first_day`` is day 1 of ``days`` (the conservative, inclusive count).

    120 days of temporary privileges granted 2025-01-01 end with 2025-04-30. ``days`` must be at least 1.
    """
    if days < 1:
        raise ValueError("A count of days needs at least one day.")
    return first_day + dt.timedelta(days=days - 1)


def inclusive_days(first_day: dt.date, last_day: dt.date) -> int:
    """How many calendar days lie from ``first_day`` to ``last_day``, both counted (0 when reversed)."""
    return max(0, (last_day - first_day).days + 1)


def within_days(verified_on: dt.date | None, decision_on: dt.date, max_age: int) -> bool:
    """Whether something verified on ``verified_on`` is at most ``max_age`` days old on ``decision_on``.

    The day ``decision_on - max_age`` still counts. Nothing verified, or verified only after the
    decision, supports no decision: both are False.
    """
    if verified_on is None or verified_on > decision_on:
        return False
    return (decision_on - verified_on).days <= max_age


def oldest_acceptable(decision_on: dt.date, max_age: int) -> dt.date:
    """The earliest verification date that :func:`within_days` accepts for a decision on ``decision_on``."""
    return decision_on - dt.timedelta(days=max_age)


def last_good_day(verified_on: dt.date, max_age: int) -> dt.date:
    """The last decision date that a verification of ``verified_on`` can support."""
    return verified_on + dt.timedelta(days=max_age)


def month_first(day: dt.date) -> dt.date:
    """The first day of the month of ``day``."""
    return day.replace(day=1)


def month_last(day: dt.date) -> dt.date:
    """The last day of the month of ``day``."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def end_of_month_after(day: dt.date, months: int) -> dt.date:
    """The last day of the month ``months`` after that of ``day`` (some cycles count whole months)."""
    return month_last(add_months(month_first(day), months))
