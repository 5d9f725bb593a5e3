"""People of ours who stand on an exclusion list, in every way that makes it hard to see; and some who do not.

Each case says what screening must make of it. What must be reviewed and is not found is a person who works
although they are excluded.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.demo.census import FREQUENT
from credentialing.choices import MatchClass
from practitioners.rules.npi import npi_from_nine
from tests.benchmarks.screening_lists import ListNames, Row, echo_row, leie_row, sam_row

STRONG, POSSIBLE, WEAK = MatchClass.CONFIRMED_CANDIDATE, MatchClass.POSSIBLE, MatchClass.WEAK
#: Plants of each case.
EACH = 3


@dataclass
class Plant:
    """One person of ours, the rows about them, and what is to be found of them on which list.

    ``found`` and ``later`` are classes by the code of the list: against the first load, and against the next.
    Empty: nothing must be found.
    """

    case: str
    last: str
    first: str
    born: dt.date | None
    leie: list[Row] = field(default_factory=list)
    sam: list[Row] = field(default_factory=list)
    found: dict[str, MatchClass] = field(default_factory=dict)
    npi: str | None = None
    former: tuple[str, str] | None = None
    gone_later: bool = False

    @property
    def excluded(self) -> bool:
        """Whether somebody must look: a true exclusion under this name."""
        return any(found != WEAK for found in self.found.values())


Make = Callable[["Plants"], Plant]
CASES: dict[str, Make] = {}


def case(name: str) -> Callable[[Make], Make]:
    """Register a case under the words the table shows."""

    def keep(make: Make) -> Make:
        CASES[name] = make
        return make

    return keep


class Plants:
    """Makes plants of people known in the state ``here``, the same for the same source of chance."""

    def __init__(self, chance: random.Random, here: str):
        self.chance, self.names, self.here = chance, ListNames(chance), here
        self._number = 0

    def number(self) -> int:
        """One more number, for what must be told apart."""
        self._number += 1
        return self._number

    def rare(self) -> str:
        """A surname nobody else bears."""
        return f"{self.names.rare_surname()}{'bdfgklmnprst'[self.number() % 12]}eck"

    def plain(self, name: str, last: str, first: str, born: dt.date | None, *rows: Row, **more) -> Plant:
        """A plant on the list of the OIG, to be found as a strong candidate unless told otherwise."""
        given = {"found": {"leie": STRONG}, **more}
        return Plant(name, last, first, born, leie=list(rows), **given)


@case("accents on file, none on the list")
def _accent(make: Plants) -> Plant:
    last, born = f"Nú{make.rare().lower()}", make.names.born()
    listed = last.replace("ú", "u")
    return make.plain("", last, "José", born, leie_row(listed, "JOSE", born))


@case("hyphenated on file, one part on the list")
def _hyphen(make: Plants) -> Plant:
    one, other, born = make.rare(), make.rare(), make.names.born()
    return make.plain("", f"{one}-{other}", "Imogen", born, leie_row(other, "IMOGEN", born))


@case("hyphenated on file, written as one word on the list")
def _joined(make: Plants) -> Plant:
    one, other, born = make.names.rare_surname(), "Holt", make.names.born()
    return make.plain("", f"{one}-{other}", "Clara", born, leie_row(f"{one}{other}", "CLARA", born))


@case("surname and given name exchanged")
def _swapped(make: Plants) -> Plant:
    last, born = make.rare(), make.names.born()
    return make.plain("", last, "Marigold", born, leie_row("MARIGOLD", last, born))


@case("nickname on the list")
def _nickname(make: Plants) -> Plant:
    last, born = make.rare(), make.names.born()
    ours, listed = make.chance.choice(
        [("Robert", "BOB"), ("Margaret", "PEGGY"), ("William", "BILL"), ("Elizabeth", "BETTY")]
    )
    return make.plain("", last, ours, born, leie_row(last, listed, born))


@case("given name cut at 15 letters")
def _first_cut(make: Plants) -> Plant:
    last, born = make.rare(), make.names.born()
    return make.plain("", last, "Maximilianalexander", born, leie_row(last, "MAXIMILIANALEXANDER", born))


@case("surname cut at 20 letters")
def _last_cut(make: Plants) -> Plant:
    last, born = f"{make.rare()}{make.rare().lower()}-Montmorency", make.names.born()
    return make.plain("", last, "Clementine", born, leie_row(last, "CLEMENTINE", born))


@case("maiden name on the list")
def _maiden(make: Plants) -> Plant:
    before, born = make.rare(), make.names.born()
    row = leie_row(before, "GUDRUN", born)
    return make.plain("", make.rare(), "Gudrun", born, row, former=(before, "Gudrun"))


@case("one letter of the surname misspelt")
def _misspelt(make: Plants) -> Plant:
    last, born = make.rare(), make.names.born()
    at = make.chance.randrange(2, len(last) - 2)
    return make.plain("", last, "Agatha", born, leie_row(last[:at] + last[at + 1 :], "AGATHA", born))


@case("suffix and degree in the surname's column")
def _suffix(make: Plants) -> Plant:
    last, born = make.rare()[:14], make.names.born()
    return make.plain("", last, "Edmund", born, leie_row(f"{last} JR", "EDMUND", born))


@case("a slip in the date of birth")
def _slip(make: Plants) -> Plant:
    last, born = make.rare(), dt.date(1964, 12, make.chance.randint(1, 9))
    listed = born.replace(day=born.day + 10)
    row = leie_row(last, "ELSPETH", listed)
    return make.plain("", last, "Elspeth", born, row, found={"leie": POSSIBLE})


@case("no date of birth, a rare name, another state")
def _no_birth(make: Plants) -> Plant:
    last = make.rare()
    row = leie_row(last, "AGNES", None, STATE="TX")
    return make.plain("", last, "Agnes", make.names.born(), row, found={"leie": POSSIBLE})


@case("no date of birth, a common name, the same state")
def _no_birth_common(make: Plants) -> Plant:
    last = FREQUENT[make.number() % len(FREQUENT)]
    row = leie_row(last, "THEODORA", None, STATE=make.here)
    return make.plain("", last, "Theodora", make.names.born(), row, found={"leie": POSSIBLE})


@case("the NPI under another name")
def _npi(make: Plants) -> Plant:
    npi = npi_from_nine(f"200{make.number():06}")
    return make.plain(
        "", make.rare(), "Nora", None, leie_row(make.rare(), "HORTENSIA", make.names.born(), NPI=npi), npi=npi
    )


@case("a business by the NPI of its owner")
def _business(make: Plants) -> Plant:
    npi = npi_from_nine(f"200{make.number():06}")
    row = leie_row("", "", None, BUSNAME="FERNWICK CLINIC PC", NPI=npi, GENERAL="CLINIC")
    return make.plain("", make.rare(), "Special", make.names.born(), row, npi=npi)


@case("excluded, with a waiver for one state")
def _waiver(make: Plants) -> Plant:
    last, born = make.rare(), make.names.born()
    row = leie_row(last, "CYRIL", born, WAIVERDATE="20190101", WVRSTATE="OH")
    return make.plain("", last, "Cyril", born, row)


@case("the same row twice")
def _twice(make: Plants) -> Plant:
    last, born = make.rare(), make.names.born()
    row = leie_row(last, "DORA", born)
    return make.plain("", last, "Dora", born, row, row)


@case("on the list of the OIG, and once more on SAM.gov")
def _echo(make: Plants) -> Plant:
    last, born = make.rare(), make.names.born()
    row = leie_row(last, "LIORA", born)
    again = echo_row(row, 900_000 + make.number())
    return make.plain("", last, "Liora", born, row, sam=[again], found={"leie": STRONG, "sam": STRONG})


@case("on SAM.gov alone, by another agency")
def _sam(make: Plants) -> Plant:
    last = make.rare()
    row = sam_row(last, "ANSELM", 900_000 + make.number())
    return Plant("", last, "Anselm", make.names.born(), sam=[row], found={"sam": POSSIBLE})


@case("reinstated: gone from the next list")
def _reinstated(make: Plants) -> Plant:
    last, born = make.rare(), make.names.born()
    return make.plain("", last, "Ottilie", born, leie_row(last, "OTTILIE", born), gone_later=True)


@case("a twin in name, born on another day")
def _twin(make: Plants) -> Plant:
    last = make.rare()
    row = leie_row(last, "JOHN", dt.date(1948, 9, 2))
    return make.plain("", last, "John", dt.date(1988, 12, 24), row, found={"leie": WEAK})


@case("a twin in name, and SAM.gov repeats the row")
def _twin_again(make: Plants) -> Plant:
    last = make.rare()
    row = leie_row(last, "RUTH", dt.date(1948, 9, 2))
    again = echo_row(row, 900_000 + make.number())
    return make.plain(
        "", last, "Ruth", dt.date(1988, 12, 24), row, sam=[again], found={"leie": WEAK, "sam": WEAK}
    )


@case("a business that bears the name")
def _namesake_business(make: Plants) -> Plant:
    last = make.rare()
    row = leie_row("", "", None, BUSNAME=f"{last.upper()} MARISOL MD PC", GENERAL="CLINIC")
    return make.plain("", last, "Marisol", make.names.born(), row, found={})


def plant_all(chance: random.Random, here: str, each: int = EACH) -> Sequence[Plant]:
    """``each`` plants of every case, with the case's words."""
    made = []
    plants = Plants(chance, here)
    for words, make in CASES.items():
        for _ in range(each):
            plant = make(plants)
            plant.case = words
            made.append(plant)
    return made
