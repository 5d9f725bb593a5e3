"""Reading tables from outside: CSV of any delimiter and encoding, and XLSX, row by row.

Nothing here touches the database, and nothing a cell says is ever evaluated: a cell that begins like a
formula is text. Rows are numbered as a spreadsheet numbers them: the header is row 1, empty rows count.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from config.kernel.pages.exports import FORMULA_STARTS
from practitioners.importing.rejections import UnusableFile

MEGABYTE = 1024 * 1024
#: Rows beyond this are not a roster of people; a broken file may claim millions.
MOST_ROWS = 200_000
MOST_COLUMNS = 500
LONGEST_CELL = 5_000  # characters
#: A spreadsheet may unpack to so many bytes, and each of its parts to so many times its packed size.
UNPACKED_LIMIT = 400 * MEGABYTE
UNPACKED_RATIO = 250
SMALL_PART = 1 * MEGABYTE
DELIMITERS = {",": "commas", ";": "semicolons", "|": "vertical bars", "\t": "tabs"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WIDE = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(frozen=True)
class Layout:
    """What a table should look like: the columns it must have, and how a CSV of it is written.

    ``columns`` are all headings that mean something; ``required`` those without which the file is another
    one. Headings are compared without regard to capitals, spaces and punctuation.
    """

    columns: Sequence[str]
    required: Sequence[str]
    delimiter: str = ","
    encoding: str = "utf-8"
    sheet: str = ""
    most_rows: int = MOST_ROWS


@dataclass(frozen=True)
class TableRow:
    """One row: its number as a spreadsheet counts, its cells by the layout's headings, and what is wrong
    with it as a row (``problem`` is a sentence, or empty).
    """

    number: int
    cells: Mapping[str, str]
    problem: str = ""


@dataclass
class ReadTable:
    """An opened table: which headings it has, which mean nothing to the layout, and its rows, once."""

    headings: list[str]
    ignored: list[str] = field(default_factory=list)
    rows: Iterator[TableRow] = field(default_factory=lambda: iter(()))


def refuse_oversize(size: int, limit: int) -> None:
    """Refuse a file by its size alone, before anything of it is read. Both in bytes."""
    if size > limit:
        raise UnusableFile(
            f"The file has {size / MEGABYTE:,.0f} MB; at most {limit // MEGABYTE} MB are taken. "
            "Split it, or leave out columns that are not needed."
        )
    if size == 0:
        raise UnusableFile("The file is empty.")


def open_table(source: IO[bytes], layout: Layout) -> ReadTable:
    """Open a CSV or XLSX file, told apart by their first bytes, and check its header.

    Raises ``UnusableFile`` with one sentence: here when the file cannot be opened or has other columns, and
    from ``rows`` while reading when it turns out to be cut off or in another encoding.
    """
    beginning = source.read(8)
    source.seek(0)
    if not beginning:
        raise UnusableFile("The file is empty.")
    if beginning.startswith(_ZIP):
        return _open_spreadsheet(source, layout)
    if beginning.startswith(_OLD_EXCEL):
        raise UnusableFile(
            "This is a spreadsheet in the old format (.xls) or with a password. "
            "Save it as an Excel workbook (.xlsx) without a password, or as CSV."
        )
    if beginning.startswith(b"PK"):
        raise UnusableFile("The spreadsheet is damaged or empty.")
    return _open_text(source, layout)


# --- text -----------------------------------------------------------------------------------------------


def _open_text(source: IO[bytes], layout: Layout) -> ReadTable:
    beginning = source.read(4096)
    source.seek(0)
    wide = _WIDE.get(beginning[:2])
    if wide and layout.encoding.lower().replace("-", "") not in ("utf16", "utf16le", "utf16be"):
        raise UnusableFile(
            f"The file is {wide} text; the mapping expects {layout.encoding.upper()}. Save it as CSV UTF-8."
        )
    if not wide and b"\x00" in beginning and "16" not in layout.encoding and "32" not in layout.encoding:
        raise UnusableFile("The file is neither a CSV text file nor an Excel workbook (.xlsx).")
    encoding = "utf-8-sig" if layout.encoding.lower().replace("-", "") == "utf8" else layout.encoding
    text = io.TextIOWrapper(source, encoding=encoding, newline="")
    lines = csv.reader(text, delimiter=layout.delimiter, strict=True)
    records = _numbered(lines, layout)
    try:
        header: list[str] = next(records, (0, [], ""))[1]
        return _table(header, records, layout, _Ending(source), text)
    except UnusableFile:
        text.detach()  # the bytes belong to whoever opened them
        raise


def _numbered(lines: Any, layout: Layout) -> Iterator[tuple[int, list[str], str]]:
    """Records with their number; what cannot be read as a record carries a sentence, or ends the file."""
    number = 0
    while True:
        number += 1
        try:
            yield number, next(lines), ""
        except StopIteration:
            return
        except UnicodeDecodeError as problem:
            byte = problem.object[problem.start]
            raise UnusableFile(
                f"The file is not {layout.encoding.upper()} text as expected: near row {number} it has the "
                f"byte {byte:#04x}, which means nothing there. Save it as CSV UTF-8, or use a mapping that "
                "declares its encoding."
            ) from None
        except UnicodeError:
            raise UnusableFile(f"The file is not {layout.encoding.upper()} text as expected.") from None
        except csv.Error as problem:
            if "end of data" in str(problem):
                raise UnusableFile(
                    f"The quotation mark opened in row {number} is never closed: the file was cut off, or a "
                    "quotation mark is missing."
                ) from None
            if "field larger" in str(problem):
                raise UnusableFile(
                    f"A cell in row {number} is longer than any cell of a roster: a quotation mark is "
                    "probably missing."
                ) from None
            yield number, [], "The quotation marks of this row do not fit together."


class _Ending:
    """Whether a text file ends with a whole line; asked only when its last row is too short."""

    def __init__(self, source: IO[bytes]):
        self.source = source

    def whole(self) -> bool:
        try:
            self.source.seek(-1, io.SEEK_END)
            return self.source.read(1) in (b"\n", b"\r", b"\x00")
        except (OSError, ValueError):
            return True


# --- spreadsheets ---------------------------------------------------------------------------------------


def _open_spreadsheet(source: IO[bytes], layout: Layout) -> ReadTable:
    _refuse_bomb(source)
    try:
        book = openpyxl.load_workbook(source, read_only=True, data_only=False, keep_links=False)
        sheet = _sheet(book, layout)
        sheet.reset_dimensions()  # a file may lie about its size
        first = next(iter(sheet.iter_rows(max_row=1, max_col=MOST_COLUMNS, values_only=True)), ())
        header = [_written(value) for value in first]
        width = max((place for place, cell in enumerate(header, 1) if cell.strip()), default=1)
        # A little beyond the header, so that cells out of place are noticed, but no thousands of empty ones.
        records = _cells(sheet.iter_rows(max_col=width + 5, values_only=True))
        next(records, None)
    except UnusableFile:
        raise
    except _DAMAGE as problem:
        raise UnusableFile(_damaged(problem)) from None
    return _table(header, records, layout, None, book)


_DAMAGE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    OverflowError,
)


def _damaged(problem: Exception) -> str:
    reasons: list[BaseException | None] = [problem, problem.__cause__, problem.__context__]
    if any(isinstance(each, DefusedXmlException) for each in reasons):
        return "The spreadsheet contains constructions that could overload the reader; it was not opened."
    return "The spreadsheet cannot be read: it is damaged, was cut off, or is not an Excel workbook (.xlsx)."


def _refuse_bomb(source: IO[bytes]) -> None:
    """Refuse a workbook that would unpack to far more than it should (the reader never unpacks more than
    the archive declares).
    """
    try:
        with zipfile.ZipFile(source) as archive:
            parts = archive.infolist()
    except _DAMAGE as problem:
        raise UnusableFile(_damaged(problem)) from None
    finally:
        source.seek(0)
    blown_up = any(
        part.file_size > SMALL_PART and part.file_size > UNPACKED_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if blown_up or sum(part.file_size for part in parts) > UNPACKED_LIMIT or len(parts) > 2_000:
        raise UnusableFile(
            "The spreadsheet would unpack to many times its size; it was not opened. Save the sheet as CSV."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise UnusableFile("The spreadsheet has a password. Save it without one.")


def _sheet(book: Any, layout: Layout) -> Any:
    if layout.sheet:
        if layout.sheet not in book.sheetnames:
            raise UnusableFile(
                f"The workbook has no sheet “{layout.sheet}”; it has {', '.join(book.sheetnames) or 'none'}."
            )
        return book[layout.sheet]
    sheets = book.worksheets
    if not sheets:
        raise UnusableFile("The workbook has no sheet.")
    return sheets[0]


def _cells(values: Iterator[Any]) -> Iterator[tuple[int, list[str], str]]:
    number = 0
    while True:
        number += 1
        try:
            row = next(values)
        except StopIteration:
            return
        except _DAMAGE as problem:
            raise UnusableFile(_damaged(problem)) from None
        yield number, [_written(value) for value in row], ""


def _written(value: Any) -> str:
    """A cell as a person would type it: whole numbers without a point, days in ISO form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


