"""Compliance with bylaws and law: every rule over everything it judges, on any day, as known at any time.

Most rules judge everyone with an appointment or with privileges that rest on none; some judge bodies,
documents or applications, and each adds up to the population of its own kind.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bylaws.choices import BarScope
from bylaws.parameters import STANDING_CONDITIONS, ConditionEntry, bind, condition_entries
from bylaws.rules.reach import require_askable
from bylaws.selectors.judged import Judged, alone_of, judged_of
from bylaws.wording import in_words, subject_in_words
from config.accounts.policies import may_see_class, require
from config.kernel import clock
from config.organization.models import Facility
from config.rulebook.choices import Confidence
from config.rulebook.parameters import ParameterDefinition, definitions
from config.rulebook.rules import Rule, judge_many, rules
from config.rulebook.selectors.parameters import Bound, resolve_many
from config.rulebook.selectors.waivers import WaiverInForce, waivers_in_force
from config.rulebook.subjects import Subject
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.policies import is_own_file
from practitioners.selectors.canonical import person_uids

#: What a person has to see to.
NEEDS_ATTENTION = (Outcome.NOT_MET, Outcome.UNKNOWN)


@dataclass(frozen=True)
class RuleResult:
    """One rule over the whole population of its kind. ``verdicts``, ``population`` and ``waivers`` are by the
    id of what is judged; a waiver changes no outcome and no count: it stands beside them.
    """

    rule: Rule
    verdicts: Mapping[int, Verdict]
    counts: Mapping[Outcome, int]
    population: Mapping[int, Judged | Subject]
    waivers: Mapping[int, WaiverInForce]

    @property
    def total(self) -> int:
        """How many were judged; the counts add up to it."""
        return len(self.population)

    @property
    def concerned(self) -> int:
        """Whom the rule asks something of: all but those it does not concern."""
        return self.total - self.counts[Outcome.NOT_APPLICABLE]

    @property
    def compliant(self) -> int:
        """Those of the concerned who meet the rule. Unknown is never compliant."""
        return self.counts[Outcome.MET]

    @property
    def waived(self) -> int:
        """Of those who do not meet the rule, or are not known to, for how many it is set aside. They count as
        not met or unknown all the same.
        """
        return sum(self.is_waived(person) for person in self.waivers)

    def is_waived(self, person: int) -> bool:
        """Whether the rule is set aside for somebody who does not meet it, or is not known to."""
        return person in self.waivers and self.verdicts[person].outcome in NEEDS_ATTENTION


def compliance(
    *, viewer, facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> list[RuleResult]:
    """Every registered rule over everyone with an appointment in force at the facility that day, or with
    privileges that rest on none, or over everything else it is about; one whose findings are of a class only
    for whoever that is open to, and never about themselves.

    Refused: a day nobody could have recorded anything about. A few set queries per rule, whatever the number
    of people. What gets no answer from a rule counts as unknown, so that the outcomes always add up to the
    population of its kind.
    """
    require(viewer, "bylaws.view_compliance", facility)
    require_askable(on, today=clock.today(facility))
    return [
        _without(each, viewer) if each.rule.data_class else each
        for each in judge_everybody(
            rules_shown(viewer, facility), facility=facility, on=on, known_at=known_at
        )
    ]


def judge_everybody(
    judging: Sequence[Rule], *, facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> list[RuleResult]:
    """The rules over everything they judge, whoever asks, in the order given. See :func:`compliance`; who
    needs no more than one rule at a time asks :func:`judge_each`, which does not hold them all.
    """
    results: dict[str, RuleResult] = {}

    def keep(result: RuleResult) -> None:
        results[result.rule.code] = result

    judge_each(judging, keep, facility=facility, on=on, known_at=known_at)
    return [results[rule.code] for rule in judging]


def judge_each(
    judging: Sequence[Rule],
    take: Callable[[RuleResult], None],
    *,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None = None,
) -> None:
    """Judge rule after rule and hand each result to ``take``, one kind of what is judged after the other and
    within it in the order given. A result ``take`` does not keep is gone before the next rule is judged, so
    that the memory needed does not grow with the number of rules.
    """
    codes = {code for rule in judging for code in rule.parameters}
    bound = resolve_many(codes, facility=facility, on=on, known_at=known_at)  # once for all rules
    waived = _by_person(waivers_in_force(None, facility=facility, on=on, known_at=known_at), known_at)
    for kind in sorted({rule.subject for rule in judging}):
        with judged_of(kind, facility, on, known_at) as population:
            alone = alone_of(population)
            for rule in (each for each in judging if each.subject == kind):
                answers = partial(
                    judge_many,
                    rule,
                    facility=facility,
                    on=on,
                    known_at=known_at,
                    practitioner_ids=list(population),
                    parameters=rule.bounds(bound),
                    privileges_held=alone,
                )
                # Nothing here may hold the result: the next rule is judged when it is gone.
                take(_result(rule, answers(), population, waived))


def _result(
    rule: Rule,
    answers: Mapping[int, Verdict],
    population: Mapping[int, Judged | Subject],
    waived: Mapping[tuple[uuid.UUID, str], WaiverInForce],
) -> RuleResult:
    verdicts = {one: answers.get(one) or _unanswered(rule) for one in population}
    waivers = {
        one: waived[row.uid, rule.code] for one, row in population.items() if (row.uid, rule.code) in waived
    }
    return RuleResult(rule, verdicts, _counted(verdicts), population, waivers)


def people_judged(results: Sequence[RuleResult]) -> Mapping[int, Judged]:
    """The people the rules about people were judged of; none where there is no such rule."""
    for result in results:
        if result.rule.about_people:
            return {pk: row for pk, row in result.population.items() if isinstance(row, Judged)}
    return {}


def _by_person(
    waived: Mapping[tuple[uuid.UUID, str], WaiverInForce], known_at: dt.datetime | None
) -> dict[tuple[uuid.UUID, str], WaiverInForce]:
    """The waivers by the person: one granted under a record that was merged since is theirs as before; of
    several the one under the record that stands for them. One query, none where nothing is waived.
    """
    persons = person_uids({uid for uid, _ in waived}, known_at)
    merged_first = sorted(waived.items(), key=lambda pair: persons[pair[0][0]] == pair[0][0])
    return {(persons[uid], code): each for (uid, code), each in merged_first}


def _counted(verdicts: Mapping[int, Verdict]) -> dict[Outcome, int]:
    counted = Counter(verdict.outcome for verdict in verdicts.values())
    return {outcome: counted.get(outcome, 0) for outcome in Outcome}


def _without(result: RuleResult, viewer) -> RuleResult:
    """What a protected rule says of everybody else than the viewer."""
    own = {
        pk
        for pk, row in result.population.items()
        if row.practitioner is not None and is_own_file(viewer, row.practitioner)
    }
    if not own:
        return result
    verdicts = {pk: each for pk, each in result.verdicts.items() if pk not in own}
    return RuleResult(
        result.rule,
        verdicts,
        _counted(verdicts),
        {pk: row for pk, row in result.population.items() if pk not in own},
        {pk: each for pk, each in result.waivers.items() if pk not in own},
    )


@dataclass
class Sum:
    """What all rules together say of somebody, or of a department: one count for each rule and person."""

    counts: Counter[Outcome]
    waived: int = 0

    def add(self, outcome: Outcome, *, waived: bool) -> None:
        """One verdict more."""
        self.counts[outcome] += 1
        self.waived += waived

    @property
    def total(self) -> int:
        """How many verdicts there are."""
        return sum(self.counts.values())

    @property
    def concerned(self) -> int:
        """Those that ask something: all but what does not concern the person."""
        return self.total - self.counts[Outcome.NOT_APPLICABLE]

    @property
    def compliant(self) -> int:
        """Those of the concerned that are met. Unknown is never compliant, nor is what is waived."""
        return self.counts[Outcome.MET]

    @property
    def attention(self) -> int:
        """Not met and unknown together, but for what is waived."""
        return sum(self.counts[each] for each in NEEDS_ATTENTION) - self.waived


@dataclass
class PersonSum(Sum):
    """All rules over one person. ``judged`` says who."""

    judged: Judged | None = None


@dataclass
class DepartmentSum(Sum):
    """All rules over everybody of a department; those without an appointment together, under no code."""

    code: str = ""
    name: str = "No appointment"
    people: int = 0


def by_person(results: Sequence[RuleResult]) -> list[PersonSum]:
    """What the rules about people say of each person; who needs most attention comes first. Pure."""
    sums: dict[int, PersonSum] = {}
    for result in results:
        for person, row in result.population.items():
            if not isinstance(row, Judged):
                continue
            one = sums.setdefault(person, PersonSum(Counter(), judged=row))
            one.add(result.verdicts[person].outcome, waived=result.is_waived(person))
    return sorted(
        sums.values(),
        key=lambda one: (
            -(one.counts[Outcome.NOT_MET]),
            -one.attention,
            one.judged.practitioner.sort_name if one.judged else "",
        ),
    )


def by_department(results: Sequence[RuleResult]) -> list[DepartmentSum]:
    """What the rules say of each department, by name. Pure."""
    sums: dict[str, DepartmentSum] = {}
    for one in by_person(results):
        if one.judged is None:
            continue
        code = one.judged.department_code
        department = sums.setdefault(
            code, DepartmentSum(Counter(), code=code, name=one.judged.department or "No appointment")
        )
        department.people += 1
        department.counts.update(one.counts)
        department.waived += one.waived
    return sorted(sums.values(), key=lambda each: (not each.code, each.name))


def rules_shown(viewer, facility: Facility) -> list[Rule]:
    """The rules whose findings may be told to the person there."""
    return [
        rule for rule in rules() if not rule.data_class or may_see_class(viewer, rule.data_class, facility)
    ]


@dataclass(frozen=True)
class StandingCondition:
    """A rule whose breach suspends by itself, and how far. ``codes`` are the privileges it reaches, none
    where ``scope`` says all of them.
    """

    rule: Rule
    scope: str
    codes: tuple[str, ...]
    citation: str


def standing_rules(
    *, facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> list[StandingCondition]:
    """Rules whose breach suspends by itself at the facility that day.

    An entry that cannot be applied is left out, so that it stops none of the others; what is wrong with it
    :func:`standing_problems` says.
    """
    return _standing(facility, on, known_at)[0]


def standing_problems(*, facility: Facility, on: dt.date) -> list[str]:
    """Why entries of the standing conditions suspend nobody at the facility that day, a sentence each."""
    return _standing(facility, on, None)[1]


def _standing(
    facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> tuple[list[StandingCondition], list[str]]:
    bound = bind(STANDING_CONDITIONS.code, facility=facility, on=on, known_at=known_at)
    known = {rule.code: rule for rule in rules() if rule.standing}
    sound, problems = [], []
    for number, entry in enumerate(condition_entries(bound.value), start=1):
        problem = entry_problem(entry, known)
        if problem:
            problems.append(f"Standing condition {number}: {problem}")
            continue
        sound.append(
            StandingCondition(
                rule=known[entry.rule],
                scope=entry.scope,
                codes=tuple(sorted(entry.codes)),
                citation=bound.citation,
            )
        )
    return sound, problems


def entry_problem(entry: ConditionEntry, known: Container[str]) -> str:
    """What keeps an entry of the standing conditions from being applied; empty when it is sound. ``known``
    are the codes of the rules that can stand as a condition.
    """
    code, scope = entry.rule, entry.scope
    if code not in known:
        return f"{code or 'an unnamed rule'} is no rule of this system that can suspend by itself."
    if scope not in BarScope.values:
        return f'{code} reaches "{scope}"; it can reach all privileges or the privileges listed.'
    if not entry.listed:
        return f"{code} needs its privileges as a list of codes."
    if scope == BarScope.LISTED and not entry.codes:
        return f"{code} reaches listed privileges, and none is listed."
    if scope == BarScope.ALL_PRIVILEGES and entry.codes:
        return f"{code} reaches all privileges, and lists some."
    return ""


def as_data(
    results: list[RuleResult], *, facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> dict:
    """The results as plain data: the same question always gives the same bytes in canonical form."""
    return {
        "facility": facility.code,
        "on": on.isoformat(),
        "known_at": known_at.isoformat() if known_at else None,
        "rules": [{**rule_as_data(result), "findings": list(findings_as_data(result))} for result in results],
    }


def rule_as_data(result: RuleResult) -> dict[str, Any]:
    """What one rule found altogether, as plain data."""
    return {
        "code": result.rule.code,
        "version": result.rule.version,
        "title": result.rule.title,
        "about": result.rule.subject,
        "population": result.total,
        "counts": {str(outcome): number for outcome, number in result.counts.items()},
        "waived": result.waived,
    }


def findings_as_data(result: RuleResult) -> Iterator[dict[str, Any]]:
    """What one rule says of each it judges, as plain data in a fixed order; one at a time."""
    for one, row in sorted(result.population.items(), key=lambda pair: str(pair[1].uid)):
        yield {
            **_subject_data(row),
            "name": row.name,
            "department": row.department_code,
            **result.verdicts[one].as_data(),
            **_waiver_data(result.waivers.get(one)),
        }


def _subject_data(row: Judged | Subject) -> dict:
    """Whom or what it is about."""
    if isinstance(row, Judged):
        return {
            "practitioner": str(row.practitioner.uid),
            "npi": row.practitioner.npi,
            "category": row.category_code,
        }
    own = {"practitioner": str(row.practitioner.uid)} if row.practitioner is not None else {}
    return {row.kind: str(row.uid), **own}


def _waiver_data(waiver: WaiverInForce | None) -> dict:
    """Who set the rule aside, why and until when, where somebody did."""
    if waiver is None:
        return {}
    return {
        "waiver": {
            "kind": str(waiver.kind),
            "approved_by": waiver.approved_by,
            "justification": waiver.justification,
            "last_day": waiver.last_day.isoformat() if waiver.last_day else None,
        }
    }


def _unanswered(rule: Rule) -> Verdict:
    return Verdict(
        outcome=Outcome.UNKNOWN, code=rule.code, title=rule.title, sentence="The rule gave no answer."
    )


# --- the numbers that bind ------------------------------------------------------------------------------


@dataclass(frozen=True)
class BindingParameter:
    """One parameter for one subject: what binds, and what every source says."""

    definition: ParameterDefinition
    bound: Bound

    @property
    def confidence(self) -> Confidence | None:
        """How sure the binding value is."""
        return Confidence(self.bound.confidence) if self.bound.confidence else None

    @property
    def words(self) -> str:
        """The binding value as a person says it; empty where the value says itself."""
        return in_words(self.definition.code, self.bound.value)

    @property
    def subject(self) -> str:
        """What it is narrowed to, in words."""
        return subject_in_words(self.bound.subject)


def binding_parameters(
    *, viewer, facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> dict[str, list[BindingParameter]]:
    """Every declared parameter with what binds at the facility on the day, by room; two queries."""
    require(viewer, "bylaws.view_compliance", facility)
    declared = definitions()
    found = resolve_many(list(declared), facility=facility, on=on, known_at=known_at)
    rows = [BindingParameter(declared[code], bound) for (code, _), bound in found.items()]
    spoken = {code for code, _ in found}
    rows += [
        BindingParameter(each, Bound(code, "", None)) for code, each in declared.items() if code not in spoken
    ]
    groups: dict[str, list[BindingParameter]] = {}
    for row in sorted(rows, key=lambda row: (row.definition.code, row.bound.subject)):
        groups.setdefault(row.definition.code.partition(".")[0].capitalize(), []).append(row)
    return groups
