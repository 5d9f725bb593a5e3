"""Criteria tried on a whole staff: the same judge, asked once for all who show it the same. Pure.

Most of a staff has nothing on file that a single criterion reads (another specialty, no such course), and
shows it the same as everybody else without: their verdict is worked out once. What a combination says follows
from what its criteria say, so it too is worked out once for each set of outcomes. Nothing is judged by other
rules than :mod:`privileging.rules.criteria`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from config.rulebook.verdicts import Outcome, Verdict
from practitioners.choices import ProviderType
from privileging.rules.criteria import combine, judge_criterion
from privileging.rules.criteria_facts import CriteriaFacts, Statement
from privileging.rules.criteria_words import each_criterion

#: Kinds of credential a kind of criterion reads, and the part of it that says whether it is one asked about
#: with the words asked for; None: whichever it is.
_READS: dict[str, tuple[tuple[str, ...], str | None, str]] = {
    "TRAINING": (("RESIDENCY",), "specialty", "specialties"),
    "BOARD": (("BOARD_CERT", "RESIDENCY"), "specialty", "specialties"),
    "LIFE_SUPPORT": (("LIFE_SUPPORT",), "course", "courses"),
    "COURSE": (("COURSE",), "course", "name"),
    "SUPERVISION": (("SUPERVISION",), None, ""),
}
_CASES = ("VOLUME", "PROCTORED")


@lru_cache(maxsize=10_000)
def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(node: Mapping[str, Any], key: str) -> frozenset[str]:
    said = node.get(key, ())
    return frozenset(_plain(str(each)) for each in ([said] if isinstance(said, str) else said))


def reads(node: Mapping[str, Any]) -> Callable[[str, Mapping[str, Any]], bool]:
    """Whether the criterion reads a statement, by its kind of credential and its content: of any other it
    takes no notice.
    """
    kind = node["type"]
    if kind == "DEGREE":
        return lambda type_code, extra: type_code == "MEDICAL_SCHOOL"
    if kind not in _READS:
        return lambda type_code, extra: False
    types, part, key = _READS[kind]
    words = _words(node, key)
    if part is None:
        return lambda type_code, extra: type_code in types
    return lambda type_code, extra: type_code in types and _plain(str(extra.get(part, ""))) in words


def reader(criteria: Sequence[Mapping[str, Any]]) -> Callable[[str, Mapping[str, Any]], frozenset[int]]:
    """Which of the criteria, by their number, read a statement; worked out once for all that say the same."""
    each_reads = [reads(node) for node in criteria]
    known: dict[tuple[str, str, str], frozenset[int]] = {}

    def read(type_code: str, extra: Mapping[str, Any]) -> frozenset[int]:
        says = type_code, str(extra.get("specialty", "")), str(extra.get("course", ""))
        found = known.get(says)
        if found is None:
            found = frozenset(number for number, one in enumerate(each_reads) if one(type_code, extra))
            known[says] = found
        return found

    return read


def concerned(criteria: Mapping[str, Any]) -> frozenset[str]:
    """The professions a tree is about, as far as it says so where nothing can take its place: by profession,
    or by degree where degrees are those professions are called by. Empty: any. Pure.
    """
    demanded = criteria.get("all", [criteria]) if criteria else []
    found: frozenset[str] | None = None
    for node in demanded:
        if node.get("type") in ("PROVIDER_TYPE", "DEGREE"):
            named = frozenset(each for each in node["in"] if each in ProviderType.values)
            if named:
                found = named if found is None else found & named
    return found or frozenset()


class Trials:
    """Trees of criteria, by any key, tried on one person after another."""

    def __init__(self, trees: Mapping[str, Mapping[str, Any]]):
        self.trees = {key: tree for key, tree in trees.items() if tree}
        numbers: dict[str, int] = {}
        self._leaves: list[_Leaf] = []
        self._of_tree = {
            key: [self._number(node, numbers) for node in each_criterion(tree)]
            for key, tree in self.trees.items()
        }
        self._read = reader([leaf.node for leaf in self._leaves])
        self._combined: dict[str, dict[tuple[Outcome, ...], tuple[Outcome, str]]] = {
            key: {} for key in self.trees
        }

    def _number(self, node: Mapping[str, Any], numbers: dict[str, int]) -> int:
        """The number of a single criterion; the same one in two trees is judged once."""
        name = json.dumps(node, sort_keys=True, default=str)
        if name not in numbers:
            numbers[name] = len(self._leaves)
            self._leaves.append(_Leaf(node))
        return numbers[name]

    def judge(
        self, facts: CriteriaFacts, keys: Iterable[str] | None = None
    ) -> dict[str, tuple[Outcome, str]]:
        """What the trees (None: all) come out at for a person, each with why in a sentence: as
        ``judge_criteria`` says of each.
        """
        read = set().union(*(self._read(each.type_code, each.extra) for each in facts.statements))
        verdicts: dict[int, Verdict] = {}
        found = {}
        for key in self.trees if keys is None else keys:
            numbers = self._of_tree[key]
            for number in numbers:
                if number not in verdicts:
                    verdicts[number] = self._leaves[number].judge(facts, number in read)
            found[key] = self._whole(key, [verdicts[number] for number in numbers])
        return found

    def _whole(self, key: str, verdicts: Sequence[Verdict]) -> tuple[Outcome, str]:
        tree = self.trees[key]
        if "type" in tree:
            return verdicts[0].outcome, verdicts[0].sentence
        outcomes = tuple([verdict.outcome for verdict in verdicts])
        known = self._combined[key]
        if outcomes not in known:
            following = iter(verdicts)
            whole = combine(tree, lambda node: next(following))
            known[outcomes] = (whole.outcome, whole.sentence)
        return known[outcomes]


class _Leaf:
    """A single criterion, and the verdicts of those who show it the same."""

    def __init__(self, node: Mapping[str, Any]):
        self.node, self.kind = node, node["type"]
        self.known: dict[Hashable, Verdict] = {}

    def judge(self, facts: CriteriaFacts, reads_some: bool) -> Verdict:
        """Its verdict; ``reads_some``: whether it reads any of the person's statements."""
        shown = self._shown(facts, reads_some)
        if shown is None:
            return judge_criterion(self.node, facts)
        verdict = self.known.get(shown)
        if verdict is None:
            verdict = self.known[shown] = judge_criterion(self.node, facts)
        return verdict

    def _shown(self, facts: CriteriaFacts, reads_some: bool) -> Hashable:
        """What the person shows it, where others can show the same; None where it is their own."""
        if self.kind == "PROVIDER_TYPE":
            return facts.provider_type
        if self.kind == "PREREQUISITE":
            code = self.node["privilege"]
            return facts.held.get(code), code in facts.requested
        if self.kind in _CASES:
            group = self.node["group"]
            return None if any(each.group == group for each in facts.volumes) else ()
        if self.kind == "DEGREE":
            return facts.provider_type, tuple(_degrees(facts.statements))
        return None if reads_some else ()


def _degrees(statements: Iterable[Statement]) -> Iterable[tuple[str, bool]]:
    return (
        (str(each.extra.get("degree", "")), each.confirmed)
        for each in statements
        if each.type_code == "MEDICAL_SCHOOL"
    )
