"""Form fields: label, hint, control and error together, wired up for those who do not see them."""

from __future__ import annotations

from typing import Any

from django import forms, template

from config.kernel.choices import StatusChoices

register = template.Library()

#: What Django writes where nothing is chosen yet: nothing a reader could say aloud.
DASHES = "---------"


@register.inclusion_tag("partials/field.html")
def field(
    bound: forms.BoundField,
    label: str = "",
    hint: str | None = None,
    prefix: str = "",
    suffix: str = "",
    width: str = "",
    hide_label: bool = False,
    classes: str = "",
    inline: bool = False,
    mark_optional: bool = True,
) -> dict[str, Any]:
    """``{% field form.npi width="short" hint="Ten digits" %}``: label, hint, control and its error together.

    ``hint`` replaces the help text of the field (empty: none).
    ``width`` is ``short`` (a number, a date), ``medium`` or empty for the full line; ``prefix`` and
    ``suffix`` are shown attached to the control (``$``, ``days``); ``inline`` lays choices out in one row.
    """
    widget = bound.field.widget
    kind = _kind(widget)
    hint_text = bound.help_text if hint is None else hint
    described = [f"{bound.auto_id}_hint"] if hint_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    if isinstance(bound.field, forms.ModelChoiceField) and bound.field.empty_label == DASHES:
        bound.field.empty_label = "Choose" if bound.field.required else "None"
    attributes: dict[str, Any] = {}
    if str(widget.attrs.get("placeholder", "")).lower() == str(label or bound.label).lower():
        widget.attrs.pop("placeholder")  # a placeholder that repeats the label is noise
    if kind == "choices":
        # The fieldset carries the description; a radio or check box of its own is not described twice.
        widget.attrs["class"] = _classes(widget, "form-check-input")
    else:
        attributes["class"] = _classes(
            widget, _control_class(widget, kind), "is-invalid" if bound.errors else ""
        )
        if described:
            attributes["aria-describedby"] = " ".join(described)
        if bound.errors:
            attributes["aria-invalid"] = "true"
    if kind == "date":
        widget.input_type, widget.format = "date", "%Y-%m-%d"
    elif kind == "datetime":
        widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"
    limit = getattr(bound.field, "max_bytes", None)
    if kind == "file" and limit:
        attributes["data-max-bytes"] = limit
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
        # A form that asks for one of two, or for one in some cases, says so in the hints of both.
        "optional": mark_optional
        and not bound.field.required
        and kind != "check"
        and not getattr(bound.field, "needed_sometimes", False),
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
    """The radio buttons of a field one by one with the colour of their choices, to be drawn large."""
    values = {str(option["value"]) for option in _options(bound, {})} - {""}
    fitting = [choices for choices in StatusChoices.__subclasses__() if values <= set(choices.values)]
    closest = min(fitting, key=len, default=None)
    colours = {member.value: member.colour for member in closest} if closest else {}
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
        found += [
            {"id": "" if bound.is_hidden else target, "text": _named(str(bound.label), text)}
            for text in bound.errors
        ]
    return found


def _named(label: str, text: str) -> str:
    """An error that says which field it means, for where it does not stand beside it."""
    if not label or label.lower() in text.lower():
        return text
    return f"{label} {text}" if label[-1] in ".?!:" else f"{label}: {text}"
