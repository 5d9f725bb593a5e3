"""The one way a body's act comes into being: checked, frozen, recorded, passed on.

Chairs (``reviews``), meetings (``motions``) and minutes (``minutes``) all end here.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from bylaws.choices import (
    GRANTING,
    LIVE_STEPS,
    AgendaStatus,
    Body,
    CaseStatus,
    DecisionKind,
    LineKind,
    LineOutcome,
    MotionStatus,
    StepStatus,
)
from bylaws.models import (
    AgendaItem,
    Decision,
    DecisionLine,
    Meeting,
    MinutesPaper,
    Motion,
    ReviewCase,
    ReviewStep,
    WrittenConsent,
)
from bylaws.policies import require_not_own_file
from bylaws.rules.answers import GIVING, contradiction, needs_reason, reason_missing
from bylaws.rules.line_conditions import free_text, problem_of, tidy, whole_text
from bylaws.selectors.hearing_rights import has_hearing_right
from bylaws.services.consent_endings import end_consents
from bylaws.services.expedited import check_act, put_before_full_board, report_to_board, why_full_board
from bylaws.subjects import CaseLine, LineAnswer, handler
from bylaws.workflow import AGENDA_ITEM, REVIEW_CASE, REVIEW_STEP
from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.display.dates import day_text
from config.kernel.errors import Doubtful, Refused
from practitioners.models import Document
from practitioners.services.people import lock_practitioner, lock_record

#: Version of the shape of the frozen record.
FROZEN_VERSION = 2


@dataclass(frozen=True)
class InWriting:
    """The written consent a decision comes from; of those who consented ``on_paper``, the member and where
    the paper is kept.
    """

    consent: WrittenConsent
    on_paper: Sequence[dict[str, str]] = ()


@dataclass(frozen=True)
class Act:
    """How a body acted. ``tally`` and what goes with it are empty for a chair acting alone."""

    decided_on: dt.date
    answers: Sequence[LineAnswer]
    rationale: str = ""
    acted_by: Any = None
    capacity: str = ""  # in which a person acted: chair, or vice chair and why
    meeting: Any = None
    motion: Any = None
    in_writing: InWriting | None = None
    minutes: Document | None = None
    paper: MinutesPaper | None = None  # the minutes of the whole ``meeting``, where it was held elsewhere
    mover: str = ""
    seconder: str = ""
    votes_for: int | None = None
    votes_against: int | None = None
    abstentions: int | None = None
    voters: Set[int] = frozenset()  # ids of the users counted; from minutes, of whoever may have voted
    recusals: Sequence[dict[str, str]] = ()
    quorum: dict[str, Any] | None = None
    parameters: Sequence[dict[str, Any]] = field(default_factory=tuple)


def lock_step(step: ReviewStep, *, ending: bool = False) -> ReviewStep:
    """Lock the practitioner's file, then the step, and read the step as it is now. ``ending``: what stands on
    it is brought to its end, so that a record merged meanwhile is not refused.
    """
    file = ReviewCase.objects.select_related("practitioner").get(pk=step.case_id).practitioner
    (lock_record if ending else lock_practitioner)(file)
    return (
        ReviewStep.objects.select_for_update(of=("self",))
        .select_related("case__practitioner", "case__facility", "case__department")
        .get(pk=step.pk)
    )


def take_up(*, actor, step: ReviewStep) -> None:
    """A step that was deferred or held for a hearing is its body's turn again. The caller holds the lock."""
    move = REVIEW_STEP.check(step, StepStatus.OPEN, permissions(actor, step.case.facility))
    # ``opened_at`` stays: the file has waited for this body since its turn first came.
    step.status = StepStatus.OPEN
    step.save(update_fields=["status"])
    record_event(
        actor=actor,
        verb=move.event,
        subject=step,
        practitioner=step.case.practitioner,
        facility=step.case.facility,
    )


