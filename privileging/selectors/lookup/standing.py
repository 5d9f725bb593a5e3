"""What suspends by itself: the standing conditions of the bylaws, judged live by their rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bylaws.parameters import ConditionEntry, condition_entries
from config.organization.models import Facility
from config.rulebook.rules import InSets, Rule, judge_many, rules
from config.rulebook.selectors.parameters import Bound, resolve_many
from config.rulebook.verdicts import Outcome, Verdict

STANDING_CONDITIONS = "bylaws.standing_conditions"


@dataclass(frozen=True)
class Conditions:
    """The standing conditions that concern a privilege: (code, its rule if this system knows it).
    ``privilege`` is its code; empty: whatever somebody holds.
    """

    rules: tuple[tuple[str, Rule | None], ...]
    bound: Mapping[tuple[str, str], Bound]
    citation: str
    privilege: str = ""

    def values_for(self, rule: Rule) -> dict[str, Bound]:
        """What binds of the parameters the rule reads."""
        return rule.bounds(self.bound)


@dataclass(frozen=True)
class Listed:
    """The standing conditions of a facility, each with the privileges it reaches."""

    entries: tuple[ConditionEntry, ...]
    known: Mapping[str, Rule]
    bound: Mapping[tuple[str, str], Bound]
    citation: str

    def among(self, entries: Iterable[ConditionEntry], privilege: str = "") -> Conditions:
        """Some of the conditions with their rules, in their order."""
        return Conditions(
            rules=tuple((entry.rule, self.known.get(entry.rule)) for entry in entries),
            bound=self.bound,
            citation=self.citation,
            privilege=privilege,
        )


def listed_at(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> Listed:
    """The standing conditions of the facility, and the values that bind; two queries at most."""
    known_rules = {rule.code: rule for rule in rules() if rule.standing}
    codes = {STANDING_CONDITIONS} | {code for rule in known_rules.values() for code in rule.parameters}
    bound = resolve_many(codes, facility=facility, on=on, known_at=known_at)
    listed = bound.get((STANDING_CONDITIONS, ""), Bound(STANDING_CONDITIONS, "", None))
    return Listed(tuple(condition_entries(listed.value)), known_rules, bound, listed.citation)


def conditions_of(
    privilege_code: str, facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> Conditions:
    """The standing conditions of the facility that concern the privilege, and the values that bind."""
    listed = listed_at(facility, on, known_at)
    return listed.among((entry for entry in listed.entries if entry.reaches(privilege_code)), privilege_code)


def judge_standing(
    practitioner_ids: Sequence[int],
    conditions: Conditions,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
    *,
    privileges_held: bool = False,
) -> dict[int, list[Verdict]]:
    """Verdicts of the standing conditions by practitioner id, for all of them at once.

    ``privileges_held``: each of them holds some that rest on no appointment. A condition whose rule is not
    known, or that does not answer for somebody, is UNKNOWN for them.
    """
    found: dict[int, list[Verdict]] = {pk: [] for pk in practitioner_ids}
    for code, rule in conditions.rules:
        verdicts: dict[int, Verdict] = {}
        if rule:
            verdicts = judge_many(
                rule,
                facility=facility,
                on=on,
                known_at=known_at,
                practitioner_ids=practitioner_ids,
                parameters=conditions.values_for(rule),
                privileges_held=practitioner_ids if privileges_held else (),
                privilege=conditions.privilege,
            )
        for pk in found:
            verdict = verdicts.get(pk)
            if verdict is None:
                verdict = Verdict(
                    Outcome.UNKNOWN,
                    code or "STANDING",
                    rule.title if rule else f"Standing condition {code}",
                    "This condition could not be judged.",
                    citation=conditions.citation,
                )
            found[pk].append(verdict)
    return found


#: A condition whose rule this system does not know: of nobody can it be said.
_NOT_KNOWN = InSets(values={})


def standing_in_sets(
    conditions: Conditions, facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> list[InSets]:
    """The conditions as statements about many people: what :func:`judge_standing` says of each of them."""
    found: list[InSets] = []
    for _, rule in conditions.rules:
        if rule is not None and rule.in_sets_for is not None:
            found += rule.in_sets_for(
                conditions.privilege, conditions.values_for(rule), facility, on, known_at
            )
        else:
            found.append(rule.in_sets(facility, on, known_at) if rule and rule.in_sets else _NOT_KNOWN)
    return found
