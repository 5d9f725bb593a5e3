"""CSV of exactly what a list shows, streamed, with formulas neutralised."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.text import slugify

from config.kernel import clock
from config.kernel.pages.tables import Table

CSV_CHUNK = 1000

#: A spreadsheet reads a cell that starts with one of these as a formula (the last four: full-width forms).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    """A file that hands back what is written to it, so that rows leave as they are made."""

    def write(self, value: str) -> str:
        return value


def plain_cell(value: Any) -> str | int | float:
    """A value for a CSV cell: dates in ISO form, labels for statuses, and never a formula.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
    """
    if type(value) is str:  # nearly every cell; a label, a word of choices, is text of another type
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and not hasattr(value, "label"):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value.tzinfo else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return plain_cell("; ".join(str(plain_cell(each)) for each in value))
    text = str(getattr(value, "label", value))
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_rows(table: Table, things: QuerySet | Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Heading and rows of the CSV of a list, in chunks, so that memory stays flat."""
    yield [plain_cell(column.label) for column in table.columns if column.csv]
    for values in exported_rows(table, things):
        yield [plain_cell(value) for value in values]


def csv_bytes(table: Table, things: QuerySet | Iterable[Any]) -> bytes:
    """The CSV of a short list at once, for an archive; as :func:`stream_csv` writes it."""
    writer = csv.writer(_Echo())
    return ("\ufeff" + "".join(writer.writerow(cells) for cells in csv_rows(table, things))).encode()


def exported_rows(table: Table, things: QuerySet | Iterable[Any]) -> Iterator[Sequence[Any]]:
    """The values of each row of a list as it is exported, in chunks, so that memory stays flat."""
    columns = [column for column in table.columns if column.csv]
    if table.widen and isinstance(things, QuerySet):
        things = table.widen(things)
    for chunk in _chunks(things):
        if table.prepare:
            table.prepare(chunk)
        for thing in chunk:
            yield [column.exported(thing) for column in columns]


def file_name(name: str, ending: str) -> str:
    """What an export is called: the list, the day where its reader is, and the kind of file."""
    day = clock.today(timezone.get_current_timezone_name())
    return f"{slugify(name) or 'list'}-{day:%Y-%m-%d}.{ending}"


def _chunks(things: QuerySet | Iterable[Any]) -> Iterator[list[Any]]:
    source = things.iterator(chunk_size=CSV_CHUNK) if isinstance(things, QuerySet) else iter(things)
    chunk: list[Any] = []
    for thing in source:
        chunk.append(thing)
        if len(chunk) == CSV_CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def stream_csv(table: Table, things: QuerySet | Iterable[Any], *, name: str) -> StreamingHttpResponse:
    """The CSV of a list, streamed; UTF-8 with a byte order mark, because spreadsheets ask for it."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        for cells in csv_rows(table, things):
            yield writer.writerow(cells)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name(name, "csv")}"'
    response["Cache-Control"] = "no-store"
    return response
