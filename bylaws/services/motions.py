"""Motions and votes. A carried motion is the body's act."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction

from bylaws.choices import AgendaStatus, Body, LineOutcome, MeetingStatus, MotionStatus, VoteChoice
from bylaws.models import AgendaItem, Motion, Vote
from bylaws.policies import require_not_own_file
from bylaws.rules.voting import Tally, carries, count_votes, threshold_in_words
from bylaws.selectors.committees import (
    barred_user_ids,
    count_quorum,
    counted_besides,
    present_user_ids,
    presiding_id,
    quorum_rule,
    sitting_on,
    threshold_rule,
)
from bylaws.services.decisions import (
    Act,
    act,
    answers_of,
    check_answers,
    condition_kept,
    reason_kept,
    require_sure,
    require_turn,
    stated_kept,
)
from bylaws.services.meeting_guards import (
    locked_item,
    locked_meeting,
    record_in_meeting,
    require_self_or_runner,
    require_takes_part,
)
from bylaws.services.minutes_of_meeting import approve_by_motion
from bylaws.subjects import CaseLine, LineAnswer, handler
from bylaws.workflow import AGENDA_ITEM, MOTION
from config.accounts.policies import permissions, require
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from practitioners.services.people import refuse_merged

#: Why nothing is moved on what the board is told.
IS_REPORT = "This matter tells the board what its committee decided; nothing is moved on it."


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
    consent_group: uuid.UUID | None = None,
    read: Sequence[CaseLine] | None = None,
) -> Motion:
    """Put a motion before the meeting: what carrying it says of every line of the file.

    ``sure`` says that lines which contradict each other are meant so; ``consent_group`` names the vote on the
    consent agenda it belongs to. What stands on the consent agenda is moved with the rest of it, or pulled.
    ``read`` are the lines of the file as an act read them that also counts the votes: whether the file is
    ready is asked then.
    """
    item = locked_item(item)
    meeting = item.meeting
    facility = meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    require_not_own_file(actor, item.practitioner, doing="record a motion on")
    if meeting.status != MeetingStatus.IN_SESSION:
        raise Refused("The meeting is not in session; call it to order first.")
    if item.status != AgendaStatus.OPEN:
        raise Refused("This matter is closed.")
    if item.reports_id is not None:
        raise Refused(IS_REPORT)
    if item.on_consent and consent_group is None:
        raise Refused("It is on the consent agenda: vote on that, or pull the item first.")
    if item.motions.filter(status=MotionStatus.OPEN).exists():
        raise Conflict("A motion on this matter is already before the meeting; close its vote first.")
    if mover.pk == seconder.pk:
        raise Refused("The mover cannot second their own motion.", field="seconder")
    for person, field in ((mover, "mover"), (seconder, "seconder")):
        require_takes_part(person, item, meeting, doing="move" if field == "mover" else "second", field=field)
    stored: list[dict] = []
    if item.step is not None:
        require_turn(item.step)
        on = clock.today(facility)
        case = item.step.case
        subject = handler(case.subject_kind)
        if read is None:
            subject.check_ready(case.subject_uid, on)
            read = subject.lines(case.subject_uid, on)
        pairs = check_answers(read, lines, on)
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
        consent_group=consent_group,
    )
    record_in_meeting(
        actor=actor,
        verb="motion.moved",
        subject=item,
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
    item = locked_item(motion.agenda_item, ending=True)
    motion = Motion.objects.select_for_update().get(pk=motion.pk)
    done = MOTION.check(motion, MotionStatus.WITHDRAWN, permissions(actor, item.meeting.committee.facility))
    motion.status, motion.closed_at = MotionStatus.WITHDRAWN, clock.now()
    motion.save(update_fields=["status", "closed_at"])
    record_in_meeting(
        actor=actor,
        verb=done.event,
        subject=item,
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
    meeting = locked_meeting(motion.agenda_item.meeting)
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
        require_self_or_runner(actor, user, meeting, "record somebody's vote")
        require_not_own_file(actor, item.practitioner, doing="record votes on")
    if motion.status != MotionStatus.OPEN:
        raise Refused("This vote is closed.")
    if choice not in VoteChoice.values:
        raise Refused(f'"{choice}" is no vote.')
    require_takes_part(user, item, meeting, doing="vote on")
    before = motion.votes.standing().filter(user=user).first()
    if before is not None and before.choice == choice:
        return before
    vote = Vote.objects.create(
        motion=motion, user=user, choice=choice, cast_at=clock.now(), recorded_by=actor
    )
    # How the member voted stands in the roll; the audit trail says that it was recorded, and by whom.
    record_in_meeting(
        actor=actor,
        verb="motion.vote_changed" if before else "motion.vote_recorded",
        subject=item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"motion": str(motion.uid), "member": str(user)},
    )
    return vote


@transaction.atomic
def close_vote(*, actor, motion: Motion) -> Motion:
    """Count the votes of those who are here. Without a quorum at this moment nothing is decided and the vote
    stays open. The vote of a member who has left counts no more than their presence; it counts again once
    they are back.

    A carried motion on a file is the body's act: its decision is recorded and the file moves on in the same
    transaction; refused where the record was merged into another meanwhile. A motion that fails leaves the
    matter open for another.
    """
    item = locked_item(motion.agenda_item, ending=True)
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
    here = present_user_ids(meeting, moment)
    sits = sitting_on(committee, today, item, here)
    voting = {user.pk for _, user in sits}
    rule, threshold = quorum_rule(committee, today), threshold_rule(committee, today)
    barred = barred_user_ids(item)
    quorum = count_quorum(
        rule,
        voting=voting,
        present=here,
        barred=barred,
        own=item.practitioner.user_id if item.practitioner else None,
        besides=counted_besides(rule, committee, today, voting),
    )
    if not quorum.met:
        raise Refused(f"There is no quorum: {quorum.sentence}")
    # Who has left by now is not of those present, and has no vote among them either.
    votes = {
        vote.user_id: str(vote.choice)
        for vote in motion.votes.standing()
        if vote.user_id in (voting & here) - barred
    }
    if not votes:
        raise Refused("Nobody has voted yet who is here.")
    presiding = presiding_id(sits, here, barred)
    tally = count_votes(threshold.value, votes, presiding)
    carried = carries(
        threshold.value,
        votes_for=tally.votes_for,
        votes_against=tally.votes_against,
        abstentions=tally.abstentions,
        present=quorum.taking_part,
        in_office=quorum.in_office,
    )
    target = MotionStatus.CARRIED if carried else MotionStatus.FAILED
    done = MOTION.check(motion, target, held)
    motion.status, motion.closed_at = target, moment
    motion.quorum = {
        **quorum.as_data(),
        "for": tally.votes_for,
        "against": tally.votes_against,
        "abstentions": tally.abstentions,
        "chair_aside": tally.chair_aside,
        "threshold": threshold_in_words(threshold.value),
    }
    motion.save(update_fields=["status", "closed_at", "quorum"])
    record_in_meeting(
        actor=actor,
        verb=done.event,
        subject=item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"motion": str(motion.uid), "quorum": motion.quorum},
    )
    if carried:
        counted = frozenset(votes) - ({presiding} if tally.chair_aside else set())
        _act_on(actor, item, motion, quorum, [rule, threshold], tally, counted)
    return motion


def _act_on(
    actor, item: AgendaItem, motion: Motion, quorum, rules, tally: Tally, voters: frozenset[int]
) -> None:
    """What a carried motion brings about."""
    held = permissions(actor, item.meeting.committee.facility)
    deferred = any(line["outcome"] == LineOutcome.DEFER for line in motion.lines)
    target = AgendaStatus.POSTPONED if deferred else AgendaStatus.ACTED
    AGENDA_ITEM.check(item, target, held)
    if item.step is not None:
        refuse_merged(item.step.case.practitioner)
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
                votes_for=tally.votes_for,
                votes_against=tally.votes_against,
                abstentions=tally.abstentions,
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
    if item.step is None and not item.subject_kind:
        approve_by_motion(actor=actor, item=item, motion=motion)
