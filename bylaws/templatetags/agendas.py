"""Words of agendas on pages: ``{% load agendas %}{{ item.title|beside:item.practitioner }}``."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def beside(title: str, practitioner: Any) -> str:
    """A title as it is read beside the name: "Initial appointment, Lee, Grace M. at the hospital" is "Initial
    appointment" there.
    """
    return title.partition(f", {practitioner} at ")[0] if practitioner else title
