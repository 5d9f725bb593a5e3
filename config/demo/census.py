"""Names for a large invented staff, as unevenly spread as names are: many Smiths and Patels, most surnames
borne by a few, people of the same name, maiden names, double names, accents, suffixes.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from config.demo.names import MIDDLE_INITIALS, POOLS, Pool, word_list
from practitioners.choices import NameKind

#: The most frequent surnames, the most frequent first; each is about as frequent as one over its place.
FREQUENT = word_list(
    """Smith Johnson Brown Miller Davis Wilson Anderson Taylor Thomas Moore Martin Thompson White Harris Clark
    Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson Baker Hall Campbell Mitchell
    Carter Roberts Phillips Evans Turner Parker Collins Edwards Stewart Morris Murphy Cook Rogers Morgan
    Cooper Peterson Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson Brooks Bennett Gray Hughes
    Price Myers Long Foster Sanders Ross Powell Sullivan Russell Fisher Henderson Cole Graham Wallace Woods
    West Jordan Owens Reynolds Ellis Harrison Gibson McDonald Marshall Wells O'Neill MacLeod D'Angelo"""
)
#: Rare surnames are put together from two halves: some six thousand of them.
BEGINNINGS = word_list(
    """Alder Apple Ash Bar Beck Birch Black Blythe Brad Bram Bren Brook Burn Cald Carl Chad Clay Cold Cran
    Cross Dal Dan Darling Dun East Eller Elm Fair Fal Farn Fen Fern Gar Glen Gold Grant Grim Hadd Hal Har
    Hart Hasel Hather Haver Hawk Hazel Heath Hinck Hol Horn Hunt Kel Ken Kirk Lang Lam Lath Linden Lock Long
    Mad Mar Mead Mer Mill Mor Nether New North Oak Old Over Par Pember Pen Quill Rad Raven Red Ridge Rother
    Row Sand Sel Shel Sher Silver Stan Stone Strat Sutter Thorn Tilling Under Wake Wal War Water Wes Whit
    Wick Wil Win Wood Wyn Yar"""
)
ENDINGS = word_list(
    """beck bourne bridge brook burgh bury by combe cott croft dale den field ford gate grove ham hill hurst
    land ley lock low man mere mond more ner ridge rick sey shaw som son stead stock ston stone thorpe ton
    vale ville wald ward well wick win wood worth wright"""
)
ACCENTED = {
    "Alvarez": "Álvarez", "Dominguez": "Domínguez", "Garcia": "García", "Gutierrez": "Gutiérrez",
    "Jimenez": "Jiménez", "Martinez": "Martínez", "Ramirez": "Ramírez", "Velasquez": "Velásquez",
    "Andres": "Andrés", "Lucia": "Lucía", "Monica": "Mónica", "Sorensen": "Sørensen",
    "Schroeder": "Schröder", "Renee": "Renée",
}  # fmt: skip
NICKNAMES = {
    "Elizabeth": "Beth", "Katherine": "Kate", "Rebecca": "Becky", "Jennifer": "Jen", "Margaret": "Meg",
    "Susan": "Sue", "James": "Jim", "Robert": "Bob", "William": "Bill", "Thomas": "Tom", "Michael": "Mike",
    "Stephen": "Steve", "Jonathan": "Jon", "Gregory": "Greg", "Anthony": "Tony", "Patricia": "Pat",
}  # fmt: skip
SUFFIXES, SUFFIX_WEIGHTS = ("Jr.", "III", "II", "Sr."), (60, 25, 10, 5)
#: Of a hundred people: with a surname from the frequent ones, from the pools of names, a rare one.
SOURCES = (30, 35, 35)


@dataclass(frozen=True)
class Bearer:
    """The names of one person; ``others`` are further ones: kind, last and first name."""

    first: str
    middle: str
    last: str
    suffix: str
    sex: str
    others: tuple[tuple[NameKind, str, str], ...] = ()


class Census:
    """Draws people's names, the same for the same source of chance."""

    def __init__(self, source: random.Random):
        self.source = source
        self._weights = {length: _falling(length) for length in range(1, 120)}

    def draw(self) -> Bearer:
        """The names of one more person; namesakes happen, as they do."""
        source = self.source
        pool = source.choices(POOLS, weights=[pool.weight for pool in POOLS])[0]
        sex = source.choice("FM")
        first = self._accented(self._frequent(pool.women if sex == "F" else pool.men))
        last = self._surname(pool)
        return Bearer(
            first=first,
            middle=self._middle(pool, sex),
            last=last,
            suffix=source.choices(SUFFIXES, SUFFIX_WEIGHTS)[0] if sex == "M" and self._one_in(25) else "",
            sex=sex,
            others=tuple(self._others(first, last, sex)),
        )

    def _one_in(self, number: int) -> bool:
        return self.source.random() * number < 1

    def _frequent(self, names: Sequence[str]) -> str:
        return self.source.choices(names, cum_weights=self._weights[len(names)])[0]

    def _accented(self, name: str) -> str:
        """Half of the people whose name has an accent are on file with it."""
        return ACCENTED.get(name, name) if self.source.random() < 0.5 else name

    def _surname(self, pool: Pool) -> str:
        source = self.source
        kind = source.choices(("frequent", "pool", "rare"), SOURCES)[0]
        if pool is not POOLS[0] or kind == "pool":
            last = self._accented(self._frequent(pool.families))
            hispanic = "Garcia" in pool.families
            if self._one_in(6 if hispanic else 30):
                last += ("-" if self._one_in(2) else " ") + self._accented(source.choice(pool.families))
            return last
        if kind == "frequent":
            return self._frequent(FREQUENT)
        last = source.choice(BEGINNINGS) + source.choice(ENDINGS)
        return f"{last}-{self._frequent(FREQUENT)}" if self._one_in(25) else last

    def _middle(self, pool: Pool, sex: str) -> str:
        chance = self.source.random()
        if chance < 0.12:
            return ""
        if chance < 0.45:
            return self.source.choice(MIDDLE_INITIALS)
        return self._frequent(pool.women if sex == "F" else pool.men)

    def _others(self, first: str, last: str, sex: str):
        """A maiden or former name for a part of the women, what some are called, a former one for a few."""
        if (sex == "F" and self._one_in(4)) or self._one_in(60):
            before = self._frequent(FREQUENT) if self._one_in(2) else self._surname(POOLS[0])
            if before != last:
                kind = NameKind.MAIDEN if sex == "F" and self._one_in(2) else NameKind.FORMER
                yield kind, before, first
        if first in NICKNAMES and self._one_in(4):
            yield NameKind.NICKNAME, last, NICKNAMES[first]


def _falling(length: int) -> list[float]:
    """Cumulated weights of a list in which each place is rarer than the one before."""
    return list(itertools.accumulate(1 / (place + 3) for place in range(length)))
