"""Reading the exclusion list of a state's Medicaid agency, by a mapping file: every state has its own layout.

``credentialing/mappings/state_simple.yaml`` is the mapping to copy from. The table may be CSV or XLSX.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from credentialing.importing.listed import Collapser, ListedRow, key_of
from practitioners.importing.mappings import (
    FieldSpec,
    ReadRow,
    TableMapping,
    UnusableMapping,
    load_mapping,
    parse_mapping,
)
from practitioners.importing.rejections import Rejected, UnusableFile
from practitioners.importing.tables import open_table

MAPPINGS = Path(__file__).resolve().parents[1] / "mappings"
KIND = "state-exclusions"
FIELDS: dict[str, FieldSpec] = {
    "list_state": FieldSpec("State whose list it is", "state"),
    "last_name": FieldSpec("Last name", longest=60),
    "first_name": FieldSpec("First name", longest=60),
    "middle_name": FieldSpec("Middle name", longest=60),
    "name": FieldSpec("Whole name, last name first", longest=180),
    "business_name": FieldSpec("Business", longest=240),
    "specialty": FieldSpec("Kind of provider", longest=60),
    "npi": FieldSpec("NPI", "text", longest=20),
    "birth_date": FieldSpec("Birth date", "date"),
    "address": FieldSpec("Address", longest=240),
    "city": FieldSpec("City", longest=60),
    "state": FieldSpec("State of the address", "text", longest=30),
    "postal_code": FieldSpec("ZIP", longest=20),
    "exclusion_type": FieldSpec("Ground", longest=60),
    "number": FieldSpec("Number of the record", longest=40),
    "excluded_on": FieldSpec("Excluded on", "date"),
    "ends_on": FieldSpec("Over on", "date"),
    "reinstated_on": FieldSpec("Reinstated on", "date"),
}
_DAYS = ("birth_date", "excluded_on", "ends_on", "reinstated_on")
#: Most states list hundreds or thousands; the largest some twenty thousand.
MOST_ROWS = 500_000


def load_state_mapping(path: Path) -> TableMapping:
    """Read and check the mapping of a state's list. Raises ``UnusableMapping`` naming what is wrong."""
    return _checked(load_mapping(path, FIELDS, keys=(), kind=KIND), path.name)


def parse_state_mapping(text: str, name: str) -> TableMapping:
    """As :func:`load_state_mapping`, from the text of a file called ``name``."""
    return _checked(parse_mapping(text, FIELDS, name=name, code="state", keys=(), kind=KIND), name)


def _checked(mapping: TableMapping, name: str) -> TableMapping:
    if "list_state" not in mapping.constants:
        raise UnusableMapping(f"The mapping {name}, constants: say whose list it is, like “list_state: OH”.")
    given = {rule.field for rule in mapping.columns}
    if not given & {"last_name", "name", "business_name"}:
        raise UnusableMapping(f"The mapping {name}, columns: no column gives a name.")
    return mapping


def list_code(mapping: TableMapping) -> str:
    """The code of the list this mapping reads: one list a state."""
    return f"state-{mapping.constants['list_state'].lower()}"


class StateFile:
    """A state's list being read by its mapping: iterate once over it, then ask for the totals."""

    def __init__(self, stream: IO[bytes], mapping: TableMapping):
        self.mapping = mapping
        self._table = open_table(stream, replace(mapping.layout, most_rows=MOST_ROWS))
        self._collapser = Collapser()
        self.rows = self.duplicates = self.rejected = 0

    def __iter__(self) -> Iterator[ListedRow | Rejected]:
        for row in self._table.rows:
            said = self.mapping.read(row)
            item = self._read(said)
            if item is None:
                self.duplicates += 1
                continue
            if isinstance(item, Rejected):
                self.rejected += 1
            else:
                self.rows += 1
            yield item
        if not self.rows:
            raise UnusableFile(
                "The file has the columns of the mapping but not one usable row. An empty list would clear "
                "everybody, so nothing was loaded."
            )

    def _read(self, said: ReadRow) -> ListedRow | Rejected | None:
        values = dict(said.values)
        whole = values.pop("name", "")
        if whole and not values.get("last_name"):
            last, _, given = whole.partition(",")
            first, _, middle = given.strip().partition(" ")
            values |= {"last_name": last.strip()[:60], "first_name": first[:60], "middle_name": middle[:60]}
        shown = ", ".join(values[name] for name in ("last_name", "first_name") if values.get(name))
        shown = (shown or values.get("business_name", ""))[:60] or "no name"
        problems = [
            ": ".join(part for part in (each.column, each.sentence) if part) for each in said.problems
        ]
        if not problems and shown == "no name":
            problems.append("the row names neither a person nor a business.")
        if problems:
            return Rejected(said.number, shown, f"Row {said.number} ({shown}): {' '.join(problems)}")
        days = {name: dt.date.fromisoformat(values[name]) for name in _DAYS if values.get(name)}
        text = {name: value for name, value in values.items() if name not in (*_DAYS, "npi", "list_state")}
        key = key_of(
            *(values.get(name, "") for name in ("number", "last_name", "first_name", "middle_name")),
            *(values.get(name, "") for name in ("business_name", "birth_date", "npi", "excluded_on")),
        )
        content: dict[str, Any] = {**text, **days}
        row = ListedRow(key=key, line=said.number, npi=_npi(values.get("npi", "")), **content)
        return self._collapser.collapsed(row, [f"{name}={values[name]}" for name in sorted(values)])


def _npi(text: str) -> str:
    """The NPI; lists write "N/A", zeros or a state's own number where there is none, and none is no fault."""
    return text if re.fullmatch(r"[1-9]\d{9}", text, re.ASCII) else ""