# --- both -----------------------------------------------------------------------------------------------


def column_key(heading: str) -> str:
    """The form in which headings are compared: letters and digits, in small letters."""
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def _table(
    header: list[str],
    records: Iterator[tuple[int, list[str], str]],
    layout: Layout,
    ending: _Ending | None,
    holder: Any,
) -> ReadTable:
    headings = [" ".join(cell.split()) for cell in header]
    while headings and not headings[-1]:
        headings.pop()
    if not any(headings):
        raise UnusableFile("The first row is empty: it should name the columns.")
    known = {column_key(name): name for name in layout.columns}
    _check_header(headings, known, layout, spreadsheet=ending is None)
    places = {
        known[column_key(heading)]: place
        for place, heading in enumerate(headings)
        if column_key(heading) in known
    }
    ignored = [heading for heading in headings if heading and column_key(heading) not in known]
    rows = _rows(records, len(headings), places, ending, holder, layout.most_rows)
    return ReadTable(headings=headings, ignored=ignored, rows=rows)


def _check_header(
    headings: list[str], known: Mapping[str, str], layout: Layout, *, spreadsheet: bool
) -> None:
    keys = [column_key(heading) for heading in headings]
    missing = [name for name in layout.required if column_key(name) not in keys]
    if missing:
        saw = ", ".join(f"“{heading[:40]}”" for heading in headings[:12])
        more = f" and {len(headings) - 12} more" if len(headings) > 12 else ""
        hint = "" if spreadsheet else _delimiter_hint(headings, layout)
        raise UnusableFile(
            f"The first row lacks the {'columns' if len(missing) > 1 else 'column'} "
            f"{', '.join(missing)}. It has {saw}{more}.{hint}"
        )
    twice = sorted({known[key] for key in keys if key in known and keys.count(key) > 1})
    if twice:
        raise UnusableFile(
            f"The column {', '.join(twice)} stands more than once in the first row: keep the right one."
        )


