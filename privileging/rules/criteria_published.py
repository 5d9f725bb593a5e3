"""What is checked of criteria before a form with them is published, and what they may not rest on alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.kernel.errors import Refused
from practitioners.choices import ProviderType
from privileging.rules.criteria_words import COMBINATIONS, describe, each_criterion, or_words

#: A hospital may not let privileges depend solely on certification, fellowship or membership of a society.
SOLELY = "42 CFR 482.12(a)(7)"


@dataclass(frozen=True)
class Alone:
    """A criterion of certification or fellowship that nothing else can take the place of. ``solely``: nothing
    else is asked at all.
    """

    title: str
    solely: bool

    @property
    def sentence(self) -> str:
        """What is wrong and what would mend it."""
        if self.solely:
            what = f"Rests solely on: {self.title}."
        else:
            what = f"Nothing can take the place of: {self.title}."
        return f"{what} Add another way to show it (training and cases, say), or a way to ask for a waiver."


def alone(criteria: Mapping[str, Any] | None) -> list[Alone]:
    """Criteria of certification or fellowship without an alternative or a waiver, in their order. Pure.

    A criterion within ``any`` has an alternative when one branch of it asks for something else; "certified or
    eligible" has one by itself, for eligibility is shown by training. A fellowship beside other criteria is
    training, and named only where nothing else is asked.
    """
    if not criteria:
        return []
    solely = all(_certified(each) or _fellowship(each) for each in each_criterion(criteria))
    found = _without_alternative(criteria, (lambda node: True) if solely else _certified)
    return [Alone(describe(each), solely) for each in found]


def _without_alternative(
    node: Mapping[str, Any], named: Callable[[Mapping[str, Any]], bool]
) -> list[Mapping[str, Any]]:
    if "all" in node:
        return [each for child in node["all"] for each in _without_alternative(child, named)]
    if "any" in node:
        branches = [_without_alternative(child, named) for child in node["any"]]
        return [each for branch in branches for each in branch] if all(branches) else []
    if "none" in node:
        return []
    return [node] if named(node) else []


def _certified(node: Mapping[str, Any]) -> bool:
    return node["type"] == "BOARD" and node["status"] == "certified" and not node.get("waiver")


def _fellowship(node: Mapping[str, Any]) -> bool:
    return node["type"] == "TRAINING" and node.get("level") == "fellowship" and not node.get("waiver")


_TEXTS = {"in", "specialties", "courses", "agreements"}
_REQUIRED = {
    "DEGREE": {"in"},
    "PROVIDER_TYPE": {"in"},
    "TRAINING": {"specialties"},
    "BOARD": {"specialties", "status"},
    "VOLUME": {"group", "at_least", "months"},
    "PROCTORED": {"group", "at_least"},
    "LIFE_SUPPORT": {"courses"},
    "COURSE": {"name"},
    "SUPERVISION": set(),
    "PREREQUISITE": {"privilege"},
}
_OPTIONAL = {
    "TRAINING": {"level", "waiver"},
    "BOARD": {"within_years", "waiver"},
    "VOLUME": {"label"},
    "PROCTORED": {"label", "months"},
    "SUPERVISION": {"agreements", "specialties"},
    "PREREQUISITE": {"name"},
}
_BOARD_STATUSES = ("certified", "certified_or_eligible")
#: Texts of one line, with the most characters each may have.
_LONGEST = {"group": 40, "privilege": 40, "name": 200, "label": 200, "level": 60, "waiver": 500, "title": 200}
#: What a group of cases and a privilege are called by: what they are recorded and granted under.
_GROUP, _PRIVILEGE = re.compile(r"[A-Za-z0-9_-]+"), re.compile(r"[A-Z0-9-]+")
#: Combinations within combinations at most: more, nobody reads.
MOST_DEEP = 8


def validate_criteria(criteria: Any, where: str = "criteria", *, deep: int = 0) -> None:
    """Refuse criteria the judge could not judge, naming the place inside them. Empty criteria pass.

    Whether a privilege somebody has to hold is in the catalogue is not known here: see
    :func:`prerequisites`.
    """
    if criteria is None or criteria == {}:
        return
    if not isinstance(criteria, Mapping):
        raise Refused(f"{where}: expected a mapping, found {type(criteria).__name__}.")
    if wrong := [key for key in criteria if not isinstance(key, str)]:
        raise Refused(f"{where}: {wrong[0]} is not a word that is known here.")
    groups = [how for how in COMBINATIONS if how in criteria]
    if groups:
        if len(groups) > 1 or set(criteria) - {groups[0], "title"}:
            raise Refused(f"{where}: one of all, any or none, and nothing beside it but a title.")
        if deep >= MOST_DEEP:
            raise Refused(f"{where}: criteria stand within each other {MOST_DEEP} deep at most.")
        if "title" in criteria:
            _line_of_text(criteria["title"], "title", where)
        children = criteria[groups[0]]
        if not isinstance(children, list) or not children:
            raise Refused(f"{where}.{groups[0]}: expected a list with at least one criterion.")
        for index, child in enumerate(children, 1):
            if not child:
                raise Refused(f"{where}.{groups[0]}[{index}] is empty.")
            validate_criteria(child, f"{where}.{groups[0]}[{index}]", deep=deep + 1)
        return
    kind = criteria.get("type")
    if not isinstance(kind, str) or kind not in _REQUIRED:
        raise Refused(f'{where}: "{kind}" is not a kind of criterion; known are {", ".join(_REQUIRED)}.')
    keys = set(criteria) - {"type"}
    missing = _REQUIRED[kind] - keys
    if missing:
        raise Refused(f"{where}: {kind} needs {', '.join(sorted(missing))}.")
    strange = keys - _REQUIRED[kind] - _OPTIONAL.get(kind, set())
    if strange:
        raise Refused(f"{where}: {kind} does not know {', '.join(sorted(strange))}.")
    for key in keys & _TEXTS:
        value = criteria[key]
        if not isinstance(value, list) or not value:
            raise Refused(f"{where}.{key}: expected a list of words.")
        for word in value:
            if not isinstance(word, str) or not word.strip():
                raise Refused(f"{where}.{key}: expected a list of words.")
    if "waiver" in keys and not (isinstance(criteria["waiver"], str) and criteria["waiver"].strip()):
        raise Refused(f"{where}.waiver: say in words who may waive it and on what.")
    for key in sorted(keys & set(_LONGEST)):
        _line_of_text(criteria[key], key, where)
    if "group" in keys and not _GROUP.fullmatch(criteria["group"]):
        raise Refused(f"{where}.group: letters, digits, hyphens and underscores alone.")
    if "privilege" in keys and not _PRIVILEGE.fullmatch(criteria["privilege"]):
        raise Refused(f"{where}.privilege: the code of a privilege, in capitals.")
    for key in keys & {"at_least", "months", "within_years"}:
        value = criteria[key]
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000:
            raise Refused(f"{where}.{key}: expected a whole number of at least 1.")
    if kind == "PROVIDER_TYPE" and (
        unknown := [each for each in criteria["in"] if each not in ProviderType.values]
    ):
        raise Refused(
            f"{where}.in: {unknown[0]} is no profession; known are {', '.join(ProviderType.values)}."
        )
    if kind == "BOARD" and criteria["status"] not in _BOARD_STATUSES:
        raise Refused(f"{where}.status: one of {or_words(_BOARD_STATUSES)}.")


def _line_of_text(value: Any, key: str, where: str) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST[key]:
        raise Refused(f"{where}.{key}: expected a text of at most {_LONGEST[key]} characters.")


def prerequisites(criteria: Mapping[str, Any] | None) -> list[str]:
    """Codes of the privileges a tree asks somebody to hold, in their order. Pure."""
    return [each["privilege"] for each in each_criterion(criteria or {}) if each["type"] == "PREREQUISITE"]
