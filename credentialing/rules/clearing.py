"""Which reasons to clear a match the comparison bears out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from credentialing.choices import ClearReason

#: Reasons that say "this part differs", and the part.
DIFFERING: dict[ClearReason, str] = {
    ClearReason.DOB_DIFFERS: "birth_date",
    ClearReason.NPI_DIFFERS: "npi",
    ClearReason.MIDDLE_DIFFERS: "middle",
}


def possible_reasons(
    parts: Iterable[Mapping[str, Any]], *, address: str, over: bool = False
) -> list[ClearReason]:
    """The reasons that can be true of a match with these parts of its score, in their order.

    A part differs only where both sides have it; an address history only says something where the list has an
    address; reinstated is only who is not on the list any more, or is over by its own word (``over``).
    """
    outcomes = {part["name"]: part["outcome"] for part in parts}
    return [
        reason
        for reason in ClearReason
        if (reason not in DIFFERING or outcomes.get(DIFFERING[reason]) == "differs")
        and (reason != ClearReason.ADDRESS_HISTORY or address)
        and (reason != ClearReason.REINSTATED or over)
    ]
