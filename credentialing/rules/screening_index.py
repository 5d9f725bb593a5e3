"""Many people against a stream of rows of an exclusion list: no pair is compared that cannot be a match.

A large staff bears far fewer surnames than it has people, and a list far fewer than it has rows. So surnames
are compared with surnames once, given names within them, and only pairs whose names fit, or that share a
number or a date of birth, are compared as a whole. What comes out is what :func:`.matching.find_matches`
finds among the rows :func:`.matching.block_keys` names, for one person after the other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Generic, TypeVar

from credentialing.rules.matching import (
    DEFAULTS,
    NOT_COUNTED,
    ListedParty,
    Match,
    MatchingParameters,
    ScreenedPerson,
    block_keys,
    block_keys_row,
    compare,
    first_fit,
    first_forms,
    last_fit,
    last_forms,
    near_keys,
)

Key = TypeVar("Key", bound=Hashable)
#: Who bears a surname, by given name.
Bearers = dict[str, list[Key]]


class Screening(Generic[Key]):
    """Many people against a stream of rows: people are indexed once, every row meets only those it may be.

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
        self._given: dict[tuple[str, str], bool] = {}
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
        for key in numbered | born | named:
            self.compared += 1
            match = compare(self._people[key], row, self.parameters, self._bearers)
            if match.match_class and (key not in named or self._share_a_key(self._people[key], row)):
                yield key, match

    def _named(self, row: ListedParty) -> Iterator[Key]:
        """People one of whose names fits the row's, in one of the two orders."""
        yield from self._fitting(row.last_name, row.first_name)
        if row.last_name and row.first_name:
            yield from self._fitting(row.first_name, row.last_name, both=True)

    def _fitting(self, last: str, first: str, *, both: bool = False) -> Iterator[Key]:
        """People with a surname like ``last`` and a given name like ``first``; ``both``: who have one."""
        for surname in self._surnames_like(last):
            for given, keys in self._names[surname].items():
                if (given or not both) and self._fits(given, first):
                    yield from keys

    def _fits(self, given: str, listed: str) -> bool:
        """Whether two given names are alike; the same two come again and again."""
        pair = (given, listed)
        found = self._given.get(pair)
        if found is None:
            width = self.parameters.first_width
            fit = first_fit(first_forms(given, width), first_forms(listed, width), self.parameters)
            found = self._given[pair] = fit >= self.parameters.possible_first
        return found

    def _surnames_like(self, last: str) -> list[str]:
        """Our surnames that are similar to a listed one."""
        found = self._like.get(last)
        if found is None:
            forms = last_forms(last, self.parameters.last_width)
            near = {surname for key in near_keys(forms) for surname in self._near.get(key, ())}
            found = self._like[last] = [each for each in near if self._similar(each, forms)]
        return found

    def _similar(self, surname: str, forms: tuple[str, ...]) -> bool:
        ours = last_forms(surname, self.parameters.last_width)
        return last_fit(ours, forms) >= self.parameters.possible_last

    def _born_with(self, row: ListedParty) -> Iterator[Key]:
        """People with the row's date of birth one of whose surnames is similar, however it is spelt."""
        same_day = self._born.get(row.birth_date, ()) if row.birth_date else ()
        if not same_day:
            return
        width = self.parameters.last_width
        columns = [last_forms(text, width) for text in dict.fromkeys((row.last_name, row.first_name)) if text]
        for key in same_day:
            if any(self._similar(name.last, forms) for name in self._people[key].names for forms in columns):
                yield key

    def _share_a_key(self, person: ScreenedPerson, row: ListedParty) -> bool:
        """Whether one person's screening would have compared the pair: equal surnames share a key."""
        forms = last_forms(row.last_name, self.parameters.last_width)
        if any(
            not set(last_forms(name.last, self.parameters.last_width)).isdisjoint(forms)
            for name in person.names
        ):
            return True
        return not block_keys(person, self.parameters).isdisjoint(block_keys_row(row, self.parameters))
