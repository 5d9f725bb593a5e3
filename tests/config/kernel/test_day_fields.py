"""Days as people type them."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from config.kernel.day_fields import DayField, MomentField, sensible_day


@pytest.mark.parametrize("typed", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_a_year_that_cannot_be_meant_is_refused_with_a_sentence(typed):
    with pytest.raises(ValidationError, match=f"The year {typed[:4]} cannot be meant"):
        DayField().clean(typed)
    with pytest.raises(ValidationError, match="cannot be meant"):
        MomentField(zone="America/Chicago").clean(f"{typed}T23:59")


@pytest.mark.parametrize("typed", ["1900-01-01", "2026-03-10", "2199-12-31"])
def test_the_days_of_a_hospital_are_taken(typed):
    assert DayField().clean(typed) == dt.date.fromisoformat(typed)


def test_an_empty_day_and_a_word_are_what_they_were():
    assert DayField(required=False).clean("") is None
    assert MomentField(required=False).clean("") is None
    with pytest.raises(ValidationError, match="like 2026-03-31"):
        DayField().clean("soon")


def test_a_moment_is_read_in_the_facilitys_time():
    moment = MomentField(zone="America/Chicago").clean("2026-03-10T12:30")
    assert moment.astimezone(dt.UTC) == dt.datetime(2026, 3, 10, 17, 30, tzinfo=dt.UTC)


def test_a_moment_is_judged_by_its_day():
    sensible_day(dt.datetime(2199, 12, 31, 23, 59, tzinfo=dt.UTC))
