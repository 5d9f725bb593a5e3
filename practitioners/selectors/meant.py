"""From what somebody typed to the person they mean; what a browser offers while they type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from config.kernel.errors import Forbidden, Refused
from practitioners.models import Practitioner, PractitionerName
from practitioners.policies import may_find
from practitioners.rules.names import search_key
from practitioners.selectors.canonical import without_aliases
from practitioners.selectors.search import SearchHit, search

MOST = 8
#: What the list offered while typing writes between a name and its number or code.
BETWEEN = " · "
_NPI = re.compile(r"(?<!\d)[12]\d{9}(?!\d)", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """One of several things the words may mean. ``text`` is what to ask with instead."""

    label: str
    detail: str
    text: str


def typed_so_far(text: str) -> str:
    """What is typed so far; a choice already made is asked about no more."""
    words = " ".join(text.replace("\x00", "").split())[:80]
    return "" if BETWEEN in words else words


def people_choices(viewer, text: str) -> list[Choice]:
    """People the words may mean, the best first."""
    return [person_choice(hit) for hit in search(viewer=viewer, text=text, limit=MOST)]


def person_choice(hit: SearchHit) -> Choice:
    """A person found, as something to choose."""
    detail = f"NPI {hit.npi}" if hit.npi else hit.detail
    return Choice(hit.label, detail, f"{hit.label}{BETWEEN}{hit.npi}" if hit.npi else hit.label)


def which_person(viewer, text: str) -> tuple[Practitioner | None, Sequence[Choice]]:
    """The one person the words mean, or the people they may mean. Refused when nobody fits."""
    number = _NPI.search(text)
    if number:
        found = Practitioner.objects.filter(npi=number.group()).first()
        if found is None:
            raise Refused(f"No practitioner has the NPI {number.group()}.", field="person")
        return found, ()
    hits = search(viewer=viewer, text=text, limit=MOST)
    exact = [hit for hit in hits if hit.label.casefold() == text.strip().casefold()]
    sure = exact or [hit for hit in hits if hit.exact]
    if len(sure) == 1:
        return Practitioner.objects.get(pk=sure[0].id), ()
    if not hits:
        raise Refused(
            f"Nobody is found under “{text.strip()}”. Try part of the name, or the NPI.", field="person"
        )
    return None, [person_choice(hit) for hit in hits]


# --- a list of people -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class LineMeant:
    """One line of a list of people: who it means, or the sentence why nobody is meant."""

    text: str
    practitioner: Practitioner | None = None
    problem: str = ""


def people_of_lines(viewer, lines: Sequence[str]) -> list[LineMeant]:
    """Whom each line of a list names, by NPI or by the beginning of a name as "Last, First" or "First Last".

    Guesses are not taken: a line that fits several people or none has a ``problem``. A person with several
    records is the canonical one. Two queries, however many lines.
    """
    if not may_find(viewer):
        raise Forbidden("Your roles do not include finding people.")
    numbers = {line: number.group() for line in lines if (number := _NPI.search(line))}
    by_npi = {
        each.npi: each for each in without_aliases(Practitioner.objects.filter(npi__in=set(numbers.values())))
    }
    keys = {line: _keys(line) for line in lines if line not in numbers}
    named = _by_keys({key for each in keys.values() for key in each})
    meant = []
    for line in lines:
        if line in numbers:
            person = by_npi.get(numbers[line])
            problem = "" if person else f"No practitioner has the NPI {numbers[line]}."
            meant.append(LineMeant(line, person, problem))
            continue
        found = {person.pk: person for key in keys[line] for person in named.get(key, ())}
        if len(found) == 1:
            meant.append(LineMeant(line, next(iter(found.values()))))
        elif found:
            meant.append(LineMeant(line, None, f"{len(found)} people fit. Write the NPI instead."))
        else:
            meant.append(LineMeant(line, None, "Nobody is found under this name."))
    return meant


def people_named_in(viewer, text: str) -> list[Practitioner]:
    """People on file whose NPI stands in a text, in its order; one query."""
    if not may_find(viewer):
        return []
    numbers = list(dict.fromkeys(_NPI.findall(text)))
    found = without_aliases(Practitioner.objects.filter(npi__in=numbers))
    return sorted(found, key=lambda person: numbers.index(person.npi))


def _keys(line: str) -> tuple[str, ...]:
    """The name as it is stored for search, read surname first and surname last."""
    words = search_key(line).split()
    if "," in line or len(words) < 2:
        return (" ".join(words),) if words else ()
    return " ".join(words), " ".join([words[-1], *words[:-1]])


def _by_keys(keys: set[str]) -> dict[str, list[Practitioner]]:
    """People by the key their name is or begins with, word by word; one query."""
    if not keys:
        return {}
    condition = Q(pk__in=[])
    for key in keys:
        condition |= Q(search_key=key) | Q(search_key__startswith=f"{key} ")
    rows = without_aliases(PractitionerName.objects.filter(condition), "practitioner_id")
    found: dict[str, list[Practitioner]] = {key: [] for key in keys}
    for row in rows.select_related("practitioner").order_by("practitioner_id", "id"):
        for key in keys:
            if row.search_key == key or row.search_key.startswith(f"{key} "):
                found[key].append(row.practitioner)
    return found
