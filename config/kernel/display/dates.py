"""Dates as people write them, and how far away they are.

A month is a word, so that nobody reads the day as the month. Ages count from ``today`` of the
page, the facility's date.
"""

from __future__ import annotations

import datetime as dt
import re

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.kernel import clock
from config.kernel.display.words import NOTHING, plural_text
from config.kernel.periods import last_day as last_day_before

register = template.Library()
_DAY = re.compile(r"\b[0-3]?\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}\b")


def _local(value: dt.datetime) -> dt.datetime:
    """The moment in the time zone of the page; where that lies outside the calendar, the moment as it is."""
    try:
        return timezone.localtime(value) if timezone.is_aware(value) else value
    except OverflowError:
        return value


def _as_date(value) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return _local(value).date()
    return value if isinstance(value, dt.date) else None


def day_text(value: dt.date | dt.datetime | None) -> str:
    """``23 Nov 2026``. The month is a word, so that nobody reads the day as the month."""
    day = _as_date(value)
    return NOTHING if day is None else f"{day.day} {day:%b} {day.year:04d}"


def long_day(day: dt.date) -> str:
    """The day as American letters and papers write it: ``March 4, 2019``."""
    return f"{day:%B} {day.day}, {day.year:04d}"


def in_letters(text: str) -> str:
    """A sentence of the screen as a letter says it: ``28 Feb 2026`` becomes ``February 28, 2026``."""
    return _DAY.sub(lambda found: long_day(dt.datetime.strptime(found[0], "%d %b %Y").date()), text)  # noqa: DTZ007


def age_text(value: dt.date | dt.datetime | None, today: dt.date | None = None) -> str:
    """How far away a day is: ``today``, ``in 12 days``, ``3 days ago``, ``in 5 months``, ``2 years ago``."""
    day = _as_date(value)
    if day is None:
        return ""
    distance = (day - (today or clock.today())).days
    if distance == 0:
        return "today"
    if distance == 1:
        return "tomorrow"
    if distance == -1:
        return "yesterday"
    here = today or clock.today()
    span = between_text(min(day, here), max(day, here))
    return f"in {span}" if distance > 0 else f"{span} ago"


def between_text(first: dt.date, last: dt.date) -> str:
    """The time between two days in the unit a person would say: days up to two months, whole months up to two
    years, then whole years. Nothing is rounded up: who is 11 years and a half is 11.
    """
    days = (last - first).days
    if days < 61:
        return plural_text(days, "day")
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    if months < 24:
        return plural_text(max(months, 1), "month")
    return plural_text(months // 12, "year")


@register.filter
def daydate(value) -> str:
    """``{{ day|daydate }}``: ``23 Nov 2026``; a dash for none."""
    return day_text(value)


@register.filter
def moment(value: dt.datetime | None) -> str:
    """``{{ at|moment }}``: ``23 Nov 2026, 14:05 CST`` in the time zone of the page."""
    if not isinstance(value, dt.datetime):
        return day_text(value)
    local = _local(value)
    # Before there were time zones a place had its own mean time; nobody knows it by its short name.
    zone = local.tzname() or ""
    return f"{day_text(local)}, {local:%H:%M} {'' if zone == 'LMT' else zone}".rstrip()


@register.filter
def age(value, today=None) -> str:
    """``{{ day|age }}`` or ``{{ day|age:today }}``: ``in 12 days``, ``3 days ago``."""
    return age_text(value, today)


@register.filter
def waited(value, today=None) -> str:
    """``since {{ day|waited:today }}``: ``3 days``, or ``today``."""
    day = _as_date(value)
    if day is None:
        return ""
    here = today or clock.today()
    return "today" if day >= here else between_text(day, here)


@register.simple_tag(takes_context=True)
def day(context, value, relative: bool = True) -> SafeString:
    """``{% day grant.start %}``: the day as people write it with its age beside it.

    ``today`` in the context is the facility's date; without one it is today in UTC.
    """
    when = _as_date(value)
    if when is None:
        return format_html('<span class="nothing">{}</span>', NOTHING)
    written = format_html('<time datetime="{}">{}</time>', when.isoformat(), day_text(when))
    if not relative:
        return written
    return format_html('{} <span class="age">{}</span>', written, age_text(when, _today_of(context)))


def _today_of(context) -> dt.date | None:
    today = context.get("today")
    return today if isinstance(today, dt.date) else None


@register.simple_tag(takes_context=True)
def time_since(context, value) -> str:
    """``{% time_since asked_on %}``: ``for 3 days`` or ``since today``, from ``today`` of the context."""
    gone_by = waited(value, _today_of(context))
    return "since today" if gone_by == "today" else f"for {gone_by}" if gone_by else ""


@register.simple_tag(takes_context=True)
def time_until(context, value) -> str:
    """``due {% time_until due %}``: the age of a day, counted from ``today`` of the context."""
    return age_text(value, _today_of(context))


@register.filter
def last_day(valid) -> dt.date | None:
    """``{{ grant.valid|last_day|daydate }}``: the inclusive last day of a half-open range or of its bound."""
    bound = valid.upper if hasattr(valid, "upper") and not isinstance(valid, str) else valid
    return last_day_before(bound)


@register.filter
def span(valid) -> str:
    """``{{ grant.valid|span }}``: ``1 Jan 2026 to 31 Dec 2027``, ``since 1 Jan 2026``, ``until ...``."""
    if valid is None:
        return NOTHING
    start, end = valid.lower, last_day(valid)
    if start and end:
        return day_text(start) if start == end else f"{day_text(start)} to {day_text(end)}"
    if start:
        return f"since {day_text(start)}"
    return f"until {day_text(end)}" if end else "always"
