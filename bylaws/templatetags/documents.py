"""Citations on pages: ``{% load documents %}{% cited verdict.citation on=day %}``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from bylaws.selectors.citations import Citations

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
