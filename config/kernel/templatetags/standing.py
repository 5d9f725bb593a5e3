"""Template tags and filters of the house: dates as people write them, statuses, icons, fields, charts.

Every page loads them with ``{% load standing %}``. ``docs/ux.md`` shows them in use. Nothing here reads the database.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms, template
from django.contrib.messages import ERROR, SUCCESS, WARNING
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from config.kernel import clock
from config.kernel.choices import COLOURS, StatusChoices

register = template.Library()

NOTHING = "–"  # what an empty value looks like


# --- the document ---------------------------------------------------------------------------------------

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
    return mark_safe('data-theme-choice="auto"')  # noqa: S308 - a constant


@register.simple_tag
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """``{% icon "check" %}``: one symbol of the sprite. Decorative unless ``label`` says what it means."""
    if not name or name not in _icon_names():
        name = "point"
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
    with open(path, encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


# --- dates ----------------------------------------------------------------------------------------------


def _as_date(value) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value if isinstance(value, dt.date) else None


def day_text(value: dt.date | dt.datetime | None) -> str:
    """``23 Nov 2026``. The month is a word, so that nobody reads the day as the month."""
    day = _as_date(value)
    return NOTHING if day is None else f"{day.day} {day:%b} {day.year}"


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
    span = span_text(abs(distance))
    return f"in {span}" if distance > 0 else f"{span} ago"


def span_text(days: int) -> str:
    """A number of days in the unit a person would say: days to two months, months to two years, then years."""
    if days < 61:
        return plural_text(days, "day")
    if days < 731:
        return plural_text(round(days / 30.44), "month")
    return plural_text(round(days / 365.25), "year")


def plural_text(number: int, one: str, many: str = "") -> str:
    """``1 file``, ``3 files``, ``12,000 files``; ``many`` where an s does not do."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


@register.filter
def daydate(value) -> str:
    """``{{ day|daydate }}``: ``23 Nov 2026``; a dash for none."""
    return day_text(value)


@register.filter
def moment(value: dt.datetime | None) -> str:
    """``{{ at|moment }}``: ``23 Nov 2026, 14:05 CST`` in the time zone of the page."""
    if not isinstance(value, dt.datetime):
        return day_text(value)
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{day_text(local)}, {local:%H:%M} {local:%Z}".rstrip()


@register.filter
def age(value, today=None) -> str:
    """``{{ day|age }}`` or ``{{ day|age:today }}``: ``in 12 days``, ``3 days ago``."""
    return age_text(value, today)


@register.filter
def waited(value, today=None) -> str:
    """``{{ since|waited:today }}``: ``3 days``, the time gone by since a day; ``since today`` reads wrong."""
    day = _as_date(value)
    if day is None:
        return ""
    distance = ((today or clock.today()) - day).days
    return "less than a day" if distance < 1 else span_text(distance)


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
    """``since {% time_since asked_on %}``: the time gone by, counted from ``today`` of the context."""
    return waited(value, _today_of(context))


@register.simple_tag(takes_context=True)
def time_until(context, value) -> str:
    """``due {% time_until due %}``: the age of a day, counted from ``today`` of the context."""
    return age_text(value, _today_of(context))


@register.filter
def last_day(valid) -> dt.date | None:
    """``{{ grant.valid|last_day|daydate }}``: the inclusive last day of a half-open range or of its bound."""
    bound = valid.upper if hasattr(valid, "upper") and not isinstance(valid, str) else valid
    return None if bound is None else bound - dt.timedelta(days=1)


@register.filter
def span(valid) -> str:
    """``{{ grant.valid|span }}``: ``1 Jan 2026 to 31 Dec 2027``, ``since 1 Jan 2026``, ``until 31 Dec 2027``."""
    if valid is None:
        return NOTHING
    start, end = valid.lower, last_day(valid)
    if start and end:
        return day_text(start) if start == end else f"{day_text(start)} to {day_text(end)}"
    if start:
        return f"since {day_text(start)}"
    return f"until {day_text(end)}" if end else "always"


# --- words ----------------------------------------------------------------------------------------------


@register.filter
def plural(number, words: str) -> str:
    """``{{ n|plural:"file" }}`` or ``{{ n|plural:"body,bodies" }}``: the number with its noun."""
    one, _, many = words.partition(",")
    return plural_text(int(number or 0), one, many)


