"""People outside the demo's hospitals who write references: invented, and nobody who is on file here."""

from __future__ import annotations

import random
from collections.abc import Sequence

from config.demo.names import NameSource
from config.demo.people import Person

HOW_MANY = 45


def outside_peers(known: Sequence[Person]) -> list[str]:
    """First and last names of peers, the same for the same people; none of them is one of ``known``."""
    source = NameSource(random.Random("peers outside"), common=1)  # noqa: S311 - reproducible invention
    names = {person.name for person in known}
    drawn = (f"{first} {last}" for first, _, last, _ in iter(source.draw, None))
    found: list[str] = []
    for name in drawn:
        if name not in names:
            found.append(name)
        if len(found) == HOW_MANY:
            break
    return found
