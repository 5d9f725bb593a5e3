"""The same rows as a spreadsheet: written to a temporary file row by row, so that memory stays flat."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from config.kernel.pages.exports import exported_rows, file_name, plain_cell
from config.kernel.pages.tables import Table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Rows a worksheet holds; a list that is longer goes on in another sheet.
ROWS_PER_SHEET = 1_000_000
CHUNK = 64 * 1024
DAY_FORMAT = "yyyy-mm-dd"


def spreadsheet_cell(sheet, value: Any) -> Any:
    """A value as a cell: days stay days, numbers numbers, and text is text, whatever it begins with."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        day: Any = value
        cell = WriteOnlyCell(sheet, value=day)
        cell.number_format = DAY_FORMAT
        return cell
    plain = plain_cell(value)
    if not isinstance(plain, str):
        return WriteOnlyCell(sheet, value=plain)
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", plain))
    cell.data_type = "s"  # never a formula, also where the program that opens it would guess one
    return cell


def write_workbook(file: IO[bytes], table: Table, things: QuerySet | Iterable[Any], *, title: str) -> int:
    """Write the columns and rows of a list as a workbook; answers the number of rows."""
    book = Workbook(write_only=True)
    columns = [column for column in table.columns if column.csv]
    sheet, total = None, 0
    for values in exported_rows(table, things):
        if sheet is None or (total and total % ROWS_PER_SHEET == 0):
            sheet = book.create_sheet(_sheet_title(title, len(book.worksheets)))
            sheet.append(_headings(sheet, columns))
        sheet.append([spreadsheet_cell(sheet, value) for value in values])
        total += 1
    if sheet is None:
        sheet = book.create_sheet(_sheet_title(title, 0))
        sheet.append(_headings(sheet, columns))
    book.save(file)
    return total


def stream_xlsx(table: Table, things: QuerySet | Iterable[Any], *, name: str) -> StreamingHttpResponse:
    """The workbook of a list as a download; the temporary file goes when it is sent."""
    file = tempfile.TemporaryFile(prefix="standing-", suffix=".xlsx")  # noqa: SIM115 - the response closes it
    write_workbook(file, table, things, title=name)
    file.seek(0)
    return stream_file(file, name=file_name(name, "xlsx"), media_type=XLSX)


def stream_file(file: IO[bytes], *, name: str, media_type: str) -> StreamingHttpResponse:
    """A file as a download, in chunks from where it stands; it is closed when it is sent or given up."""

    def chunks() -> Iterator[bytes]:
        with file:
            while data := file.read(CHUNK):
                yield data

    response = StreamingHttpResponse(chunks(), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _headings(sheet, columns) -> list[Any]:
    cells = [spreadsheet_cell(sheet, column.label) for column in columns]
    for cell in cells:
        cell.font = Font(bold=True)
    return cells


def _sheet_title(title: str, number: int) -> str:
    plain = "".join(character for character in title if character not in "[]:*?/\\")[:25].strip() or "List"
    return plain if number == 0 else f"{plain} {number + 1}"