@register.filter
def or_dash(value):
    """The value, or a dash where there is none (zero is a value)."""
    return NOTHING if value is None or value == "" else value


@register.filter
def initials(name: Any) -> str:
    """``{{ person|initials }}``: first letters of the first and the last word of a name."""
    words = [word for word in str(name).replace(".", " ").split() if word[0].isalpha()]
    words = [word for word in words if word.lower() not in ("dr", "mr", "ms", "mrs")] or words
    return "".join(word[0] for word in ([words[0], words[-1]] if len(words) > 1 else words)).upper()


@register.filter
def avatar_tint(name: Any) -> int:
    """A number from 1 to 6 that is always the same for one name: the tint of the avatar."""
    return hashlib.blake2s(str(name).encode(), digest_size=1).digest()[0] % 6 + 1


@register.filter
def words(key: str) -> str:
    """``{{ "licence_number"|words }}``: a key of a facts table as words with a capital."""
    text = str(key).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


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


# --- status ---------------------------------------------------------------------------------------------

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


# --- verdicts -------------------------------------------------------------------------------------------

#: From what stops the file to what does not concern it.
OUTCOME_ORDER = ("NOT_MET", "UNKNOWN", "MET", "NOT_APPLICABLE")
OUTCOME_ICONS = {
    "MET": "circle-check",
    "NOT_MET": "circle-x",
    "UNKNOWN": "help-circle",
    "NOT_APPLICABLE": "circle-minus",
}


#: Words for the outcomes of frozen records, which keep the value alone.
OUTCOME_WORDS = {"MET": "Met", "NOT_MET": "Not met", "UNKNOWN": "Unknown", "NOT_APPLICABLE": "Not applicable"}


def _part(verdict, name: str):
    """A part of a verdict, be it the object or the plain data of a frozen record."""
    return verdict.get(name) if isinstance(verdict, Mapping) else getattr(verdict, name, None)


def _outcome(verdict) -> str:
    outcome = _part(verdict, "outcome") or verdict
    return str(getattr(outcome, "value", outcome)).upper()


@register.filter
def outcome_word(verdict) -> str:
    """The outcome in words: ``Not met``."""
    return OUTCOME_WORDS.get(_outcome(verdict), _outcome(verdict).replace("_", " ").capitalize())


@register.filter
def outcome_icon(verdict) -> str:
    """The icon of an outcome."""
    return OUTCOME_ICONS.get(_outcome(verdict), "point")


@register.filter
def outcome_class(verdict) -> str:
    """``met``, ``not-met``, ``unknown`` or ``not-applicable``: the class that colours a verdict."""
    return _outcome(verdict).lower().replace("_", "-")


@register.filter
def unmet_first(verdicts) -> list:
    """Verdicts in the order a reader needs them: not met, unknown, met, not applicable."""
    return sorted(
        verdicts or (),
        key=lambda each: OUTCOME_ORDER.index(_outcome(each)) if _outcome(each) in OUTCOME_ORDER else 9,
    )


@register.filter
def needs_attention(verdict) -> bool:
    """Whether a verdict is not met or unknown; such a node is shown open."""
    return _outcome(verdict) in ("NOT_MET", "UNKNOWN")


@register.filter
def leaves_count(verdict) -> str:
    """``9 met, 2 not met, 1 unknown``: what the leaves of a verdict add up to; empty for a leaf."""
    waiting = list(_part(verdict, "children") or ())
    if not waiting:
        return ""
    counts: dict[str, int] = dict.fromkeys(("MET", "NOT_MET", "UNKNOWN", "NOT_APPLICABLE"), 0)
    while waiting:
        node = waiting.pop()
        children = _part(node, "children")
        if children:
            waiting.extend(children)
        else:
            counts[_outcome(node)] = counts.get(_outcome(node), 0) + 1
    return ", ".join(
        f"{number} {OUTCOME_WORDS.get(name, name).lower()}" for name, number in counts.items() if number
    )


# --- forms ----------------------------------------------------------------------------------------------

