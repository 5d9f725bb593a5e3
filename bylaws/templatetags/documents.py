"""Governing documents on pages, and citations of them: ``{% load documents %}{% cited citation day %}``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from bylaws.rules.policy_text import Part, Section
from bylaws.selectors.citations import Citations
from config.kernel.word_diff import Stretch

register = template.Library()


@register.simple_tag(takes_context=True)
def cited(context: Any, citation: str, on: dt.date | None = None) -> SafeString:
    """The citation as a link to the section it names, in the version in force on the day (None: today); text
    where it names no document of the facility, or one the reader may not read. One query for a whole page.
    """
    text = conditional_escape(citation or "")
    request = context.get("request")
    if not citation or request is None:
        return text
    page = request.__dict__.setdefault("_citations", {})
    facility = context.get("facility")
    key = facility.pk if facility is not None else 0
    if key not in page:
        page[key] = Citations(request.user, facility)
    url = page[key].address(citation, on)
    return format_html('<a href="{}">{}</a>', url, text) if url else text


@register.simple_tag
def section_words(section: Section) -> SafeString:
    """The paragraphs and lists of a section, what it names in bold; a lettered provision begins with its
    letter, a link to itself. Written here, not in templates: bylaws have a thousand provisions on one page.
    """
    letter = SafeString("")
    if section.lettered:
        letter = format_html(
            '<a class="provision-letter" href="#section-{}" aria-label="Link to {}">{}</a> ',
            section.key,
            section.title,
            section.label,
        )
    drawn = []
    for block in section.blocks:
        if block.is_list:
            points = format_html_join("", "<li>{}</li>", ((_in_bold(point),) for point in block.points))
            drawn.append(format_html("<ul>{}</ul>", points))
        else:
            drawn.append(format_html("<p>{}{}</p>", letter, _in_bold(block.points[0])))
            letter = SafeString("")
    if letter:  # its words are a list, or it has none
        drawn.insert(0, format_html("<p>{}</p>", letter))
    return format_html_join("", "{}", ((each,) for each in drawn))


def _in_bold(parts: Iterable[Part]) -> SafeString:
    return format_html_join(
        "",
        "{}",
        (
            (part.text if part.named is None else format_html("<strong>{}</strong>", part.words),)
            for part in parts
        ),
    )


_MARKS = {"gone": "<del>{}</del>", "new": "<ins>{}</ins>", "same": "{}"}


@register.simple_tag
def changed_words(stretches: Iterable[Stretch]) -> SafeString:
    """What differs between two texts, in one: what is gone struck out, what is new underlined."""
    return format_html_join(
        "",
        "{}",
        (
            (
                format_html(
                    _MARKS[each.kind],
                    format_html_join(_LINE, "{}", ((line,) for line in each.text.split("\n"))),
                ),
            )
            for each in stretches
        ),
    )


_LINE = SafeString("<br>")
