"""Many people against a stream of rows of an exclusion list: no pair is compared that cannot be a match.

A large staff bears far fewer surnames than it has people, and a list far fewer than it has rows. So surnames
are compared with surnames once, given names within them, and only pairs whose names fit, or that share a
number or a date of birth, are compared as a whole. What comes out is what :func:`.matching.find_matches`
finds among the rows :func:`.matching.block_keys` names, for one person after the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeVar

from credentialing.rules.blocking import block_keys, block_keys_row, near_keys
from credentialing.rules.matching import (
    ANOTHER,
    DEFAULTS,
    NOT_COUNTED,
    ListedParty,
    Match,
    MatchingParameters,
    ScreenedPerson,
    birth_date_outcome,
    compare,
    given_names_fit,
    last_fit,
)
from credentialing.rules.name_forms import last_forms

Key = TypeVar("Key", bound=Hashable)
#: Who bears a surname, by given name.
Bearers = dict[str, list[Key]]


class Screening(Generic[Key]):
    """Many people against a stream of rows: people are indexed once, every row meets only those it may be.

    Most namesakes are told apart by their birth date; of them the class is all that is said (``ANOTHER``).

    ``bearers`` as in :func:`.matching.compare`. ``compared`` counts the pairs that were compared as a whole.
    """

    def __init__(
        self,
        people: Mapping[Key, ScreenedPerson],
        parameters: MatchingParameters = DEFAULTS,
        bearers: Mapping[str, int] = NOT_COUNTED,
    ):
        self.parameters = parameters
        self.compared = 0
        self._people, self._bearers = people, bearers
        self._names: dict[str, Bearers[Key]] = {}
        self._near: dict[str, list[str]] = {}
        self._like: dict[str, list[str]] = {}
        self._given: dict[str, tuple[set[str], set[str]]] = {}
        self._numbers: dict[str, list[Key]] = {}
        self._born: dict[object, list[Key]] = {}
        for key, person in people.items():
            self._file(key, person)
        for surname in self._names:
            for near in near_keys(last_forms(surname, parameters.last_width)):
                self._near.setdefault(near, []).append(surname)

    def _file(self, key: Key, person: ScreenedPerson) -> None:
        for name in person.names:
            self._names.setdefault(name.last, {}).setdefault(name.first, []).append(key)
        for number in (person.npi and f"N{person.npi}", person.upin and f"U{person.upin.upper()}"):
            if number:
                self._numbers.setdefault(number, []).append(key)
        if person.birth_date:
            self._born.setdefault(person.birth_date, []).append(key)

    def matches(self, row: ListedParty) -> Iterator[tuple[Key, Match]]:
        """Every person (by the key given) for whom this row is more than NONE."""
        numbered = {
            key
            for number in (row.npi and f"N{row.npi}", row.upin and f"U{row.upin.upper()}")
            if number
            for key in self._numbers.get(number, ())
        }
        born = set(self._born_with(row))
        named = set(self._named(row)) - numbered - born
        for key in numbered | born:
            match = self.compare(key, row)
            if match.match_class:
                yield key, match
        for key in named:
            if not self._share_a_key(self._people[key], row):
                continue
            if self._differs(self._people[key].birth_date, row.birth_date):
                yield key, ANOTHER
                continue
            match = self.compare(key, row)
            if match.match_class:
                yield key, match

    def _differs(self, ours: dt.date | None, listed: dt.date | None) -> bool:
        """Whether a pair of the same name and without a common number is another person by its birth date."""
        return birth_date_outcome(ours, listed, self.parameters.birth_date_near_edits) == "differs"

    def compare(self, key: Key, row: ListedParty) -> Match:
        """This person and this row, with every part that led to the class."""
        self.compared += 1
        return compare(self._people[key], row, self.parameters, self._bearers)

    def _named(self, row: ListedParty) -> Iterator[Key]:
        """People one of whose names fits the row's, in one of the two orders."""
        yield from self._fitting(row.last_name, row.first_name)
        if row.last_name and row.first_name:
            yield from self._fitting(row.first_name, row.last_name, both=True)

    def _fitting(self, last: str, first: str, *, both: bool = False) -> Iterator[Key]:
        """People with a surname like ``last`` and a given name like ``first``; ``both``: who have one."""
        like = self._surnames_like(last)
        if not like:
            return
        # The same two given names come again and again.
        known, fitting = self._given.setdefault(first, (set(), set()))
        for surname in like:
            names = self._names[surname]
            for given in names.keys() - known:
                known.add(given)
                if given_names_fit(given, first, self.parameters):
                    fitting.add(given)
            for given in names.keys() & fitting:
                if given or not both:
                    yield from names[given]

    def _surnames_like(self, last: str) -> list[str]:
        """Our surnames that are similar to a listed one."""
        found = self._like.get(last)
        if found is None:
            keys = near_keys(last_forms(last, self.parameters.last_width))
            near = {surname for key in keys for surname in self._near.get(key, ())}
            found = self._like[last] = [each for each in near if self._similar(each, last)]
        return found

    def _similar(self, ours: str, listed: str) -> bool:
        return last_fit(ours, listed, self.parameters.last_width) >= self.parameters.possible_last

    def _born_with(self, row: ListedParty) -> Iterator[Key]:
        """People with the row's date of birth one of whose surnames is similar, however it is spelt."""
        same_day = self._born.get(row.birth_date, ()) if row.birth_date else ()
        if not same_day:
            return
        columns = [text for text in dict.fromkeys((row.last_name, row.first_name)) if text]
        for key in same_day:
            if any(self._similar(name.last, text) for name in self._people[key].names for text in columns):
                yield key

    def _share_a_key(self, person: ScreenedPerson, row: ListedParty) -> bool:
        """Whether one person's screening would have compared the pair: equal surnames share a key."""
        width = self.parameters.last_width
        if any(last_fit(name.last, row.last_name, width) == 1 for name in person.names):
            return True
        return not block_keys(person, self.parameters).isdisjoint(block_keys_row(row, self.parameters))
