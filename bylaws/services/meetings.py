"""Meetings: called, attended, moved, voted, closed. A carried motion is the body's act."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from bylaws.choices import (
    ALONE,
    AgendaStatus,
    AttendanceMode,
    Body,
    LineOutcome,
    MeetingKind,
    MeetingStatus,
    MotionStatus,
    StepStatus,
    VoteChoice,
)
from bylaws.models import AgendaItem, Attendance, Committee, Meeting, Motion, Recusal, ReviewStep, Vote
from bylaws.policies import is_own_file, require_not_own_file
from bylaws.rules.line_conditions import free_text
from bylaws.rules.voting import carries, threshold_in_words
from bylaws.selectors.committees import (
    barred_user_ids,
    committee_of,
    count_quorum,
    is_seated,
    present_user_ids,
    quorum_rule,
    seated,
    threshold_rule,
)
from bylaws.services.decisions import (
    Act,
    act,
    check_answers,
    condition_kept,
    lock_step,
    reason_kept,
    require_sure,
    require_turn,
    stated_kept,
    take_up,
)
from bylaws.services.expedited import report_to_board
from bylaws.services.interests import recuse_declared
from bylaws.subjects import LineAnswer, handler
from bylaws.wording import verb_of
from bylaws.workflow import AGENDA_ITEM, MEETING, MOTION
from config.accounts.policies import may, permissions, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Conflict, Forbidden, Refused
from practitioners.models import Practitioner
from practitioners.services.people import lock_practitioner

#: How long after its start a meeting may still be called: it began while somebody was typing.
JUST_BEGUN = dt.timedelta(hours=1)
#: How far ahead a meeting may be called, in days: bodies plan a year or two, beyond it a year is mistyped.
FARTHEST = 731

# --- the meeting ----------------------------------------------------------------------------------------


@transaction.atomic
def schedule_meeting(
    *,
    actor,
    committee: Committee,
    starts_at: dt.datetime,
    place: str = "",
    kind: str = MeetingKind.REGULAR,
) -> Meeting:
    """Call a meeting for a moment (aware), from just now to :data:`FARTHEST` days ahead.

    What was decided in the past is recorded from minutes instead.
    """
    require(actor, "bylaws.run_meeting", committee.facility)
    _check_start(starts_at, committee)
    if kind not in MeetingKind.values:
        raise Refused(f'"{kind}" is no kind of meeting.', field="kind")
    meeting = Meeting.objects.create(committee=committee, kind=kind, starts_at=starts_at, place=place.strip())
    _record(actor, "meeting.scheduled", meeting, data={"starts_at": starts_at.isoformat()})
    report_to_board(actor=actor, facility=committee.facility)
    return meeting


@transaction.atomic
def move_meeting(
    *, actor, meeting: Meeting, starts_at: dt.datetime, place: str = "", reason: str = ""
) -> Meeting:
    """Put a meeting that was not called to order on another moment (aware), within the limits of
    :func:`schedule_meeting`. The files on its agenda are told, so that what is planned for its day follows.
    """
    facility = meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    on_it = AgendaItem.objects.filter(meeting=meeting, status=AgendaStatus.OPEN, step__isnull=False)
    for each in Practitioner.objects.filter(pk__in=on_it.values("practitioner_id")).order_by("pk"):
        lock_practitioner(each)  # files before meetings, always
    meeting = _locked(meeting)
    if meeting.status != MeetingStatus.SCHEDULED:
        raise Refused(f"This meeting is {MeetingStatus(meeting.status).label.lower()}; it cannot be moved.")
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    _check_start(starts_at, meeting.committee)
    before = meeting.starts_at
    if before == starts_at and meeting.place == place.strip():
        raise Refused("That is when and where it is called for already.", field="starts_at")
    meeting.starts_at, meeting.place = starts_at, place.strip()
    meeting.save(update_fields=["starts_at", "place"])
    _record(
        actor,
        "meeting.moved",
        meeting,
        reason=reason,
        data={"from": before.isoformat(), "to": starts_at.isoformat()},
    )
    day = clock.date_at(starts_at, facility)
    items = meeting.agenda_items.filter(status=AgendaStatus.OPEN, step__isnull=False)
    for item in items.select_related("step__case").order_by("order"):
        if item.step is not None:  # the query asked for those with one
            _tell_scheduled(actor, item.step, day)
    return meeting


def _check_start(starts_at: dt.datetime, committee: Committee) -> None:
    """Refuse a moment that has passed, or lies farther ahead than bodies plan."""
    if starts_at.tzinfo is None:
        raise Refused("Say in which time zone the meeting starts.", field="starts_at")
    day, now = clock.date_at(starts_at, committee.facility), clock.now()
    if starts_at < now - JUST_BEGUN:
        passed = "day" if day < clock.date_at(now, committee.facility) else "time"
        raise Refused(
            f"That {passed} has passed. What was decided then is recorded from the minutes.",
            field="starts_at",
        )
    if (day - clock.date_at(now, committee.facility)).days > FARTHEST:
        raise Refused(
            f"{day_text(day)} is more than two years ahead. Look at the year again.", field="starts_at"
        )


def _tell_scheduled(actor, step: ReviewStep, day: dt.date) -> None:
    """The file's room hears on which day its last body deals with it; bodies before it change nothing."""
    if not step.case.steps.filter(order__gt=step.order).exists():
        handler(step.case.subject_kind).on_scheduled(step.case.subject_uid, day, actor)