def _delimiter_hint(headings: list[str], layout: Layout) -> str:
    """What the header seems to be separated by, where it is not what the mapping says."""
    if len(headings) > 1:
        return ""
    expected = DELIMITERS.get(layout.delimiter, repr(layout.delimiter))
    counts = {mark: headings[0].count(mark) for mark in DELIMITERS if mark != layout.delimiter}
    best = max(counts, key=lambda mark: counts[mark])
    if counts[best]:
        return f" Its columns are separated by {DELIMITERS[best]}; the mapping expects {expected}."
    return f" The mapping expects columns separated by {expected}."


def _rows(
    records: Iterator[tuple[int, list[str], str]],
    width: int,
    places: Mapping[str, int],
    ending: _Ending | None,
    holder: Any,
    most_rows: int,
) -> Iterator[TableRow]:
    """``holder`` is what must stay open while rows are read."""
    held: tuple[TableRow, bool] | None = None  # one row back: only the last row tells a file cut off
    try:
        for number, cells, problem in records:
            if held is not None:
                yield held[0]
                held = None
            if number > most_rows:
                raise UnusableFile(f"The file has more than {most_rows:,} rows; split it.")
            if not problem and not any(cell.strip() for cell in cells):
                continue
            short = ending is not None and len(cells) < width and not problem
            held = (_row(number, cells, width, places, problem, short=short), short)
        if held is not None:
            row, short = held
            if short and ending is not None and not ending.whole():
                raise UnusableFile(
                    f"The file ends in the middle of row {row.number}: it was cut off. Ask for it again."
                )
            yield row
    finally:
        if isinstance(holder, io.TextIOWrapper):
            holder.detach()  # the bytes belong to whoever opened them


def _row(
    number: int, cells: list[str], width: int, places: Mapping[str, int], problem: str, *, short: bool
) -> TableRow:
    if short:
        problem = f"The row has {len(cells)} cells, the first row names {width} columns."
    elif any(cell.strip() for cell in cells[width:]):
        problem = (
            f"The row has {len(cells)} cells, the first row names {width} columns: a separator inside a cell "
            "needs quotation marks around the cell."
        )
    values = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
    for name, value in values.items():
        if _CONTROL.search(value) or any("\ud800" <= character <= "\udfff" for character in value):
            problem = problem or f"{name} holds characters that are not text."
            values[name] = ""
        elif len(value) > LONGEST_CELL:
            problem = problem or f"{name} is longer than {LONGEST_CELL:,} characters."
            values[name] = ""
    return TableRow(
        number, {name: _plain(" ".join(value.split())) for name, value in values.items()}, problem
    )


def _plain(value: str) -> str:
    """The text without the apostrophe that an export put before what a spreadsheet would run as a formula."""
    return value[1:] if value[:1] == "'" and value[1:].startswith(FORMULA_STARTS) else value
