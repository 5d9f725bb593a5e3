"""Invented exclusion lists as long as the real ones, with names about as common as names are.

A person of the staff and a row of the list bear the same name by chance once in some 160,000 pairs, which is
more often than in life: every list holds hundreds of Smiths, and most surnames are borne by a few.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from config.demo.census import BEGINNINGS, ENDINGS, FREQUENT
from config.demo.names import MIDDLE_INITIALS, POOLS, word_list
from credentialing.importing.leie import COLUMNS as LEIE_COLUMNS
from credentialing.importing.sam import COLUMNS as SAM_COLUMNS
from practitioners.rules.nicknames import GROUPS

Row = Mapping[str, str]
#: How many rows the real lists have.
LEIE_ROWS, SAM_ROWS = 83_000, 165_000
#: States by how many rows they have of fifty; the hospital's own is one of them.
STATES = word_list(
    """CA CA CA CA CA CA TX TX TX TX FL FL FL FL NY NY NY PA PA OH OH IL IL MI MI GA NC NJ VA WA AZ MA TN IN
    MO MD WI CO MN SC AL LA KY OR OK CT NV KS"""
)
COUNTRIES = ("MEX", "RUS", "COL", "PAK", "CHN", "IRN")
TYPES = ("1128a1", "1128a2", "1128a3", "1128b4", "1128b8", "1128b14")
FIELDS = ("NURSE/NURSES AIDE", "FAMILY PRACTICE", "PHARMACIST", "INTERNAL MEDICINE", "DENTIST", "OWNER")
AGENCIES = ("OPM", "GSA", "DOJ", "DOD", "HUD", "EPA", "TREAS-OFAC")
#: Of a hundred rows of SAM.gov: firms, exclusions of the OIG once more, others.
SAM_SHARES = (45, 40, 15)

_SYLLABLES = [
    consonant + vowel
    for consonant in word_list("B C D F G K L M N P R S T Ch Sh")
    for vowel in word_list("a e i o u an en on")
]
_GIVEN = [name for pool in POOLS for name in (*pool.women, *pool.men)]
_WIDE = sorted({name.title() for group in GROUPS for name in group})
_FAMILIES = [name for pool in POOLS for name in pool.families]
_FREQUENT = [1 / (place + 3) for place in range(len(FREQUENT))]


class ListNames:
    """Draws names for rows."""

    def __init__(self, chance: random.Random):
        self.chance = chance

    def surname(self) -> str:
        """One of ten from a hospital's usual ones, two of ten a frequent one, the others rare."""
        chance, kind = self.chance, self.chance.random()
        if kind < 0.20:
            return chance.choices(FREQUENT, _FREQUENT)[0]
        if kind < 0.30:
            return chance.choice(_FAMILIES)
        if kind < 0.65:
            return chance.choice(BEGINNINGS) + chance.choice(ENDINGS)
        return self.rare_surname()

    def rare_surname(self) -> str:
        """A surname hardly anybody bears."""
        return "".join(self.chance.choice(_SYLLABLES) for _ in range(self.chance.choice((3, 3, 4)))).title()

    def given(self) -> str:
        """A given name; half of them are those of a hospital's staff."""
        return self.chance.choice(_GIVEN if self.chance.random() < 0.5 else _WIDE)

    def middle(self) -> str:
        """A middle name, an initial, or none."""
        kind = self.chance.random()
        return "" if kind < 0.35 else self.chance.choice(MIDDLE_INITIALS) if kind < 0.65 else self.given()

    def born(self) -> dt.date:
        """A date of birth of somebody who works, or did."""
        return dt.date(1935, 1, 1) + dt.timedelta(days=self.chance.randrange(21_000))


def leie_row(last: str, first: str, born: dt.date | None, **more: str) -> Row:
    """A row of the OIG about a person, cut to the widths of the list."""
    return {
        "LASTNAME": last.upper()[:20],
        "FIRSTNAME": first.upper()[:15],
        "GENERAL": "IND- LIC HC SERV PRO",
        "SPECIALTY": "FAMILY PRACTICE",
        "NPI": "0000000000",
        "DOB": f"{born:%Y%m%d}" if born else "00000000",
        "ADDRESS": "12 NOWHERE LANE",
        "CITY": "FERNWICK",
        "STATE": "TX",
        "ZIP": "75001",
        "EXCLTYPE": "1128a1",
        "EXCLDATE": "20140918",
        "REINDATE": "00000000",
        "WAIVERDATE": "00000000",
    } | more


