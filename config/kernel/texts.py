"""Texts people type into an act: stripped, and refused with a sentence where they are too long or missing."""

from __future__ import annotations

from config.kernel.errors import Refused


def within(text: str, most: int, *, field: str) -> str:
    """The text without space around it. Refuses one of more than ``most`` characters: nothing is cut."""
    stripped = (text or "").strip()
    if len(stripped) > most:
        raise Refused(
            f"At most {most:,} characters are kept, and this has {len(stripped):,}: shorten it.", field=field
        )
    return stripped


def needed(text: str, most: int, *, field: str, otherwise: str) -> str:
    """As :func:`within`; an empty one is refused with the sentence ``otherwise``."""
    stripped = within(text, most, field=field)
    if not stripped:
        raise Refused(otherwise, field=field)
    return stripped
