"""Criteria of privileges in words, and the way through a tree of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel.errors import Refused
from credentialing.kinds import kind_of
from privileging.rules.criteria_facts import Statement, Volume

COMBINATIONS = ("all", "any", "none")
GROUP_TITLES = {"all": "All of these", "any": "One of these", "none": "None of these"}


def describe(node: Mapping[str, Any]) -> str:
    """One criterion as a sentence without a full stop: what has to be shown."""
    waiver = f" (may be waived: {node['waiver'].strip().rstrip('.')})" if node.get("waiver") else ""
    return f"{_described(node)}{waiver}"


def _described(node: Mapping[str, Any]) -> str:
    kind = node["type"]
    if kind == "DEGREE":
        return f"Degree: {or_words(node['in'])}"
    if kind == "PROVIDER_TYPE":
        return f"Profession: {or_words(node['in'])}"
    if kind == "TRAINING":
        return f"Completed {node.get('level') or 'training'} in {or_words(node['specialties'])}"
    if kind == "BOARD":
        if node["status"] == "certified":
            return f"Board certified in {or_words(node['specialties'])}"
        limit = (
            f", or eligible within {node['within_years']} years of training"
            if node.get("within_years")
            else " or eligible"
        )
        return f"Board certified in {or_words(node['specialties'])}{limit}"
    if kind == "VOLUME":
        return f"At least {node['at_least']} {group_label(node)}{window_words(node)}"
    if kind == "PROCTORED":
        return f"At least {node['at_least']} {group_label(node)} under a proctor{window_words(node)}"
    if kind == "LIFE_SUPPORT":
        return f"Current life support certificate: {or_words(node['courses'])}"
    if kind == "COURSE":
        return f"Course: {node['name']}"
    if kind == "SUPERVISION":
        agreements = (
            or_words(node["agreements"]) if node.get("agreements") else "supervision or collaboration"
        )
        within = f" in {or_words(node['specialties'])}" if node.get("specialties") else ""
        return f"Works under a current agreement: {agreements}{within}"
    if kind == "PREREQUISITE":
        return f"Holds {node.get('name') or node['privilege']}"
    raise Refused(f'"{kind}" is not a kind of criterion.')


@dataclass(frozen=True)
class Written:
    """A tree of criteria in words, for a page: a sentence, or a heading over its parts."""

    text: str
    parts: tuple[Written, ...] = ()


def written(criteria: Mapping[str, Any]) -> Written | None:
    """The criteria in words; None when there are none."""
    if not criteria:
        return None
    for how in COMBINATIONS:
        if how in criteria:
            parts = tuple(filter(None, (written(child) for child in criteria[how])))
            return Written(criteria.get("title") or GROUP_TITLES[how], parts)
    return Written(describe(criteria))


def each_criterion(criteria: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The single criteria of a tree, whatever the combination they stand in."""
    if not criteria:
        return
    for how in COMBINATIONS:
        if how in criteria:
            for child in criteria[how]:
                yield from each_criterion(child)
            return
    yield criteria


def criteria_tree(pair: Mapping[str, Any], application_kind: str) -> Mapping[str, Any]:
    """Of a line's two trees the one that applies: initial, or renewal for a reappointment."""
    return pair.get("renewal" if kind_of(application_kind).renews else "initial") or {}


def procedure_groups(version: Any, lines: Iterable[Any], application_kind: str) -> dict[str, str]:
    """Groups of cases the criteria of a form ask about, with the words the form uses."""
    trees = [criteria_tree(version.core_criteria, application_kind)]
    trees += [criteria_tree(line.criteria, application_kind) for line in lines]
    found: dict[str, str] = {}
    for tree in trees:
        for criterion in each_criterion(tree):
            if "group" in criterion:
                label = criterion.get("label") or criterion["group"].replace("-", " ")
                if criterion["type"] == "PROCTORED":
                    label = f"{label} under a proctor"
                found[criterion["group"]] = label[:1].upper() + label[1:]
    return found


def or_words(words: Sequence[str]) -> str:
    """The words as "A, B or C"; at least one is given."""
    words = [str(word) for word in words]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def group_label(node: Mapping[str, Any]) -> str:
    """What the cases of the criterion are called."""
    return node.get("label") or f"cases of {node['group']}"


def window_words(node: Mapping[str, Any]) -> str:
    """Within which months before the day they count, with a space before; empty: always."""
    return f" in the last {node['months']} months" if node.get("months") else ""


def day_words(day: dt.date | None) -> str:
    """The day as a page says it."""
    return f"{day.day} {day:%b %Y}" if day else "an unknown day"


def span_words(statement: Statement) -> str:
    """From when to when the credential held."""
    start = day_words(statement.valid_from) if statement.valid_from else "an unknown day"
    return f"{start} to {day_words(statement.valid_through)}" if statement.valid_through else f"{start} on"


def days_words(volume: Volume) -> str:
    """From when to when the cases were performed."""
    return f"{day_words(volume.performed_from)} to {day_words(volume.performed_through)}"
