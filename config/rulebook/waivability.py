"""What may be waived at all.

Rules say it of themselves; what is no rule (an element of an application) is declared here by its room.
Licence, data bank query, exclusion and identity can never be waived, whoever asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.kernel.errors import Refused
from config.rulebook.rules import rule, rules


@dataclass(frozen=True)
class Waivable:
    """Something that is no rule and that an approved waiver may set aside, or never may."""

    code: str
    title: str
    waivable: bool = True


_declared: dict[str, Waivable] = {}


def declare(entry: Waivable) -> Waivable:
    """Declare what is no rule; a code is declared once."""
    if entry.code in _declared:
        raise RuntimeError(f"{entry.code} is declared twice.")
    _declared[entry.code] = entry
    return entry


def check_waivable(code: str) -> str:
    """The title of what ``code`` names, or a refusal when nothing has that code or it can never be waived."""
    if code in _declared:
        title, waivable = _declared[code].title, _declared[code].waivable
    elif code in {each.code for each in rules()}:
        title, waivable = rule(code).title, rule(code).waivable
    else:
        raise Refused(f'No rule has the code "{code}".')
    if not waivable:
        raise Refused(f"{title} can never be waived.")
    return title
