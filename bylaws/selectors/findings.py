"""What compliance found, as recorded: with its life, what the bylaws provide, and how it went over time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, UUIDField, When

from bylaws.choices import FINDING_CLOSED, ConsequenceMode, FindingStatus, FindingStepKind
from bylaws.models import ComplianceRun, Finding, FindingStep
from bylaws.parameters import ANSWER_DAYS, FINDING_CONSEQUENCE, UNMET_DAYS
from bylaws.selectors.compliance import BindingParameter, rules_shown
from config.accounts.choices import DataClass
from config.accounts.policies import data_classes, facilities_with, may
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.registries import letter_ways
from config.organization.models import Facility
from config.rulebook.parameters import definition
from config.rulebook.rules import rule, rules
from config.rulebook.selectors.parameters import Bound, resolve_many
from config.rulebook.selectors.waivers import WaiverInForce, waivers_in_force
from config.rulebook.subjects import PRACTITIONER
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict
from practitioners.models import Letter, Practitioner, PractitionerAliasPeriod
from practitioners.selectors.canonical import among, own_records, uids_beside

VIEW = "bylaws.view_compliance"
#: The job of the ledger under which runs that somebody asked for stand, one for each facility.
ASKED_JOB = "bylaws.compliance_asked"
#: What waits for nobody: closed, set aside, or with its consequence.
SEEN_TO = (*FINDING_CLOSED, FindingStatus.WAIVED, FindingStatus.CONSEQUENCE)


@dataclass(frozen=True)
class Provisions:
    """What the bylaws of a facility provide for findings on a day, by the code of the rule."""

    found: dict[tuple[str, str], Bound]

    def _bound(self, code: str, rule_code: str) -> Bound:
        return self.found.get((code, rule_code)) or self.found.get((code, ""), Bound(code, rule_code, None))

    def mode(self, rule_code: str) -> ConsequenceMode:
        """What follows when the rule stays unmet; nothing where nobody says anything."""
        said = self._bound(FINDING_CONSEQUENCE.code, rule_code).value
        return ConsequenceMode(said) if said in ConsequenceMode.values else ConsequenceMode.NONE

    def citation(self, rule_code: str) -> str:
        """Where the consequence is written."""
        return self._bound(FINDING_CONSEQUENCE.code, rule_code).citation

    def answer_days(self, rule_code: str) -> int | None:
        """Days to answer the notice; None where nobody set them."""
        said = self._bound(ANSWER_DAYS.code, rule_code).value
        return said if isinstance(said, int) else None

    def may_follow_from(self, finding: Finding) -> dt.date | None:
        """The first day on which something may follow from the finding: so many days after the first day not
        met, or where that is not known after it was found; None where the bylaws ask for no such days.
        """
        said = self._bound(UNMET_DAYS.code, finding.rule_code).value
        if not isinstance(said, int) or said == 0:
            return None
        return (finding.since or finding.opened_on) + dt.timedelta(days=said)

    def is_too_early(self, finding: Finding, today: dt.date) -> bool:
        """Whether the days the bylaws ask for before something follows are not over."""
        first = self.may_follow_from(finding)
        return first is not None and today < first

    def rows(self, rule_code: str) -> list[BindingParameter]:
        """Everything, as it is shown; days that nobody set are left out."""
        asked = (FINDING_CONSEQUENCE.code, UNMET_DAYS.code, ANSWER_DAYS.code)
        bound = {code: self._bound(code, rule_code) for code in asked}
        return [
            BindingParameter(definition(code), each)
            for code, each in bound.items()
            if each.is_set or code != UNMET_DAYS.code
        ]


def provisions(*, facility: Facility, on: dt.date) -> Provisions:
    """What the bylaws provide for the findings of every rule; one query."""
    codes = [FINDING_CONSEQUENCE.code, UNMET_DAYS.code, ANSWER_DAYS.code]
    return Provisions(resolve_many(codes, facility=facility, on=on))


def visible_findings(viewer: Any, facility: Facility) -> QuerySet[Finding]:
    """Everything ever found at the facility that the person may be told: of a protected class only with the
    class, and never about themselves.
    """
    if not may(viewer, VIEW, facility):
        return Finding.objects.none()
    rows = Finding.objects.filter(
        facility=facility, data_class__in=data_classes(viewer, facility)
    ).select_related("practitioner", "facility")
    return rows.exclude(
        pk__in=Finding.objects.exclude(data_class=DataClass.GENERAL).filter(
            practitioner__in=own_records(viewer)
        )
    )


def standing_findings(viewer: Any, facility: Facility) -> QuerySet[Finding]:
    """Those of :func:`visible_findings` that are not closed."""
    return visible_findings(viewer, facility).exclude(status__in=FINDING_CLOSED)


def to_see_to(viewer: Any, facility: Facility) -> QuerySet[Finding]:
    """Rules not met that nobody waived and on which nothing is recorded that follows; longest first."""
    return (
        standing_findings(viewer, facility)
        .filter(outcome=Outcome.NOT_MET)
        .exclude(status__in=SEEN_TO)
        .order_by("since", "practitioner__sort_name", "subject_name", "pk")
    )


def to_decide(viewer: Any, facility: Facility) -> list[Finding]:
    """Findings from which the bylaws let something follow, and the notice was answered or its time is over: a
    person decides. Where it follows by itself, an answer makes it a person's decision too. A notice that was
    not sent lets nothing follow. At most four queries.
    """
    today = clock.today(facility)
    said = provisions(facility=facility, on=today)
    codes = [
        each.code for each in rules() if each.about_people and said.mode(each.code) != ConsequenceMode.NONE
    ]
    rows = to_see_to(viewer, facility).filter(
        rule_code__in=codes, status__in=[FindingStatus.NOTIFIED, FindingStatus.ANSWERED]
    )
    ripe = [
        each
        for each in rows
        if (each.status == FindingStatus.ANSWERED or time_is_over(each, today))
        and not said.is_too_early(each, today)
    ]
    unsent = unsent_notices(ripe)
    return [each for each in ripe if each.pk not in unsent]


def ways_of_letters(letters: Iterable[int]) -> dict[int, tuple[Any, bool]]:
    """How far each letter is, and whether somebody has yet to send it; one query where there are any."""
    asked = set(letters)
    found: dict[int, tuple[Any, bool]] = {}
    if asked:
        for ways in letter_ways:
            found.update(ways(asked))
    return found


def unsent_among(
    finding: Finding, steps: Iterable[FindingStep], ways: Mapping[int, tuple[Any, bool]]
) -> Letter | None:
    """The notice of a notified finding that lies here still, from its steps and how far their letters are; no
    query.
    """
    told = [step.letter for step in steps if step.kind == FindingStepKind.NOTIFIED and step.letter]
    newest = told[-1] if told and finding.status == FindingStatus.NOTIFIED else None
    return newest if newest is not None and ways.get(newest.pk, (None, False))[1] else None


def unsent_notices(findings: Iterable[Finding]) -> dict[int, Letter]:
    """Of findings that are notified those whose notice lies here still, by key, with the letter: what was
    never sent binds nobody to answer. Two queries where any is notified.
    """
    asked = [each.pk for each in findings if each.status == FindingStatus.NOTIFIED]
    if not asked:
        return {}
    newest: dict[int, Letter] = {}
    steps = FindingStep.objects.filter(
        finding__in=asked, kind=FindingStepKind.NOTIFIED, letter__isnull=False
    ).select_related("letter")
    for step in steps.order_by("at", "pk"):
        if step.letter is not None:  # the query asked for those with one
            newest[step.finding_id] = step.letter
    ways = ways_of_letters(each.pk for each in newest.values())
    return {key: letter for key, letter in newest.items() if letter.pk in ways and ways[letter.pk][1]}


def time_is_over(finding: Finding, today: dt.date) -> bool:
    """Whether the last day for the answer to the notice has passed."""
    return finding.answer_by is not None and finding.answer_by < today


def get_finding(*, viewer: Any, uid: uuid.UUID) -> Finding | None:
    """One finding the person may be told, or None."""
    one = (
        Finding.objects.select_related("facility", "practitioner", "bar", "first_run", "last_run")
        .filter(uid=uid, facility__in=facilities_with(viewer, VIEW))
        .first()
    )
    if one is None or one.data_class not in data_classes(viewer, one.facility):
        return None
    if one.is_general:
        return one
    own = Practitioner.every.filter(pk__in=own_records(viewer), findings=one)
    return None if own.exists() else one


def steps_of(finding: Finding) -> list[FindingStep]:
    """What happened to it, the first first; one query."""
    return list(finding.steps.select_related("by", "letter", "bar", "request", "task").order_by("at", "pk"))


def earlier_findings(finding: Finding) -> list[Finding]:
    """Findings of the same thing beside it, under whichever record of the person; three queries."""
    rows = Finding.objects.filter(
        facility=finding.facility_id,
        rule_code=finding.rule_code,
        part=finding.part,
        subject_kind=finding.subject_kind,
        subject_uid__in=uids_beside(finding.subject_uid),
    )
    return list(rows.exclude(pk=finding.pk).order_by("-opened_on", "-pk"))


def waiver_of(finding: Finding, on: dt.date) -> WaiverInForce | None:
    """What sets the rule aside for its subject on the day, under whichever record of the person it was
    granted.
    """
    found = waivers_in_force(
        uids_beside(finding.subject_uid), facility=finding.facility, on=on, rule_codes=[finding.rule_code]
    )
    return next(iter(found.values()), None)


def bound_of(finding: Finding, on: dt.date) -> list[BindingParameter]:
    """The numbers the rule of a finding is judged by on the day, with every source; one query."""
    codes = rule(finding.rule_code).parameters
    found = resolve_many(codes, facility=finding.facility, on=on) if codes else {}
    return [
        BindingParameter(definition(code), found.get((code, ""), Bound(code, "", None))) for code in codes
    ]


def verdict_of(finding: Finding) -> Verdict:
    """The verdict as recorded, in the one shape every judgement is shown in."""
    data = finding.verdict
    return Verdict(
        outcome=Outcome(finding.outcome),
        code=finding.rule_code,
        title=data["title"],
        sentence=data["sentence"],
        facts=data.get("facts", {}),
        evidence=tuple(EvidenceRef(each["uid"], each["label"]) for each in data.get("evidence", [])),
        citation=data.get("citation", ""),
        confidence=data.get("confidence", ""),
        bound_by=data.get("bound_by", ""),
        cure=data.get("cure", ""),
        since=dt.date.fromisoformat(data["since"]) if "since" in data else None,
        due=dt.date.fromisoformat(data["due"]) if "due" in data else None,
        reaches=tuple(data.get("reaches", ())),
        part=finding.part,
    )


def recorded_for(
    facility: Facility, subject_uids: Iterable[uuid.UUID]
) -> dict[tuple[str, uuid.UUID], list[Finding]]:
    """Findings that stand, by rule and subject; one query. One recorded under a record that was merged
    since is the person's as before. For rows a page has already shown.
    """
    found: dict[tuple[str, uuid.UUID], list[Finding]] = {}
    uids = list(subject_uids)
    merged = PractitionerAliasPeriod.objects.live().filter(canonical__uid__in=uids)
    stands_for = merged.filter(practitioner=OuterRef("practitioner")).values("canonical__uid")
    under_another = Q(subject_kind=PRACTITIONER, practitioner__in=merged.values("practitioner"))
    rows = (
        Finding.objects.filter(Q(subject_uid__in=uids) | under_another, facility=facility)
        .exclude(status__in=FINDING_CLOSED)
        .annotate(
            person=Case(
                When(under_another, then=Subquery(stands_for[:1])),
                default=F("subject_uid"),
                output_field=UUIDField(),
            )
        )
    )
    for each in rows.order_by("part", "pk"):
        found.setdefault((each.rule_code, each.person), []).append(each)
    return found


def general_findings_of(viewer: Any, practitioner: Any) -> list[Finding]:
    """What stands about one person at the facilities whose compliance the viewer may see; nothing of a
    protected class, whoever looks. What waived each stands with it. Two queries.
    """
    rows = list(
        Finding.objects.filter(
            practitioner__in=among([practitioner.pk]),
            facility__in=facilities_with(viewer, VIEW),
            data_class=DataClass.GENERAL,
        )
        .exclude(status__in=FINDING_CLOSED)
        .select_related("facility")
        .order_by("facility__code", "rule_code", "pk")
    )
    told = {
        step.finding_id: step.reason
        for step in FindingStep.objects.filter(
            finding__in=[each.pk for each in rows if each.status == FindingStatus.WAIVED],
            kind=FindingStepKind.WAIVED,
        ).order_by("at", "pk")
    }
    for each in rows:
        each.waiver = told.get(each.pk, "") if each.status == FindingStatus.WAIVED else ""
    return rows


# --- over time ------------------------------------------------------------------------------------------


def latest_run(facility: Facility) -> ComplianceRun | None:
    """The last run recorded at the facility; one query."""
    return ComplianceRun.objects.filter(facility=facility).select_related("ran_by").first()


def run_asked_for(facility: Facility) -> JobRun | None:
    """The run somebody asked for last, as the ledger has it: under way, done or failed; one query."""
    return JobRun.objects.filter(job=ASKED_JOB, key=facility.code).first()


def note_progress(facility: Facility, done: tuple[int, int] | None) -> None:
    """How many rules of the run that was asked for are judged, and of how many; for the page that waits."""
    cache.set(f"compliance-run:{facility.code}", done, 3600)


def progress_of_run(facility: Facility) -> tuple[int, int] | None:
    """What the worker said last."""
    return cache.get(f"compliance-run:{facility.code}")


@dataclass(frozen=True)
class RuleCount:
    """One rule in one run."""

    code: str
    title: str
    counts: dict[str, int]

    def of(self, outcome: str) -> int:
        """How many of one outcome, or ``waived``."""
        return self.counts.get(str(outcome), 0)

    @property
    def total(self) -> int:
        """How many were judged."""
        return sum(self.of(each) for each in Outcome)

    @property
    def concerned(self) -> int:
        """Whom it asked something of: all but those it did not concern."""
        return self.total - self.of(Outcome.NOT_APPLICABLE)

    @property
    def compliant(self) -> int:
        """Those of the concerned who meet it. Unknown is never compliant."""
        return self.of(Outcome.MET)


def counts_of(run: ComplianceRun, viewer: Any, facility: Facility) -> list[RuleCount]:
    """The counts of a run, of the rules the person may be told."""
    return [
        RuleCount(each.code, each.title, run.counts[each.code])
        for each in rules_shown(viewer, facility)
        if each.code in run.counts
    ]


def runs_by_day(facility: Facility, *, since: dt.date) -> list[ComplianceRun]:
    """The last run of each day from ``since`` on, the first day first; one query."""
    rows = (
        ComplianceRun.objects.filter(facility=facility, on__gte=since)
        .order_by("on", "-known_at", "-pk")
        .distinct("on")
    )
    return list(rows)


def by_status(rows: QuerySet[Finding]) -> dict[str, int]:
    """How many findings there are in each state; one query."""
    counted = rows.order_by().values_list("status").annotate(number=Count("pk"))
    return dict(counted)


def of_uids(viewer: Any, facility: Facility, uids: Sequence[uuid.UUID]) -> list[Finding]:
    """Those findings among the uids that the person may be told, by name; one query."""
    return list(
        visible_findings(viewer, facility)
        .filter(uid__in=uids)
        .order_by("practitioner__sort_name", "subject_name", "rule_code", "pk")
    )
