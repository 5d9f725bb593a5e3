"""Days and moments as people type them, kept within what a hospital can mean.

A year typed wrong (0001, 9999) is a legal date to Python and PostgreSQL, and then breaks the arithmetic of
every page that shows it: the day after it, or the same moment in another time zone, does not exist. So every
form of the product takes its days through these fields; ``tests/architecture`` holds that.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

#: Nobody on a medical staff was born earlier, and nothing in it lasts longer.
FIRST_DAY = dt.date(1900, 1, 1)
LAST_DAY = dt.date(2199, 12, 31)


def sensible_day(value: dt.date | dt.datetime) -> None:
    """Refuse (``ValidationError``) a day or moment outside :data:`FIRST_DAY` to :data:`LAST_DAY` (inclusive).

    A validator: for the fields below, for filters (``DateFilter(validators=[...])``) and for the API.
    """
    day = value.date() if isinstance(value, dt.datetime) else value
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValidationError(
            f"The year {day.year:04d} cannot be meant: enter one from {FIRST_DAY.year} to {LAST_DAY.year}.",
            code="not_sensible",
        )


class DayInput(forms.DateInput):
    """The browser's own date control."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """The browser's own control for a date with a time."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")


class DayField(forms.DateField):
    """A day within :func:`sensible_day`."""

    widget = DayInput
    default_validators = [sensible_day]
    default_error_messages = {"invalid": "Enter a day of the calendar, like 2026-03-31."}


class MomentField(forms.DateTimeField):
    """A moment within :func:`sensible_day`, answered as an aware one.

    ``zone`` is the name of the time zone it is written in; without one it is that of the page.
    """

    widget = MomentInput
    default_validators = [sensible_day]
    default_error_messages = {"invalid": "Enter a day and a time, like 2026-03-31 17:30."}

    def __init__(self, *, zone: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zone = zone

    def clean(self, value: Any) -> dt.datetime | None:
        """The moment as typed, in ``zone``."""
        moment = super().clean(value)
        return moment.replace(tzinfo=ZoneInfo(self.zone)) if moment is not None and self.zone else moment