@transaction.atomic
def call_to_order(*, actor, meeting: Meeting) -> Meeting:
    """Open the meeting on its day. Quorum is measured at each vote, so late arrivals count from then on."""
    meeting = _locked(meeting)
    move = MEETING.check(meeting, MeetingStatus.IN_SESSION, permissions(actor, meeting.committee.facility))
    day = clock.date_at(meeting.starts_at, meeting.committee.facility)
    if clock.today(meeting.committee.facility) < day:
        raise Refused(f"This meeting is on {day_text(day)}; it can be called to order that day.")
    meeting.status, meeting.called_to_order_at = MeetingStatus.IN_SESSION, clock.now()
    meeting.save(update_fields=["status", "called_to_order_at"])
    _record(actor, move.event, meeting)
    return meeting


@transaction.atomic
def adjourn(*, actor, meeting: Meeting) -> Meeting:
    """Close the meeting: presence ends, matters not acted on are postponed. Refused while a vote is open."""
    meeting = _locked(meeting)
    held = permissions(actor, meeting.committee.facility)
    move = MEETING.check(meeting, MeetingStatus.ADJOURNED, held)
    if Motion.objects.filter(agenda_item__meeting=meeting, status=MotionStatus.OPEN).exists():
        raise Refused("A vote is open; close it or withdraw the motion first.")
    moment = clock.now()
    for report in meeting.agenda_items.filter(status=AgendaStatus.OPEN, reports__isnull=False):
        AGENDA_ITEM.check(report, AgendaStatus.ACTED, held)  # the board has been told
        report.status = AgendaStatus.ACTED
        report.save(update_fields=["status"])
    _postpone_open_items(meeting, held)
    meeting.attendances.filter(present_until__isnull=True).update(present_until=moment)
    meeting.status, meeting.adjourned_at = MeetingStatus.ADJOURNED, moment
    meeting.save(update_fields=["status", "adjourned_at"])
    _record(actor, move.event, meeting)
    return meeting


@transaction.atomic
def cancel_meeting(*, actor, meeting: Meeting, reason: str) -> Meeting:
    """The meeting does not take place; its matters go to another agenda."""
    meeting = _locked(meeting)
    held = permissions(actor, meeting.committee.facility)
    move = MEETING.check(meeting, MeetingStatus.CANCELLED, held)
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    _postpone_open_items(meeting, held)
    meeting.status = MeetingStatus.CANCELLED
    meeting.save(update_fields=["status"])
    _record(actor, move.event, meeting, reason=reason)
    report_to_board(actor=actor, facility=meeting.committee.facility)
    return meeting


