"""Gaps in a work history, the boundary days, and an oracle that counts day by day."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel.dates import month_first, month_last
from practitioners.rules.gaps import Activity, Gap, exceeded, find_gaps, window_start
from practitioners.rules.problems import Problem


def day(text):
    return dt.date.fromisoformat(text)


def gaps(*activities, first="2020-01-01", last="2024-12-31", **options):
    found = find_gaps(activities, first_day=day(first), last_day=day(last), **options)
    return [(gap.first_day.isoformat(), gap.last_day.isoformat()) for gap in found]


def test_no_activity_is_one_gap_of_the_whole_window():
    assert gaps(first="2024-01-01", last="2024-12-31") == [("2024-01-01", "2024-12-31")]
    assert Gap(day("2024-01-01"), day("2024-12-31")).days == 366


def test_overlapping_touching_and_contained_activities_leave_no_gap():
    assert (
        gaps(
            Activity(day("2019-05-01"), day("2021-03-31")),
            Activity(day("2020-01-01"), day("2020-02-01")),
            Activity(day("2021-04-01"), day("2022-12-31")),
            Activity(day("2022-06-15")),
        )
        == []
    )


def test_months_are_whole_so_the_gap_is_the_shortest_the_dates_allow():
    history = (Activity(day("2019-01-01"), day("2021-03-02")), Activity(day("2021-06-29")))
    assert gaps(*history) == [("2021-04-01", "2021-05-31")]
    assert gaps(*history, whole_months=False) == [("2021-03-03", "2021-06-28")]


def test_activities_known_by_month():
    history = (Activity.in_months((2019, 1), (2021, 2)), Activity.in_months((2021, 4)))
    assert gaps(*history) == [("2021-03-01", "2021-03-31")]
    assert Activity.in_months((2024, 2), (2024, 2)).last_day == day("2024-02-29")


def test_neighbouring_months_touch():
    assert gaps(Activity.in_months((2019, 1), (2021, 2)), Activity.in_months((2021, 3))) == []


def test_gaps_at_both_ends_of_the_window():
    assert gaps(Activity.in_months((2021, 1), (2023, 12))) == [
        ("2020-01-01", "2020-12-31"),
        ("2024-01-01", "2024-12-31"),
    ]


def test_activities_outside_the_window_fill_nothing():
    assert gaps(
        Activity(day("2010-01-01"), day("2011-01-01")),
        Activity(day("2030-01-01")),
        first="2024-06-15",
        last="2024-07-14",
    ) == [("2024-06-15", "2024-07-14")]


def test_a_gap_never_reaches_beyond_the_window():
    assert gaps(Activity(day("2024-07-01")), first="2024-06-15", last="2024-06-30") == [
        ("2024-06-15", "2024-06-30")
    ]


@pytest.mark.parametrize(("days", "more_than_180"), [(179, False), (180, False), (181, True)])
def test_the_threshold_is_strict(days, more_than_180):
    first = day("2024-01-01")
    gap = Gap(first, first + dt.timedelta(days=days - 1))
    assert gap.days == days
    assert gap.longer_than(180) is more_than_180
    found = find_gaps([], first_day=gap.first_day, last_day=gap.last_day, more_than_days=180)
    assert bool(found) is more_than_180


@pytest.mark.parametrize(("days", "limit"), [(180, None), (181, 180), (365, 180), (366, 365)])
def test_the_largest_threshold_exceeded(days, limit):
    first = day("2023-01-01")
    assert exceeded(Gap(first, first + dt.timedelta(days=days - 1)), (180, 365)) == limit


def test_the_window():
    assert window_start(day("2025-07-01"), 5) == day("2020-07-01")
    assert window_start(day("2024-02-29"), 5) == day("2019-02-28")
    assert window_start(day("2025-07-01"), 5, day("2022-06-30")) == day("2022-06-30")
    assert window_start(day("2025-07-01"), 5, day("2001-06-30")) == day("2020-07-01")
    assert gaps(first="2025-01-02", last="2025-01-01") == []


def test_an_activity_cannot_end_before_it_begins():
    with pytest.raises(Problem, match="before it begins"):
        Activity(day("2024-01-02"), day("2024-01-01"))
    assert Activity(day("2024-01-01"), day("2024-01-01")).last_day == day("2024-01-01")


dates = st.dates(day("2018-01-01"), day("2026-12-31"))
activities = st.lists(
    st.tuples(dates, st.none() | st.integers(0, 900)).map(
        lambda pair: Activity(pair[0], None if pair[1] is None else pair[0] + dt.timedelta(days=pair[1]))
    ),
    max_size=8,
)


@given(activities, st.booleans(), st.integers(0, 1500))
def test_gaps_are_the_days_no_activity_covers(history, whole_months, length):
    first = day("2020-03-10")
    last = first + dt.timedelta(days=length)
    covered = set()
    for activity in history:
        if activity.first_day > last:
            continue
        start, end = activity.first_day, min(activity.last_day or last, last)
        if whole_months:
            start, end = month_first(start), month_last(end)
        while start <= min(end, last):
            covered.add(start)
            start += dt.timedelta(days=1)
    expected = {first + dt.timedelta(days=n) for n in range(length + 1)} - covered
    found = find_gaps(history, first_day=first, last_day=last, whole_months=whole_months)
    assert {gap.first_day + dt.timedelta(days=n) for gap in found for n in range(gap.days)} == expected
    for one, other in itertools.pairwise(found):
        assert one.last_day + dt.timedelta(days=1) < other.first_day
