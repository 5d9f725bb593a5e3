"""What every reader of an exclusion list yields: one excluded party, in the list's own words."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from practitioners.importing.rejections import Rejected


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One exclusion. Text is as published, stripped; what a list does not give is empty or None.

    ``key`` identifies the row across loads, ``line`` is where it stands in this file. ``number`` is the
    publisher's own number of the record, ``ends_on`` the first day the exclusion is over, ``also`` other
    names the list gives for the party.
    """

    key: str
    line: int
    last_name: str = ""
    first_name: str = ""
    middle_name: str = ""
    business_name: str = ""
    general: str = ""
    specialty: str = ""
    upin: str = ""
    npi: str = ""
    birth_date: dt.date | None = None
    address: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    exclusion_type: str = ""
    excluded_on: dt.date | None = None
    reinstated_on: dt.date | None = None
    waiver_on: dt.date | None = None
    waiver_state: str = ""
    number: str = ""
    agency: str = ""
    programme: str = ""
    ends_on: dt.date | None = None
    also: str = ""


class ListFile(Protocol):
    """An exclusion list being read: iterate once over it, then ask for the totals."""

    rows: int
    duplicates: int
    rejected: int

    def __iter__(self) -> Iterator[ListedRow | Rejected]: ...


class Collapser:
    """Tells repetitions from exclusions that only share their identifying columns."""

    def __init__(self) -> None:
        self._seen: dict[bytes, bytes] = {}

    def collapsed(self, row: ListedRow, cells: list[str]) -> ListedRow | None:
        """The row, or None when an identical one was read before.

        The same key with other details (another city, a waiver) is another exclusion that must be screened:
        the later one gets a key that includes the details.
        """
        natural = bytes.fromhex(row.key)
        content = hashlib.sha256("\x1f".join(cells).encode()).digest()
        if natural not in self._seen:
            self._seen[natural] = content
            return row
        if self._seen[natural] == content:
            return None
        longer = hashlib.sha256(natural + content).digest()
        if longer in self._seen:
            return None
        self._seen[longer] = content
        return replace(row, key=longer.hex())


def key_of(*values: str) -> str:
    """The natural key of a row: sha256 (hex) over the columns that identify it, joined by ``|``."""
    return hashlib.sha256("|".join(values).encode()).hexdigest()
