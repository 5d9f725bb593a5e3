"""Values of any kind as a person writes them: facts of a verdict, cells, descriptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django import template

from config.kernel.display.dates import day_text, moment
from config.kernel.display.words import NOTHING, words

register = template.Library()


@register.filter
def shown(value) -> str:
    """A fact as a person writes it: dates as days, yes and no, numbers with separators, lists with commas."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return moment(value)
    if isinstance(value, dt.date):
        return day_text(value)
    if isinstance(value, str):
        return _iso_day(value) or value
    if isinstance(value, int):
        return str(value) if -10_000 < value < 10_000 else f"{value:,}"
    if isinstance(value, Mapping):
        return ", ".join(f"{words(key)}: {shown(each)}" for key, each in value.items())
    if isinstance(value, Iterable):
        return ", ".join(shown(each) for each in value) or NOTHING
    return str(value)


def _iso_day(text: str) -> str:
    """An ISO date as people write it (frozen facts come back from JSON as text); empty for anything else."""
    if len(text) != 10 or text[4:5] != "-":
        return ""
    try:
        return day_text(dt.date.fromisoformat(text))
    except ValueError:
        return ""
