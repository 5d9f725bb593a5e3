"""Reading a delivery of performed cases: every row or none, each mistake with its row and column. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from practitioners.rules.npi import npi_is_valid
from privileging.rules.deliveries import LINE, Mistake, read_table
from privileging.rules.encounters import problem_of

COLUMNS = ("encounter", "line", "npi", "system", "code", "performed_at")
BESIDES = ("site", "canceled")
#: How long a code or the name of a code set is at most, as where codes are loaded; and a site.
LONGEST, LONGEST_SITE = 20, 60
MOST_LINES = 999
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?")
_SITE = re.compile(r"[A-Za-z][A-Za-z0-9 .,&/'-]*")
_YES, _NO = {"yes", "true", "1"}, {"", "no", "false", "0"}
FIRST_YEAR = 2000


@dataclass(frozen=True)
class CaseRow:
    """One performed procedure as delivered; ``number`` is its line in the file, the heading being line 1."""

    number: int
    encounter: str
    line: int
    npi: str
    system: str
    code: str
    performed_at: dt.datetime
    site: str
    canceled: bool


def read_cases_csv(text: str) -> tuple[list[dict[str, object]], list[Mistake]]:
    """The rows of a CSV. A column that is not asked for is refused: a feed carries nothing of a patient."""
    return read_table(text, COLUMNS, besides=BESIDES)


def read_cases(
    given: Sequence[Mapping[str, object]], *, zone: str, now: dt.datetime, first: int = 2
) -> tuple[list[CaseRow], list[Mistake]]:
    """Rows of cases. A moment without an offset is one of the facility's ``zone``; ``first`` is the line of
    the first row, where the rows do not say it themselves.
    """
    rows: list[CaseRow] = []
    mistakes: list[Mistake] = []
    seen: dict[tuple[str, str], int] = {}
    for place, each in enumerate(given, start=first):
        number = int(str(each.get(LINE, place)))
        cell = {
            name: str(each.get(name) if each.get(name) is not None else "").strip()
            for name in (*COLUMNS, *BESIDES)
        }
        moment = moment_of(cell["performed_at"], zone)
        wrong = {
            "encounter": problem_of(cell["encounter"]),
            "line": _line_problem(cell["line"]),
            "npi": "" if npi_is_valid(cell["npi"]) else f"“{cell['npi'][:40]}” is no NPI.",
            "system": _code_problem(cell["system"], "a code set"),
            "code": _code_problem(cell["code"], "a code"),
            "performed_at": _moment_problem(cell["performed_at"], moment, now),
            "site": _site_problem(cell["site"]),
            "canceled": ""
            if cell["canceled"].lower() in _YES | _NO
            else f"“{cell['canceled'][:40]}” is neither yes nor no.",
        }
        key = (cell["encounter"], cell["line"])
        if not wrong["encounter"] and not wrong["line"] and key in seen:
            wrong["line"] = f"the same line of the encounter stands in row {seen[key]}."
        seen.setdefault(key, number)
        found = [Mistake(number, column, sentence) for column, sentence in wrong.items() if sentence]
        mistakes += found
        if not found and moment is not None:
            rows.append(
                CaseRow(
                    number,
                    cell["encounter"],
                    int(cell["line"]),
                    cell["npi"],
                    cell["system"].upper(),
                    cell["code"].upper(),
                    moment,
                    cell["site"],
                    cell["canceled"].lower() in _YES,
                )
            )
    if not given:
        mistakes.append(Mistake(0, "", "it holds no row."))
    return rows, mistakes


def moment_of(text: str, zone: str) -> dt.datetime | None:
    """A moment like ``2026-03-31 07:30``, at the place or with an offset; None for anything else."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        found = dt.datetime.fromisoformat(text)
        aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        return aware.astimezone(dt.UTC) if FIRST_YEAR <= aware.year <= 2199 else None
    except (ValueError, OverflowError):
        return None


def _line_problem(text: str) -> str:
    fits = text.isascii() and text.isdigit() and len(text) < 4 and str(int(text)) == text and int(text) > 0
    return "" if fits else f"“{text[:40]}” is no number from 1 to {MOST_LINES}."


def _code_problem(text: str, what: str) -> str:
    fits = 0 < len(text) <= LONGEST and text.isascii() and text.isprintable()
    return "" if fits else f"“{text[:40]}” is not {what} of 1 to {LONGEST} characters."


def _moment_problem(text: str, moment: dt.datetime | None, now: dt.datetime) -> str:
    if moment is None:
        return f"“{text[:40]}” is not a moment like 2026-03-31 07:30."
    return "the moment lies ahead." if moment > now else ""


def _site_problem(text: str) -> str:
    if len(text) > LONGEST_SITE or (text and not _SITE.fullmatch(text)):
        return f"a site is a word of at most {LONGEST_SITE} letters and digits, like OR 3."
    return ""
