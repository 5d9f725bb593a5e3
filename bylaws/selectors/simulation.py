"""An amendment tried on the staff: what would be judged otherwise if the values drafted were in force.

The facts of the day are gathered once and judged twice, under the values in force and under the drafted ones.
Only rules that read a value the amendment changes are judged; of every other rule the amendment changes
nothing. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.core.cache import cache

from bylaws.models import Amendment
from bylaws.rules.reach import require_askable
from bylaws.selectors.amendments import drafts_of
from bylaws.selectors.compliance import rules_shown
from bylaws.selectors.judged import Judged, alone_of, judged_of
from config.accounts.policies import require
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.rules import Rule, judge_gathered
from config.rulebook.rules import rules as all_rules
from config.rulebook.selectors.parameters import Bound, DraftValue, resolve_with_drafts
from config.rulebook.subjects import Subject
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.policies import is_own_file

#: What becomes of somebody under a rule, in the order in which it is told.
NO_LONGER, FOUND, NOW, NOT_KNOWN, IN_DOUBT, SOONER, LATER, OTHERWISE = (
    "no_longer",
    "found",
    "now",
    "not_known",
    "in_doubt",
    "sooner",
    "later",
    "otherwise",
)
CHANGES = {
    NO_LONGER: ("No longer compliant", "bad"),
    FOUND: ("Not met instead of unknown", "bad"),
    NOW: ("Compliant by it", "good"),
    NOT_KNOWN: ("No longer known", "warn"),
    IN_DOUBT: ("Unknown instead of not met", "info"),
    SOONER: ("Due sooner", "warn"),
    LATER: ("Due later", "info"),
    OTHERWISE: ("Only the reason changes", "muted"),
}
#: How many seconds the numbers for members are repeated: for the day they are of, at most.
REPEATED = 24 * 3600
_COMPLIANT = (Outcome.MET, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True)
class Change:
    """One person, body or thing under one rule, judged otherwise."""

    rule: Rule
    judged: Judged | Subject
    before: Verdict
    after: Verdict
    change: str

    @property
    def practitioner(self):
        """Whom it is about, or whose it is; None for a body or a document."""
        return self.judged.practitioner

    @property
    def label(self) -> str:
        """What becomes of them, in words."""
        return CHANGES[self.change][0]

    @property
    def colour(self) -> str:
        """The colour of that."""
        return CHANGES[self.change][1]


@dataclass(frozen=True)
class RuleTried:
    """One rule under both laws: counts by outcome, how often each kind of change happens, and who is judged
    otherwise (nobody is named in numbers for members).
    """

    rule: Rule
    before: Mapping[Outcome, int]
    after: Mapping[Outcome, int]
    changed: Mapping[str, int]
    changes: tuple[Change, ...]
    total: int

    @property
    def tally(self) -> list[tuple[str, int]]:
        """Each kind of change that happens to somebody, with its number."""
        return [(label, number) for change, (label, _) in CHANGES.items() if (number := self.changed[change])]

    @property
    def counts(self) -> list[tuple[str, int, int]]:
        """Each outcome in words, under the law in force and under the drafts."""
        return [(str(each.label), self.before[each], self.after[each]) for each in Outcome]


@dataclass(frozen=True)
class Simulation:
    """The amendment on one day: the rules that read what it changes, the values before and after."""

    on: dt.date
    rules: tuple[RuleTried, ...]
    values: tuple[tuple[Bound, Bound], ...]
    untouched: int  # rules that read nothing the amendment changes
    withheld: int  # rules whose findings the viewer may not see

    @property
    def changes(self) -> list[Change]:
        """Everybody judged otherwise, by rule, by what becomes of them, by name."""
        return [each for rule in self.rules for each in rule.changes]

    def counted(self, change: str) -> int:
        """To how many findings that happens."""
        return sum(rule.changed[change] for rule in self.rules)

    @property
    def tally(self) -> list[tuple[str, str, int]]:
        """Each kind of change with its colour and number, those that happen to nobody as well."""
        return [(label, colour, self.counted(change)) for change, (label, colour) in CHANGES.items()]


def change_of(before: Verdict, after: Verdict) -> str:
    """What becomes of somebody; empty where the verdict says the same. Pure.

    The source and citation of the value, and the number in the sentence, are no difference: they change for
    everybody.
    """
    if after.outcome != before.outcome:
        # Unknown is never compliant: who was not known to meet it loses nothing by being known not to.
        was_compliant = before.outcome in _COMPLIANT
        if after.outcome == Outcome.NOT_MET:
            return NO_LONGER if was_compliant else FOUND
        if after.outcome == Outcome.UNKNOWN:
            return NOT_KNOWN if was_compliant else IN_DOUBT
        # Whom it concerned and no longer does, and the other way round, was compliant before.
        return OTHERWISE if was_compliant else NOW
    if before.due != after.due and before.due and after.due:
        return SOONER if after.due < before.due else LATER
    return OTHERWISE if before.since != after.since else ""


def affected(rules: Sequence[Rule], drafts: Sequence[DraftValue]) -> list[Rule]:
    """The rules that read a value the drafts change. Pure."""
    codes = {each.code for each in drafts}
    return [rule for rule in rules if codes & set(rule.parameters)]


def simulate(
    *,
    viewer,
    facility: Facility,
    on: dt.date,
    drafts: Sequence[DraftValue],
    known_at: dt.datetime | None = None,
) -> Simulation:
    """The drafts tried on everybody and everything the rules judge at the facility on the day, whatever day
    they would be in force from. A few set queries for each rule that reads them, whatever the number judged.

    Findings of a class the viewer has not, and the viewer's own, are left out.
    """
    require(viewer, "bylaws.view_compliance", facility)
    require_askable(on, today=clock.today(facility))
    return _simulate(viewer, rules_shown(viewer, facility), facility, on, drafts, known_at)


def simulate_for_members(amendment: Amendment) -> Simulation:
    """The same as of today in numbers, for members who are asked about it: only rules of no protected class,
    and nobody is named. Who may read the amendment, of which notice was given, is asked by whoever calls.

    All members are told of it at once, and it is the same for each of them: what is found when the first asks
    is repeated for the rest of the day.
    """
    facility = amendment.facility
    on = clock.today(facility)
    key = f"amendment-in-numbers:{amendment.pk}:{on.isoformat()}"
    open_rules = {rule.code: rule for rule in all_rules() if not rule.data_class}
    kept = cache.get(key)
    if kept is None or any(code not in open_rules for code, *_ in kept["rules"]):
        found = _simulate(None, list(open_rules.values()), facility, on, drafts_of(amendment), None)
        kept = {
            "rules": [
                (each.rule.code, dict(each.before), dict(each.after), dict(each.changed), each.total)
                for each in found.rules
            ],
            "values": [(_alone(before), _alone(after)) for before, after in found.values],
            "untouched": found.untouched,
            "withheld": found.withheld,
        }
        cache.set(key, kept, REPEATED)
    return Simulation(
        on=on,
        rules=tuple(
            RuleTried(open_rules[code], before, after, Counter(changed), (), total)
            for code, before, after, changed, total in kept["rules"]
        ),
        values=tuple(kept["values"]),
        untouched=kept["untouched"],
        withheld=kept["withheld"],
    )


def _alone(bound: Bound) -> Bound:
    """What binds, without the rows it was made of."""
    return replace(bound, candidates=(), merged=())


def _simulate(
    viewer,
    shown: Sequence[Rule],
    facility: Facility,
    on: dt.date,
    drafts: Sequence[DraftValue],
    known_at: dt.datetime | None,
) -> Simulation:
    tried = affected(shown, drafts)
    codes = {code for rule in tried for code in rule.parameters} | {each.code for each in drafts}
    now, then = resolve_with_drafts(codes, drafts, facility=facility, on=on, known_at=known_at)
    found: dict[str, RuleTried] = {}
    for kind in sorted({rule.subject for rule in tried}):
        with judged_of(kind, facility, on, known_at) as population:
            alone = alone_of(population)
            for rule in (each for each in tried if each.subject == kind):
                facts = rule.facts(facility, on, known_at, list(population))
                before, after = (
                    judge_gathered(
                        rule,
                        facts,
                        rule.bounds(values),
                        facility=facility,
                        on=on,
                        known_at=known_at,
                        privileges_held=alone,
                    )
                    for values in (now, then)
                )
                found[rule.code] = _tried(rule, viewer, population, before, after)
    keys = sorted({(each.code, each.subject) for each in drafts})
    return Simulation(
        on=on,
        rules=tuple(found[rule.code] for rule in tried),
        values=tuple((now.get(key, Bound(*key, None)), then.get(key, Bound(*key, None))) for key in keys),
        untouched=len(shown) - len(tried),
        withheld=len(affected(_withheld(shown), drafts)),
    )


def _tried(
    rule: Rule,
    viewer,
    population: Mapping[int, Judged | Subject],
    before: Mapping[int, Verdict],
    after: Mapping[int, Verdict],
) -> RuleTried:
    unanswered = Verdict(Outcome.UNKNOWN, rule.code, rule.title, "The rule gave no answer.")
    changes, counts = [], (Counter[Outcome](), Counter[Outcome]())
    total = 0
    for person, row in population.items():
        if rule.data_class and row.practitioner is not None and is_own_file(viewer, row.practitioner):
            continue
        total += 1
        was, would = before.get(person, unanswered), after.get(person, unanswered)
        counts[0][was.outcome] += 1
        counts[1][would.outcome] += 1
        if change := change_of(was, would):
            changes.append(Change(rule, row, was, would, change))
    order = list(CHANGES)
    changes.sort(key=lambda each: (order.index(each.change), each.judged.sort_name))
    return RuleTried(
        rule,
        {outcome: counts[0][outcome] for outcome in Outcome},
        {outcome: counts[1][outcome] for outcome in Outcome},
        Counter(each.change for each in changes),
        tuple(changes),
        total,
    )


def _withheld(shown: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in all_rules() if rule not in shown]
