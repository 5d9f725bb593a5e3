"""What a practitioner is told when a source contradicts them, field by field. Pure.

Never what a reference, another hospital's opinion or the data bank says (domain.md 2.5, 5): of where somebody
worked only the days may be told, of those others nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from config.kernel.display.dates import day_text
from credentialing.choices import Element
from credentialing.elements import AFFILIATIONS, data_class
from practitioners.choices import CredentialStatus

#: Fields of findings a person may be told of, in their order.
_FIELDS = (("status", "Status"), ("valid_from", "From"), ("valid_through", "Until"))
_DAYS = ("valid_from", "valid_through")


def why_not_told(element: str, evidence_class: str) -> str:
    """Why the practitioner is told nothing of it, as a sentence; empty where they may be told."""
    if element in AFFILIATIONS:
        return ""
    if data_class(element) != "general" or evidence_class not in ("", "general"):
        return (
            f"{Element(element).label}: what the source said is protected and never goes to the practitioner."
        )
    return ""


def differing(
    element: str, stated: Mapping[str, Any], found: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Each field in which the source differs from what was stated: its name, stated, found; in words.

    Of an affiliation the days alone.
    """
    rows = []
    for name, label in _FIELDS:
        if element in AFFILIATIONS and name not in _DAYS:
            continue
        said, told = _words(name, stated.get(name)), _words(name, found.get(name))
        if told and told != said:
            rows.append((label, said or "nothing", told))
    return rows


def question(label: str, source: str, fields: Sequence[tuple[str, str, str]], note: str) -> str:
    """What the practitioner reads. ``note`` is what the office wrote of the difference; of an affiliation it
    is left out by the caller.
    """
    lines = [f"{source or 'A source'} says something else than you stated about: {label}."]
    lines += [f"{name}: you stated {stated}; the source says {told}." for name, stated, told in fields]
    if note:
        lines.append(f"What differs: {note}")
    lines.append("Please correct it, or write why it is as you stated, and add what proves it.")
    return "\n".join(lines)


def _words(name: str, value: Any) -> str:
    if value in (None, ""):
        return ""
    if name == "status":
        return str(dict(CredentialStatus.choices).get(value, value)).lower()
    day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    return day_text(day)
