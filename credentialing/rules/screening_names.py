"""Which names a person must be screened under: every name ever used, and the parts of double surnames."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from practitioners.rules.names import search_key, split_surname


@dataclass(frozen=True)
class ScreenedName:
    """A name to look for. ``label`` says which of the person's names it is (legal, maiden, ...)."""

    last: str
    first: str = ""
    middle: str = ""
    label: str = "legal"

    @property
    def text(self) -> str:
        """The name for a sentence: ``Garcia-Lopez, Maria T``."""
        given = " ".join(part for part in (self.first, self.middle) if part)
        return ", ".join(part for part in (self.last, given) if part)


def names_to_screen(names: Iterable[ScreenedName]) -> list[ScreenedName]:
    """Every distinct name, then every part of a hyphenated surname with the same given names.

    For searches done by hand on web sites, which know no similarity; :mod:`credentialing.rules.matching`
    looks at parts by itself. Names that differ only in case, accents or suffix appear once.
    """
    wanted: dict[tuple[str, str], ScreenedName] = {}
    whole = list(names)
    parts = [
        ScreenedName(part, name.first, name.middle, f"{name.label}, part of {name.last}")
        for name in whole
        for part in hyphen_parts(name.last)
    ]
    for name in [*whole, *parts]:
        key = (search_key(split_surname(name.last).surname), search_key(name.first))
        if key[0]:
            wanted.setdefault(key, name)
    return list(wanted.values())


def hyphen_parts(surname: str) -> list[str]:
    """The parts of a hyphenated surname, suffix removed; empty for a surname without a hyphen."""
    bare = split_surname(surname).surname
    parts = [part.strip() for part in re.split("[-‐-―−]", bare) if part.strip()]
    return parts if len(parts) > 1 else []
