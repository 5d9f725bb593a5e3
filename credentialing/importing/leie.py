"""Reading the exclusion list of the Office of Inspector General (LEIE, the monthly full file).

The file is streamed line by line: a hundred thousand rows never sit in memory together. Nothing here touches
the database.

The published layout has 18 columns; its last is ``WVRSTATE``, though many descriptions call it
``WAIVERSTATE``, so both are taken. No column identifies a row: :attr:`ListedRow.key` is a hash of those that
together tell one exclusion from another.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from typing import IO

from credentialing.importing.listed import Collapser, ListedRow, key_of
from practitioners.importing.rejections import Rejected, UnusableFile

__all__ = ["COLUMNS", "LeieFile", "ListedRow", "Rejected", "UnusableFile", "row_key"]

COLUMNS = (
    "LASTNAME", "FIRSTNAME", "MIDNAME", "BUSNAME", "GENERAL", "SPECIALTY", "UPIN", "NPI", "DOB", "ADDRESS",
    "CITY", "STATE", "ZIP", "EXCLTYPE", "EXCLDATE", "REINDATE", "WAIVERDATE", "WVRSTATE",
)  # fmt: skip
#: The columns whose hash identifies a row, in this order.
KEY_COLUMNS = ("LASTNAME", "FIRSTNAME", "MIDNAME", "BUSNAME", "DOB", "NPI", "EXCLTYPE", "EXCLDATE", "ADDRESS")
_OTHER_LAST_COLUMN = "WAIVERSTATE"

NO_NPI = "0000000000"
NO_DATES = frozenset({"", "0", "00000000"})

#: A line of the real file has some 200 bytes; one this long is no line of it.
LONGEST_LINE = 64 * 1024
#: The widest text taken per column, some three times what the list's layout gives.
LONGEST = {
    "LASTNAME": 60, "FIRSTNAME": 60, "MIDNAME": 60, "BUSNAME": 120, "GENERAL": 60, "SPECIALTY": 60,
    "UPIN": 10, "ADDRESS": 120, "CITY": 60, "STATE": 2, "ZIP": 10, "EXCLTYPE": 20, "WVRSTATE": 2,
}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class LeieFile:
    """A LEIE file being read: iterate once over it, then ask for the totals.

    Iterating yields a :class:`ListedRow` or a ``Rejected`` (position = line number) per line; byte-identical
    repetitions are counted in ``duplicates`` and not yielded. Raises ``UnusableFile`` when opened on
    something that has no LEIE header, and at the end when the file held no row at all: an empty list would
    clear everybody. The caller keeps the work in one transaction for that reason.
    """

    def __init__(self, stream: IO[bytes]):
        self._stream = stream
        self._line = 0
        self._collapser = Collapser()
        self.rows = 0
        self.duplicates = 0
        self.rejected = 0
        self._check_header()

    def __iter__(self) -> Iterator[ListedRow | Rejected]:
        while raw := self._next_line():
            if not raw.strip():
                continue
            item = self._parse(raw)
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
                "The file has the header of the exclusion list but not one usable row. "
                "An empty list would clear everybody, so nothing was loaded."
            )

    # --- lines ---

    def _next_line(self) -> bytes:
        raw = self._stream.readline(LONGEST_LINE + 1)
        self._line += bool(raw)
        if len(raw) > LONGEST_LINE:
            raise UnusableFile(f"Line {self._line} is too long ({LONGEST_LINE} bytes): this is not the LEIE.")
        return raw

    def _check_header(self) -> None:
        raw = self._next_line()
        if not raw.strip():
            raise UnusableFile("The file is empty, or its first line is.")
        try:
            cells = _cells(raw.removeprefix(b"\xef\xbb\xbf"))
        except csv.Error:
            cells = []
        header = tuple(cell.strip().upper() for cell in cells)
        if header[-1:] == (_OTHER_LAST_COLUMN,):
            header = (*header[:-1], COLUMNS[-1])
        if header == COLUMNS:
            return
        missing = [name for name in COLUMNS if name not in header]
        if len(missing) == len(COLUMNS):
            raise UnusableFile(
                "The file is not the exclusion list (LEIE): its first line has none of the columns."
            )
        if missing:
            told = f"it has no column {missing[0]}"
        else:
            told = "its columns stand in another order or there are more than 18"
        raise UnusableFile(f"The header is not that of the exclusion list (LEIE): {told}.")

    def _parse(self, raw: bytes) -> ListedRow | Rejected | None:
        """The line's row, its rejection, or None when an identical row was read before."""
        line = self._line
        try:
            cells = [" ".join(cell.split()) for cell in _cells(raw)]
        except csv.Error:
            return Rejected(line, "", f"Line {line}: the quotation marks of the row do not fit together.")
        if len(cells) != len(COLUMNS):
            return Rejected(
                line, "", f"Line {line}: the row has {len(cells)} fields instead of {len(COLUMNS)}."
            )
        values = dict(zip(COLUMNS, cells, strict=True))
        shown = _shown(values)
        try:
            _check_text(values)
            row = _row(values, line)
        except ValueError as error:
            return Rejected(line, shown, f"Line {line} ({shown}): {error}")
        return self._collapser.collapsed(row, cells)