def leie_rows(count: int, chance: random.Random, today: dt.date) -> list[Row]:
    """So many invented rows: of a hundred 4 businesses and 3 people without a date of birth."""
    names, answer = ListNames(chance), []
    for number in range(count):
        where = {
            "SPECIALTY": chance.choice(FIELDS),
            "ADDRESS": f"{chance.randint(10, 9999)} NOWHERE LANE",
            "STATE": chance.choice(STATES),
            "ZIP": f"{chance.randint(10000, 99999)}",
            "EXCLTYPE": chance.choice(TYPES),
            "EXCLDATE": f"{today - dt.timedelta(days=30 + 173 * number % 9000):%Y%m%d}",
        }
        if chance.random() < 0.04:
            name = f"{names.surname().upper()} HEALTH STAFFING LLC"[:30]
            answer.append(leie_row("", "", None, **where, BUSNAME=name, GENERAL="OTHER BUSINESS"))
            continue
        born = None if chance.random() < 0.03 else names.born()
        # Numbers of an invented range that nobody on the staff has.
        npi = f"19{number:08}" if chance.random() < 0.1 else "0000000000"
        row = leie_row(
            names.surname(), names.given(), born, MIDNAME=names.middle().upper()[:15], NPI=npi, **where
        )
        answer.append(row)
    return answer


def sam_row(last: str, first: str, number: int, **more: str) -> Row:
    """A row of SAM.gov about a person."""
    return {
        "Classification": "Individual",
        "First": first.upper(),
        "Last": last.upper(),
        "Address 1": "12 Nowhere Lane",
        "City": "FERNWICK",
        "State / Province": "TX",
        "Country": "USA",
        "Zip Code": "75001",
        "Exclusion Program": "Reciprocal",
        "Excluding Agency": "OPM",
        "Exclusion Type": "Ineligible (Proceedings Completed)",
        "Active Date": "09/18/2014",
        "Termination Date": "Indefinite",
        "SAM Number": f"S4BENCH{number:06}",
        "Creation_Date": "2014-09-18",
    } | more


def echo_row(row: Row, number: int) -> Row:
    """What SAM.gov makes of a row of the OIG: the same without date of birth and number."""
    day = row["EXCLDATE"]
    return sam_row(
        row["LASTNAME"],
        row["FIRSTNAME"],
        number,
        **{
            "Middle": row.get("MIDNAME", ""),
            "Excluding Agency": "HHS",
            "State / Province": row["STATE"],
            "Zip Code": row["ZIP"],
            "Active Date": f"{day[4:6]}/{day[6:]}/{day[:4]}",
        },
    )


def sam_rows(count: int, listed: Sequence[Row], chance: random.Random) -> Iterator[Row]:
    """So many invented rows, two of five of which repeat rows of the OIG."""
    names = ListNames(chance)
    people = [row for row in listed if row["LASTNAME"]]
    again = iter(people)
    for number in range(count):
        kind = chance.choices(("firm", "again", "other"), SAM_SHARES)[0]
        row = next(again, None) if kind == "again" else None
        if row is not None:
            yield echo_row(row, number)
        elif kind == "firm":
            yield sam_row(
                "", "", number, Classification="Firm", Name=f"{names.surname()} Health Staffing, LLC"
            )
        else:
            abroad = chance.random() < 0.5
            place = {
                "Middle": names.middle().upper(),
                "Excluding Agency": chance.choice(AGENCIES),
                "State / Province": "" if abroad else chance.choice(STATES),
                "Country": chance.choice(COUNTRIES) if abroad else "USA",
                "Zip Code": "" if abroad else f"{chance.randint(10000, 99999)}",
            }
            yield sam_row(names.surname(), names.given(), number, **place)


def write_leie(path: Path, rows: Sequence[Row]) -> Path:
    """The rows as the OIG publishes them."""
    return _write(path, LEIE_COLUMNS, rows)


def write_sam(path: Path, rows: Iterator[Row] | Sequence[Row]) -> Path:
    """The rows as SAM.gov publishes them."""
    return _write(path, SAM_COLUMNS, rows)


def _write(path: Path, columns: Sequence[str], rows: Iterator[Row] | Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([row.get(column, "") for column in columns])
    return path
