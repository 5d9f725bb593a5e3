"""A draft of a form tried on the staff before it is kept: who could be granted what it asks otherwise."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bylaws.models import AppointmentPeriod
from config.kernel.many_keys import one_of
from config.organization.models import Facility
from config.rulebook.verdicts import Outcome
from practitioners.choices import ProviderType
from practitioners.models import Practitioner
from practitioners.selectors.canonical import persons
from privileging.choices import FormLineKind
from privileging.models import PrivilegeForm
from privileging.rules.catalogue_forms import FormDefinition, LineDefinition
from privileging.rules.criteria_words import Written, written
from privileging.rules.trials import Trials, concerned
from privileging.selectors.catalogue import definition_of, today_of, version_on
from privileging.selectors.criteria import facts_of_staff

#: Of each answer so many people are named; the rest are counted.
NAMED = 50
#: The core is asked for as one, so it is tried as one.
CORE = ""
_ANSWERS = (
    (Outcome.MET, "Met", "good"),
    (Outcome.NOT_MET, "Not met", "bad"),
    (Outcome.UNKNOWN, "Not known", "warn"),
)


@dataclass(frozen=True)
class Named:
    """One of the staff, and why the criteria come out as they do."""

    name: str
    uid: uuid.UUID
    why: str


@dataclass(frozen=True)
class Answer:
    """Of how many the criteria come out so, and the first of them by name."""

    word: str
    colour: str
    number: int
    named: tuple[Named, ...]

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.number - len(self.named)


@dataclass(frozen=True)
class Tried:
    """One privilege, or the core as one, tried on the staff. ``asked`` are the criteria in words; None: there
    are none, and whoever asks meets them.
    """

    code: str
    name: str
    new: bool
    professions: tuple[str, ...]
    asked: Written | None
    people: int
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Trial:
    """What trying a draft says. ``same`` counts privileges that are asked for as they are now."""

    against: str
    staff: int
    tried: tuple[Tried, ...]
    same: int

    @property
    def told(self) -> str:
        """The whole in one sentence."""
        people = f"{self.staff:,} {'person' if self.staff == 1 else 'people'} of the staff"
        if not self.tried:
            return (
                f"Nothing on it is new or asked otherwise than in version {self.against} to be granted: "
                "nobody is judged."
            )
        return f"Judged as if each of {people} asked for it today. Nothing is kept by trying."


def try_form(definition: FormDefinition, form: PrivilegeForm) -> Trial:
    """The criteria to be granted what is new on the draft, or asked otherwise than on the version offered
    today, judged on everybody with an appointment in force where the form is offered; of a profession the
    criteria name, where they name any. Whoever is judged asks for the whole form, so a privilege of it that
    has to be held beside is not known. Thirteen queries at most, whatever the number of people.
    """
    facilities = list(form.facilities.all())
    today = today_of(form)
    running = version_on(form.code, today)
    old = definition_of(running) if running else None
    questions, same = _questions(old, definition)
    trees = {key: tree for key, (_, tree, _) in questions.items()}
    people = _staff(facilities, today) if questions else {}
    counts, named = _judged(trees, people, facilities, today, {line.code for line in definition.lines})
    return Trial(
        against=running.number if running else "",
        staff=len(people),
        tried=tuple(
            _tried(key, name, new, tree, counts[key], named[key])
            for key, (name, tree, new) in questions.items()
        ),
        same=same,
    )


#: What is tried by key: its name, its tree, and whether it is new.
Questions = dict[str, tuple[str, Mapping[str, Any], bool]]


def _questions(old: FormDefinition | None, new: FormDefinition) -> tuple[Questions, int]:
    """What is new or asked otherwise to be granted, and how many privileges are asked for as they were."""
    before = {line.code: line for line in old.lines} if old else {}
    found: Questions = {}
    same = 0
    core = new.core_criteria.get("initial") or {}
    core_was = (old.core_criteria.get("initial") or {}) if old else None
    core_lines = [line for line in new.lines if line.kind == FormLineKind.CORE]
    fresh = [line for line in core_lines if _was(before, line) is None]
    if core_lines and (core != core_was or fresh):
        names = ", ".join(line.name for line in fresh)
        what = f"The core, with {names}" if fresh and old else "The core"
        found[CORE] = (what, core, old is None)
    else:
        same += len(core_lines)
    for line in new.lines:
        if line.kind == FormLineKind.CORE:
            continue
        was = _was(before, line)
        tree = line.criteria.get("initial") or {}
        if was is not None and tree == (was.criteria.get("initial") or {}):
            same += 1
        else:
            found[line.code] = (line.name, tree, was is None)
    return found, same


def _was(before: Mapping[str, LineDefinition], line: LineDefinition) -> LineDefinition | None:
    """The line as it stood, where it stood there as the same kind."""
    was = before.get(line.code)
    return was if was is not None and was.kind == line.kind else None


@dataclass(frozen=True)
class _Person:
    name: str
    uid: uuid.UUID
    provider_type: str


def _staff(facilities: Collection[Facility], on: dt.date) -> dict[int, _Person]:
    """Everybody with an appointment in force at the facilities, once, in the order of their names."""
    records = set(
        AppointmentPeriod.objects.in_force(on)
        .filter(facility__in=facilities)
        .order_by()
        .values_list("practitioner_id", flat=True)
    )
    canonical = persons(records)
    rows = (
        Practitioner.objects.filter(one_of("pk", {canonical.get(each, each) for each in records}))
        .order_by("sort_name", "pk")
        .values_list("pk", "display_name", "uid", "provider_type")
    )
    return {pk: _Person(name, uid, provider_type) for pk, name, uid, provider_type in rows}


def _judged(
    trees: Mapping[str, Mapping[str, Any]],
    people: Mapping[int, _Person],
    facilities: Collection[Facility],
    on: dt.date,
    requested: Collection[str],
) -> tuple[dict[str, Counter[Outcome]], dict[str, dict[Outcome, list[Named]]]]:
    """How often each outcome comes out, by tree, and the first people of each."""
    counts: dict[str, Counter[Outcome]] = {key: Counter() for key in trees}
    named: dict[str, dict[Outcome, list[Named]]] = {
        key: {outcome: [] for outcome, _, _ in _ANSWERS} for key in trees
    }
    trials = Trials(trees)
    professions = {pk: person.provider_type for pk, person in people.items()}
    if not trials.trees or not people:
        return counts, named
    open_to = {key: concerned(tree) for key, tree in trials.trees.items()}
    asked_of = {
        kind: [key for key, types in open_to.items() if not types or kind in types]
        for kind in set(professions.values())
    }
    staff = facts_of_staff(professions, facilities, on, trees=trials.trees.values(), requested=requested)
    for pk, facts in staff:
        for key, (outcome, why) in trials.judge(facts, asked_of[facts.provider_type]).items():
            if outcome is Outcome.NOT_APPLICABLE:
                outcome = Outcome.MET
            counts[key][outcome] += 1
            first = named[key][outcome]
            if len(first) < NAMED:
                first.append(Named(people[pk].name, people[pk].uid, why))
    return counts, named


def _tried(
    key: str,
    name: str,
    new: bool,
    tree: Mapping[str, Any],
    counts: Counter[Outcome],
    named: Mapping[Outcome, list[Named]],
) -> Tried:
    labels = dict(ProviderType.choices)
    return Tried(
        code=key,
        name=name,
        new=new,
        professions=tuple(sorted(str(labels[each]) for each in concerned(tree))),
        asked=written(tree),
        people=counts.total(),
        answers=tuple(
            Answer(word, colour, counts[outcome], tuple(named[outcome])) for outcome, word, colour in _ANSWERS
        ),
    )
