"""Date arithmetic: the boundary day and the days beside it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.dates import (
    add_months,
    add_years_last_valid,
    end_of_month_after,
    inclusive_days,
    last_day_of_count,
    last_good_day,
    oldest_acceptable,
    term_end,
    term_end_months,
    within_days,
)


def day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "years", "anniversary", "end"),
    [
        ("2021-07-01", 3, "2024-07-01", "2024-06-30"),
        ("2024-02-29", 3, "2027-02-28", "2027-02-27"),
        ("2024-02-29", 4, "2028-02-29", "2028-02-28"),
        ("2024-02-28", 3, "2027-02-28", "2027-02-27"),
        ("2024-03-01", 3, "2027-03-01", "2027-02-28"),
        ("2023-03-01", 1, "2024-03-01", "2024-02-29"),
        ("2024-01-01", 2, "2026-01-01", "2025-12-31"),
    ],
)
def test_terms(start, years, anniversary, end):
    assert add_years_last_valid(day(start), years) == day(anniversary)
    assert term_end(day(start), years) == day(end)
    assert term_end_months(day(start), 12 * years) == day(end)


@pytest.mark.parametrize(
    ("start", "months", "result"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2023-01-31", 1, "2023-02-28"),
        ("2024-12-31", 2, "2025-02-28"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2024-01-15", -1, "2023-12-15"),
        ("2024-05-05", 0, "2024-05-05"),
    ],
)
def test_months(start, months, result):
    assert add_months(day(start), months) == day(result)


def test_months_beyond_the_calendar():
    with pytest.raises(OverflowError):
        add_months(dt.date(9999, 12, 1), 1)
    with pytest.raises(OverflowError):
        add_months(dt.date(1, 1, 1), -1)


def test_the_temporary_120_days_count_the_first_day():
    assert last_day_of_count(day("2025-01-01"), 120) == day("2025-04-30")
    assert inclusive_days(day("2025-01-01"), day("2025-04-30")) == 120
    assert inclusive_days(day("2025-01-01"), day("2025-01-01")) == 1
    assert inclusive_days(day("2025-01-02"), day("2025-01-01")) == 0
    assert last_day_of_count(day("2025-01-01"), 1) == day("2025-01-01")
    with pytest.raises(ValueError):
        last_day_of_count(day("2025-01-01"), 0)


@pytest.mark.parametrize(
    ("verified", "max_age", "accepted"),
    [
        ("2025-03-02", 120, False),
        ("2025-03-03", 120, True),
        ("2025-03-04", 120, True),
        ("2025-04-01", 90, False),
        ("2025-04-02", 90, True),
        ("2025-07-01", 0, True),
        ("2025-06-30", 0, False),
        ("2025-07-02", 120, False),
    ],
)
def test_the_age_of_a_verification_on_the_day_of_decision(verified, max_age, accepted):
    assert within_days(day(verified), day("2025-07-01"), max_age) is accepted


def test_nothing_verified_is_never_recent():
    assert within_days(None, day("2025-07-01"), 10_000) is False


def test_the_end_of_a_cycle_counted_in_months():
    assert end_of_month_after(day("2022-05-17"), 36) == day("2025-05-31")
    assert end_of_month_after(day("2021-03-31"), 35) == day("2024-02-29")


dates = st.dates(day("1990-01-01"), day("2090-12-31"))


@given(dates, st.integers(1, 10))
def test_a_term_is_never_longer_than_its_limit(start, years):
    end = term_end(start, years)
    try:
        exact = start.replace(year=start.year + years)
    except ValueError:
        exact = dt.date(start.year + years, 3, 1)
    assert end < exact
    assert (exact - end).days <= 2


@given(dates, st.integers(0, 4000))
def test_the_bounds_of_an_age_agree_with_the_check(decision, max_age):
    oldest = oldest_acceptable(decision, max_age)
    assert within_days(oldest, decision, max_age)
    assert not within_days(oldest - dt.timedelta(days=1), decision, max_age)
    assert last_good_day(oldest, max_age) == decision


@given(dates, st.integers(-600, 600))
def test_months_keep_the_day_or_take_the_last(start, months):
    moved = add_months(start, months)
    assert (moved.year * 12 + moved.month) - (start.year * 12 + start.month) == months
    assert moved.day == start.day or (moved + dt.timedelta(days=1)).month != moved.month
