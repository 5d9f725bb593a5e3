"""What people do about findings: notices, answers, waivers, and what follows.

Nothing here judges: a finding closes when a run finds its rule met. A finding of a protected class is about
what the office owes; nobody is written to about it, and nothing follows from it here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from bylaws.choices import BarKind, BarScope, ConsequenceMode, FindingStatus, FindingStepKind
from bylaws.held import held_privileges, hold_without_appointment
from bylaws.models import Bar, Finding, FindingStep, LeaderRequest, OfficeTask
from bylaws.policies import require_not_own_file
from bylaws.selectors.compliance import standing_rules
from bylaws.selectors.findings import provisions, time_is_over, unsent_notices
from bylaws.services.bars import lift_bar, open_bar, void_bar
from bylaws.services.letters import issue_bar_letter, issue_finding_notice
from bylaws.services.requests import LONGEST_ABOUT, LONGEST_TITLE, ask_leader, set_task
from bylaws.workflow import FINDING
from config.accounts.models import User
from config.accounts.policies import permissions, require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.periods import days, through
from config.rulebook.choices import ExceptionKind
from config.rulebook.models import Waiver, WaiverPeriod
from config.rulebook.rules import judge_many, rule
from config.rulebook.services.waivers import end_waiver, grant_waiver, void_waiver
from config.rulebook.subjects import subject_kind
from config.rulebook.verdicts import Outcome, part_of
from practitioners.choices import LetterKind
from practitioners.models import Letter, Practitioner
from practitioners.selectors.canonical import canonical_of, uids_beside
from practitioners.services.people import lock_practitioner, lock_record

MANAGE, WAIVE = "bylaws.manage_findings", "credentialing.waive"
LONGEST = 2000
#: A waiver may hold so long, in years.
LONGEST_WAIVER = 3
_PROTECTED = (
    "This finding is of a protected class: it is about what the office owes, and nobody is written to."
)


def _no_person(finding: Finding) -> str:
    noun = subject_kind(finding.subject_kind).noun
    article = "an" if noun[0] in "aeiou" else "a"
    return f"It is about {article} {noun}: nobody is written to, and nobody suspended."


def _begin(actor, finding: Finding, permission: str, *, doing: str) -> Finding:
    """The finding, locked after its person, for whoever may."""
    require(actor, permission, finding.facility)
    if not finding.is_general:
        require_class(actor, finding.data_class, finding.facility)
    if finding.practitioner is not None:
        lock_record(finding.practitioner)
        require_not_own_file(actor, finding.practitioner, doing=doing)
    return (
        Finding.objects.select_for_update(of=("self",))
        .select_related("facility", "practitioner", "bar")
        .get(pk=finding.pk)
    )


def _move(actor, finding: Finding, target: FindingStatus, **more) -> None:
    FINDING.check(finding, target, permissions(actor, finding.facility))
    finding.status = target
    for name, value in more.items():
        setattr(finding, name, value)
    finding.save(update_fields=["status", *more])


def _step(
    actor, finding: Finding, kind: FindingStepKind, reason: str, *, letter: Letter | None = None,
    bar: Bar | None = None, request: LeaderRequest | None = None, task: OfficeTask | None = None,
) -> FindingStep:  # fmt: skip
    at = clock.now()
    step = FindingStep.objects.create(
        finding=finding,
        kind=kind,
        day=clock.date_at(at, finding.facility),
        at=at,
        by=actor,
        letter=letter,
        bar=bar,
        request=request,
        task=task,
        reason=reason,
    )
    record_event(
        actor=actor,
        verb=f"finding.{kind}",
        subject=finding,
        # The trail is read without the class.
        reason=reason if finding.is_general else "",
        practitioner=finding.practitioner,
        facility=finding.facility,
        data={"rule": finding.rule_code} if finding.is_general else {},
    )
    return step


def _said(text: str, sentence: str, field: str) -> str:
    said = text.strip()
    if not said:
        raise Refused(sentence, field=field)
    if len(said) > LONGEST:
        raise Refused(f"Say it in at most {LONGEST:,} characters.", field=field)
    return said


# --- notices --------------------------------------------------------------------------------------------


def notice_problem(finding: Finding) -> str:
    """Why no notice can be sent of the finding as it stands, in a sentence; empty where one can."""
    if not finding.is_general:
        return _PROTECTED
    if finding.practitioner is None or not finding.about_person:
        return _no_person(finding)
    if finding.status not in (FindingStatus.OPEN, FindingStatus.ANSWERED):
        return f"It is {FindingStatus(finding.status).label.lower()}."
    return ""


@transaction.atomic
def send_notice(*, actor, finding: Finding) -> Letter:
    """Write to the practitioner what was found, what settles it and until when an answer is expected. The
    letter lies with the others of the file; how it is handed over is recorded there.

    Refused: a protected finding; one that was noticed already, is waived, closed or has its consequence;
    where no time for the answer is set; one's own file.
    """
    one = _begin(actor, finding, MANAGE, doing="send a notice about")
    problem, person = notice_problem(one), one.practitioner
    if problem or person is None:
        raise Refused(f"No notice is sent of this finding. {problem}")
    person = lock_practitioner(canonical_of(person))  # the record may have been merged since
    today = clock.today(one.facility)
    allowed = provisions(facility=one.facility, on=today).answer_days(one.rule_code)
    if allowed is None:
        raise Refused("How many days there are for the answer is not set among the parameters.")
    answer_by = today + dt.timedelta(days=allowed)
    _move(actor, one, FindingStatus.NOTIFIED, answer_by=answer_by)
    letter = issue_finding_notice(actor=actor, finding=one, practitioner=person, answer_by=answer_by)
    _step(
        actor,
        one,
        FindingStepKind.NOTIFIED,
        f"An answer is expected by {day_text(answer_by)}.",
        letter=letter,
    )
    return letter


@transaction.atomic
def send_notices(*, actor, findings: Sequence[Finding]) -> list[Letter]:
    """A notice of each of the findings, all or none. Refused: none given, or one of which none can be."""
    if not findings:
        raise Refused("Choose the findings to write about.")
    letters = []
    for finding in sorted(findings, key=lambda each: (each.practitioner_id or 0, each.pk)):
        try:
            letters.append(send_notice(actor=actor, finding=finding))
        except Refused as refused:
            raise Refused(f"{finding.about}: {refused.sentence}") from None
    return letters


@transaction.atomic
def record_answer(*, actor, finding: Finding, said: str) -> FindingStep:
    """What the practitioner answered, in words. It cures nothing by itself."""
    one = _begin(actor, finding, MANAGE, doing="record an answer about")
    if not one.is_general:
        raise Refused(_PROTECTED)
    if not one.about_person:
        raise Refused(_no_person(one))
    told = _said(said, "Say what was answered.", "said")
    _move(actor, one, FindingStatus.ANSWERED)
    return _step(actor, one, FindingStepKind.ANSWERED, told)


# --- whatever it is about -------------------------------------------------------------------------------


@transaction.atomic
def note_finding(*, actor, finding: Finding, said: str) -> FindingStep:
    """A note that stays with the finding, whatever it is about; it changes nothing else.

    Refused: a finding that is closed, one's own file.
    """
    one = _begin_open(actor, finding, doing="write notes about")
    return _step(actor, one, FindingStepKind.NOTED, _said(said, "Write the note.", "said"))


@transaction.atomic
def ask_about(*, actor, finding: Finding, asked_of: User, question: str, due: dt.date) -> LeaderRequest:
    """A question about the finding to a leader, on their Today page until it is answered; it stands with the
    finding.

    Refused: a protected finding, a closed one, and as :func:`ask_leader`.
    """
    one = _begin_open(actor, finding, doing="ask a leader about")
    if not one.is_general:
        raise Refused(_PROTECTED)
    made = ask_leader(
        actor=actor,
        facility=one.facility,
        asked_of=asked_of,
        title=_named(one, LONGEST_TITLE),
        question=question,
        due=due,
        practitioner=canonical_of(one.practitioner) if one.practitioner is not None else None,
    )
    told = f"{asked_of}, to answer by {day_text(due)}: {made.question}"
    _step(actor, one, FindingStepKind.ASKED, told[:LONGEST], request=made)
    return made


@transaction.atomic
def set_task_about(*, actor, finding: Finding, title: str, owner: User, due: dt.date) -> OfficeTask:
    """Something the office does about the finding; it stands with the finding and among the office's tasks.

    Refused: a protected finding, a closed one, and as :func:`set_task`.
    """
    one = _begin_open(actor, finding, doing="set a task about")
    if not one.is_general:
        raise Refused(_PROTECTED)
    made = set_task(
        actor=actor,
        facility=one.facility,
        title=title,
        owner=owner,
        due=due,
        about=_named(one, LONGEST_ABOUT),
    )
    told = f"{made.title}. {owner}, by {day_text(due)}."
    _step(actor, one, FindingStepKind.TASK, told[:LONGEST], task=made)
    return made


def _begin_open(actor, finding: Finding, *, doing: str) -> Finding:
    one = _begin(actor, finding, MANAGE, doing=doing)
    if one.is_closed:
        raise Refused("The finding is closed.")
    return one


def _named(finding: Finding, longest: int) -> str:
    return f"{rule(finding.rule_code).title} ({finding.rule_code}): {finding.about}"[:longest]


# --- waivers --------------------------------------------------------------------------------------------


def waiver_problem(finding: Finding) -> str:
    """Why the rule of the finding can never be set aside, in a sentence; empty where it can."""
    one = rule(finding.rule_code)
    if one.data_class:
        return "What the office owes by law is never waived."
    return "" if one.waivable else f"{one.title} can never be waived."


@transaction.atomic
def waive(
    *, actor, finding: Finding, last_day: dt.date, justification: str, kind: str = ExceptionKind.WAIVER
) -> Waiver:
    """Set the rule aside for the person or body from today through ``last_day``; every finding of the rule
    about them is then waived. The outcome stays what it is and never counts as compliant; with the day after,
    a run opens the finding again.

    Refused: rules that can never be waived, a last day that has passed or lies more than three years ahead,
    while a consequence stands, one's own file.
    """
    one = _begin(actor, finding, WAIVE, doing="waive a rule on")
    problem = waiver_problem(one)
    if problem:
        raise Refused(problem)
    today = clock.today(one.facility)
    if last_day < today:
        raise Refused("The last day has passed.", field="last_day")
    if last_day > today + dt.timedelta(days=366 * LONGEST_WAIVER):
        raise Refused(f"A waiver holds {LONGEST_WAIVER} years at most.", field="last_day")
    why = _said(justification, "Say why the exception is justified.", "justification")
    if one.status == FindingStatus.CONSEQUENCE:
        raise Refused("A consequence stands; take it back first.")
    waiver = grant_waiver(
        actor=actor,
        facility=one.facility,
        rule_code=one.rule_code,
        subject_kind=one.subject_kind,
        subject_uid=one.subject_uid,
        valid=days(today, through(last_day)),
        justification=why,
        kind=kind,
        practitioner=one.practitioner,
    )
    word = ExceptionKind(kind).label
    open_ones = (FindingStatus.OPEN, FindingStatus.NOTIFIED, FindingStatus.ANSWERED)
    for each in _of_the_same(one, open_ones):
        _move(actor, each, FindingStatus.WAIVED)
        _step(actor, each, FindingStepKind.WAIVED, f"{word} by {actor} through {day_text(last_day)}: {why}")
    return waiver


@transaction.atomic
def end_waiving(*, actor, finding: Finding, reason: str) -> None:
    """The rule is not set aside any more from today on; what is not met is open again at once."""
    one = _begin(actor, finding, WAIVE, doing="end a waiver on")
    why = _said(reason, "Say why.", "reason")
    today = clock.today(one.facility)
    standing = (
        WaiverPeriod.objects.in_force(today)
        .select_related("identity")
        .filter(
            identity__facility=one.facility,
            identity__rule_code=one.rule_code,
            identity__subject_kind=one.subject_kind,
            identity__subject_uid__in=uids_beside(one.subject_uid),
        )
        .order_by("pk")
    )
    found = list(standing)
    if not found:
        raise Refused("No waiver is in force.")
    for live in found:  # one, or one under each record of the person
        of = {"actor": actor, "facility": one.facility, "waiver": live.identity, "reason": why}
        if live.valid.lower == today:
            void_waiver(**of, practitioner=one.practitioner)
        else:
            end_waiver(**of, day=today, practitioner=one.practitioner)
    for each in _of_the_same(one, (FindingStatus.WAIVED,)):
        _move(actor, each, FindingStatus.OPEN, answer_by=None)
        _step(actor, each, FindingStepKind.WAIVER_OVER, why)


def _of_the_same(finding: Finding, states: Sequence[str]) -> list[Finding]:
    """Findings of the same rule about the same subject: a waiver is of the whole rule."""
    return list(
        Finding.objects.select_for_update(of=("self",))
        .select_related("facility", "practitioner")
        .filter(
            facility=finding.facility,
            rule_code=finding.rule_code,
            subject_kind=finding.subject_kind,
            subject_uid__in=uids_beside(finding.subject_uid),
            status__in=states,
        )
        .order_by("pk")
    )


# --- what follows ---------------------------------------------------------------------------------------


def consequence_problem(finding: Finding, *, unsent: bool | None = None) -> str:
    """Why nothing may follow from the finding as it stands, in a sentence; empty where it may. ``unsent``:
    whether its notice lies here still, where that is known already.
    """
    if not finding.is_general:
        return _PROTECTED
    if not finding.about_person:
        return _no_person(finding)
    if finding.outcome != Outcome.NOT_MET:
        return "What is unknown suspends nobody: find it out first."
    today = clock.today(finding.facility)
    if finding.rule_code in {each.rule.code for each in standing_rules(facility=finding.facility, on=today)}:
        return "It is a standing condition of the bylaws: the suspension follows by itself."
    said = provisions(facility=finding.facility, on=today)
    if said.mode(finding.rule_code) == ConsequenceMode.NONE:
        return "The bylaws provide nothing that follows from this rule."
    if finding.status == FindingStatus.OPEN:
        return "The practitioner was not written to yet."
    if finding.status == FindingStatus.NOTIFIED and not time_is_over(finding, today):
        until = day_text(finding.answer_by) if finding.answer_by else "it is set"
        return f"There is time for an answer until {until}."
    if bool(unsent_notices([finding])) if unsent is None else unsent:
        return "The notice was not sent: send it, and record how it went out."
    first = said.may_follow_from(finding)
    if first is not None and today < first:
        return f"It has not been unmet for long enough: something may follow from {day_text(first)} on."
    if finding.status not in (FindingStatus.NOTIFIED, FindingStatus.ANSWERED):
        return f"It is {FindingStatus(finding.status).label.lower()}."
    return ""


@transaction.atomic
def apply_consequence(*, actor, finding: Finding, reason: str) -> Bar:
    """Suspend what the rule reaches from today until it is met, as the bylaws provide; with its letter. A run
    that finds the rule met gives it back by itself.

    Refused as :func:`consequence_problem` says, and where the rule, judged at this moment, is no longer
    surely not met: what the last run found may have been cured since.
    """
    one = _begin(actor, finding, MANAGE, doing="suspend anything on")
    why = _said(reason, "Say why.", "reason")
    problem = consequence_problem(one)
    if problem or one.practitioner is None:
        raise Refused(problem or "It is about nobody whose privileges could be suspended.")
    person = canonical_of(one.practitioner)  # the record may have been merged since
    today = clock.today(one.facility)
    _require_not_met(one, person, today)
    codes = _reached(one, person, today)
    bar = open_bar(
        actor=actor,
        practitioner=person,
        facility=one.facility,
        kind=BarKind.ADMINISTRATIVE_SUSPENSION,
        cause=one.said("sentence"),
        start=today,
        scope=BarScope.LISTED if codes else BarScope.ALL_PRIVILEGES,
        privilege_codes=codes,
        citation=provisions(facility=one.facility, on=today).citation(one.rule_code),
    )
    letter = issue_bar_letter(
        actor=actor, bar=bar, period=bar.periods.live().get(), kind=LetterKind.ADMINISTRATIVE_SUSPENSION
    )
    _move(actor, one, FindingStatus.CONSEQUENCE, bar=bar)
    _step(actor, one, FindingStepKind.CONSEQUENCE, why, letter=letter, bar=bar)
    return bar


def _require_not_met(finding: Finding, person: Practitioner, today: dt.date) -> None:
    verdict = judge_many(
        rule(finding.rule_code),
        facility=finding.facility,
        on=today,
        practitioner_ids=[person.pk],
        privileges_held=hold_without_appointment([person.pk], finding.facility, today),
    ).get(person.pk)
    now = part_of(verdict, finding.part) if verdict is not None else None
    if now is None or now.outcome != Outcome.NOT_MET:
        told = now.sentence if now is not None else "Nothing asks for it any more."
        raise Refused(f"As known now it is no longer found: {told} The next run records that.")


def _reached(finding: Finding, person: Practitioner, today: dt.date) -> tuple[str, ...]:
    """Codes of the privileges held that the finding is about; none where it is about all of them."""
    reaches = finding.verdict.get("reaches", [])
    if not reaches:
        return ()
    held = held_privileges(person, finding.facility, today, today + ONE_DAY)
    codes = tuple(sorted(set(reaches) & set(held)))
    if not codes:
        raise Refused("None of the privileges it reaches is held.")
    return codes


@transaction.atomic
def reverse_consequence(*, actor, finding: Finding, reason: str) -> None:
    """Take the suspension back: lifted from today, or recorded as a mistake where it began today. The finding
    is open again. One that follows by itself ends only by its cure, and is refused.
    """
    one = _begin(actor, finding, MANAGE, doing="lift a suspension on")
    why = _said(reason, "Say why.", "reason")
    if one.status != FindingStatus.CONSEQUENCE or one.bar is None:
        raise Refused("No consequence stands.")
    if one.bar.rule_code:
        raise Refused("It follows by itself, and ends by itself once the rule is met.")
    letter = _lift(actor, one.bar, why)
    _move(actor, one, FindingStatus.OPEN, answer_by=None)
    _step(actor, one, FindingStepKind.REVERSED, why, letter=letter, bar=one.bar)


@transaction.atomic
def give_back(*, actor, finding: Finding) -> None:
    """A run found the rule met: the suspension put on the finding ends, with a letter. Called by the run;
    again it changes nothing.
    """
    one = _begin(actor, finding, MANAGE, doing="lift a suspension on")
    today = clock.today(one.facility)
    if one.bar is None or not one.bar.periods.in_force(today).exists():
        return
    over = one.steps.filter(kind=FindingStepKind.CURED).latest("at", "pk")
    _lift(actor, one.bar, f"{over.get_kind_display()}: {over.reason}")


def _lift(actor, bar: Bar, reason: str) -> Letter:
    today = clock.today(bar.facility)
    period = bar.periods.live().order_by("valid").last()
    if period is None:
        raise Refused("The suspension was recorded as a mistake already.")
    if period.valid.lower >= today:
        void_bar(actor=actor, bar=bar, reason=reason)
    elif period.valid.upper is None or period.valid.upper > today:
        lift_bar(actor=actor, bar=bar, day=today, reason=reason)
        period = bar.periods.live().order_by("valid").last()
    return issue_bar_letter(actor=actor, bar=bar, period=period, kind=LetterKind.REINSTATEMENT, reason=reason)
