"""In which setting a privilege holds, and what has to be there for it: as data, and in words. Pure.

A setting limits what is granted: where in the house, patients of which age, under whose eyes. It is pinned
to the grant as its condition. A resource (TJC MS.06.01.01: equipment, staff and support exist before a
privilege is offered) is there at a facility or is not; without it the privilege is not offered there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bylaws.choices import ConditionKind
from bylaws.rules.line_conditions import in_words
from config.kernel.errors import Refused

SETTINGS = ("sites", "patients", "supervision")
#: Characters of the name of a site or a resource, and of the words about supervision, at most.
LONGEST_NAME, LONGEST_SUPERVISION = 80, 300
#: Sites or resources of one privilege at most.
MOST = 20
#: Nobody is older.
OLDEST = 130


def settings_of(data: Any, where: str) -> dict[str, Any]:
    """The settings as written in a catalogue file, checked: ``sites`` (a list of names), ``patients`` (whole
    years of age ``from`` and ``through``, either may be left out), ``supervision`` (in words). Refused with
    the place that is wrong; nothing is no setting.
    """
    data = {} if data is None else data
    if not isinstance(data, Mapping) or set(data) - set(SETTINGS):
        raise Refused(f"{where}: expected {', '.join(SETTINGS)}.")
    found: dict[str, Any] = {}
    if "sites" in data:
        found["sites"] = names_of(data["sites"], f"{where}.sites")
    if "patients" in data:
        found["patients"] = _ages(data["patients"], f"{where}.patients")
    if "supervision" in data:
        text = data["supervision"]
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_SUPERVISION:
            raise Refused(
                f"{where}.supervision: expected a text of at most {LONGEST_SUPERVISION} characters."
            )
        found["supervision"] = " ".join(text.split())
    return found


def names_of(data: Any, where: str) -> list[str]:
    """A list of names of sites or resources, none twice; refused with the place that is wrong."""
    if not isinstance(data, list) or not data or len(data) > MOST:
        raise Refused(f"{where}: expected a list of 1 to {MOST} names.")
    found: dict[str, str] = {}
    for name in data:
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
            raise Refused(f"{where}: each is a text of at most {LONGEST_NAME} characters.")
        if _key(name) in found:
            raise Refused(f"{where}: {name} stands there twice.")
        found[_key(name)] = " ".join(name.split())
    return list(found.values())


def _ages(data: Any, where: str) -> dict[str, int]:
    if not isinstance(data, Mapping) or not data or set(data) - {"from", "through"}:
        raise Refused(f"{where}: expected from, through or both, in whole years of age.")
    for key, value in data.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= OLDEST:
            raise Refused(f"{where}.{key}: expected a whole number of years from 0 to {OLDEST}.")
    if data.get("from", 0) > data.get("through", OLDEST):
        raise Refused(f"{where}: from lies above through.")
    return dict(data)


def settings_in_words(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The settings as conditions of what is granted, a sentence each."""
    told = []
    if sites := settings.get("sites"):
        told.append(f"Only at: {', '.join(sites)}.")
    if ages := settings.get("patients"):
        told.append(f"Patients {_ages_in_words(ages)} only.")
    if supervision := settings.get("supervision"):
        told.append(f"Supervision: {supervision.rstrip('.')}.")
    return tuple(told)


def _ages_in_words(ages: Mapping[str, int]) -> str:
    first, last = ages.get("from"), ages.get("through")
    if last is None:
        return f"of {first} years and older"
    if not first:
        return f"up to and including {last} years"
    return f"from {first} through {last} years" if first < last else f"of {first} years"


def conditions_with(settings: Mapping[str, Any], conditions: str) -> str:
    """The conditions of a grant: its settings, then what the body wrote, each sentence once, a line each."""
    lines = [*settings_in_words(settings), *(line.strip() for line in conditions.splitlines())]
    return "\n".join(dict.fromkeys(line for line in lines if line))


def site_limits(
    settings: Mapping[str, Any], stated: Iterable[Mapping[str, Any]], conditions: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """At which sites alone something granted may be used, by the sentence that says so: from the settings of
    its form line and from what the body stated (``bylaws.rules.line_conditions``). Only what stands among the
    conditions of the grant counts: they are what was granted. Where several do, each has to be kept.
    """
    found: dict[str, tuple[str, ...]] = {}
    if sites := settings.get("sites"):
        found[settings_in_words({"sites": sites})[0]] = tuple(sites)
    for each in stated:
        if each["kind"] == ConditionKind.SITE:
            found[in_words([each])[0]] = (each["where"],)
    return {sentence: sites for sentence, sites in found.items() if sentence in conditions}


def is_among(site: str, sites: Iterable[str]) -> bool:
    """Whether the site is one of these, however its letters are written."""
    return _key(site) in {_key(each) for each in sites}


def lacking(needed: Iterable[str], there: Collection[str]) -> tuple[str, ...]:
    """What of the resources needed is not there, however its letters are written."""
    known = {_key(name) for name in there}
    return tuple(name for name in needed if _key(name) not in known)


def _key(name: str) -> str:
    return " ".join(name.casefold().split())
