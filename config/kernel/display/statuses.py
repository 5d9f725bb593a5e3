"""A status is a word and a colour, the same everywhere."""

from __future__ import annotations

import functools

from django import template
from django.contrib.messages import ERROR, SUCCESS, WARNING
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.kernel.choices import COLOURS, StatusChoices
from config.kernel.display.frame import icon
from config.kernel.display.words import NOTHING

register = template.Library()

#: Icon that says the same as the colour, for those who do not see it.
COLOUR_ICONS = {
    "good": "circle-check",
    "warn": "alert-triangle",
    "bad": "circle-x",
    "info": "info-circle",
    "neutral": "point",
    "muted": "point",
}


@register.simple_tag
def badge(choice, colour: str = "", icon_name: str = "", title: str = "") -> SafeString:
    """``{% badge Outcome.MET %}`` or ``{% badge "Overdue" "bad" %}``: a word and a colour of the palette.

    ``choice`` is a member of :class:`StatusChoices`, anything with ``label`` and ``colour``, or a word.
    """
    if choice is None or choice == "":
        return format_html('<span class="nothing">{}</span>', NOTHING)
    label = getattr(choice, "label", choice)
    shade = colour or getattr(choice, "colour", "neutral")
    if shade not in COLOURS:
        shade = "neutral"
    return format_html(
        '<span class="st-badge st-{}"{}>{}{}</span>',
        shade,
        format_html(' title="{}"', title) if title else "",
        icon(icon_name) if icon_name else "",
        label,
    )


@register.simple_tag
def status(thing, field_name: str = "status") -> SafeString:
    """``{% status application %}``: the badge of a stored status field of a model instance."""
    value = getattr(thing, field_name, None)
    if hasattr(value, "colour") or value in (None, ""):
        return badge(value)
    choices = _choices_of(thing._meta.get_field(field_name)) if hasattr(thing, "_meta") else None
    return badge(choices(value)) if choices and value in choices.values else badge(value)


@functools.cache
def _choices_of(field) -> type[StatusChoices] | None:
    """The :class:`StatusChoices` a model field was declared with (the field itself keeps only pairs)."""
    declared = [tuple(pair) for pair in field.flatchoices]
    waiting = list(StatusChoices.__subclasses__())
    while waiting:
        candidate = waiting.pop()
        waiting.extend(candidate.__subclasses__())
        if [tuple(pair) for pair in candidate.choices] == declared:
            return candidate
    return None


@register.filter
def message_colour(message) -> str:
    """The colour of a message of ``django.contrib.messages``, by its level."""
    if message.level >= ERROR:
        return "bad"
    if message.level >= WARNING:
        return "warn"
    return "good" if message.level == SUCCESS else "info"


@register.filter
def colour_icon(colour: str) -> str:
    """The icon that goes with a colour of the palette."""
    return COLOUR_ICONS.get(colour, "point")