def _postpone_open_items(meeting: Meeting, held) -> None:
    for item in meeting.agenda_items.filter(status=AgendaStatus.OPEN):
        AGENDA_ITEM.check(item, AgendaStatus.POSTPONED, held)
        item.status = AgendaStatus.POSTPONED
        item.save(update_fields=["status"])


# --- the agenda -----------------------------------------------------------------------------------------


@transaction.atomic
def add_step_to_agenda(*, actor, meeting: Meeting, step: ReviewStep) -> AgendaItem:
    """Put a file on the agenda of the body whose turn it is. A deferred step is taken up again by this."""
    step = lock_step(step)
    meeting = _locked(meeting)
    facility = meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    require_not_own_file(actor, step.case.practitioner, doing="put on an agenda")
    _require_not_over(meeting)
    require_turn(step)
    if step.body in ALONE:
        raise Refused(
            f"The {step.get_body_display().lower()} {verb_of(step.body)} alone; the file needs no meeting."
        )
    committee = committee_of(step.body, facility=step.case.facility)
    if committee is None or committee.pk != meeting.committee_id:
        raise Refused(
            f"{step.case.title} waits for the {step.get_body_display()} of {step.case.facility}, "
            f"not for {meeting.committee}."
        )
    elsewhere = (
        AgendaItem.objects.filter(step=step, status=AgendaStatus.OPEN).select_related("meeting").first()
    )
    if elsewhere is not None:
        day = clock.date_at(elsewhere.meeting.starts_at, facility)
        raise Refused(f"This file is already on the agenda of {day_text(day)}.")
    if meeting.agenda_items.filter(step=step).exists():
        raise Refused("This meeting has already dealt with the file; it goes on the agenda of a later one.")
    if step.status == StepStatus.HELD:
        _require_settled(step, facility)
    if step.status in (StepStatus.DEFERRED, StepStatus.HELD):
        take_up(actor=actor, step=step)
    item = _add_item(actor, meeting, title=step.case.title, step=step, practitioner=step.case.practitioner)
    recuse_declared(actor=actor, item=item)
    _tell_scheduled(actor, step, clock.date_at(meeting.starts_at, facility))
    return item


def _require_settled(step: ReviewStep, facility) -> None:
    """Refuse while nothing of the file can be answered because of a right to a hearing."""
    subject, today = handler(step.case.subject_kind), clock.today(facility)
    waiting = [each for each in subject.held(step.case.subject_uid, today) if each.why]
    if waiting and not subject.lines(step.case.subject_uid, today):
        raise Refused(waiting[0].why)


@transaction.atomic
def add_other_business(*, actor, meeting: Meeting, title: str) -> AgendaItem:
    """Put a matter on the agenda that is no file."""
    meeting = _locked(meeting)
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    _require_not_over(meeting)
    if not title.strip():
        raise Refused("Say what the matter is.", field="title")
    return _add_item(actor, meeting, title=title.strip()[:300])


def _add_item(actor, meeting: Meeting, *, title: str, step=None, practitioner=None) -> AgendaItem:
    last = meeting.agenda_items.aggregate(last=Max("order"))["last"] or 0
    item = AgendaItem.objects.create(
        meeting=meeting, order=last + 1, title=title, step=step, practitioner=practitioner
    )
    _record(actor, "agenda_item.added", item, meeting=meeting, practitioner=practitioner)
    return item


@transaction.atomic
def postpone(*, actor, item: AgendaItem, reason: str = "") -> AgendaItem:
    """Take a matter off this meeting; the file waits for another agenda. Refused for what the board is told:
    it is told at its next meeting.
    """
    meeting = _locked(item.meeting)
    item = AgendaItem.objects.select_for_update(of=("self",)).select_related("practitioner").get(pk=item.pk)
    move = AGENDA_ITEM.check(item, AgendaStatus.POSTPONED, permissions(actor, meeting.committee.facility))
    if item.motions.filter(status=MotionStatus.OPEN).exists():
        raise Refused("A vote on this matter is open; close it or withdraw the motion first.")
    if item.reports_id is not None:
        raise Refused(
            "The full board is told at its next meeting what its committee decided: "
            "a report is not postponed."
        )
    item.status = AgendaStatus.POSTPONED
    item.save(update_fields=["status"])
    _record(actor, move.event, item, meeting=meeting, practitioner=item.practitioner, reason=reason)
    return item


