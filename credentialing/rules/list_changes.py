"""What changed between two loads of an exclusion list: a corrected row is neither new nor gone. Pure.

Most lists have no id. The key of a row is made of what identifies it, so a corrected birth date or address
gives another key. A row that is gone and a row that is new are one exclusion, corrected, when the publisher's
number is the same, or else who it names, the ground and the day of the exclusion, and no other row of either
side says so too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

#: Columns of a stored row that come from the file, in the order they are compared and copied.
CONTENT = (
    "last_name", "first_name", "middle_name", "business_name", "general", "specialty", "upin", "npi",
    "birth_date", "address", "city", "state", "postal_code", "exclusion_type", "excluded_on",
    "reinstated_on", "waiver_on", "waiver_state", "number", "agency", "programme", "ends_on", "also",
)  # fmt: skip
_NUMBER = CONTENT.index("number")
#: Who is excluded, why and since when.
_PARTY = [
    CONTENT.index(name)
    for name in ("last_name", "first_name", "business_name", "exclusion_type", "agency", "excluded_on")
]


class Held(Protocol):
    """A row of the list as it stood."""

    @property
    def pk(self) -> int: ...
    @property
    def party(self) -> bytes: ...


def party_of(content: Sequence[object]) -> bytes:
    """What stays when the publisher corrects a row, as a short hash: the publisher's number where there is
    one, else who is excluded, on which ground, by whom, since when.
    """
    number = content[_NUMBER]
    parts = [number] if number else [content[each] for each in _PARTY]
    text = "\x1f".join("" if part is None else str(part) for part in parts)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def corrections_among(gone: Mapping[str, Held], fresh: Mapping[str, bytes]) -> dict[str, int]:
    """Key of each new row that is a correction -> id of the row it replaces.

    ``gone`` are the rows the file has no longer as they were, ``fresh`` what it has instead (key -> party).
    The same key is the same exclusion; of the others only what is unmistakable on both sides.
    """
    found = {key: gone[key].pk for key in fresh if key in gone}
    before = {key: held for key, held in gone.items() if key not in found}
    after = {key: party for key, party in fresh.items() if key not in found}
    old, new = _once(held.party for held in before.values()), _once(after.values())
    by_party = {held.party: held.pk for held in before.values() if held.party in old}
    found |= {key: by_party[party] for key, party in after.items() if party in new and party in by_party}
    return found


def _once(parties: Iterable[bytes]) -> set[bytes]:
    return {party for party, number in Counter(parties).items() if number == 1}
