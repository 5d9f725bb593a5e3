"""What keeps the standard affiliation letter back beside membership and bars, from every room that knows.

A higher room registers here what it holds about somebody's standing. What it says is of a protected class:
it is shown to those whose roles open peer review, and neither a letter nor a verdict repeats it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from config.organization.models import Facility
from practitioners.models import Practitioner

#: ``(practitioner, facility, on) -> sentences``; empty: nothing is held. Three queries each.
Source = Callable[[Practitioner, Facility, dt.date], Sequence[str]]
_sources: dict[str, Source] = {}


def register_standing_matter(code: str, source: Source) -> None:
    """Let a room say what it holds; a code is registered once."""
    if code in _sources:
        raise RuntimeError(f"The standing matter {code} is registered twice.")
    _sources[code] = source


def standing_matters(practitioner: Practitioner, facility: Facility, on: dt.date) -> list[str]:
    """Everything any room holds about the person's standing at the facility, as sentences."""
    return [sentence for source in _sources.values() for sentence in source(practitioner, facility, on)]