def require_turn(step: ReviewStep) -> None:
    """Refuse unless it is this body's turn (one deferred or held counts: acting takes it up again)."""
    if step.status == StepStatus.WAITING:
        before = step.case.steps.filter(status__in=LIVE_STEPS).first()
        waits = f"; it waits for the {before.get_body_display().lower()}" if before else ""
        raise Refused(f"It is not yet the turn of the {step.get_body_display().lower()}{waits}.")
    if step.status not in LIVE_STEPS:
        raise Refused(
            f'This step is "{StepStatus(step.status).label}"; there is nothing more to do. Reload the page.'
        )


def check_answers(
    lines: Sequence[CaseLine], answers: Sequence[LineAnswer], on: dt.date
) -> list[tuple[CaseLine, LineAnswer]]:
    """The lines of the file with their answers, in order; refuses what is missing, unknown or incomplete.
    ``on`` is the day of the act.
    """
    by_uid: dict[Any, LineAnswer] = {}
    known = {line.uid for line in lines}
    for answer in answers:
        if answer.line_uid not in known:
            raise Refused("The lines of this file have changed since the page was opened. Reload it.")
        if answer.line_uid in by_uid:
            raise Refused("One line was answered twice.")
        by_uid[answer.line_uid] = answer
    missing = [line.label for line in lines if line.uid not in by_uid]
    if missing:
        raise Refused(f"Every line needs an answer; still open: {', '.join(missing)}.")
    if not lines:
        raise Refused("This file has no line to act on.")
    pairs = [(line, by_uid[line.uid]) for line in lines]
    for line, answer in pairs:
        if answer.outcome not in LineOutcome.values:
            raise Refused(f'"{answer.outcome}" is no answer to {line.label}.')
        if answer.outcome == LineOutcome.MODIFY:
            if not answer.conditions.strip() and not answer.stated:
                raise Refused(f"{line.label}: say which change or condition.")
            if answer.stated and line.line_kind != LineKind.PRIVILEGE:
                raise Refused(f"{line.label}: a condition of it is written in words.")
            if problem := problem_of(answer.stated, on):
                raise Refused(f"{line.label}: {problem}")
        if problem := reason_missing(line, answer.outcome, answer.reason):
            raise Refused(problem)
    return pairs


def require_sure(pairs: Sequence[tuple[CaseLine, LineAnswer]], sure: bool) -> None:
    """Refuse (``Doubtful``) answers that contradict each other until somebody says that they are meant so."""
    doubt = contradiction([(line.line_kind, answer.outcome) for line, answer in pairs])
    if doubt and not sure:
        raise Doubtful(f'{doubt} Change the lines, or tick "This is meant so".', field="sure")


def check_date(step: ReviewStep, decided_on: dt.date) -> None:
    """Refuse a date in the future, before the file came to review, or before the step before."""
    case = step.case
    if decided_on > clock.today(case.facility):
        raise Refused(f"{day_text(decided_on)} lies in the future.", field="decided_on")
    before = (
        Decision.objects.filter(step__case=case)
        .order_by("-decided_on", "-recorded_at")
        .select_related("step")
        .first()
    )
    if before is not None and decided_on < before.decided_on:
        raise Refused(
            f"The {before.get_body_display().lower()} acted on {day_text(before.decided_on)}; "
            "a later body cannot have acted before that.",
            field="decided_on",
        )
    came = clock.date_at(case.opened_at, case.facility)
    if decided_on < came:
        raise Refused(f"The file came to review on {day_text(came)}, after that date.", field="decided_on")


