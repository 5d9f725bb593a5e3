"""The tags and filters of every page: ``{% load standing %}``. ``docs/ux.md`` shows them in use."""

from django import template

from config.kernel.display import (
    charts,
    dates,
    fields,
    frame,
    people,
    statuses,
    tables,
    values,
    verdicts,
    words,
)

register = template.Library()

for part in (frame, dates, words, values, people, statuses, verdicts, fields, tables, charts):
    register.tags.update(part.register.tags)
    register.filters.update(part.register.filters)