def row_key(values: dict[str, str]) -> str:
    """The natural key of a row, over the key columns as published."""
    return key_of(*(values[name] for name in KEY_COLUMNS))


def _check_text(values: dict[str, str]) -> None:
    if _CONTROL.search("".join(values.values())):
        column = next(name for name, text in values.items() if _CONTROL.search(text))
        raise ValueError(f"{column} holds characters that are not text.")
    for column, longest in LONGEST.items():
        if len(values[column]) > longest:
            raise ValueError(f"{column} is longer than {longest} characters.")


def _row(values: dict[str, str], line: int) -> ListedRow:
    if not (values["LASTNAME"] or values["FIRSTNAME"] or values["BUSNAME"]):
        raise ValueError("the row names neither a person nor a business.")
    excluded_on = _date(values, "EXCLDATE")
    if excluded_on is None:
        raise ValueError("the row has no exclusion date.")
    return ListedRow(
        key=row_key(values),
        line=line,
        last_name=values["LASTNAME"],
        first_name=values["FIRSTNAME"],
        middle_name=values["MIDNAME"],
        business_name=values["BUSNAME"],
        general=values["GENERAL"],
        specialty=values["SPECIALTY"],
        upin=values["UPIN"],
        npi=_npi(values["NPI"]),
        birth_date=_date(values, "DOB"),
        address=values["ADDRESS"],
        city=values["CITY"],
        state=values["STATE"],
        postal_code=values["ZIP"],
        exclusion_type=values["EXCLTYPE"],
        excluded_on=excluded_on,
        reinstated_on=_date(values, "REINDATE"),
        waiver_on=_date(values, "WAIVERDATE"),
        waiver_state=values["WVRSTATE"],
    )


def _npi(text: str) -> str:
    """The list's NPI; its check digit is not questioned, the list is what it is."""
    if text in ("", NO_NPI):
        return ""
    if not re.fullmatch(r"\d{10}", text, re.ASCII):
        raise ValueError(f"“{text[:30]}” is not an NPI of ten digits.")
    return text


def _date(values: dict[str, str], column: str) -> dt.date | None:
    text = values[column]
    if text in NO_DATES:
        return None
    if re.fullmatch(r"\d{8}", text, re.ASCII):
        try:
            return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            pass
    raise ValueError(f"{column} holds “{text[:30]}”, which is not a date (YYYYMMDD).")


def _cells(raw: bytes) -> list[str]:
    """The fields of one physical line. The list has no line breaks inside fields, so a broken quotation mark
    costs one row and not the rest of the file."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    return next(csv.reader([text.rstrip("\r\n")], strict=True), [])


def _shown(values: dict[str, str]) -> str:
    """Who the row is about, for the sentence of a rejection."""
    person = ", ".join(part for part in (values["LASTNAME"], values["FIRSTNAME"]) if part)
    return _CONTROL.sub("", person or values["BUSNAME"])[:60] or "no name"
