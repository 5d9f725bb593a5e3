"""State licence numbers: there is no national format, so they are compared in a normal form.

A prefix often carries the kind of licence (C7918 and R7918 are two people), so equality is always of the
whole number, never of a part. Boards print the same number with and without leading zeros; that
similarity is worth a second look by a human and is never equality by itself.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Sequence


class LicenceNumberMatch(enum.Enum):
    """How two licence numbers of the same state and kind compare."""

    SAME = "same"
    SAME_BUT_FOR_LEADING_ZEROS = "same but for leading zeros"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


def normal_form(number: object) -> str:
    """Upper case, letters and digits only. Leading zeros stay: they belong to the number."""
    text = unicodedata.normalize("NFKC", str(number if number is not None else "")).upper()
    return re.sub(r"[^0-9A-Z]", "", text)


def compare(one: object, other: object) -> LicenceNumberMatch:
    """How two numbers compare; UNKNOWN when either is empty, because missing is not different."""
    left, right = normal_form(one), normal_form(other)
    if not left or not right:
        return LicenceNumberMatch.UNKNOWN
    if left == right:
        return LicenceNumberMatch.SAME
    if left.lstrip("0") == right.lstrip("0") != "":
        return LicenceNumberMatch.SAME_BUT_FOR_LEADING_ZEROS
    return LicenceNumberMatch.DIFFERENT


def same_number(one: object, other: object) -> bool:
    """Whether both are given and equal in normal form."""
    return compare(one, other) is LicenceNumberMatch.SAME


def only_exact(number: object, candidates: Iterable[object]) -> int | None:
    """The position of the single candidate equal to ``number``.

    None when there is no such candidate or more than one: then a human decides. Meant for the answers of
    boards whose search matches parts of numbers.
    """
    rows: Sequence[object] = list(candidates)
    hits = [index for index, candidate in enumerate(rows) if same_number(number, candidate)]
    return hits[0] if len(hits) == 1 else None
