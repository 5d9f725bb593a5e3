"""Charts as inline SVG, made on the server, their numbers always at hand as text."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.kernel.display.words import NOTHING

register = template.Library()
#: So many columns are wide enough for their labels.
FEW_BARS = 7


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
                # A label wider than its column would be cut at the edge of the picture.
                **_label_at(index, len(rows), slot),
                "y": f"{100 - tall:.2f}%",
                "width": f"{slot * 0.68:.2f}%",
                "height": f"{tall:.2f}%",
            }
        )
    return {
        "bars": bars,
        "many": len(bars) > FEW_BARS,
        "title": title,
        "unit": unit,
        "axis": axis,
        "height": height,
        "plot_height": height - 16 - 22,
    }


def _label_at(index: int, number: int, slot: float) -> dict[str, str]:
    if number > FEW_BARS and index == 0:
        return {"label_x": "0", "anchor": "start"}
    if number > FEW_BARS and index == number - 1:
        return {"label_x": "100%", "anchor": "end"}
    return {"label_x": f"{index * slot + slot / 2:.2f}%", "anchor": "middle"}


@register.simple_tag
def sparkline(values, label: str, width: int = 96, height: int = 24) -> SafeString:
    """``{% sparkline numbers label="Files closed per week" %}``: a small line, its meaning in words."""
    numbers = [float(value) for value in values if value is not None]
    if len(numbers) < 2:
        return format_html('<span class="nothing">{}</span>', NOTHING)
    low, high = min(numbers), max(numbers)
    reach = (high - low) or 1
    step = (width - 4) / (len(numbers) - 1)
    points = " ".join(
        f"{2 + index * step:.1f},{height - 3 - (number - low) / reach * (height - 6):.1f}"
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
