"""Dates as people write them."""

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.template import Context, Template
from django.utils import timezone

from config.kernel import clock
from config.kernel.display import dates

TODAY = dt.date(2026, 3, 12)


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (dt.date(2026, 11, 23), "23 Nov 2026"),
        (dt.date(2026, 1, 1), "1 Jan 2026"),
        (None, "–"),
        ("2026-01-01", "–"),
    ],
)
def test_a_day_is_written_with_its_month_as_a_word(day, written):
    assert dates.day_text(day) == written


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (12, "in 12 days"),
        (-3, "3 days ago"),
        (60, "in 60 days"),
        (61, "in 2 months"),
        (-200, "6 months ago"),
        (730, "in 23 months"),
        (731, "in 2 years"),
        (-3653, "10 years ago"),
    ],
)
def test_an_age_is_said_in_the_unit_a_person_would_use(distance, said):
    assert dates.age_text(TODAY + dt.timedelta(days=distance), TODAY) == said


def test_ages_on_a_page_count_from_the_facilitys_date():
    page = Template("{% load standing %}{% day when %}|{% time_until when %}|{% time_since when %}")
    shown = page.render(Context({"when": dt.date(2026, 3, 10), "today": TODAY}))
    assert shown == (
        '<time datetime="2026-03-10">10 Mar 2026</time> <span class="age">2 days ago</span>'
        "|2 days ago|for 2 days"
    )


def test_what_began_today_waits_since_today():
    page = Template("{% load standing %}{% time_since when %}|{% time_since none %}")
    assert page.render(Context({"when": TODAY, "today": TODAY, "none": None})) == "since today|"


def test_without_a_facility_ages_count_from_the_clock():
    with clock.freeze("2026-03-12T05:00:00+00:00"):
        assert dates.age(dt.date(2026, 3, 13)) == "tomorrow"
        assert dates.waited(dt.date(2026, 3, 12)) == "today"


def test_a_moment_is_shown_in_the_time_zone_of_the_page():
    at = dt.datetime(2026, 3, 13, 3, 30, tzinfo=dt.UTC)
    with timezone.override("America/Chicago"):
        assert dates.moment(at) == "12 Mar 2026, 22:30 CDT"
        assert dates.day_text(at) == "12 Mar 2026"


@pytest.mark.parametrize(
    ("valid", "said"),
    [
        (DateRange(dt.date(2026, 1, 1), dt.date(2028, 1, 1)), "1 Jan 2026 to 31 Dec 2027"),
        (DateRange(dt.date(2026, 1, 1), None), "since 1 Jan 2026"),
        (DateRange(None, dt.date(2026, 1, 1)), "until 31 Dec 2025"),
        (DateRange(None, None), "always"),
        (DateRange(dt.date(2026, 1, 1), dt.date(2026, 1, 2)), "1 Jan 2026"),
        (None, "–"),
    ],
)
def test_a_half_open_range_is_shown_with_its_inclusive_last_day(valid, said):
    assert dates.span(valid) == said


def test_the_last_day_of_a_range_or_of_its_bound_is_the_day_before():
    assert dates.last_day(DateRange(None, dt.date(2026, 3, 1))) == dt.date(2026, 2, 28)
    assert dates.last_day(dt.date(2026, 3, 1)) == dt.date(2026, 2, 28)
    assert dates.last_day(DateRange(dt.date(2026, 3, 1), None)) is None


@pytest.mark.parametrize("year", [1, 9999])
def test_the_edges_of_the_calendar_are_shown_and_break_nothing(year):
    """Such a year is no longer taken, but what is on record must open."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    for day in (first, last):
        assert dates.day_text(day).endswith(f"{year:04d}")
        assert dates.age_text(day, TODAY)
        assert dates.waited(day, TODAY)
    for hour in (0, 23):
        for day in (first, last):
            at = dt.datetime(day.year, day.month, day.day, hour, 59, tzinfo=dt.UTC)
            for zone in ("America/Chicago", "Pacific/Kiritimati"):
                with timezone.override(zone):
                    assert "LMT" not in dates.moment(at)
                    assert dates.day_text(at)
                assert clock.date_at(at, zone)
    assert dates.span(DateRange(first, None))
    assert dates.last_day(dt.date.min) == dt.date.min


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (dt.date(2015, 5, 20), "11 years ago"),
        (dt.date(2020, 4, 1), "6 years ago"),
        (dt.date(2024, 11, 26), "2 years ago"),
        (dt.date(2024, 11, 27), "23 months ago"),
        (dt.date(2026, 1, 31), "9 months ago"),
    ],
)
def test_no_age_is_rounded_up(day, said):
    assert dates.age_text(day, dt.date(2026, 11, 26)) == said
