"""Who a version of a form would affect at renewal, judged on the real staff before it is published."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.verdicts import Outcome
from practitioners.models import Practitioner
from practitioners.selectors.canonical import persons
from privileging.choices import FormLineKind, GrantKind
from privileging.models import FormLine, GrantPeriod, PrivilegeFormVersion, Remapping
from privileging.rules.criteria import judge_criteria
from privileging.rules.criteria_facts import CriteriaFacts
from privileging.rules.criteria_words import each_criterion
from privileging.selectors.catalogue import version_on
from privileging.selectors.criteria import facts_of_people
from privileging.selectors.remappings import proposals_of
from privileging.selectors.requests import version_lines

#: Of a line so many people are named; the rest are counted.
NAMED = 50
KEPT, MOVED, REMOVED = "kept", "moved", "removed"
#: With these a privilege is renewed as things stand.
_RENEWED = (Outcome.MET, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True)
class Affected:
    """A holder who would not be renewed as things stand: who, until when they hold it, and why."""

    name: str
    uid: uuid.UUID
    until: dt.date | None
    why: str


@dataclass(frozen=True)
class LinePreview:
    """One privilege held on the form: what becomes of it, and of its holders at renewal.

    ``met``, ``not_met`` and ``unknown`` count them by the criteria for renewal of the new version;
    ``newly_short`` those of ``not_met`` who meet the criteria of the version offered now. ``gone``: it stands
    on an earlier version alone, and is held since then.
    """

    line: FormLine
    fate: str
    holders: int
    met: int
    not_met: int
    unknown: int
    newly_short: int
    named: tuple[Affected, ...]
    proposal: Remapping | None
    gone: bool = False

    @property
    def more(self) -> int:
        """How many affected people are not named."""
        return (self.holders if self.fate == REMOVED else self.not_met) - len(self.named)


@dataclass(frozen=True)
class Preview:
    """What publishing would mean for the people who hold something on the form now."""

    running: PrivilegeFormVersion | None
    lines: tuple[LinePreview, ...]
    added: tuple[FormLine, ...]
    people: int
    new_choices: tuple[tuple[str, str], ...]

    @property
    def told(self) -> str:
        """The whole in one sentence."""
        if self.running is None:
            return "There is no other version of this form that is offered now: nothing is compared."
        hold = "1 person holds" if self.people == 1 else f"{self.people} people hold"
        return (
            f"Compared with version {self.running.number}: {hold} something on this form. "
            "Publishing changes none of it; what follows is about their next renewal."
        )

    @property
    def old_choices(self) -> tuple[tuple[str, str], ...]:
        """Lines held now, by uid."""
        return tuple((str(each.line.uid), each.line.privilege.name) for each in self.lines)

    def line(self, uid: str) -> FormLine:
        """The line of one of :attr:`old_choices`."""
        return next(each.line for each in self.lines if str(each.line.uid) == uid)


def preview_of(version: PrivilegeFormVersion, on: dt.date, *, facilities: Iterable[Facility]) -> Preview:
    """Every line that stands on the version offered that day, and every other that is still held on an
    earlier one, with its holders at these facilities judged by the criteria for renewal of both versions.

    Holders are those to whom the privilege was granted on whatever version of this form; who holds it on
    another form renews it there. Thirteen queries at most, whatever the number of people.
    """
    running = version_on(version.form.code, on)
    new_lines = {line.privilege_id: line for line in version_lines(version)}
    choices = tuple((line.privilege.code, line.privilege.name) for line in new_lines.values())
    if running is None or running.pk == version.pk:
        return Preview(None, (), tuple(new_lines.values()), 0, choices)
    old_lines = version_lines(running)
    grants = _grants(version, on, facilities)
    earlier = _earlier_lines(version, {grant.privilege for grant in grants}, old_lines)
    people = _people(grants)
    judges = _Judges(_facts(grants, people, [*old_lines, *new_lines.values()], on), people)
    by_privilege: dict[int, list[_Held]] = defaultdict(list)
    for grant in grants:
        by_privilege[grant.privilege].append(grant)
    proposals = {row.old_line.privilege_id: row for row in proposals_of(version)}
    found = [
        _line_preview(
            line,
            new_lines.get(line.privilege_id),
            by_privilege[line.privilege_id],
            judges,
            proposals.get(line.privilege_id),
            gone=line in earlier,
        )
        for line in (*old_lines, *earlier)
    ]
    held = {line.privilege_id for line in old_lines}
    return Preview(
        running=running,
        lines=tuple(found),
        added=tuple(line for pk, line in new_lines.items() if pk not in held),
        people=len(people),
        new_choices=choices,
    )


def _earlier_lines(
    version: PrivilegeFormVersion, held: Collection[int], old_lines: Sequence[FormLine]
) -> list[FormLine]:
    """Of what is held, the lines that the version offered now has no more, each as it stood last; one query
    where there are any.
    """
    gone = set(held) - {line.privilege_id for line in old_lines}
    if not gone:
        return []
    rows = (
        FormLine.objects.filter(version__form=version.form, privilege__in=gone)
        .exclude(version=version)
        .select_related("privilege", "version")
        .order_by("version_id")
    )
    newest = {line.privilege_id: line for line in rows}
    return sorted(newest.values(), key=lambda line: line.privilege.name)


class _Held(NamedTuple):
    """One privilege somebody holds: what is needed of a grant, of which there are a hundred thousand."""

    privilege: int
    person: int
    facility: int
    until: dt.date | None


@dataclass(frozen=True)
class _Person:
    name: str
    uid: uuid.UUID
    provider_type: str


def _grants(version: PrivilegeFormVersion, on: dt.date, facilities: Iterable[Facility]) -> list[_Held]:
    """What members hold in full on the day, granted on any version of the form, by their canonical record, in
    the order of their names.
    """
    rows = list(
        GrantPeriod.objects.in_force(on)
        .filter(
            identity__form_line__version__form=version.form,
            facility__in=list(facilities),
            kind=GrantKind.FULL,
        )
        .order_by("practitioner__sort_name", "pk")
        .values_list("privilege_id", "practitioner_id", "facility_id", "valid")
    )
    canonical = persons({row[1] for row in rows})
    return [
        _Held(privilege, canonical.get(person, person), facility, last_day(valid.upper))
        for privilege, person, facility, valid in rows
    ]


def _people(grants: Sequence[_Held]) -> dict[int, _Person]:
    rows = Practitioner.objects.filter(pk__in={grant.person for grant in grants})
    return {
        pk: _Person(name, uid, provider_type)
        for pk, name, uid, provider_type in rows.values_list("pk", "display_name", "uid", "provider_type")
    }


def _facts(
    grants: Sequence[_Held], people: Mapping[int, _Person], lines: Iterable[FormLine], on: dt.date
) -> dict[tuple[int, int], CriteriaFacts]:
    """What the criteria for renewal of these lines are judged from."""
    places: dict[int, set[int]] = defaultdict(set)
    for grant in grants:
        places[grant.person].add(grant.facility)
    kinds = {
        criterion["type"]
        for line in lines
        for tree in (line.criteria, line.version.core_criteria)
        for criterion in each_criterion(tree.get("renewal") or {})
    }
    professions = {pk: person.provider_type for pk, person in people.items()}
    return facts_of_people(professions, places, on, kinds=kinds) if people else {}


class _Judges:
    """Outcomes of people by tree, each with its sentence; the core of a form is judged once for each of them.
    Whole verdicts are not kept: of ten thousand people they would fill the memory.
    """

    def __init__(self, facts: Mapping[tuple[int, int], CriteriaFacts], people: Mapping[int, _Person]):
        self.facts, self.people = facts, people
        self.judged: dict[tuple, tuple[Outcome, str]] = {}

    def judge(self, line: FormLine, grant: _Held) -> tuple[Outcome, str]:
        """What comes out for a grant's holder by the line's criteria for renewal, and why."""
        core = line.kind == FormLineKind.CORE
        who = (grant.person, grant.facility)
        key = (line.version_id, 0 if core else line.pk, *who)
        if key not in self.judged:
            tree = (line.version.core_criteria if core else line.criteria).get("renewal") or {}
            verdict = judge_criteria(tree, self.facts[who])
            self.judged[key] = (verdict.outcome, verdict.sentence)
        return self.judged[key]


def _line_preview(
    old: FormLine,
    new: FormLine | None,
    grants: Sequence[_Held],
    judges: _Judges,
    proposal: Remapping | None,
    *,
    gone: bool,
) -> LinePreview:
    counts: Counter[str] = Counter()
    named: list[Affected] = []
    newly = 0
    for grant in grants:
        outcome, why = Outcome.NOT_MET, "Not on the new version."
        if new is not None:
            outcome, why = judges.judge(new, grant)
        counts[Outcome.MET if outcome is Outcome.NOT_APPLICABLE else outcome] += 1
        if outcome is not Outcome.NOT_MET:
            continue
        if new is not None and not gone and judges.judge(old, grant)[0] in _RENEWED:
            newly += 1
        if len(named) < NAMED:
            named.append(
                Affected(
                    name=judges.people[grant.person].name,
                    uid=judges.people[grant.person].uid,
                    until=grant.until,
                    why=why,
                )
            )
    return LinePreview(
        line=old,
        fate=REMOVED if new is None else MOVED if new.kind != old.kind else KEPT,
        holders=len(grants),
        met=counts[Outcome.MET] if new is not None else 0,
        not_met=counts[Outcome.NOT_MET] if new is not None else 0,
        unknown=counts[Outcome.UNKNOWN],
        newly_short=newly,
        named=tuple(named),
        proposal=proposal,
        gone=gone,
    )
