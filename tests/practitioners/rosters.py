"""Rosters invented from a seed, and faults planted in them: which row, which column, what is said."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from dataclasses import dataclass

from practitioners.rules.dea import check_digit
from practitioners.rules.npi import npi_from_nine

COLUMNS = (
    "NPI", "Last name", "First name", "Middle name", "Suffix", "Provider type", "Birth date", "Sex", "E-mail",
    "Phone", "Practice address", "Practice city", "Practice state", "Practice ZIP", "Practice phone",
    "Primary taxonomy", "License state", "License number", "License issued", "License expires", "DEA number",
    "DEA expires", "Board", "Board specialty", "Board issued", "Board expires", "CAQH ID", "Former last name",
)  # fmt: skip


def word_list(words: str) -> list[str]:
    return words.split()


_BEGIN = word_list("Al Bar Cas Dor El Fen Gar Hol Iv Jor Kal Lun Mor Nev Os Pel Ros Sten Tal Ul Ver Wil Zan")
_MIDDLE = word_list("a e i o u an en in or er al ea")
_END = word_list("berg dale ford man ner off quist rell sen ston tez ton vic ward well worth")
_GIVEN = word_list("Ada Ben Carla Dmitri Elena Farid Grace Hugo Imani Jonas Keiko Liam Mina Noor Oscar Uma")
SURGERY, MEDICINE = "208600000X", "207R00000X"


@dataclass(frozen=True)
class Fault:
    """A planted fault: the row as a spreadsheet counts it, its column, words of the sentence."""

    row: int
    column: str
    words: str


def roster_rows(count: int, seed: int, *, first: int = 0) -> list[dict[str, str]]:
    """``count`` people without a fault."""
    source = random.Random(seed)
    return [_person(source, first + number) for number in range(count)]


def _person(source: random.Random, number: int) -> dict[str, str]:
    last = source.choice(_BEGIN) + source.choice(_MIDDLE) + source.choice(_END)
    first, middle = source.choice(_GIVEN), source.choice(_GIVEN)
    born = dt.date(1950, 1, 1) + dt.timedelta(days=source.randrange(14_000))
    issued = dt.date(2015, 1, 1) + dt.timedelta(days=source.randrange(3_000))
    expires = dt.date(2026, 6, 1) + dt.timedelta(days=source.randrange(900))
    digits = f"{source.randrange(10**6):06}"
    return {
        "NPI": npi_from_nine(f"2{number:08}"),
        "Last name": last,
        "First name": first,
        "Middle name": middle,
        "Suffix": "",
        "Provider type": source.choice(("MD", "DO", "NP")),
        "Birth date": born.isoformat(),
        "Sex": source.choice("FM"),
        "E-mail": f"{first}.{last}.{number}@example.org".lower(),
        "Phone": f"312-555-{number % 10_000:04}",
        "Practice address": f"{source.randrange(1, 9999)} Lake Street",
        "Practice city": "Chicago",
        "Practice state": "IL",
        "Practice ZIP": f"606{source.randrange(100):02}",
        "Practice phone": f"312-555-{(number * 7) % 10_000:04}",
        "Primary taxonomy": source.choice((SURGERY, MEDICINE)),
        "License state": "IL",
        "License number": f"036.{number:06}",
        "License issued": issued.isoformat(),
        "License expires": expires.isoformat(),
        "DEA number": f"F{last[0]}{digits}{check_digit(digits)}",
        "DEA expires": expires.isoformat(),
        "Board": "American Board of Surgery",
        "Board specialty": "Surgery",
        "Board issued": issued.isoformat(),
        "Board expires": expires.isoformat(),
        "CAQH ID": f"1{number:07}",
        "Former last name": "",
    }


#: What is done to a row, the column it is found in, and words of the sentence.
_FAULTS = (
    ("NPI", "1234567890", "NPI", "check digit"),
    ("NPI", "12345", "NPI", "has 5 digits"),
    ("Provider type", "Wizard", "Provider type", "not one of the words"),
    ("Provider type", "", "Provider type", "missing"),
    ("Last name", "", "Last name", "missing"),
    ("Birth date", "31.02.1980", "Birth date", "not a date"),
    ("Birth date", "2190-01-01", "Birth date", "future"),
    ("E-mail", "nobody at home", "E-mail", "not an e-mail address"),
    ("Practice state", "Atlantis", "Practice state", "not a state"),
    ("Primary taxonomy", "208600000Y", "Primary taxonomy", "not a taxonomy code"),
    ("Primary taxonomy", "999999999X", "Primary taxonomy", "not in the loaded taxonomy"),
    ("License state", "", "License state", "missing"),
    ("License number", "", "License number", "missing"),
    ("License expires", "2001-01-01", "License expires", "before the first"),
    ("DEA number", "FK1234560", "DEA number", "check digit"),
    ("Board", "", "Board", "missing"),
    ("Last name", "x" * 101, "Last name", "longer than 100"),
)


def plant(rows: list[dict[str, str]], count: int, seed: int) -> list[Fault]:
    """Plant ``count`` faults in as many rows, one of them rows that repeat an earlier person."""
    source = random.Random(seed)
    # Never the first rows: later ones repeat them.
    places = sorted(source.sample(range(10, len(rows)), count))
    faults = []
    for number, place in enumerate(places):
        if number % 10 == 9:
            rows[place] = dict(rows[number])
            faults.append(Fault(place + 2, "NPI", f"already stands in row {number + 2}"))
            continue
        column, value, found, words = _FAULTS[number % len(_FAULTS)]
        rows[place][column] = value
        faults.append(Fault(place + 2, found, words))
    return faults


def as_csv(rows: list[dict[str, str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """The rows as a file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else list(COLUMNS), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


#: The 35 columns of the CAQH roster with what stands in them.
_CAQH = {
    "Action_Flag": "A", "Provider_First_Name": "Noor", "Provider_Middle_Name": "",
    "Provider_Last_Name": "Vandale",
    "Provider_Name_Suffix": "", "Provider_Gender": "F", "Provider_Address1": "12 Lake Street",
    "Provider_Address2": "", "Provider_Address_City": "Chicago", "Provider_Address_State": "IL",
    "Provider_Address_Zip": "60601", "Provider_Address_Zip_Extn": "", "Provider_Phone": "312-555-0147",
    "Provider_Fax": "", "Provider_Email": "noor@example.org", "Provider_Practice_State": "IL",
    "Provider_Birthdate": "19790412", "Provider_SSN": "219-09-9981", "Short_SSN": "9981", "Provider_DEA": "",
    "Provider_UPIN": "", "Provider_Type": "MD", "Provider_Tax_ID": "",
    "Provider_NPI": npi_from_nine("299999999"),
    "Provider_License_State": "IL", "Provider_License_Number": "036.990000", "CAQH_Provider_ID": "13999999",
    "PO_Provider_ID": "", "Last_Recredential_Date": "", "Next_Recredential_Date": "", "Delegation_Flag": "",
    "Application_Type": "", "Affiliation_flag": "", "Organization_ID": "", "Region_ID": "",
}  # fmt: skip


def caqh_row(**changes: str) -> tuple[str, str]:
    """Header and one row of a CAQH roster."""
    row = {**_CAQH, **changes}
    return "|".join(row), "|".join(row.values())