# --- who is here ----------------------------------------------------------------------------------------


@transaction.atomic
def mark_present(*, actor, meeting: Meeting, user, mode: str = AttendanceMode.IN_PERSON) -> Attendance:
    """A member is here from now on. Marked by who runs the meeting, or by the member."""
    meeting = _locked(meeting)
    _require_self_or_runner(actor, user, meeting, "say that somebody is here")
    _require_not_over(meeting)
    facility = meeting.committee.facility
    day = clock.date_at(meeting.starts_at, facility)
    if clock.today(facility) < day:
        raise Refused(f"This meeting is on {day_text(day)}; who is here is noted that day.")
    if not is_seated(user, meeting.committee, clock.today(facility)):
        raise Refused(f"{user} does not sit on {meeting.committee} today.")
    if mode not in AttendanceMode.values:
        raise Refused(f'"{mode}" is no way to attend.')
    if meeting.attendances.filter(user=user, present_until__isnull=True).exists():
        raise Refused(f"{user} is already marked as present.")
    row = Attendance.objects.create(meeting=meeting, user=user, mode=mode, present_from=clock.now())
    _record(actor, "meeting.member_arrived", meeting, data={"member": str(user), "mode": str(mode)})
    return row


@transaction.atomic
def mark_left(*, actor, meeting: Meeting, user) -> Attendance:
    """A member is gone from now on and does not count for later votes."""
    meeting = _locked(meeting)
    _require_self_or_runner(actor, user, meeting, "say that somebody has left")
    row = meeting.attendances.filter(user=user, present_until__isnull=True).first()
    if row is None:
        raise Refused(f"{user} is not marked as present.")
    row.present_until = clock.now()
    row.save(update_fields=["present_until"])
    _record(actor, "meeting.member_left", meeting, data={"member": str(user)})
    return row


@transaction.atomic
def recuse(*, actor, item: AgendaItem, user, reason: str) -> Recusal:
    """A member takes no part in one matter: neither moves nor votes, and is not counted as present for it."""
    meeting = _locked(item.meeting)
    item = AgendaItem.objects.select_for_update(of=("self",)).select_related("practitioner").get(pk=item.pk)
    _require_self_or_runner(actor, user, meeting, "recuse somebody")
    if item.status != AgendaStatus.OPEN:
        raise Refused("This matter is closed.")
    if not reason.strip():
        raise Refused("Say why: relative, partner, competitor, or another interest.", field="reason")
    if not is_seated(user, meeting.committee, clock.today(meeting.committee.facility)):
        raise Refused(f"{user} does not sit on {meeting.committee} today.")
    motion = item.motions.filter(status=MotionStatus.OPEN).first()
    if motion is not None:
        if user.pk in (motion.mover_id, motion.seconder_id):
            raise Refused(f"{user} moved or seconded the open motion; withdraw the motion first.")
        if motion.votes.filter(user=user).exists():
            raise Refused(f"{user} has already voted on the open motion; withdraw the motion first.")
    if item.recusals.filter(user=user).exists():
        raise Refused(f"{user} is already recused.")
    recusal = Recusal.objects.create(
        agenda_item=item, user=user, reason=reason.strip()[:300], recorded_at=clock.now()
    )
    _record(
        actor,
        "agenda_item.member_recused",
        item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"member": str(user)},
    )
    return recusal


# --- motion and vote ------------------------------------------------------------------------------------


