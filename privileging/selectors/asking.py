"""From what somebody typed into the lookup to the person and the privilege they mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from config.kernel.errors import Refused
from practitioners.models import Practitioner
from practitioners.selectors.search import SearchHit, search
from privileging.models import Privilege
from privileging.selectors.catalogue import search_privileges

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


def people_choices(viewer, text: str) -> list[Choice]:
    """People the words may mean, the best first."""
    return [_person(hit) for hit in search(viewer=viewer, text=text, limit=MOST)]


def privilege_choices(text: str) -> list[Choice]:
    """Privileges the words may mean, the best first."""
    return [_privilege(found) for found in search_privileges(text, limit=MOST)]


def _privilege(found: Privilege) -> Choice:
    return Choice(found.name, found.code, f"{found.name}{BETWEEN}{found.code}")


def _person(hit: SearchHit) -> Choice:
    detail = f"NPI {hit.npi}" if hit.npi else hit.detail
    return Choice(hit.label, detail, f"{hit.label}{BETWEEN}{hit.npi}" if hit.npi else hit.label)


def ask_about(hit: SearchHit) -> str:
    """What to put into the lookup to ask about this person."""
    return _person(hit).text


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
    return None, [_person(hit) for hit in hits]


def which_privilege(text: str) -> tuple[str, Sequence[Choice]]:
    """The code of the one privilege the words mean, or those they may mean. Refused when none fits."""
    code = text.rpartition(BETWEEN.strip())[2].strip().upper()
    if Privilege.objects.filter(code=code).exists():
        return code, ()
    found = search_privileges(text, limit=MOST)
    if found and not _contains(found[0], text):
        return "", [_privilege(each) for each in found]  # misspelt: which one it is, is asked
    exact = [each for each in found if each.name.casefold() == text.strip().casefold()]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0].code, ()
    if not found:
        raise Refused(
            f"No privilege is found under “{text.strip()}”. Try one word of it, or the code.",
            field="privilege",
        )
    return "", [_privilege(each) for each in found]


def _contains(privilege: Privilege, text: str) -> bool:
    """Whether every word typed stands in the name or the code as it was typed."""
    where = f"{privilege.name} {privilege.code}".casefold()
    return all(word in where for word in text.casefold().split())