@transaction.atomic
def act(*, actor, step: ReviewStep, act: Act) -> Decision:
    """Record what a body said of every line, freeze what it saw, move the chain on, tell the subject's room.

    ``step`` comes from :func:`lock_step`. A line deferred defers the whole step: it is recorded as a
    recommendation (it decides nothing) and the body takes it up again later. What the board refuses against
    the Medical Executive Committee (:func:`newly_against`) it only proposes: notice and hearing come first.
    The favorable lines beside it are decided all the same, unless it is the appointment they rest on; the
    step stays, held, until the board decides the rest.
    """
    case = step.case
    subject = handler(case.subject_kind)
    require_turn(step)
    require_not_own_file(actor, case.practitioner, doing="act on")
    check_date(step, act.decided_on)
    subject.check_ready(case.subject_uid, act.decided_on)
    pairs = check_answers(subject.lines(case.subject_uid, act.decided_on), act.answers, act.decided_on)
    check_act(step, subject, pairs, act)
    deferred = any(answer.outcome == LineOutcome.DEFER for _, answer in pairs)
    full_board = "" if deferred else why_full_board(step, subject, pairs, act.decided_on)
    proposed = set() if deferred else newly_against(step, pairs, act.decided_on)
    waits = deferred or _proposes_only(pairs, proposed)
    held = bool(proposed) or (step.body in GRANTING and _stays_held(subject, step, act, pairs, waits))
    if step.status in (StepStatus.DEFERRED, StepStatus.HELD):
        take_up(actor=actor, step=step)
    target = StepStatus.DEFERRED if deferred else StepStatus.HELD if held else StepStatus.ACTED
    move = REVIEW_STEP.check(step, target, permissions(actor, case.facility))
    grants = step.body in GRANTING and _is_last(step) and not waits
    kind = DecisionKind.DECISION if grants else DecisionKind.RECOMMENDATION
    frozen = canonical_bytes(_frozen(step, kind, act, pairs, subject, proposed))
    decision = Decision.objects.create(
        step=step,
        kind=kind,
        body=step.body,
        practitioner=case.practitioner,
        facility=case.facility,
        decided_on=act.decided_on,
        recorded_at=clock.now(),
        recorded_by=actor,
        acted_by=act.acted_by,
        meeting=act.meeting,
        motion=act.motion,
        minutes=act.minutes,
        mover=act.mover,
        seconder=act.seconder,
        votes_for=act.votes_for,
        votes_against=act.votes_against,
        abstentions=act.abstentions,
        recusals=list(act.recusals),
        rationale=act.rationale.strip(),
        frozen=frozen.decode("utf-8"),
        frozen_hash=bytes_digest(frozen),
    )
    DecisionLine.objects.bulk_create(
        DecisionLine(
            decision=decision,
            order=number,
            line_kind=line.line_kind,
            line_uid=line.uid,
            label=line.label[:300],
            outcome=answer.outcome,
            conditions=condition_kept(answer),
            stated=stated_kept(answer),
            reason=reason_kept(line, answer),
            proposed=line.uid in proposed,
        )
        for number, (line, answer) in enumerate(pairs, start=1)
    )
    step.status = target
    step.save(update_fields=["status"])
    by = act.in_writing.consent if act.in_writing else None
    end_consents(actor=actor, step=step, why="The body acted on it otherwise.", but=by)
    if not waits:
        settle_agendas(actor=actor, step=step, by=act.motion)
        if target == StepStatus.ACTED:
            _move_on(actor, step, full_board)
    record_event(
        actor=actor,
        verb=move.event,
        subject=step,
        practitioner=case.practitioner,
        facility=case.facility,
        data={
            "decision": str(decision.uid),
            "body": str(step.body),
            "frozen_hash": decision.frozen_hash,
            "decided_on": act.decided_on.isoformat(),
            "outcomes": {
                str(outcome): sum(1 for _, answer in pairs if answer.outcome == outcome)
                for outcome in LineOutcome
            },
        },
    )
    if not deferred:
        subject.on_acted(decision)
    if decision.kind == DecisionKind.DECISION and step.body == Body.BOARD_COMMITTEE:
        report_to_board(actor=actor, facility=case.facility)
    return decision


def _proposes_only(pairs: Sequence[tuple[CaseLine, LineAnswer]], proposed: set[Any]) -> bool:
    """Whether nothing is decided beside what is proposed: it is membership, on which the rest stands, or
    nothing else is given.
    """
    if not proposed:
        return False
    return any(line.uid in proposed and line.line_kind != LineKind.PRIVILEGE for line, _ in pairs) or not any(
        line.uid not in proposed and answer.outcome in GIVING for line, answer in pairs
    )