@transaction.atomic
def move(
    *,
    actor,
    item: AgendaItem,
    mover,
    seconder,
    text: str = "",
    lines: Sequence[LineAnswer] = (),
    sure: bool = False,
) -> Motion:
    """Put a motion before the meeting: what carrying it says of every line of the file.

    ``sure`` says that lines which contradict each other are meant so.
    """
    item = _locked_item(item)
    meeting = item.meeting
    facility = meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    require_not_own_file(actor, item.practitioner, doing="record a motion on")
    if meeting.status != MeetingStatus.IN_SESSION:
        raise Refused("The meeting is not in session; call it to order first.")
    if item.status != AgendaStatus.OPEN:
        raise Refused("This matter is closed.")
    if item.motions.filter(status=MotionStatus.OPEN).exists():
        raise Conflict("A motion on this matter is already before the meeting; close its vote first.")
    if mover.pk == seconder.pk:
        raise Refused("The mover cannot second their own motion.", field="seconder")
    for person, field in ((mover, "mover"), (seconder, "seconder")):
        _require_takes_part(
            person, item, meeting, doing="move" if field == "mover" else "second", field=field
        )
    stored: list[dict] = []
    if item.step is not None:
        require_turn(item.step)
        on = clock.today(facility)
        case = item.step.case
        subject = handler(case.subject_kind)
        subject.check_ready(case.subject_uid, on)
        pairs = check_answers(subject.lines(case.subject_uid, on), lines, on)
        require_sure(pairs, sure)
        stored = [
            {
                "line_uid": str(line.uid),
                "label": line.label,
                "outcome": str(answer.outcome),
                "conditions": condition_kept(answer),
                "stated": stated_kept(answer),
                "reason": reason_kept(line, answer),
            }
            for line, answer in pairs
        ]
        text = text.strip() or _motion_text(item, stored)
    if not text.strip():
        raise Refused("Say what is moved.", field="text")
    motion = Motion.objects.create(
        agenda_item=item,
        text=text.strip(),
        lines=stored,
        mover=mover,
        seconder=seconder,
        moved_at=clock.now(),
    )
    _record(
        actor,
        "motion.moved",
        item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"motion": str(motion.uid), "mover": str(mover), "seconder": str(seconder)},
    )
    return motion


def _motion_text(item: AgendaItem, stored: Sequence[dict]) -> str:
    """The motion in a sentence, when nobody worded it."""
    verb = "grant" if item.step.body == Body.BOARD else "recommend"
    if all(line["outcome"] == LineOutcome.RECOMMEND for line in stored):
        return f"To {verb} every line as requested."
    if any(line["outcome"] == LineOutcome.DEFER for line in stored):
        return "To defer the file."
    changed = sum(1 for line in stored if line["outcome"] == LineOutcome.MODIFY)
    refused = sum(1 for line in stored if line["outcome"] == LineOutcome.NOT_RECOMMEND)
    if refused == len(stored):
        return f"To {verb} none of the lines."
    parts = [f"{changed} with changes"] * bool(changed)
    parts += [f"all but {refused}" if not changed else f"{refused} not at all"] * bool(refused)
    return f"To {verb} the lines as listed: {' and '.join(parts)}."


@transaction.atomic
def withdraw_motion(*, actor, motion: Motion, reason: str = "") -> Motion:
    """The mover takes the motion back before the vote is closed; the votes cast on it count for nothing."""
    item = _locked_item(motion.agenda_item)
    motion = Motion.objects.select_for_update().get(pk=motion.pk)
    done = MOTION.check(motion, MotionStatus.WITHDRAWN, permissions(actor, item.meeting.committee.facility))
    motion.status, motion.closed_at = MotionStatus.WITHDRAWN, clock.now()
    motion.save(update_fields=["status", "closed_at"])
    _record(
        actor,
        done.event,
        item,
        meeting=item.meeting,
        practitioner=item.practitioner,
        reason=reason,
        data={"motion": str(motion.uid)},
    )
    return motion


