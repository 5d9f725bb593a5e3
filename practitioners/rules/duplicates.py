"""How alike two records are, and why: points for and against, explained one by one. Pure.

The points are a working order for people who decide, not a decision: no two records are ever merged by a
score. They follow what record linkage weighs (Fellegi and Sunter): a number only one person has says much, a
common name little, and what surely differs speaks against.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from practitioners.rules.names import search_key
from practitioners.rules.nicknames import are_nicknames

#: From here on a pair is shown at all; from the others on it is called likely and very likely.
SHOWN, LIKELY, VERY_LIKELY = 45, 60, 80
#: Letters a name needs for one slip, and for two, to be forgiven.
ONE_SLIP, TWO_SLIPS = 4, 8
#: Numbers that say much: one person has one. Others are worth less, because anybody may have issued them.
STRONG_NUMBERS = frozenset({"medicaid", "medicare", "upin", "caqh", "ecfmg", "ncsbn", "military"})


@dataclass(frozen=True)
class NameOf:
    """One name of a record, in search form."""

    last: str
    first: str = ""
    middle: str = ""
    kind: str = "legal"

    @classmethod
    def of(cls, last: str, first: str = "", middle: str = "", kind: str = "legal") -> NameOf:
        """From a name as written."""
        return cls(search_key(last), search_key(first), search_key(middle), kind)


@dataclass(frozen=True)
class RecordFacts:
    """What is compared of one record.

    ``numbers`` are (kind, label, value), ``licences`` (kind, state, number in compared form).
    """

    names: tuple[NameOf, ...]
    npi: str = ""
    replaced_npis: frozenset[str] = frozenset()
    birth_date: dt.date | None = None
    sex: str = ""
    provider_type: str = ""
    numbers: frozenset[tuple[str, str, str]] = frozenset()
    licences: frozenset[tuple[str, str, str]] = frozenset()
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Point:
    """One reason for or against, in words."""

    points: int
    sentence: str


@dataclass(frozen=True)
class Likeness:
    """How alike two records are, 0 to 100, and the reasons, the weightiest first."""

    score: int
    reasons: tuple[Point, ...]

    @property
    def word(self) -> str:
        """The score in words."""
        if self.score >= VERY_LIKELY:
            return "Very likely one person"
        if self.score >= LIKELY:
            return "Likely one person"
        return "Possibly one person" if self.score >= SHOWN else "Little in common"

    @property
    def label(self) -> str:
        """The same word, as badges ask for it."""
        return self.word

    @property
    def colour(self) -> str:
        """Colour of the palette for the word."""
        return "bad" if self.score >= VERY_LIKELY else "warn" if self.score >= LIKELY else "neutral"


def compare(one: RecordFacts, other: RecordFacts) -> Likeness:
    """How alike two records are. Symmetric: the order of the records changes nothing."""
    reasons = [
        point
        for point in (
            *_npis(one, other),
            *_numbers(one, other),
            _names(one, other),
            _birth_dates(one.birth_date, other.birth_date),
            _sexes(one, other),
            _types(one, other),
            *_contacts(one, other),
        )
        if point is not None
    ]
    reasons.sort(key=lambda point: (-abs(point.points), point.sentence))
    return Likeness(max(0, min(100, sum(point.points for point in reasons))), tuple(reasons))


def _npis(one: RecordFacts, other: RecordFacts) -> Iterable[Point]:
    noted = {value for _, _, value in one.numbers} | one.replaced_npis
    noted_there = {value for _, _, value in other.numbers} | other.replaced_npis
    linked = sorted(({other.npi} & noted | {one.npi} & noted_there) - {""})
    if linked:
        yield Point(60, f"NPI {linked[0]} of one record is noted on the other.")
    elif one.npi and other.npi and one.npi == other.npi:
        yield Point(60, f"The same NPI {one.npi}.")
    elif one.npi and other.npi:
        yield Point(-25, "Two NPIs, and nothing says that one replaced the other.")


def _numbers(one: RecordFacts, other: RecordFacts) -> Iterable[Point]:
    for kind, state, number in sorted(one.licences & other.licences):
        yield Point(45, f"The same {kind}{f' of {state}' if state else ''}: {number}.")
        break
    shared = sorted(one.numbers & other.numbers, key=lambda each: (each[0] not in STRONG_NUMBERS, each))
    for kind, label, value in shared[:1]:
        yield Point(40 if kind in STRONG_NUMBERS else 15, f"The same {label}: {value}.")


def _names(one: RecordFacts, other: RecordFacts) -> Point | None:
    """The best of all pairs of names; former and further names count as much as the legal ones."""
    found = [_name(mine, theirs) for mine in one.names for theirs in other.names]
    return max(found, key=lambda point: (point.points, point.sentence)) if found else None


def _name(one: NameOf, other: NameOf) -> Point:
    told = "" if one.kind == other.kind == "legal" else " (a former or further name)"
    if one.last == other.last:
        if one.first == other.first:
            clash = one.middle and other.middle and one.middle[0] != other.middle[0]
            return Point(22 if clash else 30, f"The same name{', another middle name' if clash else told}.")
        if _nicknamed(one.first, other.first):
            return Point(26, f"The same surname, and {_first_of(one, other)} are forms of one name{told}.")
        if _alike(one.first, other.first):
            return Point(24, f"The same surname, given names a slip apart: {_first_of(one, other)}{told}.")
        if _initial(one.first, other.first):
            return Point(18, f"The same surname, and an initial that fits{told}.")
        return Point(4, f"Only the surname is the same{told}.")
    if one.last == other.first and one.first == other.last:
        return Point(24, f"Given name and surname changed places{told}.")
    if _alike(one.last, other.last) and (one.first == other.first or _nicknamed(one.first, other.first)):
        return Point(24, f"Surnames a slip apart, and the given name fits{told}.")
    if one.first == other.first and one.first and _part(one.last, other.last):
        return Point(22, f"One surname is part of the other, the same given name{told}.")
    return Point(-15, "No name fits the other's.")


def _first_of(one: NameOf, other: NameOf) -> str:
    return " and ".join(sorted({one.first.capitalize(), other.first.capitalize()}))


def _nicknamed(one: str, other: str) -> bool:
    return bool(one and other) and are_nicknames(one.split()[0], other.split()[0])


def _alike(one: str, other: str) -> bool:
    shorter = min(len(one), len(other))
    slips = 2 if shorter >= TWO_SLIPS else 1 if shorter >= ONE_SLIP else 0
    return one != other and bool(slips) and OSA.distance(one, other, score_cutoff=slips) <= slips


def _initial(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) <= 1 and long.startswith(short)


def _part(one: str, other: str) -> bool:
    return bool(set(one.split()) & set(other.split()))


def _birth_dates(one: dt.date | None, other: dt.date | None) -> Point | None:
    if one is None or other is None:
        return None
    if one == other:
        return Point(30, "The same birth date.")
    digits = sum(a != b for a, b in zip(one.isoformat(), other.isoformat(), strict=True))
    swapped = one.year == other.year and (one.month, one.day) == (other.day, other.month)
    if swapped or digits == 1:
        return Point(12, "Birth dates a slip apart.")
    return Point(-40, "Two birth dates.")


def _sexes(one: RecordFacts, other: RecordFacts) -> Point | None:
    differs = one.sex and other.sex and one.sex != other.sex
    return Point(-20, "Sex is stated differently.") if differs else None


def _types(one: RecordFacts, other: RecordFacts) -> Point | None:
    if one.provider_type and other.provider_type and one.provider_type != other.provider_type:
        return Point(
            -5, f"Two professions: {' and '.join(sorted((one.provider_type, other.provider_type)))}."
        )
    return Point(3, "The same profession.") if one.provider_type else None


def _contacts(one: RecordFacts, other: RecordFacts) -> Iterable[Point]:
    if one.emails & other.emails:
        yield Point(20, "The same e-mail address.")
    if one.phones & other.phones:
        yield Point(8, "The same telephone number.")