def _stays_held(subject, step: ReviewStep, act: Act, pairs, waits: bool) -> bool:
    """Whether lines stay behind that are held for a hearing. A file is not denied while some are."""
    behind = [each for each in subject.held(step.case.subject_uid, act.decided_on) if each.why]
    given = any(answer.outcome in GIVING for _, answer in pairs)
    if behind and not waits and not given and not _decided_before(step):
        raise Refused(
            f"Nothing would be granted, and {behind[0].label} is held for a hearing: decide all of it then."
        )
    return bool(behind)


def _decided_before(step: ReviewStep) -> bool:
    return Decision.objects.filter(step=step, kind=DecisionKind.DECISION).exists()


def newly_against(step: ReviewStep, pairs: Sequence[tuple[CaseLine, LineAnswer]], on: dt.date) -> set[Any]:
    """Uids of the lines the board would refuse though the Medical Executive Committee did not recommend
    against them, and the board did not propose so before. Empty for every other body, and where no such
    committee acted, or the practitioner's profession has no right to a hearing. Source: domain.md 2.7;
    42 USC 11112(b)(1). One query, one more for the lines and two for the right.
    """
    against = {line.uid for line, answer in pairs if answer.outcome == LineOutcome.NOT_RECOMMEND}
    if step.body != Body.BOARD or not against:
        return set()
    if not has_hearing_right(step.case.practitioner, step.case.facility, on):
        return set()
    told: dict[str, set[Any]] = {}
    acts = Decision.objects.filter(step__case_id=step.case_id, body__in=[Body.MEC, Body.BOARD])
    for made in acts.order_by("recorded_at", "pk").prefetch_related("lines"):
        lines = made.lines.all()
        if any(line.outcome == LineOutcome.DEFER for line in lines):
            continue
        refused = {line.line_uid for line in lines if line.outcome == LineOutcome.NOT_RECOMMEND}
        # Of the committee its newest word counts; of the board everything it ever proposed.
        told[made.body] = refused | (told.get(made.body, set()) if made.body == Body.BOARD else set())
    if Body.MEC not in told:
        return set()
    return against - told[Body.MEC] - told.get(Body.BOARD, set())


def _is_last(step: ReviewStep) -> bool:
    """Whether no body acts after this one: it decides."""
    return not step.case.steps.filter(order__gt=step.order).exists()


def condition_kept(answer: LineAnswer) -> str:
    """What stays with the line in words, free text and all: a condition belongs to a change only."""
    return whole_text(tidy(answer.stated), answer.conditions) if answer.outcome == LineOutcome.MODIFY else ""


def stated_kept(answer: LineAnswer) -> list[dict[str, Any]]:
    """The conditions a machine can read that stay with the line."""
    return tidy(answer.stated) if answer.outcome == LineOutcome.MODIFY else []


def reason_kept(line: CaseLine, answer: LineAnswer) -> str:
    """Text that stays with the line: a reason belongs to the answers that need one."""
    return answer.reason.strip() if needs_reason(line, answer.outcome) else ""


def answers_of(motion: Motion | WrittenConsent) -> list[LineAnswer]:
    """The lines of a motion, or of what is consented to, as answers."""
    return [
        LineAnswer(
            line_uid=uuid.UUID(line["line_uid"]),
            outcome=line["outcome"],
            conditions=free_text(line["stated"], line["conditions"]),
            reason=line["reason"],
            stated=line["stated"],
        )
        for line in motion.lines
    ]


