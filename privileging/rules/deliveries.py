"""Reading a delivered table: all of it or nothing, each mistake with its row and column. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from config.kernel.errors import Refused

MOST_ROWS = 20_000
#: Where a row of a file says in which line it stands: blank lines and cells of several lines count.
LINE = "line of the file"


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        """The mistake with its place."""
        where = f"Row {self.line}" if self.line else "The file"
        return f"{where}{f', {self.column}' if self.column else ''}: {self.sentence}"


def refuse_mistakes(mistakes: Sequence[Mistake]) -> None:
    """Refuse a delivery that has any, with the first few of them: nothing of it is loaded."""
    if not mistakes:
        return
    first_few, more = "; ".join(str(each) for each in mistakes[:5]), len(mistakes) - 5
    raise Refused(f"Nothing was loaded. {first_few}{f'; and {more} more' if more > 0 else ''}", field="file")


def read_table(
    text: str, needed: Sequence[str], *, besides: Sequence[str] | None = None
) -> tuple[list[dict[str, object]], list[Mistake]]:
    """The rows of a CSV with the columns ``needed``, in any order, each with its line.

    ``besides`` are the columns there may be as well, and no others; None: whatever others there are.
    """
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), strict=True)
    lines: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            first, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                lines.append((first, cells))
    except csv.Error as problem:
        return [], [Mistake(reader.line_num, "", f"this is no CSV ({problem}).")]
    if not lines:
        return [], [Mistake(0, "", "it holds nothing.")]
    top, names = lines[0]
    head = [cell.strip().lower() for cell in names]
    if missing := [name for name in needed if name not in head]:
        return [], [Mistake(top, missing[0], f"the column is missing; expected {', '.join(needed)}.")]
    if twice := [name for name in (*needed, *(besides or ())) if head.count(name) > 1]:
        return [], [Mistake(top, twice[0], "the column stands there twice.")]
    if besides is not None and (more := [name for name in head if name not in (*needed, *besides)]):
        return [], [Mistake(top, more[0][:40], "the column does not belong here; take it out.")]
    if len(lines) - 1 > MOST_ROWS:
        return [], [Mistake(0, "", f"more than {MOST_ROWS:,} rows; deliver it in parts.")]
    if longer := [number for number, cells in lines[1:] if len(cells) > len(head)]:
        return [], [Mistake(longer[0], "", "it has more cells than the heading has columns.")]
    rows: list[dict[str, object]] = [
        {**dict(zip(head, (cell.strip() for cell in cells), strict=False)), LINE: number}
        for number, cells in lines[1:]
    ]
    return rows, []
