"""Recorded runs of compliance: what is not met or unknown becomes a finding, what is met again closes it.

A run judges every rule over everybody, writes down what is new and nothing else: run twice, it changes
nothing. What the bylaws let follow by itself comes after it, each person in a transaction of its own.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from bylaws.choices import FINDING_CLOSED, ConsequenceMode, FindingStatus, FindingStepKind
from bylaws.models import BarPeriod, ComplianceRun, Finding, FindingStep
from bylaws.selectors.compliance import (
    NEEDS_ATTENTION,
    RuleResult,
    findings_as_data,
    judge_each,
    rule_as_data,
    standing_rules,
)
from bylaws.selectors.findings import Provisions, provisions
from bylaws.selectors.judged import Judged
from bylaws.services.findings import apply_consequence, give_back, send_notice
from bylaws.workflow import FINDING
from config.accounts.choices import DataClass
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import lines_digest, plain_digest
from config.kernel.copying import copy_rows, next_keys, uncollected
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.rules import Rule, rules
from config.rulebook.subjects import Subject
from config.rulebook.verdicts import Outcome, Verdict, parts_of
from practitioners.selectors.canonical import person_id, person_uids

MANAGE = "bylaws.manage_findings"
#: Rows changed by one statement.
BATCH = 1000
#: What is said of a finding nothing asks for any more while the suspension put on it stands.
RESTS = "Nothing asks for it at present. The suspension stands until the rule is met or it is taken back."


class Key(NamedTuple):
    """What a finding is about, within a facility."""

    rule_code: str
    subject_kind: str
    subject_uid: Any
    part: str


@dataclass(frozen=True)
class Found:
    """One thing a rule asks of one person, body or thing, as a run judged it."""

    rule: Rule
    about: Judged | Subject
    verdict: Verdict
    waived: str = ""  # by whom, until when and why, where the rule is set aside

    @property
    def needs_attention(self) -> bool:
        """Not met, or not known to be."""
        return self.verdict.outcome in NEEDS_ATTENTION


@dataclass
class Recorded:
    """What a run did: ``new`` is False where the run before found the very same."""

    run: ComplianceRun
    new: bool
    counts: dict[str, int] = field(default_factory=dict)

    def as_counts(self) -> dict[str, Any]:
        """For the ledger."""
        return {"digest": self.run.digest, "population": self.run.population, "new": self.new, **self.counts}


def record_run(
    *, actor, facility: Facility, progress: Callable[[int, int], None] = lambda done, rules: None
) -> Recorded:
    """Judge every rule over everybody and everything of the facility today, as known now, and record what is
    new.

    A finding opens where a rule is not met or not known to be, is told otherwise where its verdict changed,
    closes as cured where the rule is met and as no longer asked where it does not concern the person any
    more, unless a suspension put on it stands. Unknown never closes. A waiver in force sets it aside, its
    end opens it again; a suspension that stands for the same rule is its consequence. It is the person's,
    whichever of their records it was found under. Run again on the same facts nothing is written and the
    run there is is answered.

    Then what the bylaws let follow by itself: notices, consequences whose time for an answer is over, and
    the end of suspensions whose cause is cured. What is refused of it is counted and stops nothing.

    ``progress`` is told after each rule how many are judged, and of how many.
    """
    require(actor, MANAGE, facility)
    with uncollected():
        recorded = _record(actor, facility, progress)
    recorded.counts.update(_follow(actor, facility))
    return recorded


@transaction.atomic
def _record(actor, facility: Facility, progress: Callable[[int, int], None]) -> Recorded:
    # One run of a facility at a time.
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    on, at = clock.today(facility), clock.now()
    # As known at this moment, so that asking later as known then gives the same, and the digest with it.
    night = _Night(actor, facility, on, at)
    judging = rules()

    def take(result: RuleResult) -> None:
        night.take(result)
        progress(len(night.digests), len(judging))

    judge_each(judging, take, facility=facility, on=on, known_at=at)
    run, new = night.end()
    if new:
        record_event(
            actor=actor,
            verb="compliance.recorded",
            subject=run,
            facility=facility,
            data={"on": on.isoformat(), "digest": run.digest, "population": run.population},
        )
    return Recorded(run, new, dict(night.life.counts))


class _Night:
    """One run while it is made, rule after rule: what a rule says is digested, held against the findings that
    stand and written; then it is forgotten.

    The run is the last one as long as every rule says the very same as then, of the same day. With the first
    that does not it is a new one, and only then anything that names the run is written.
    """

    def __init__(self, actor, facility: Facility, on: dt.date, at: dt.datetime) -> None:
        self.actor, self.facility, self.on, self.at = actor, facility, on, at
        self.last = ComplianceRun.objects.filter(facility=facility, on=on).first()
        self.digests: dict[str, str] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.versions: dict[str, str] = {}
        self.population = 0
        self.life = _Life(actor, facility, self.last or self._anew(), on, at)

    @property
    def is_new(self) -> bool:
        """Whether anything was found that the last run did not find."""
        return self.life.run is not self.last

    def take(self, result: RuleResult) -> None:
        """One rule after the other."""
        code = result.rule.code
        self.digests[code] = digest_of(result)
        self.counts[code] = {
            **{str(outcome): number for outcome, number in result.counts.items()},
            "waived": result.waived,
        }
        self.versions[code] = result.rule.version
        if result.rule.about_people:
            self.population = result.total
        if not self.is_new and self.last and self.last.digests.get(code) != self.digests[code]:
            self.life.belongs_to(self._anew())
        self.life.follow(result)
        if self.is_new and self.life.collected >= BATCH:
            self.life.write()

    def end(self) -> tuple[ComplianceRun, bool]:
        """Close what belongs to no rule any more, and write what is left; the run and whether it is new."""
        if self.last and not self.is_new and self.last.digests != self.digests:  # a rule less than then
            self.life.belongs_to(self._anew())
        self.life.follow_none(self.digests)
        if self.is_new:
            run = self.life.run
            run.digest = plain_digest(
                {"facility": self.facility.code, "on": self.on.isoformat(), "rules": self.digests}
            )
            run.digests, run.counts, run.versions = self.digests, self.counts, self.versions
            run.population = self.population
            run.save(force_insert=True)
        self.life.write()
        return self.life.run, self.is_new

    def _anew(self) -> ComplianceRun:
        """A run with its key, whose row is written once all is known: findings name it before."""
        (pk,) = next_keys(ComplianceRun, 1)
        return ComplianceRun(pk=pk, facility=self.facility, on=self.on, known_at=self.at, ran_by=self.actor)


def digest_of(result: RuleResult) -> str:
    """The sha256 of everything one rule said, without when: the same facts give the same digest. Of what it
    said altogether, and then of each, a line of canonical JSON, so that they need not be held together.
    """
    return lines_digest(chain((rule_as_data(result),), findings_as_data(result)))


def _found(result: RuleResult) -> Iterator[tuple[Key, Found]]:
    """Every single thing the rule asks, of everybody and everything it judges."""
    for one, row in result.population.items():
        waiver = result.waivers.get(one)
        for verdict in parts_of(result.verdicts[one]):
            yield (
                Key(result.rule.code, row.kind, row.uid, verdict.part),
                Found(result.rule, row, verdict, waiver.sentence if waiver else ""),
            )


class _Life:
    """What one run does to the findings of a facility, rule by rule: collected, then written with few
    statements.
    """

    def __init__(self, actor, facility: Facility, run: ComplianceRun, on: dt.date, at: dt.datetime) -> None:
        self.actor, self.facility, self.run, self.on, self.at = actor, facility, run, on, at
        self.bars = _bars_standing(facility, on, at)
        self.opened: list[Finding] = []
        self.steps: list[FindingStep] = []
        #: By the status moved to, in waves: of two moves of one finding each is written in its turn.
        self.waves: list[dict[str, list[int]]] = [{}]
        self.moving: set[int] = set()
        self.changed: list[Finding] = []
        self.consequences: list[Finding] = []
        self.counts: Counter[str] = Counter(
            opened=0, changed=0, cured=0, moot=0, waived=0, reopened=0, consequences=0, standing=0
        )

    @property
    def collected(self) -> int:
        """How many rows are not written yet."""
        return len(self.opened) + len(self.changed) + len(self.steps) + len(self.moving)

    def belongs_to(self, run: ComplianceRun) -> None:
        """The run is another one than was taken for granted; nothing that names it is written yet."""
        self.run = run
        for finding in self.opened:
            finding.first_run = finding.last_run = run
        for finding in self.changed:
            finding.last_run = run
        for step in self.steps:
            step.run = run

    def follow(self, result: RuleResult) -> None:
        """Hold what one rule says against its findings that stand."""
        standing = self._standing(Q(rule_code=result.rule.code))
        self._follow(
            {key: each for key, each in _found(result) if each.needs_attention or key in standing}, standing
        )

    def follow_none(self, judged: Iterable[str]) -> None:
        """Findings of rules there are no more: nothing asks for them."""
        self._follow({}, self._standing(~Q(rule_code__in=list(judged))))

    def _standing(self, which: Q) -> dict[Key, list[Finding]]:
        stands = list(
            Finding.objects.select_for_update(of=("self",))
            .filter(which, facility=self.facility)
            .exclude(status__in=FINDING_CLOSED)
            .order_by("pk")
        )
        # By the person: a finding goes on where the record it was found under was merged since. Where both
        # records had one, both go on, and both end with the cure.
        persons = person_uids({each.subject_uid for each in stands}, self.at)
        standing: dict[Key, list[Finding]] = {}
        for each in stands:
            key = Key(each.rule_code, each.subject_kind, persons[each.subject_uid], each.part)
            standing.setdefault(key, []).append(each)
        return standing

    def _follow(self, found: Mapping[Key, Found], standing: Mapping[Key, list[Finding]]) -> None:
        opened = self._open(
            [(key, each) for key, each in found.items() if each.needs_attention and key not in standing]
        )
        resting = []
        following = [(key, each) for key, same in standing.items() for each in same]
        for key, finding in [*following, *opened.items()]:
            now = found.get(key)
            if now is None or not now.needs_attention:
                if _outlasts(finding, now, self.bars):
                    resting.append(finding)
                    self.counts["standing"] += 1
                else:
                    self._close(finding, now)
                continue
            self._tell_change(finding, now)
            self._set_aside(finding, now)
            self._bars(finding, now, self.bars)
            self.counts["standing"] += 1
        self._rest(resting)

    def _rest(self, resting: Sequence[Finding]) -> None:
        """Say once of each that nothing asks for it while its suspension stands; one query at most."""
        last = FindingStep.objects.filter(finding__in=resting).order_by("finding_id", "-at", "-pk")
        said = (
            {each.finding_id for each in last.distinct("finding_id") if each.reason == RESTS}
            if resting
            else ()
        )
        for finding in resting:
            if finding.pk not in said:
                self._step(finding, FindingStepKind.CHANGED, RESTS)
                self.counts["changed"] += 1

    def _open(self, fresh: Sequence[tuple[Key, Found]]) -> dict[Key, Finding]:
        keys = next_keys(Finding, len(fresh)) if fresh else []
        opened = {
            key: Finding(
                pk=pk,
                facility=self.facility,
                rule_code=key.rule_code,
                part=key.part,
                subject_kind=key.subject_kind,
                subject_uid=key.subject_uid,
                subject_name="" if isinstance(each.about, Judged) else each.about.name,
                practitioner=each.about.practitioner,
                data_class=each.rule.data_class or DataClass.GENERAL,
                outcome=str(each.verdict.outcome),
                verdict=each.verdict.as_data(),
                since=_since(each.verdict),
                opened_on=self.on,
                first_run=self.run,
                last_run=self.run,
            )
            for pk, (key, each) in zip(keys, fresh, strict=True)
        }
        self.opened.extend(opened.values())
        for finding in opened.values():
            self._step(finding, FindingStepKind.OPENED, finding.said("sentence"))
        self.counts["opened"] += len(opened)
        return opened

    def _close(self, finding: Finding, now: Found | None) -> None:
        if now is not None and now.verdict.outcome == Outcome.MET:
            self._move(finding, FindingStatus.CURED)
            self._step(finding, FindingStepKind.CURED, now.verdict.sentence)
            self.counts["cured"] += 1
            return
        told = now.verdict.sentence if now is not None else "Nothing asks for it any more."
        self._move(finding, FindingStatus.MOOT)
        self._step(finding, FindingStepKind.MOOT, told)
        self.counts["moot"] += 1

    def _tell_change(self, finding: Finding, now: Found) -> None:
        said = now.verdict.as_data()
        if said == finding.verdict:
            return
        anew = (said["outcome"], said["sentence"]) != (finding.outcome, finding.said("sentence"))
        finding.verdict, finding.outcome = said, said["outcome"]
        finding.since, finding.last_run = _since(now.verdict), self.run
        self.changed.append(finding)
        if anew:
            self._step(finding, FindingStepKind.CHANGED, now.verdict.sentence)
            self.counts["changed"] += 1

    def _set_aside(self, finding: Finding, now: Found) -> None:
        if finding.status == FindingStatus.WAIVED and not now.waived:
            self._move(finding, FindingStatus.OPEN)
            self._step(finding, FindingStepKind.WAIVER_OVER, "No waiver is in force any more.")
            self.counts["reopened"] += 1
        elif now.waived and finding.status not in (FindingStatus.WAIVED, FindingStatus.CONSEQUENCE):
            self._move(finding, FindingStatus.WAIVED)
            self._step(finding, FindingStepKind.WAIVED, now.waived)
            self.counts["waived"] += 1

    def _bars(self, finding: Finding, now: Found, bars: _Bars) -> None:
        """A suspension that stands for the rule is its consequence; one that was lifted is none any more."""
        if finding.status == FindingStatus.CONSEQUENCE:
            if finding.bar_id not in bars.ids:
                self._move(finding, FindingStatus.OPEN)
                self._step(finding, FindingStepKind.REVERSED, "The suspension does not stand any more.")
                self.counts["reopened"] += 1
            return
        if not isinstance(now.about, Judged):
            return
        bar = bars.of_rule.get((now.about.practitioner.pk, finding.rule_code, finding.part))
        if bar is None or finding.status == FindingStatus.WAIVED or finding.outcome != Outcome.NOT_MET:
            return
        finding.bar_id = bar
        self.consequences.append(finding)
        self._move(finding, FindingStatus.CONSEQUENCE)
        self._step(finding, FindingStepKind.CONSEQUENCE, "Suspended by itself.", bar_id=bar)
        self.counts["consequences"] += 1

    def _move(self, finding: Finding, target: FindingStatus) -> None:
        FINDING.move(finding.status, target)
        if finding.pk in self.moving:
            self.waves.append({})
            self.moving = set()
        finding.status = target
        self.waves[-1].setdefault(target, []).append(finding.pk)
        self.moving.add(finding.pk)

    def _step(self, finding: Finding, kind: FindingStepKind, reason: str, **more: Any) -> None:
        self.steps.append(
            FindingStep(
                finding=finding, kind=kind, day=self.on, at=self.at, by=self.actor, run=self.run,
                reason=reason, **more,
            )
        )  # fmt: skip

    def write(self) -> None:
        """Everything collected, in a few statements."""
        for finding in self.opened:
            finding.status = FindingStatus.OPEN  # as every finding begins: its moves follow
        copy_rows(Finding, self.opened)
        Finding.objects.bulk_update(
            self.changed, ["verdict", "outcome", "since", "last_run"], batch_size=BATCH
        )
        Finding.objects.bulk_update(self.consequences, ["bar"], batch_size=BATCH)
        for moved in self.waves:
            for target, keys in moved.items():
                closed = {"closed_on": self.on} if target in FINDING_CLOSED else {}
                opened = {"answer_by": None} if target == FindingStatus.OPEN else {}
                Finding.objects.filter(pk__in=keys).update(status=target, **closed, **opened)
        copy_rows(FindingStep, self.steps)
        self.opened, self.changed, self.consequences, self.steps = [], [], [], []
        self.waves, self.moving = [{}], set()


def _outlasts(finding: Finding, now: Found | None, bars: _Bars) -> bool:
    """Whether a suspension put on the finding stays while nothing asks for it: the term is over, or the rule
    does not concern the person for a while. Only the cure gives back by itself (ADR 27), so whoever is
    appointed again goes on under it; else a person takes it back.
    """
    cured = now is not None and now.verdict.outcome == Outcome.MET
    return finding.status == FindingStatus.CONSEQUENCE and not cured and finding.bar_id in bars.by_hand


def _since(verdict: Verdict) -> dt.date | None:
    return verdict.since if verdict.outcome == Outcome.NOT_MET else None


@dataclass(frozen=True)
class _Bars:
    """Suspensions that stand on the day: their ids, and that of each rule by person, rule and part."""

    ids: frozenset[int]
    by_hand: frozenset[int]  # that follow from no rule by themselves
    of_rule: Mapping[tuple[int, str, str], int]


def _bars_standing(facility: Facility, on: dt.date, at: dt.datetime) -> _Bars:
    rows = (
        BarPeriod.objects.in_force(on, at)
        .filter(identity__facility=facility)
        .annotate(person=person_id("identity__practitioner_id", at))
        .values_list("identity_id", "person", "identity__rule_code", "identity__rule_part")
    )
    found = list(rows)
    return _Bars(
        frozenset(bar for bar, *_ in found),
        frozenset(bar for bar, _, code, _ in found if not code),
        {(person, code, part): bar for bar, person, code, part in found if code},
    )


# --- what follows by itself -----------------------------------------------------------------------------


def _follow(actor, facility: Facility) -> dict[str, int]:
    counts: Counter[str] = Counter(given_back=0, notices=0, suspended=0, refused=0)
    today = clock.today(facility)
    for finding in _cured_and_suspended(facility, today):
        _count(counts, "given_back", lambda finding=finding: give_back(actor=actor, finding=finding))
    said = provisions(facility=facility, on=today)
    by_itself = _by_itself(said, {each.rule.code for each in standing_rules(facility=facility, on=today)})
    if by_itself:
        due = Finding.objects.filter(
            facility=facility, rule_code__in=by_itself, outcome=Outcome.NOT_MET, data_class=DataClass.GENERAL
        ).select_related("practitioner", "facility")
        for finding in due.filter(status=FindingStatus.NOTIFIED, answer_by__lt=today).order_by("pk"):
            if said.is_too_early(finding, today):
                continue
            _count(
                counts,
                "suspended",
                lambda finding=finding: apply_consequence(
                    actor=actor, finding=finding, reason="The time for the answer is over."
                ),
            )
        for finding in due.filter(status=FindingStatus.OPEN).order_by("pk"):
            _count(counts, "notices", lambda finding=finding: send_notice(actor=actor, finding=finding))
    return dict(counts)


def _by_itself(said: Provisions, standing: Iterable[str]) -> list[str]:
    """Codes of the rules about people whose consequence follows by itself through a run, and not already as a
    standing condition or by law.
    """
    elsewhere = {*standing, *(each.code for each in rules() if each.by_law)}
    return [
        each.code
        for each in rules()
        if each.about_people
        and said.mode(each.code) == ConsequenceMode.AUTOMATIC
        and each.code not in elsewhere
    ]


def _cured_and_suspended(facility: Facility, on: dt.date) -> list[Finding]:
    """Findings that are cured while the suspension a person or a run put on them still stands."""
    stands = BarPeriod.objects.in_force(on).filter(identity__facility=facility, identity__rule_code="")
    return list(
        Finding.objects.filter(
            facility=facility, status=FindingStatus.CURED, bar__in=stands.values("identity_id")
        )
        .select_related("practitioner", "facility", "bar")
        .order_by("pk")
    )


def _count(counts: Counter[str], what: str, act: Any) -> None:
    try:
        act()
    except Refused:  # told where somebody looks at the finding; it stops none of the others
        counts["refused"] += 1
    else:
        counts[what] += 1