@transaction.atomic
def cast_vote(*, actor, motion: Motion, user, choice: str) -> Vote:
    """One member's vote: cast by the member, or recorded from the roll by who runs the meeting.

    Until the vote is closed another one may be cast; the last one stands, and the same again changes nothing.
    """
    meeting = _locked(motion.agenda_item.meeting)
    motion = (
        Motion.objects.select_for_update(of=("self",))
        .select_related("agenda_item__practitioner")
        .get(pk=motion.pk)
    )
    item = motion.agenda_item
    facility = meeting.committee.facility
    if actor.pk == user.pk:
        require(actor, "bylaws.vote", facility)
    else:
        _require_self_or_runner(actor, user, meeting, "record somebody's vote")
        require_not_own_file(actor, item.practitioner, doing="record votes on")
    if motion.status != MotionStatus.OPEN:
        raise Refused("This vote is closed.")
    if choice not in VoteChoice.values:
        raise Refused(f'"{choice}" is no vote.')
    _require_takes_part(user, item, meeting, doing="vote on")
    before = motion.votes.standing().filter(user=user).first()
    if before is not None and before.choice == choice:
        return before
    vote = Vote.objects.create(
        motion=motion, user=user, choice=choice, cast_at=clock.now(), recorded_by=actor
    )
    # How the member voted stands in the roll; the audit trail says that it was recorded, and by whom.
    _record(
        actor,
        "motion.vote_changed" if before else "motion.vote_recorded",
        item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"motion": str(motion.uid), "member": str(user)},
    )
    return vote


@transaction.atomic
def close_vote(*, actor, motion: Motion) -> Motion:
    """Count. Without a quorum at this moment nothing is decided and the vote stays open.

    A carried motion on a file is the body's act: its decision is recorded and the file moves on in the same
    transaction. A motion that fails leaves the matter open for another.
    """
    item = _locked_item(motion.agenda_item)
    meeting = item.meeting
    committee = meeting.committee
    held = permissions(actor, committee.facility)
    motion = (
        Motion.objects.select_for_update(of=("self",)).select_related("mover", "seconder").get(pk=motion.pk)
    )
    MOTION.check(motion, MotionStatus.CARRIED, held)
    require_not_own_file(actor, item.practitioner, doing="close a vote on")
    moment = clock.now()
    today = clock.date_at(moment, committee.facility)
    voting = set(seated(committee, today, voting=True).values_list("identity__user_id", flat=True))
    rule, threshold = quorum_rule(committee, today), threshold_rule(committee, today)
    barred = barred_user_ids(item)
    quorum = count_quorum(
        rule,
        voting=voting,
        present=present_user_ids(meeting, moment),
        barred=barred,
        own=item.practitioner.user_id if item.practitioner else None,
    )
    if not quorum.met:
        raise Refused(f"There is no quorum: {quorum.sentence}")
    votes = [vote for vote in motion.votes.standing() if vote.user_id in voting - barred]
    counted = [vote.choice for vote in votes]
    votes_for, votes_against, abstentions = (
        counted.count(choice) for choice in (VoteChoice.FOR, VoteChoice.AGAINST, VoteChoice.ABSTAIN)
    )
    if not counted:
        raise Refused("Nobody has voted yet.")
    carried = carries(
        threshold.value, votes_for=votes_for, votes_against=votes_against, present=quorum.present
    )
    target = MotionStatus.CARRIED if carried else MotionStatus.FAILED
    done = MOTION.check(motion, target, held)
    motion.status, motion.closed_at = target, moment
    motion.quorum = {
        **quorum.as_data(),
        "for": votes_for,
        "against": votes_against,
        "abstentions": abstentions,
        "threshold": threshold_in_words(threshold.value),
    }
    motion.save(update_fields=["status", "closed_at", "quorum"])
    _record(
        actor,
        done.event,
        item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"motion": str(motion.uid), "quorum": motion.quorum},
    )
    if carried:
        voters = frozenset(vote.user_id for vote in votes)
        tally = (votes_for, votes_against, abstentions)
        _act_on(actor, item, motion, quorum, [rule, threshold], tally, voters)
    return motion


