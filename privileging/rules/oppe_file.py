"""Reading a delivery of values: every row or none, each mistake with its row and column. Pure."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COLUMNS = ("npi", "indicator", "from", "through", "numerator", "denominator")
MOST_ROWS = 20_000
#: A count beyond this is mistyped.
MOST = 10_000_000


@dataclass(frozen=True)
class Row:
    """One value as delivered; ``line`` is its line in the file, the heading being line 1."""

    line: int
    npi: str
    indicator: str
    first_day: dt.date
    last_day: dt.date
    numerator: int
    denominator: int | None


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


def read_csv(text: str) -> tuple[list[dict[str, str]], list[Mistake]]:
    """The rows of a CSV with the columns of :data:`COLUMNS`, in any order."""
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    try:
        lines = [line for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as problem:
        return [], [Mistake(reader.line_num, "", f"this is no CSV ({problem}).")]
    if not lines:
        return [], [Mistake(0, "", "it holds nothing.")]
    head = [cell.strip().lower() for cell in lines[0]]
    if missing := [name for name in COLUMNS if name not in head]:
        return [], [Mistake(1, missing[0], f"the column is missing; expected {', '.join(COLUMNS)}.")]
    if len(lines) - 1 > MOST_ROWS:
        return [], [Mistake(0, "", f"more than {MOST_ROWS:,} rows; deliver it in parts.")]
    rows = [dict(zip(head, (cell.strip() for cell in line), strict=False)) for line in lines[1:]]
    return rows, []


def read_rows(
    given: Sequence[Mapping[str, object]], indicators: Mapping[str, bool], *, today: dt.date, first: int = 2
) -> tuple[list[Row], list[Mistake]]:
    """Rows of values; ``indicators`` says of each known code whether it is a rate. ``first`` is the line of
    the first one.
    """
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    seen: dict[tuple, int] = {}
    for line, each in enumerate(given, start=first):
        before = len(mistakes)
        cell = {name: str(each.get(name) if each.get(name) is not None else "").strip() for name in COLUMNS}

        def wrong(column: str, sentence: str, line: int = line) -> None:
            mistakes.append(Mistake(line, column, sentence))

        if not (cell["npi"].isdigit() and len(cell["npi"]) == 10):
            wrong("npi", f"“{cell['npi'][:40]}” is not an NPI of ten digits.")
        if cell["indicator"] not in indicators:
            wrong("indicator", f"“{cell['indicator'][:40]}” is no indicator in use.")
        first_day, last_day = _day(cell["from"]), _day(cell["through"])
        for name, day in (("from", first_day), ("through", last_day)):
            if day is None:
                wrong(name, f"“{cell[name][:40]}” is not a day like 2026-03-31.")
            elif day > today:
                wrong(name, "the day lies ahead.")
        if first_day and last_day and last_day < first_day:
            wrong("through", "it lies before the first day.")
        numerator, denominator = _number(cell["numerator"]), _number(cell["denominator"])
        if numerator is None:
            wrong("numerator", f"“{cell['numerator'][:40]}” is not a whole number from 0 on.")
        rate = indicators.get(cell["indicator"])
        if rate and denominator is None:
            wrong("denominator", "a rate needs one: a whole number from 0 on.")
        if rate is False and cell["denominator"]:
            wrong("denominator", "a count has none; leave it empty.")
        if rate and numerator is not None and denominator is not None and numerator > denominator:
            wrong("numerator", "it is larger than the denominator.")
        key = (cell["npi"], cell["indicator"], cell["from"], cell["through"])
        if key in seen:
            wrong("", f"the same value stands in row {seen[key]}.")
        seen.setdefault(key, line)
        if len(mistakes) == before and first_day and last_day and numerator is not None:
            rows.append(
                Row(line, cell["npi"], cell["indicator"], first_day, last_day, numerator,
                    denominator if rate else None)
            )  # fmt: skip
    if not given:
        mistakes.append(Mistake(0, "", "it holds no row."))
    return rows, mistakes


def _day(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2199 else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= MOST else None
