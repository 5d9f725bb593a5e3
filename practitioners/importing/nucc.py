"""Reading a release of the provider taxonomy (NUCC CSV).

Columns are found by their header, because releases add and drop some (effective and deactivation dates,
display name, section). Nothing here touches the database.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from practitioners.importing.fields import read_date
from practitioners.importing.rejections import Rejected, UnusableFile
from practitioners.rules.problems import Problem
from practitioners.rules.taxonomy import check_taxonomy_code

__all__ = ["Rejected", "TaxonomyRow", "UnusableFile", "read_taxonomies"]

REQUIRED = ("code", "grouping", "classification")
LONGEST = {"grouping": 200, "classification": 200, "specialization": 200, "displayname": 200, "section": 40}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class TaxonomyRow:
    """One code. Dates are None where the release has no such column or leaves it empty."""

    code: str
    grouping: str
    classification: str
    specialization: str = ""
    display_name: str = ""
    section: str = ""
    definition: str = ""
    notes: str = ""
    effective_on: dt.date | None = None
    deactivated_on: dt.date | None = None

    @property
    def individual(self) -> bool:
        """Whether the code describes a person (releases without sections list mostly persons)."""
        return self.section.lower() != "non-individual"


def read_taxonomies(data: bytes) -> Iterator[TaxonomyRow | Rejected]:
    """Every row of the file in order; a rejected row's position is its line in the file.

    Raises ``UnusableFile`` at once when the header lacks Code, Grouping or Classification, or when a
    quotation mark is opened and never closed (then the rest of the file cannot be told apart).
    """
    text = _decoded(data)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [_column(cell) for cell in next(reader, [])]
    except csv.Error as error:
        raise UnusableFile("The first line is not the header of a CSV file.") from error
    if not any(header):
        raise UnusableFile("The file is empty.")
    if missing := [name for name in REQUIRED if name not in header]:
        raise UnusableFile(
            "The file is not a provider taxonomy (NUCC): its first line has no column "
            + " and no column ".join(name.capitalize() for name in missing)
            + "."
        )
    return iter(list(_rows(reader, header)))


def _rows(reader, header: list[str]) -> Iterator[TaxonomyRow | Rejected]:
    seen: dict[str, int] = {}
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error):
                raise UnusableFile(f"The quotation mark opened on line {line} is never closed.") from error
            yield Rejected(line, "", f"Line {line}: the quotation marks of the row do not fit together.")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            yield Rejected(
                line,
                cells[0][:20],
                f"Line {line}: the row has {len(cells)} fields, the header {len(header)}.",
            )
            continue
        row = _row(dict(zip(header, (" ".join(cell.split()) for cell in cells), strict=False)), line)
        if isinstance(row, TaxonomyRow) and row.code in seen:
            row = Rejected(
                line, row.code, f"Line {line}: code {row.code} is already on line {seen[row.code]}."
            )
        elif isinstance(row, TaxonomyRow):
            seen[row.code] = line
        yield row


def _row(cells: dict[str, str], line: int) -> TaxonomyRow | Rejected:
    shown = cells.get("code", "")[:20]
    try:
        code = check_taxonomy_code(cells.get("code"))
    except Problem as problem:
        return Rejected(line, shown, f"Line {line}: {problem}")
    for name, longest in LONGEST.items():
        if len(cells.get(name, "")) > longest:
            return Rejected(line, code, f"Line {line} ({code}): {name} is longer than {longest} characters.")
    if any(_CONTROL.search(cell) for cell in cells.values()):
        return Rejected(line, code, f"Line {line} ({code}): the row holds characters that are not text.")
    if not cells.get("grouping") or not cells.get("classification"):
        return Rejected(line, code, f"Line {line} ({code}): grouping or classification is empty.")
    try:
        effective_on, deactivated_on = _date(cells, "effectivedate"), _date(cells, "deactivationdate")
    except ValueError as error:
        return Rejected(line, code, f"Line {line} ({code}): “{error}” is not a date.")
    specialization = cells.get("specialization", "")
    described = cells["classification"] + (f", {specialization}" if specialization else "")
    return TaxonomyRow(
        code=code,
        grouping=cells["grouping"],
        classification=cells["classification"],
        specialization=specialization,
        display_name=cells.get("displayname") or described[:200],
        section=cells.get("section", ""),
        definition=cells.get("definition", ""),
        notes=cells.get("notes", ""),
        effective_on=effective_on,
        deactivated_on=deactivated_on,
    )


def _decoded(data: bytes) -> str:
    if b"\x00" in data[:4096]:
        raise UnusableFile("The file is not a CSV text file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Releases before the move to UTF-8 used the Windows code page; its gaps are replaced, not fatal.
        return data.decode("cp1252", errors="replace")


def _column(cell: str) -> str:
    return re.sub(r"[^a-z]", "", cell.lower())


def _date(cells: dict[str, str], name: str) -> dt.date | None:
    text = cells.get(name, "")
    if not text:
        return None
    if (day := read_date(text)) is not None:
        return day
    raise ValueError(text)
