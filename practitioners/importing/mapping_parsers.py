"""What a cell of an imported table may say: text to value, or a sentence why not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence

from practitioners.importing.fields import read_date
from practitioners.rules.addresses import check_phone, check_state, check_zip
from practitioners.rules.dea import check_dea
from practitioners.rules.npi import check_npi
from practitioners.rules.problems import Problem
from practitioners.rules.ssn import check_ssn
from practitioners.rules.taxonomy import check_taxonomy_code

#: Words of the format of a date as people write it, and what Python calls them.
_DATE_WORDS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "MON": "%b"}
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+\.[^@\s]+")
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$")
EARLIEST = dt.date(1900, 1, 1)
LATEST = dt.date(2200, 1, 1)


def text(value: str) -> str:
    """The text as it stands."""
    return value


def upper(value: str) -> str:
    """The text in capitals."""
    return value.upper()


def state(value: str) -> str:
    """A state's postal code, from the code or the name."""
    return check_state(value)


def zip_code(value: str) -> str:
    """A ZIP code of five or nine digits."""
    return check_zip(value)


def phone(value: str) -> str:
    """Something one can dial."""
    return check_phone(value)


def npi(value: str) -> str:
    """A national provider identifier with the right check digit."""
    return check_npi(value)


def dea(value: str) -> str:
    """A DEA number with the right check digit."""
    check = check_dea(value)
    if not check.acceptable:
        raise Problem(check.errors[0])
    return f"{check.number}-{check.suffix}" if check.suffix else check.number


def taxonomy(value: str) -> str:
    """A code of the provider taxonomy; whether it is loaded is asked later."""
    return check_taxonomy_code(value)


def email(value: str) -> str:
    """Something that looks like an e-mail address."""
    if not _EMAIL.fullmatch(value):
        raise Problem(f"“{value[:60]}” is not an e-mail address.")
    return value


def number(value: str) -> str:
    """A whole number from 0 to 9,999."""
    digits = value.replace(",", "")
    if not re.fullmatch(r"[0-9]{1,4}", digits, re.ASCII):
        raise Problem(f"“{value[:40]}” is not a whole number.")
    return str(int(digits))


def date_parser(formats: Sequence[str]) -> Callable[[str], str]:
    """A parser of days written in one of ``formats`` (``MM/DD/YYYY``, ``YYYYMMDD``, ...); answers ISO form.

    Raises ``ValueError`` for a format without year, month and day. Spreadsheets turn days into ISO form by
    themselves, so that is always understood.
    """
    patterns = []
    for each in formats:
        pattern = each
        for word, code in _DATE_WORDS.items():
            pattern = pattern.replace(word, code)
        if not all(any(code in pattern for code in codes) for codes in (("%Y",), ("%m", "%b"), ("%d",))):
            raise ValueError(f"“{each}” does not say where year (YYYY), month (MM) and day (DD) stand")
        patterns.append(pattern)

    def parse(value: str) -> str:
        said = _MIDNIGHT.sub("", value)
        day = _day(said, patterns)
        if day is None:
            wanted = " or ".join(formats) if formats else "2026-03-31 or 3/31/2026"
            raise Problem(f"“{value[:40]}” is not a date (expected {wanted}).")
        if not EARLIEST <= day < LATEST:
            raise Problem(f"“{value[:40]}” is not a believable date.")
        return day.isoformat()

    return parse


def _day(value: str, patterns: Sequence[str]) -> dt.date | None:
    for pattern in patterns:
        try:
            return dt.datetime.strptime(value, pattern).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    try:
        return (
            dt.date.fromisoformat(value)
            if patterns and "-" in value
            else (None if patterns else read_date(value))
        )
    except ValueError:
        return None


def choice_parser(choices: Mapping[str, str]) -> Callable[[str], str]:
    """A parser of the words a source system uses; capitals and spaces do not matter."""
    known = {" ".join(str(word).split()).casefold(): meaning for word, meaning in choices.items()}

    def parse(value: str) -> str:
        meaning = known.get(value.casefold())
        if meaning is None:
            words = ", ".join(list(map(str, choices))[:12])
            raise Problem(f"“{value[:40]}” is not one of the words the mapping knows ({words}).")
        return meaning

    return parse


#: Parsers a mapping names without more.
PARSERS: dict[str, Callable[[str], str]] = {
    "text": text,
    "upper": upper,
    "state": state,
    "zip": zip_code,
    "phone": phone,
    "npi": npi,
    "dea": dea,
    "taxonomy": taxonomy,
    "email": email,
    "ssn": check_ssn,
    "number": number,
}