@register.inclusion_tag("partials/field.html")
def field(
    bound: forms.BoundField,
    label: str = "",
    hint: str = "",
    prefix: str = "",
    suffix: str = "",
    width: str = "",
    hide_label: bool = False,
    classes: str = "",
    inline: bool = False,
    mark_optional: bool = True,
) -> dict[str, Any]:
    """``{% field form.npi width="short" hint="Ten digits" %}``: label, hint, control and its error together.

    ``width`` is ``short`` (a number, a date), ``medium`` or empty for the full line; ``prefix`` and ``suffix``
    are shown attached to the control (``$``, ``days``); ``inline`` lays choices out in one row.
    """
    widget = bound.field.widget
    kind = _kind(widget)
    hint_text = hint or bound.help_text
    described = [f"{bound.auto_id}_hint"] if hint_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    attributes: dict[str, Any] = {}
    if kind == "choices":
        # The fieldset carries the description; a radio or check box of its own is not described twice.
        attributes["class"] = _classes(widget, "form-check-input")
    else:
        attributes["class"] = _classes(widget, _control_class(widget, kind), "is-invalid" if bound.errors else "")
        if described:
            attributes["aria-describedby"] = " ".join(described)
        if bound.errors:
            attributes["aria-invalid"] = "true"
    if kind == "date":
        widget.input_type, widget.format = "date", "%Y-%m-%d"
    elif kind == "datetime":
        widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
    elif kind == "file" and getattr(bound.field, "max_bytes", None):
        attributes["data-max-bytes"] = bound.field.max_bytes
    return {
        "bound": bound,
        "kind": kind,
        "control": bound.as_widget(attrs=attributes) if kind != "choices" else "",
        "options": _options(bound, attributes) if kind == "choices" else (),
        "label": label or bound.label,
        "hint": hint_text,
        "prefix": prefix,
        "suffix": suffix,
        "width": width,
        "hide_label": hide_label,
        "classes": classes,
        "inline": inline,
        "described": " ".join(described),
        "optional": mark_optional and not bound.field.required and kind != "check",
    }


def _kind(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.ClearableFileInput | forms.FileInput):
        return "file"
    if isinstance(widget, forms.DateTimeInput):
        return "datetime"
    if isinstance(widget, forms.DateInput):
        return "date"
    if isinstance(widget, forms.Textarea):
        return "textarea"
    if isinstance(widget, forms.Select):
        return "select"
    return "compound" if isinstance(widget, forms.MultiWidget) else "input"


def _control_class(widget: forms.Widget, kind: str) -> str:
    if kind == "check":
        return "form-check-input"
    return "form-select" if kind == "select" else "form-control"


def _classes(widget: forms.Widget, *names: str) -> str:
    given = (widget.attrs.get("class") or "").split()
    return " ".join(dict.fromkeys([*given, *(name for name in names if name)]))


def _options(bound: forms.BoundField, attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """The single radio buttons or check boxes of a field, with the hint a choice may carry."""
    hints = getattr(bound.field, "choice_hints", {}) or {}
    options = []
    for widget in bound.subwidgets:
        data = widget.data
        options.append(
            {
                "tag": widget.tag(),
                "name": data["name"],
                "value": data["value"],
                "type": data["type"],
                "id": data["attrs"].get("id", ""),
                "checked": bool(data.get("selected")),
                "required": bool(data["attrs"].get("required")),
                "disabled": bool(data["attrs"].get("disabled")),
                "label": data["label"],
                "hint": hints.get(str(data["value"]), ""),
            }
        )
    return options


@register.filter
def choice_options(bound: forms.BoundField) -> list[dict[str, Any]]:
    """The radio buttons of a field one by one, with the colour its choices carry, for pages that draw them large."""
    colours = {}
    for choices in StatusChoices.__subclasses__():
        if {str(value) for value, _ in bound.field.choices} - {""} <= set(choices.values):
            colours = {member.value: member.colour for member in choices}
            break
    return [
        {**option, "colour": colours.get(str(option["value"]), "neutral")}
        for option in _options(bound, {})
        if option["value"] != ""
    ]


@register.filter
def listed_in(value: Any, listed: Any) -> bool:
    """Whether a value is one of the words of a text: ``{{ "defer"|listed_in:"defer deny" }}``."""
    return str(value) in str(listed or "").split()


@register.filter
def any_errors(several) -> bool:
    """Whether one of several forms has errors."""
    return any(form.errors for form in several or ())


@register.filter
def visible_errors(form) -> list[dict[str, str]]:
    """Errors of a form in the order of its fields, each with the id to jump to; for the error summary."""
    found = [{"id": "", "text": text} for text in form.non_field_errors()]
    for bound in form:
        # The first choice is where the cursor goes for a group of choices.
        target = bound.id_for_label or f"{bound.auto_id}_0"
        if _kind(bound.field.widget) == "choices":
            target = f"{bound.auto_id}_0"
        found += [{"id": "" if bound.is_hidden else target, "text": text} for text in bound.errors]
    return found


# --- tables and lists -----------------------------------------------------------------------------------


@register.filter
def page_numbers(page) -> list[int]:
    """Numbers of pages to offer: the ends and those around this one; 0 stands for a gap."""
    last, here = page.paginator.num_pages, page.number
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
    """``{% link_with page=2 %}``: the query string of this page with some parameters changed (None removes)."""
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
            },
        )
    if column.kind == "status":
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
    "number": lambda context, value: conditional_escape(f"{value:,}" if not isinstance(value, str) else value),
    "code": lambda context, value: format_html('<span class="code">{}</span>', value),
    "day": lambda context, value: day(context, value),
    "plain_day": lambda context, value: day(context, value, relative=False),
    "moment": lambda context, value: conditional_escape(moment(value)),
    "badge": lambda context, value: badge(value),
    "verdict": _verdict_cell,
    "person": lambda context, value: avatar(value, with_name=True),
    "yes_no": lambda context, value: icon("check", label="Yes") if value else icon("minus", label="No"),
}


