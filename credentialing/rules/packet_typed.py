"""What was typed into a packet, as it is kept: days, rows and text within what can be meant. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from config.kernel.dates import ONE_DAY
from config.kernel.day_fields import FIRST_DAY, LAST_DAY
from config.kernel.errors import Refused
from credentialing.rules.packets import AskedDocument
from practitioners.rules.addresses import check_phone, check_zip
from practitioners.rules.names import search_key
from practitioners.rules.uploads import DOCX, PICTURED

#: The most characters of one answer.
LONGEST = 4000
_PHONES = {"contact.phone.line_1", *(f"contact.{kind}.phone" for kind in ("practice", "mailing", "home"))}


def day_of(value: Any) -> dt.date | None:
    """A day as kept (ISO), within what can be meant; None for anything else."""
    try:
        day = dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return day if day is not None and FIRST_DAY <= day <= LAST_DAY else None


def day_typed(value: Any, name: str) -> dt.date | None:
    """A day of a row, None for no answer; raises ``Refused`` at the field ``name`` for what is no day."""
    if not value:
        return None
    day = day_of(value)
    if day is None:
        raise Refused(f"“{str(value)[:40]}” is no day of the calendar.", field=name)
    return day


def plain_row(given: Mapping[str, Any]) -> dict[str, Any]:
    """A row of claims as plain JSON, without what was left empty."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if isinstance(value, bool | int | float):
            kept[str(name)[:40]] = value
        elif isinstance(value, list | tuple):
            kept[str(name)[:40]] = [plain_text(each) for each in value][:50]
        elif text := plain_text(value):
            kept[str(name)[:40]] = text
    return {name: value for name, value in kept.items() if value not in (False, [])}


def says_something(row: Mapping[str, Any]) -> bool:
    """Whether anything was written into the row: its kind and the status a form begins with are nothing."""
    return bool(set(row) - {"type", "status"})


def why_no_such(place: str, value: str) -> str:
    """Why the answer is no telephone number or ZIP code, where it goes to one in the file; else empty."""
    check = check_phone if place in _PHONES else check_zip if place.endswith(".postal_code") else None
    try:
        if check is not None:
            check(value)
    except Refused as refused:
        return refused.sentence
    return ""


def is_own_name(typed: str, last_names: Iterable[str]) -> bool:
    """Whether a typed signature holds a surname of the person, whatever its accents, hyphens and spaces."""
    words = search_key(typed).split()
    for surname in map(search_key, last_names):
        parts = {part for part in surname.split() if len(part) > 2}
        if parts & set(words) or (surname and surname.replace(" ", "") in "".join(words)):
            return True
    return False


def taken_for(asked: AskedDocument) -> frozenset[str]:
    """Media types taken for a document: a picture or a PDF, and for what need not be sent Word as well."""
    return PICTURED if asked.needed else PICTURED | {DOCX}


def plain_text(value: Any) -> str:
    """Text without what no form can mean: control signs, halves of pairs, more than fits."""
    text = str(value or "").encode("utf-8", "ignore").decode()
    return "".join(sign for sign in text if sign in "\n\t" or sign.isprintable()).strip()[:LONGEST]


def last_text(last_open: dt.date | None) -> str:
    """The inclusive last day of an open bound as ISO text; empty without one."""
    return (last_open - ONE_DAY).isoformat() if last_open else ""
