"""Words and numbers as a person would write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

NOTHING = "–"  # what an empty value looks like

register = template.Library()


def plural_text(number: int, one: str, many: str = "") -> str:
    """``1 file``, ``3 files``, ``12,000 files``; ``many`` where an s does not do."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


@register.filter
def plural(number, words: str) -> str:
    """``{{ n|plural:"file" }}`` or ``{{ n|plural:"body,bodies" }}``: the number with its noun."""
    one, _, many = words.partition(",")
    return plural_text(int(number or 0), one, many)


@register.filter
def singular(words: str) -> str:
    """``{{ "body,bodies"|singular }}``: the noun of one, where both are given as one text."""
    return words.partition(",")[0]


@register.filter
def or_dash(value):
    """The value, or a dash where there is none (zero is a value)."""
    return NOTHING if value is None or value == "" else value


@register.filter
def words(key: str) -> str:
    """``{{ "licence_number"|words }}``: a key of a facts table as words with a capital."""
    text = str(key).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


@register.filter
def get(mapping: Mapping, key):
    """``{{ mapping|get:key }}``: the value under a key held in a variable."""
    return mapping.get(key) if mapping else None


@register.filter
def highlighted(text: Any, query: str) -> SafeString:
    """The text with the words of a search marked, for results."""
    whole = str(text)
    for word in sorted({word for word in str(query or "").split() if len(word) > 1}, key=len, reverse=True):
        place = whole.lower().find(word.lower())
        if place >= 0:
            end = place + len(word)
            return format_html("{}<mark>{}</mark>{}", whole[:place], whole[place:end], whole[end:])
    return conditional_escape(whole)