@register.simple_tag
def avatar(name: Any, size: str = "sm", with_name: bool = False, photo: str = "") -> SafeString:
    """``{% avatar user %}``: initials on a tint that is always the same for one name."""
    picture = (
        format_html('<img src="{}" alt="">', photo) if photo else format_html("{}", initials(name) or "?")
    )
    circle = format_html(
        '<span class="person-avatar person-avatar-{} tint-{}" aria-hidden="true">{}</span>',
        size,
        avatar_tint(name),
        picture,
    )
    return format_html('<span class="person">{}<span>{}</span></span>', circle, name) if with_name else circle


# --- charts ---------------------------------------------------------------------------------------------


@register.inclusion_tag("partials/bar_chart.html")
def bar_chart(data, title: str, unit: str = "", axis: str = "", height: int = 150) -> dict[str, Any]:
    """``{% bar_chart data title="Expirations ahead" %}``: columns as inline SVG, with the numbers as a table.

    ``data`` is a list of ``(label, value)`` or ``(label, value, colour of the palette)``.
    """
    rows = [(str(row[0]), row[1] or 0, row[2] if len(row) > 2 else "info") for row in data]
    top = max([value for _, value, _ in rows] or [0]) or 1
    slot = 100 / max(len(rows), 1)
    bars = []
    for index, (label, value, colour) in enumerate(rows):
        tall = float(value) / float(top) * 100
        bars.append(
            {
                "label": label,
                "value": value,
                "colour": colour,
                "x": f"{index * slot + slot * 0.16:.2f}%",
                "middle": f"{index * slot + slot / 2:.2f}%",
                "y": f"{100 - tall:.2f}%",
                "width": f"{slot * 0.68:.2f}%",
                "height": f"{tall:.2f}%",
            }
        )
    return {
        "bars": bars,
        "title": title,
        "unit": unit,
        "axis": axis,
        "height": height,
        "plot_height": height - 16 - 22,
    }


@register.simple_tag
def sparkline(values, label: str, width: int = 96, height: int = 24) -> SafeString:
    """``{% sparkline numbers label="Files closed per week" %}``: a small line, its meaning in words."""
    numbers = [float(value) for value in values if value is not None]
    if len(numbers) < 2:
        return format_html('<span class="nothing">{}</span>', NOTHING)
    low, high = min(numbers), max(numbers)
    reach = (high - low) or 1
    points = " ".join(
        f"{2 + index * (width - 4) / (len(numbers) - 1):.1f},{height - 3 - (number - low) / reach * (height - 6):.1f}"
        for index, number in enumerate(numbers)
    )
    return format_html(
        '<svg class="sparkline" width="{}" height="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">'
        '<polyline points="{}"/></svg>',
        width,
        height,
        width,
        height,
        f"{label}: from {numbers[0]:g} to {numbers[-1]:g}, lowest {low:g}, highest {high:g}",
        points,
    )


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