def settle_agendas(
    *, actor, step: ReviewStep, by: Motion | None = None, target: str = AgendaStatus.ACTED
) -> None:
    """The body has acted otherwise (or the file is gone): no agenda shows the step as open any more.

    ``by`` is the carried motion, which settles its own item. Refused while a vote on the step is open. The
    caller holds the lock on the step; meetings are locked here. It follows from another act, so the move asks
    for no permission of its own.
    """
    open_items = AgendaItem.objects.filter(step=step, status=AgendaStatus.OPEN)
    if by is not None:
        open_items = open_items.exclude(pk=by.agenda_item_id)
    meetings = Meeting.objects.filter(agenda_items__in=open_items).order_by("pk")
    list(meetings.select_for_update(of=("self",)))
    for item in open_items.select_related("meeting__committee"):
        if item.motions.filter(status=MotionStatus.OPEN).exists():
            raise Refused("A vote on this file is open; close it or withdraw the motion first.")
        move = AGENDA_ITEM.check(item, target, permissions(system_user(), step.case.facility))
        item.status = target
        item.save(update_fields=["status"])
        record_event(
            actor=actor,
            verb=move.event,
            subject=item,
            practitioner=step.case.practitioner,
            facility=step.case.facility,
        )


def take_off(*, actor, step: ReviewStep) -> None:
    """The file is gone from the body without its act: it stands on no agenda any more, and nobody is asked
    for written consent. Refused while a vote on it is open; the caller holds the lock on the step.
    """
    settle_agendas(actor=actor, step=step, target=AgendaStatus.POSTPONED)
    end_consents(actor=actor, step=step)


def _move_on(actor, step: ReviewStep, full_board: str) -> None:
    """Open the next body's turn, or close the case after the last, which decided. ``full_board`` says why the
    board itself comes next, and not its committee.
    """
    case = step.case
    held = permissions(actor, case.facility)
    following = case.steps.filter(order__gt=step.order).order_by("order").first()
    if following is not None and full_board:
        following.case = case
        following = put_before_full_board(actor=actor, step=following, reason=full_board)
    if following is not None:
        REVIEW_STEP.check(following, StepStatus.OPEN, held)
        following.status, following.opened_at = StepStatus.OPEN, clock.now()
        following.save(update_fields=["status", "opened_at"])
        return
    move = REVIEW_CASE.check(case, CaseStatus.DECIDED, held)
    case.status, case.closed_at = CaseStatus.DECIDED, clock.now()
    case.save(update_fields=["status", "closed_at"])
    record_event(
        actor=actor, verb=move.event, subject=case, practitioner=case.practitioner, facility=case.facility
    )


def _frozen(step: ReviewStep, kind: str, act: Act, pairs, subject, proposed: set[Any]) -> dict[str, Any]:
    """What the deciders saw and did, as plain data: uids only, never database ids."""
    case, scan = step.case, act.minutes or act.paper
    written = act.in_writing
    return {
        "version": FROZEN_VERSION,
        "body": step.body,
        "kind": kind,
        "decided_on": act.decided_on,
        "facility": case.facility.code,
        "department": case.department.code,
        "practitioner": case.practitioner.uid,
        "subject": {"kind": case.subject_kind, "uid": case.subject_uid},
        "lines": [
            {
                "order": number,
                "kind": line.line_kind,
                "uid": line.uid,
                "label": line.label[:300],
                "outcome": answer.outcome,
                "conditions": condition_kept(answer),
                "stated": stated_kept(answer),
                "reason": reason_kept(line, answer),
                "proposed": line.uid in proposed,
                "criteria": line.verdict.as_data() if line.verdict else None,
            }
            for number, (line, answer) in enumerate(pairs, start=1)
        ],
        "acted_by": act.acted_by.uid if act.acted_by else None,
        "capacity": act.capacity,
        "meeting": act.meeting.uid if act.meeting else None,
        "minutes": {"uid": scan.uid, "sha256": scan.sha256} if scan else None,
        "mover": act.mover,
        "seconder": act.seconder,
        "tally": None
        if act.votes_for is None
        else {"for": act.votes_for, "against": act.votes_against, "abstentions": act.abstentions},
        "recusals": [dict(recusal) for recusal in act.recusals],
        "quorum": act.quorum,
        "rationale": act.rationale.strip(),
        "parameters": list(act.parameters),
        "seen": subject.snapshot(case.subject_uid, act.decided_on),
        **(
            {"written_consent": {"uid": written.consent.uid, "on_paper": list(written.on_paper)}}
            if written
            else {}
        ),
    }
