"""The document itself: its theme and its icons."""

from __future__ import annotations

import functools
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

THEMES = ("light", "dark")


@register.simple_tag(takes_context=True)
def theme_attributes(context) -> SafeString:
    """Attributes of ``<html>`` for the theme kept in the cookie ``theme``; without one, the system decides.

    The server writes them, so that no page flashes in the wrong colours and no inline script is needed.
    """
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    if chosen in THEMES:
        return format_html('data-bs-theme="{}" data-theme-choice="{}"', chosen, chosen)
    return mark_safe('data-theme-choice="auto"')


@register.simple_tag
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """``{% icon "check" %}``: one symbol of the sprite. Decorative unless ``label`` says what it means."""
    return _drawn(name if name in _icon_names() else "point", label, classes)


@functools.lru_cache(maxsize=2_000, typed=True)  # the same text marked safe is another label
def _drawn(name: str, label: str, classes: str) -> SafeString:
    """The symbol's markup: a page has dozens, and the same ones again and again."""
    meaning = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon {}" {} focusable="false"><use href="{}#{}"/></svg>',
        classes,
        meaning,
        static("icons/sprite.svg"),
        name,
    )


@functools.cache
def _icon_names() -> frozenset[str]:
    """Names in ``static/icons/icons.txt``, the list the sprite is made from."""
    path = finders.find("icons/icons.txt")
    if not path:
        return frozenset()
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
