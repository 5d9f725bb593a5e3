"""Invented exclusion lists in the layout of the federal ones, with a few rows that look like staff."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path

from config.demo.names import POOLS, word_list
from config.demo.people import Person
from credentialing.importing.leie import COLUMNS
from credentialing.importing.sam import COLUMNS as SAM_COLUMNS

SPECIALTIES = (
    "NURSE/NURSES AIDE",
    "FAMILY PRACTICE",
    "PHARMACIST",
    "INTERNAL MEDICINE",
    "DENTIST",
    "PERSONAL CARE",
)
#: Surnames nobody on the demo's staff bears, so that only the planted rows look like somebody.
FAMILIES = word_list(
    """Abbey Beckwith Birdsall Cargill Claypool Crandall Dunaway Eastman Fenner Garrity Hatcher Hollins Ingram
    Jarvis Kimbrough Lattimer Ledford Mabry McElroy Norwood Oakley Pettigrew Quarles Rawlings Sayers Sizemore
    Tarver Tillotson Upchurch Varner Wexler Whitten Yancey Zeller Burkhart Coombs Dillard Eubanks Farris
    Gorham"""
)
TYPES = ("1128a1", "1128a2", "1128a3", "1128b4", "1128b8", "1128b14")
STATES = ("OH", "TX", "FL", "CA", "NY", "IN", "WI", "IL", "MI", "PA")
CITIES = ("FERNWICK", "ALDERTON", "MILLBROOK", "RIDGEVIEW", "OAKHAVEN", "PORT SELBY")


def write_list(
    path: Path, *, rows: int, seed: int, until: dt.date, look_alikes: Sequence[tuple[Person, dt.date | None]]
) -> None:
    """``rows`` invented exclusions and one row per look-alike: a person's name with the birth date given.

    The same seed gives the same rows, so a later file with more rows holds all of an earlier one.
    """
    source = random.Random(seed)  # noqa: S311 - reproducible invention, nothing secret
    given = [name for pool in POOLS for name in (*pool.women, *pool.men)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="latin-1", errors="replace", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        stream.write(",".join(COLUMNS) + "\r\n")
        for number in range(rows):
            first, middle, last = (
                source.choice(given),
                source.choice("ABCDEFGHJKLMRST"),
                source.choice(FAMILIES),
            )
            born = dt.date(source.randint(1940, 1990), source.randint(1, 12), source.randint(1, 28))
            excluded = until - dt.timedelta(days=30 + 173 * number % 7000)
            writer.writerow(_row(source, last, first, middle if number % 3 else "", born, excluded))
        source = random.Random(seed)  # noqa: S311 - the look-alikes are the same in every file
        for person, stated in look_alikes:
            names = person.last_name, person.first_name
            writer.writerow(_row(source, *names, "", stated, dt.date(2014, 9, 18)))


def _row(
    source: random.Random, last: str, first: str, middle: str, born: dt.date | None, excluded: dt.date
) -> list[str]:
    values = {
        "LASTNAME": last.upper().replace("'", ""),
        "FIRSTNAME": first.upper(),
        "MIDNAME": middle,
        "GENERAL": "IND- LIC HC SERV PRO",
        "SPECIALTY": source.choice(SPECIALTIES),
        "NPI": "0000000000",
        "DOB": f"{born:%Y%m%d}" if born else "00000000",
        "ADDRESS": f"{source.randint(10, 999)} NOWHERE LANE",
        "CITY": source.choice(CITIES),
        "STATE": source.choice(STATES),
        "ZIP": f"{source.randint(10000, 99999)}",
        "EXCLTYPE": source.choice(TYPES),
        "EXCLDATE": f"{excluded:%Y%m%d}",
        "REINDATE": "00000000",
        "WAIVERDATE": "00000000",
    }
    return [values.get(column, "") for column in COLUMNS]


AGENCIES = ("HHS", "OPM", "GSA", "DOJ", "DOD", "HUD", "EPA")
#: Of so many rows one is a firm.
FIRMS_EVERY = 5


def write_extract(path: Path, *, rows: int, seed: int, until: dt.date) -> None:
    """``rows`` invented exclusions of people and firms by every agency, in the layout of SAM.gov."""
    source = random.Random(seed)  # noqa: S311 - reproducible invention, nothing secret
    given = [name for pool in POOLS for name in (*pool.women, *pool.men)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(SAM_COLUMNS)
        for number in range(rows):
            active = until - dt.timedelta(days=40 + 131 * number % 5000)
            values = {
                "City": source.choice(CITIES),
                "State / Province": source.choice(STATES),
                "Country": "USA",
                "Zip Code": f"{source.randint(10000, 99999)}",
                "Exclusion Program": "Reciprocal",
                "Excluding Agency": source.choice(AGENCIES),
                "Exclusion Type": "Ineligible (Proceedings Completed)",
                "Active Date": f"{active:%m/%d/%Y}",
                "Termination Date": "Indefinite",
                "SAM Number": f"S4DEMO{number:05}",
                "Creation_Date": active.isoformat(),
            }
            family = source.choice(FAMILIES)
            if number % FIRMS_EVERY:
                values |= {"Classification": "Individual", "First": source.choice(given), "Last": family}
            else:
                values |= {"Classification": "Firm", "Name": f"{family} Health Staffing, LLC"}
            writer.writerow([values.get(name, "") for name in SAM_COLUMNS])
