"""Which resources a facility has declared, and which lines of a form are not offered for want of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve, resolve_everywhere
from privileging.models import FormLine
from privileging.parameters import RESOURCES
from privileging.rules.settings import lacking


def resources_at(facility: Facility, on: dt.date) -> tuple[str, ...]:
    """What the facility has declared to have on the day; one query. Nothing declared: nothing is there."""
    return _named(resolve(RESOURCES.code, facility=facility, on=on).value)


def _named(value: object) -> tuple[str, ...]:
    """What the parameter names; anything else that stands there declares nothing."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def lacking_at(lines: Iterable[FormLine], facility: Facility, on: dt.date) -> dict[int, tuple[str, ...]]:
    """By the id of each line that is not offered there on the day: what it lacks. One query, none where no
    line needs anything.
    """
    needing = [line for line in lines if line.resources]
    if not needing:
        return {}
    there = resources_at(facility, on)
    return {line.pk: missing for line in needing if (missing := lacking(line.resources, there))}


def lacking_everywhere(
    lines: Iterable[FormLine], facilities: Sequence[Facility], on: dt.date
) -> dict[int, dict[Facility, tuple[str, ...]]]:
    """The same at several facilities, by the id of the line and then the facility. One query at most."""
    needing = [line for line in lines if line.resources]
    if not needing or not facilities:
        return {}
    bound = resolve_everywhere([RESOURCES.code], facilities=facilities, on=on)
    found: dict[int, dict[Facility, tuple[str, ...]]] = {}
    for facility in facilities:
        value = bound[facility.pk].get((RESOURCES.code, ""))
        there = _named(value.value if value else None)
        for line in needing:
            if missing := lacking(line.resources, there):
                found.setdefault(line.pk, {})[facility] = missing
    return found


def not_offered(line: FormLine, facility: Facility, missing: Sequence[str]) -> str:
    """That a line is not offered at the facility and why, as a sentence. Pure."""
    return (
        f"{line.privilege} is not offered at {facility}: {', '.join(missing)} "
        f"{'is' if len(missing) == 1 else 'are'} not declared there."
    )
