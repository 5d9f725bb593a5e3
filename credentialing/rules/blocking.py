"""Which rows of a list are worth a comparison with a person: those that share a key.

Keys are: exact NPI, exact UPIN, exact date of birth, the exact surname, and the surname less any one letter
together with the initial of the given name (on the person's side also the initials of all nicknames, and the
names swapped). Hence no pair is lost that has the same NPI, UPIN or date of birth; none with an equal surname
or part of one; and none whose surnames differ by one letter more, less, other or exchanged with its neighbour
while the given names share an initial or a nickname. Lost are pairs without common number or date whose
surnames differ by two letters or more, or by one letter when the initials differ as well; long surnames that
share their first six letters are caught even then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from credentialing.rules.matching import DEFAULTS, ListedParty, MatchingParameters, ScreenedPerson
from credentialing.rules.name_forms import KEY_LETTERS, first_forms, last_forms
from practitioners.rules.nicknames import nicknames

#: Surnames this long are also filed by their beginning: two slips in a long name leave it similar.
LONG_SURNAME, LONG_PREFIX = 8, 6


def block_keys(person: ScreenedPerson, parameters: MatchingParameters = DEFAULTS) -> frozenset[str]:
    """The keys of the rows this person must be compared with (the module's text says what they catch)."""
    keys = _number_keys(person.npi, person.upin, person.birth_date)
    for name in person.names:
        given = first_forms(name.first, parameters.first_width)
        initials = {form[0] for form in given} | {
            other[0] for form in given for token in form.split()[:1] for other in nicknames(token)
        }
        surnames = last_forms(name.last, parameters.last_width)
        keys |= _surname_keys(surnames, initials or {"*"})
        # Names entered in the wrong columns: their surname column holds our given name or a nickname of it.
        turned_initials = {form[0] for form in surnames}
        turned = _surname_keys(last_forms(name.first, parameters.last_width), turned_initials)
        keys |= {key for key in turned if not key.startswith("L")}
        keys |= {
            f"E{other}/{initial}"
            for form in given
            for other in nicknames(form)
            for initial in turned_initials
        }
    return frozenset(keys)


def block_keys_row(row: ListedParty, parameters: MatchingParameters = DEFAULTS) -> frozenset[str]:
    """The keys of a list row. A business row has only its numbers."""
    keys = _number_keys(row.npi, row.upin, row.birth_date)
    given = first_forms(row.first_name, parameters.first_width)
    keys |= _surname_keys(
        last_forms(row.last_name, parameters.last_width), {form[0] for form in given} or {"*"}
    )
    return frozenset(keys)


def _number_keys(npi: str, upin: str, birth_date: dt.date | None) -> set[str]:
    keys = set()
    if npi:
        keys.add(f"N{npi}")
    if upin:
        keys.add(f"U{upin.upper()}")
    if birth_date:
        keys.add(f"D{birth_date:%Y%m%d}")
    return keys


def _surname_keys(surnames: Iterable[str], initials: set[str]) -> set[str]:
    forms = [form[:KEY_LETTERS] for form in surnames if " " not in form]
    near = near_keys(surnames)
    return {f"L{form}" for form in forms} | {f"{key}/{initial}" for key in near for initial in initials}


def near_keys(surnames: Iterable[str]) -> set[str]:
    """The keys two surnames share that differ by a letter or begin alike, whatever the given name is."""
    keys = set()
    for surname in {form[:KEY_LETTERS] for form in surnames}:
        if " " in surname:  # the joined form and the parts are there as well
            continue
        keys.add(f"E{surname}")
        if len(surname) > 2:
            keys.update(f"E{surname[:index]}{surname[index + 1 :]}" for index in range(len(surname)))
        if len(surname) >= LONG_SURNAME:
            keys.add(f"P{surname[:LONG_PREFIX]}")
    return keys
