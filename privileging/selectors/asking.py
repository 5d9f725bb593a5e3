"""From what somebody typed into the lookup to the privilege they mean."""

from __future__ import annotations

from collections.abc import Sequence

from config.kernel.errors import Refused
from practitioners.selectors.meant import BETWEEN, MOST, Choice, person_choice
from practitioners.selectors.search import SearchHit
from privileging.models import Privilege
from privileging.selectors.catalogue import search_privileges


def privilege_choices(text: str) -> list[Choice]:
    """Privileges the words may mean, the best first."""
    return [_privilege(found) for found in search_privileges(text, limit=MOST)]


def _privilege(found: Privilege) -> Choice:
    return Choice(found.name, found.code, f"{found.name}{BETWEEN}{found.code}")


def ask_about(hit: SearchHit) -> str:
    """What to put into the lookup to ask about this person."""
    return person_choice(hit).text


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
