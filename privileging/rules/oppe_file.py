"""Reading a delivery of values: every row or none, each mistake with its row and column. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from privileging.rules.deliveries import LINE, Mistake, read_table

COLUMNS = ("npi", "indicator", "from", "through", "numerator", "denominator")
#: The code of a specialty (a privilege form) whose work alone is counted; without the column, or empty: all
#: of somebody's work.
SPECIALTY = "specialty"
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
    specialty: str = ""


def read_csv(text: str) -> tuple[list[dict[str, object]], list[Mistake]]:
    """The rows of a CSV with the columns of :data:`COLUMNS`, in any order, each with its line; with the
    column :data:`SPECIALTY` where values are of one.
    """
    return read_table(text, COLUMNS)


def read_rows(
    given: Sequence[Mapping[str, object]],
    indicators: Mapping[str, bool],
    *,
    today: dt.date,
    first: int = 2,
    specialties: Mapping[str, Collection[str]] | None = None,
) -> tuple[list[Row], list[Mistake]]:
    """Rows of values; ``indicators`` says of each known code whether it is a rate, ``specialties`` to which
    forms it belongs, where it belongs to some. ``first`` is the line of the first one, where the rows do not
    say it themselves (:data:`LINE`).
    """
    rows: list[Row] = []
    mistakes: list[Mistake] = []
    seen: dict[tuple, int] = {}
    for number, each in enumerate(given, start=first):
        before = len(mistakes)
        line = int(str(each.get(LINE, number)))
        names = (*COLUMNS, SPECIALTY)
        cell = {name: str(each.get(name) if each.get(name) is not None else "").strip() for name in names}

        def wrong(column: str, sentence: str, line: int = line) -> None:
            mistakes.append(Mistake(line, column, sentence))

        if not (cell["npi"].isascii() and cell["npi"].isdigit() and len(cell["npi"]) == 10):
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
            wrong("numerator", f"“{cell['numerator'][:40]}” is not a whole number from 0 to {MOST:,}.")
        rate = indicators.get(cell["indicator"])
        if rate and denominator is None:
            wrong("denominator", f"a rate needs one: a whole number from 0 to {MOST:,}.")
        if rate is False and cell["denominator"]:
            wrong("denominator", "a count has none; leave it empty.")
        if rate and numerator is not None and denominator is not None and numerator > denominator:
            wrong("numerator", "it is larger than the denominator.")
        belongs = (specialties or {}).get(cell["indicator"], ())
        if cell[SPECIALTY] and cell["indicator"] in indicators and cell[SPECIALTY] not in belongs:
            said = f"it belongs to {', '.join(sorted(belongs))}" if belongs else "it concerns everybody"
            wrong(SPECIALTY, f"“{cell[SPECIALTY][:40]}” is no specialty of {cell['indicator']}: {said}.")
        key = (cell["npi"], cell["indicator"], cell["from"], cell["through"], cell[SPECIALTY])
        if key in seen:
            wrong("", f"the same value stands in row {seen[key]}.")
        seen.setdefault(key, line)
        if len(mistakes) == before and first_day and last_day and numerator is not None:
            rows.append(
                Row(line, cell["npi"], cell["indicator"], first_day, last_day, numerator,
                    denominator if rate else None, cell[SPECIALTY])
            )  # fmt: skip
    if not given:
        mistakes.append(Mistake(0, "", "it holds no row."))
    return rows, mistakes


def _day(text: str) -> dt.date | None:
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return None
    if found.isoformat() != text:  # weeks, or digits without dashes
        return None
    return found if 2000 <= found.year <= 2199 else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= MOST else None
