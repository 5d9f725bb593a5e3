"""Cells of tables, pages of lists."""

from __future__ import annotations

from django import template
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from config.kernel.display.dates import day, moment
from config.kernel.display.frame import icon
from config.kernel.display.people import avatar
from config.kernel.display.statuses import badge, status
from config.kernel.display.values import shown
from config.kernel.display.verdicts import outcome_class, outcome_icon, outcome_word
from config.kernel.display.words import NOTHING

register = template.Library()


@register.filter
def page_numbers(page) -> list[int]:
    """Numbers of pages to offer: the ends and those around this one; 0 stands for a gap."""
    here = page.number
    if page.paginator.count is None:  # nobody knows how many pages there are
        return [1, 0, here] if here > 2 else list(range(1, here + 1))
    last = page.paginator.num_pages
    near = {1, last, here - 1, here, here + 1}
    if last <= 7:
        near = set(range(1, last + 1))
    numbers: list[int] = []
    for number in sorted(each for each in near if 1 <= each <= last):
        if numbers and number - numbers[-1] > 1:
            numbers.append(0)
        numbers.append(number)
    return numbers


@register.simple_tag(takes_context=True)
def link_with(context, **changes) -> str:
    """``{% link_with page=2 %}``: the query string of this page with parameters changed (None removes)."""
    request = context["request"]
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value is None or value == "":
            parameters.pop(name, None)
        else:
            parameters[name] = value
    return f"?{parameters.urlencode()}"


@register.simple_tag(takes_context=True)
def cell(context, shown_cell, row) -> SafeString:
    """One cell of a table, drawn by the kind of its column (see ``config.kernel.pages.Column``)."""
    column, value = shown_cell.column, shown_cell.value
    if column.kind == "template":
        return render_to_string(
            column.template,
            {
                "value": value,
                "row": row.thing,
                "cell": shown_cell,
                "today": context.get("today"),
                "request": context.get("request"),
                "csrf_token": context.get("csrf_token", ""),  # for a cell with a form
            },
        )
    if column.kind == "person" and column.photo and value:
        content = avatar(value, with_name=True, photo=column.photo(row.thing))
    elif column.kind == "status":
        content = status(row.thing, column.field_name)
    elif value is None or value == "":
        return format_html('<span class="nothing">{}</span>', NOTHING)
    else:
        content = _CELLS.get(column.kind, _text_cell)(context, value)
    if shown_cell.url:
        return format_html('<a href="{}">{}</a>', shown_cell.url, content)
    return content


def _text_cell(context, value) -> SafeString:
    return conditional_escape(shown(value) if not isinstance(value, str) else value)


def _verdict_cell(context, value) -> SafeString:
    return format_html(
        '<span class="outcome outcome-{}">{}{}</span>',
        outcome_class(value),
        icon(outcome_icon(value)),
        outcome_word(value),
    )


_CELLS = {
    "strong": lambda context, value: format_html("<strong>{}</strong>", value),
    "number": lambda context, value: conditional_escape(
        f"{value:,}" if not isinstance(value, str) else value
    ),
    "code": lambda context, value: format_html('<span class="code">{}</span>', value),
    "day": lambda context, value: day(context, value),
    "plain_day": lambda context, value: day(context, value, relative=False),
    "moment": lambda context, value: conditional_escape(moment(value)),
    "badge": lambda context, value: badge(value),
    "verdict": _verdict_cell,
    "person": lambda context, value: avatar(value, with_name=True),
    "yes_no": lambda context, value: icon("check", label="Yes") if value else icon("minus", label="No"),
}