def _act_on(actor, item: AgendaItem, motion: Motion, quorum, rules, tally, voters: frozenset[int]) -> None:
    """What a carried motion brings about."""
    held = permissions(actor, item.meeting.committee.facility)
    deferred = any(line["outcome"] == LineOutcome.DEFER for line in motion.lines)
    target = AgendaStatus.POSTPONED if deferred else AgendaStatus.ACTED
    AGENDA_ITEM.check(item, target, held)
    if item.step is not None:
        act(
            actor=actor,
            step=item.step,
            act=Act(
                decided_on=clock.today(item.meeting.committee.facility),
                answers=answers_of(motion),
                rationale=motion.text,
                capacity=f"By motion of {item.meeting.committee}",
                meeting=item.meeting,
                motion=motion,
                mover=str(motion.mover),
                seconder=str(motion.seconder),
                votes_for=tally[0],
                votes_against=tally[1],
                abstentions=tally[2],
                voters=voters,
                recusals=[
                    {"name": str(recusal.user), "reason": recusal.reason}
                    for recusal in item.recusals.select_related("user").order_by("recorded_at", "pk")
                ],
                quorum=quorum.as_data(),
                parameters=[bound.as_data() for bound in rules],
            ),
        )
    item.status = target
    item.save(update_fields=["status"])


def answers_of(motion: Motion) -> list[LineAnswer]:
    """The lines of a motion as answers."""
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


# --- shared ---------------------------------------------------------------------------------------------


def _locked(meeting: Meeting) -> Meeting:
    """The meeting as it is now, locked: presence, votes and closing a vote come one after the other."""
    return (
        Meeting.objects.select_for_update(of=("self",))
        .select_related("committee__facility")
        .get(pk=meeting.pk)
    )


def _locked_item(item: AgendaItem) -> AgendaItem:
    """The item as it is now, its file and its meeting locked: the practitioner first, always."""
    step = None
    if item.step_id is not None:
        step = lock_step(ReviewStep.objects.get(pk=item.step_id))
    elif item.practitioner is not None:
        lock_practitioner(item.practitioner)
    meeting = _locked(item.meeting)
    item = AgendaItem.objects.select_for_update(of=("self",)).select_related("practitioner").get(pk=item.pk)
    item.meeting = meeting
    if step is not None:
        item.step = step
    return item


def _require_not_over(meeting: Meeting) -> None:
    if meeting.status not in (MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION):
        raise Refused(f"This meeting is {MeetingStatus(meeting.status).label.lower()}.")


def _require_self_or_runner(actor, user, meeting: Meeting, doing: str) -> None:
    """The member does it, or who runs the meetings of the facility."""
    if actor.pk == user.pk and may(actor, "bylaws.vote", meeting.committee.facility):
        return
    if not may(actor, "bylaws.run_meeting", meeting.committee.facility):
        raise Forbidden(f"Only whoever runs the meeting may {doing}; everybody may for themselves.")


def _require_takes_part(user, item: AgendaItem, meeting: Meeting, *, doing: str, field: str = "") -> None:
    """Refuse unless the person may take part in deciding the item now: in office with a vote, here, not
    barred.
    """
    if is_own_file(user, item.practitioner):
        raise Forbidden(f"This is the file of {user}: nobody may {doing} their own file.", field=field)
    if not is_seated(user, meeting.committee, clock.today(meeting.committee.facility), voting=True):
        raise Refused(f"{user} has no vote on {meeting.committee} today.", field=field)
    if item.recusals.filter(user=user).exists():
        raise Refused(f"{user} is recused from this matter.", field=field)
    if user.pk in barred_user_ids(item):
        raise Refused(
            f"{user} has declared an interest in this file, and the chair has not ruled on it.", field=field
        )
    if user.pk not in present_user_ids(meeting, clock.now()):
        raise Refused(f"{user} is not marked as present.", field=field)


def _record(actor, verb: str, subject, *, meeting=None, practitioner=None, reason="", data=None) -> None:
    """One audit event; a motion is told about on its agenda item."""
    record_event(
        actor=actor,
        verb=verb,
        subject=subject,
        practitioner=practitioner,
        facility=(meeting or subject).committee.facility,
        reason=reason,
        data=data,
    )
