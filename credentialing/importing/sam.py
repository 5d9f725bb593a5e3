"""Reading the exclusions of SAM.gov: the daily public extract, as published (ZIP) or unpacked (CSV).

The extract names people, firms, vessels and others, of every agency; people and firms are kept. It gives no
birth date and seldom an NPI, so names decide, uncut. Identical rows of one record occur and count once.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from credentialing.importing.listed import Collapser, ListedRow, key_of
from practitioners.importing.rejections import Rejected, UnusableFile
from practitioners.importing.tables import Layout, TableRow, open_table

COLUMNS = (
    "Classification", "Name", "Prefix", "First", "Middle", "Last", "Suffix", "Address 1", "Address 2",
    "Address 3", "Address 4", "City", "State / Province", "Country", "Zip Code", "Open Data Flag",
    "Blank (Deprecated)", "Unique Entity ID", "Exclusion Program", "Excluding Agency", "CT Code",
    "Exclusion Type", "Additional Comments", "Active Date", "Termination Date", "Record Status",
    "Cross-Reference", "SAM Number", "CAGE", "NPI", "Creation_Date",
)  # fmt: skip
REQUIRED = (
    "Classification", "Name", "First", "Middle", "Last", "Exclusion Program", "Excluding Agency",
    "Exclusion Type", "Active Date", "Termination Date", "SAM Number", "NPI",
)  # fmt: skip
#: With the active date, the columns whose hash identifies a row.
KEY_COLUMNS = ("SAM Number", "Name", "First", "Middle", "Last", "NPI")
PERSON, FIRM = "Individual", "Firm"
OTHERS = frozenset({"Vessel", "Special Entity Designation"})
NO_END = frozenset({"", "INDEFINITE"})
NO_NPI = "0000000000"
#: How the extract writes the United States.
HOME = frozenset({"", "USA", "US", "UNITED STATES"})
#: The extract has some 170,000 rows; one that has ten times as many is something else.
MOST_ROWS = 2_000_000
#: An unpacked extract has some 60 MB.
LARGEST_MEMBER = 2 * 1024**3
#: Characters kept of each column.
LONGEST = {
    "last_name": 60, "first_name": 60, "middle_name": 60, "business_name": 240, "address": 240, "city": 60,
    "state": 30, "postal_code": 20, "exclusion_type": 60, "programme": 40, "agency": 40, "number": 40,
}  # fmt: skip


class SamFile:
    """The extract being read: iterate once over it, then ask for the totals.

    Yields a :class:`ListedRow` or a ``Rejected`` per row. Raises ``UnusableFile`` when opened on another
    file, and at the end when it held no usable row.
    """

    def __init__(self, stream: IO[bytes]):
        self._table = open_table(stream, Layout(columns=COLUMNS, required=REQUIRED, most_rows=MOST_ROWS))
        self._collapser = Collapser()
        self.rows = self.duplicates = self.rejected = self.others = 0

    def __iter__(self) -> Iterator[ListedRow | Rejected]:
        for row in self._table.rows:
            said = row.cells
            if not row.problem and said["Classification"] in OTHERS:
                self.others += 1
                continue
            item = self._read(row)
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
                "The file has the header of the SAM.gov extract but not one usable row. An empty list would "
                "clear everybody, so nothing was loaded."
            )

    def _read(self, row: TableRow) -> ListedRow | Rejected | None:
        shown = ", ".join(part for part in (_last(row.cells), row.cells["First"]) if part)
        shown = (shown or row.cells["Name"])[:60] or "no name"
        problem = row.problem
        try:
            if not problem:
                return self._collapser.collapsed(_row(row), [row.cells.get(name, "") for name in COLUMNS])
        except ValueError as error:
            problem = str(error)
        return Rejected(row.number, shown, f"Row {row.number} ({shown}): {problem}")


def _row(row: TableRow) -> ListedRow:
    said = row.cells
    if said["Classification"] not in (PERSON, FIRM):
        raise ValueError(f"the classification “{said['Classification'][:40]}” is not known.")
    if not (said["Last"] or said["First"] or said["Name"]):
        raise ValueError("the row names nobody.")
    active = _date(said, "Active Date")
    if active is None:
        raise ValueError("the row has no active date.")
    address = ", ".join(said[name] for name in COLUMNS[7:11] if said.get(name))
    return ListedRow(
        key=key_of(*(said[name] for name in KEY_COLUMNS), active.isoformat()),
        line=row.number,
        last_name=_text("last_name", _last(said)),
        first_name=_text("first_name", said["First"]),
        middle_name=_text("middle_name", said["Middle"]),
        business_name=_text("business_name", said["Name"]),
        general=said["Classification"],
        npi=_npi(said["NPI"]),
        address=_text("address", address),
        city=_text("city", said.get("City", "")),
        state=_text("state", said.get("State / Province", "") or _abroad(said)),
        postal_code=_text("postal_code", said.get("Zip Code", "")),
        exclusion_type=_text("exclusion_type", said["Exclusion Type"]),
        excluded_on=active,
        number=_text("number", said["SAM Number"]),
        agency=_text("agency", said["Excluding Agency"]),
        programme=_text("programme", said["Exclusion Program"]),
        ends_on=None if said["Termination Date"].upper() in NO_END else _date(said, "Termination Date"),
        also=said.get("Cross-Reference", "")[:500],
    )


def _last(said: Mapping[str, str]) -> str:
    """The last name with its suffix, which the comparison takes off again."""
    return " ".join(part for part in (said["Last"], said.get("Suffix", "")) if part)


def _abroad(said: Mapping[str, str]) -> str:
    """The country of an address outside the United States that names no province."""
    country = said.get("Country", "")
    return "" if country in HOME else country


def _text(name: str, text: str) -> str:
    return text[: LONGEST[name]].rstrip()


def _npi(text: str) -> str:
    if text in ("", NO_NPI):
        return ""
    if not re.fullmatch(r"\d{10}", text, re.ASCII):
        raise ValueError(f"“{text[:30]}” is not an NPI of ten digits.")
    return text


def _date(said: Mapping[str, str], column: str) -> dt.date | None:
    """A day as the extract writes it (MM/DD/YYYY), or as a spreadsheet program made of it."""
    text = said[column]
    if not text:
        return None
    for written in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(text, written).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(f"{column} holds “{text[:30]}”, which is not a date (MM/DD/YYYY).")


@contextmanager
def unpacked(path: Path) -> Iterator[IO[bytes]]:
    """The extract's bytes, out of the archive it is published in or as they are."""
    if not zipfile.is_zipfile(path) or path.suffix.lower() == ".xlsx":
        with path.open("rb") as stream:
            yield stream
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [each for each in archive.infolist() if each.filename.lower().endswith(".csv")]
            if len(members) != 1:
                raise UnusableFile(
                    f"The archive holds {len(members)} CSV files; the extract of SAM.gov holds one."
                )
            if members[0].file_size > LARGEST_MEMBER:
                raise UnusableFile("The archive unpacks to more than 2 GB: this is not the extract.")
            with archive.open(members[0]) as stream:
                yield stream
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as problem:
        raise UnusableFile(f"The archive is damaged or locked ({problem}). Ask for it again.") from None
