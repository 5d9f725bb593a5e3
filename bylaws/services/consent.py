"""The consent agenda: what nobody has anything to say about is decided by one motion.

Clean files are proposed for it; any member may pull an item, which is then dealt with by itself. Each item
keeps its own quorum, recusals, motion and decision, bound together by one group. Source: domain.md 2.7.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet

from bylaws.choices import AgendaStatus, LineOutcome, MeetingStatus, MotionStatus, VoteChoice
from bylaws.models import AgendaItem, Meeting, Motion, ReviewStep, Vote
from bylaws.policies import require_not_own_file
from bylaws.selectors.committees import barred_user_ids, may_sit, present_user_ids, voter_ids
from bylaws.selectors.consent import consent_items, day_of, why_not_consent
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.meeting_guards import locked_item, locked_meeting, record_in_meeting, require_not_over
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.subjects import CaseLine, LineAnswer, handler
from bylaws.workflow import MOTION
from config.accounts.policies import may, permissions, require
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.display.words import plural_text
from config.kernel.errors import Conflict, Forbidden, Refused
from practitioners.models import Practitioner
from practitioners.services.people import lock_practitioner

#: What is decided by one motion, where nobody is named.
OTHER_BUSINESS = "To approve: {title}"


@dataclass
class Added:
    """What putting files on an agenda in one act did: the items, and of the others why not."""

    items: list[AgendaItem] = field(default_factory=list)
    left: list[tuple[ReviewStep, str]] = field(default_factory=list)

    @property
    def on_consent(self) -> int:
        """How many of them are on the consent agenda."""
        return sum(item.consent for item in self.items)


@dataclass
class ConsentVote:
    """What came of the vote on the consent agenda: motions counted, and of what stays open why."""

    group: uuid.UUID
    motions: list[Motion] = field(default_factory=list)
    left: list[tuple[AgendaItem, str]] = field(default_factory=list)

    @property
    def carried(self) -> list[Motion]:
        """The motions that carried."""
        return [motion for motion in self.motions if motion.status == MotionStatus.CARRIED]


def _lock_files(practitioners: set[int], meeting: Meeting) -> Meeting:
    """Lock many files and then the meeting: the files always first, and in the same order."""
    for each in Practitioner.objects.filter(pk__in=practitioners).order_by("pk"):
        lock_practitioner(each)
    return locked_meeting(meeting)


@transaction.atomic
def add_ready_files(*, actor, meeting: Meeting, steps: Sequence[ReviewStep]) -> Added:
    """Put files on the agenda in one act, the clean ones on the consent agenda. A file that cannot go there
    any more stays where it is and is named, with the reason; refused when none can.
    """
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    if not steps:
        raise Refused("Choose the files to put on the agenda.")
    meeting = _lock_files({step.case.practitioner_id for step in steps}, meeting)
    require_not_over(meeting)
    why = why_not_consent(steps, day_of(meeting))
    added = Added()
    for step in steps:
        try:
            with transaction.atomic():
                item = add_step_to_agenda(actor=actor, meeting=meeting, step=step)
                if not why[step.pk]:
                    _propose(actor, meeting, item)
        except Refused as refused:
            added.left.append((step, refused.sentence))
        else:
            added.items.append(item)
    if not added.items:
        raise Refused(f"Nothing was put on the agenda. {added.left[0][1]}")
    return added


@transaction.atomic
def propose_for_consent(*, actor, item: AgendaItem) -> AgendaItem:
    """Put a matter on the consent agenda: a clean file, or other business. Refused with the reason where it
    is not clean, was pulled, or has a motion of its own.
    """
    item = locked_item(item)
    meeting = item.meeting
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    require_not_over(meeting)
    require_not_own_file(actor, item.practitioner, doing="propose for the consent agenda")
    if item.status != AgendaStatus.OPEN:
        raise Refused("This matter is closed.")
    if item.on_consent:
        raise Refused("It is on the consent agenda already.")
    if item.pulled_at is not None:
        raise Refused(f"{item.pulled_by} pulled it from the consent agenda; it is dealt with by itself.")
    if item.subject_kind or item.reports_id is not None:
        raise Refused("Such a matter is dealt with by itself.")
    if item.motions.exists():
        raise Refused("A motion was put on this matter; it is dealt with by itself.")
    if item.step is not None and (why := why_not_consent([item.step], day_of(meeting))[item.step.pk]):
        raise Refused(f"It is not for the consent agenda. {why}")
    _propose(actor, meeting, item)
    return item


def _propose(actor, meeting: Meeting, item: AgendaItem) -> None:
    item.consent = True
    item.save(update_fields=["consent"])
    record_in_meeting(
        actor=actor,
        verb="agenda_item.on_consent",
        subject=item,
        meeting=meeting,
        practitioner=item.practitioner,
    )


@transaction.atomic
def pull_from_consent(*, actor, item: AgendaItem, reason: str = "") -> AgendaItem:
    """A member takes an item off the consent agenda until its vote is closed; it is then dealt with by
    itself. No reason need be given. Whoever runs the meeting does it for a member.

    Refused: who does not sit on the body, and who takes no part in the matter.
    """
    item = locked_item(item)
    meeting = item.meeting
    facility = meeting.committee.facility
    if not may(actor, "bylaws.run_meeting", facility):
        require(actor, "bylaws.vote", facility)
        if not may_sit(actor, meeting.committee, clock.today(facility)):
            raise Forbidden(f"{actor} does not sit on {meeting.committee} today.")
    require_not_own_file(actor, item.practitioner, doing="pull from the consent agenda")
    if actor.pk in barred_user_ids(item):
        raise Refused("You take no part in this matter.")
    require_not_over(meeting)
    if item.status != AgendaStatus.OPEN or not item.on_consent:
        raise Refused("It is not on the consent agenda (any more).")
    item.pulled_at, item.pulled_by, item.pulled_why = clock.now(), actor, reason.strip()[:300]
    item.save(update_fields=["pulled_at", "pulled_by", "pulled_why"])
    for motion in _put(meeting).filter(agenda_item=item):
        _take_back(actor, item, motion)  # the votes on it count for nothing
    # Why stands with the matter; who reads the audit trail need not read peer review.
    record_in_meeting(
        actor=actor,
        verb="agenda_item.pulled",
        subject=item,
        meeting=meeting,
        practitioner=item.practitioner,
    )
    return item


@dataclass
class ConsentPut:
    """What putting the consent agenda to the vote did: the motions the members vote on, and of what was left
    why.
    """

    group: uuid.UUID
    motions: list[Motion] = field(default_factory=list)
    left: list[tuple[AgendaItem, str]] = field(default_factory=list)


@transaction.atomic
def put_consent(
    *, actor, meeting: Meeting, mover, seconder, expected: Sequence[uuid.UUID] = ()
) -> ConsentPut:
    """Put everything on the consent agenda to the vote by one motion: the members vote themselves, each once
    for all of it (:func:`vote_on_consent`), until the vote is closed (:func:`close_consent`). ``expected`` is
    as in :func:`carry_consent`; what cannot be moved is left with its sentence.
    """
    meeting, items = _consent_to_vote(actor, meeting, mover, seconder, expected)
    why = why_not_consent([item.step for item in items if item.step is not None], day_of(meeting))
    done = ConsentPut(uuid.uuid4())
    for item in items:
        reason = why[item.step.pk] if item.step is not None else ""
        if reason:
            done.left.append((item, f"It is not for the consent agenda any more. {reason}"))
            continue
        try:
            with transaction.atomic():
                done.motions.append(_move(actor, item, mover, seconder, done.group, read=False))
        except Refused as refused:
            done.left.append((item, refused.sentence))
    if not done.motions:
        raise Refused(f"Nothing was put to the vote. {done.left[0][1]}")
    return done


@transaction.atomic
def vote_on_consent(*, actor, meeting: Meeting, user, choice: str) -> list[Vote]:
    """One member's vote on everything of the consent agenda that is put to the vote, cast by the member or
    recorded by who runs the meeting; of items the member takes no part in it is none. Another one may be cast
    until the vote is closed. Refused where the member takes part in nothing of it.
    """
    meeting = locked_meeting(meeting)
    motions = list(_put(meeting))
    if not motions:
        raise Refused("The consent agenda is not put to the vote (any more).")
    votes: list[Vote] = []
    refusal: Refused | None = None
    for motion in motions:
        try:
            with transaction.atomic():
                votes.append(cast_vote(actor=actor, motion=motion, user=user, choice=choice))
        except Refused as refused:  # recused from this one, or its alternate sits
            refusal = refused
    if not votes and refusal is not None:
        raise refusal
    return votes


@transaction.atomic
def close_consent(*, actor, meeting: Meeting) -> ConsentVote:
    """Count the votes on everything of the consent agenda that was put to the vote, each item by itself. What
    cannot be decided, without a quorum or no longer clean, stays open with its sentence, and its motion is
    withdrawn where it must be dealt with otherwise. Refused where nothing can be decided.
    """
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    files = {motion.agenda_item.practitioner_id for motion in _put(meeting)} - {None}
    meeting = _lock_files({pk for pk in files if pk is not None}, meeting)
    motions = list(_put(meeting))
    if not motions:
        raise Refused("The consent agenda is not put to the vote (any more).")
    steps = [each.agenda_item.step for each in motions if each.agenda_item.step is not None]
    why = why_not_consent(steps, day_of(meeting))
    done = ConsentVote(motions[0].consent_group or uuid.uuid4())
    for motion in motions:
        item = motion.agenda_item
        reason = why[item.step.pk] if item.step is not None else ""
        if reason:
            _take_back(actor, item, motion)
            done.left.append((item, f"It is not for the consent agenda any more. {reason}"))
            continue
        try:
            with transaction.atomic():
                done.motions.append(close_vote(actor=actor, motion=motion))
        except Refused as refused:
            done.left.append((item, refused.sentence))
    if not done.motions:
        raise Refused(f"Nothing was decided. {done.left[0][1]}")
    return done


@transaction.atomic
def withdraw_consent(*, actor, meeting: Meeting) -> int:
    """Take the motion on the consent agenda back; the votes cast count for nothing. Answers of how many
    items.
    """
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    meeting = locked_meeting(meeting)
    motions = list(_put(meeting))
    if not motions:
        raise Refused("The consent agenda is not put to the vote (any more).")
    for motion in motions:
        _take_back(actor, motion.agenda_item, motion)
    return len(motions)


def _put(meeting: Meeting) -> QuerySet[Motion]:
    """The open motions of the consent agenda, in the order of the agenda."""
    return (
        Motion.objects.filter(
            agenda_item__meeting=meeting, status=MotionStatus.OPEN, consent_group__isnull=False
        )
        .select_related("agenda_item__step__case__facility", "agenda_item__practitioner")
        .order_by("agenda_item__order")
    )


def _take_back(actor, item: AgendaItem, motion: Motion) -> None:
    """Withdraw a motion of the consent agenda: who pulls an item need not run the meeting."""
    move_ = MOTION.check(motion, MotionStatus.WITHDRAWN, permissions(system_user(), None))
    motion.status, motion.closed_at = MotionStatus.WITHDRAWN, clock.now()
    motion.save(update_fields=["status", "closed_at"])
    record_in_meeting(
        actor=actor,
        verb=move_.event,
        subject=item,
        meeting=item.meeting,
        practitioner=item.practitioner,
        data={"motion": str(motion.uid)},
    )


def _consent_to_vote(
    actor, meeting: Meeting, mover, seconder, expected: Sequence[uuid.UUID]
) -> tuple[Meeting, list[AgendaItem]]:
    """The meeting, locked after the files, and what of its consent agenda can be voted on now."""
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    files = {item.practitioner_id for item in consent_items(meeting) if item.practitioner_id is not None}
    meeting = _lock_files(files, meeting)
    if meeting.status != MeetingStatus.IN_SESSION:
        raise Refused("The meeting is not in session; call it to order first.")
    if mover.pk == seconder.pk:
        raise Refused("The mover cannot second their own motion.", field="seconder")
    if _put(meeting).exists():
        raise Conflict("The consent agenda is put to the vote already; close that vote first.")
    items = [item for item in consent_items(meeting) if not expected or item.uid in expected]
    if not items:
        raise Refused("Nothing is on the consent agenda.")
    return meeting, items


@transaction.atomic
def carry_consent(
    *, actor, meeting: Meeting, mover, seconder, votes: Mapping[int, str], expected: Sequence[uuid.UUID] = ()
) -> ConsentVote:
    """One motion for everything on the consent agenda, with the roll ``votes``: how each member here votes,
    by the id of the user. ``expected`` are the items the members were asked about: one added since is not
    decided with them.

    Each item is counted by itself: who is recused from it has no vote in it, and without a quorum it stays
    open. What cannot be decided stays open with its sentence, and hinders none of the others; refused when
    nothing can.
    """
    meeting, items = _consent_to_vote(actor, meeting, mover, seconder, expected)
    if unknown := [choice for choice in votes.values() if choice not in VoteChoice.values]:
        raise Refused(f'"{unknown[0]}" is no vote.')
    why = why_not_consent([item.step for item in items if item.step is not None], day_of(meeting))
    done = ConsentVote(uuid.uuid4())
    here = present_user_ids(meeting, clock.now())
    for item in items:
        reason = why[item.step.pk] if item.step is not None else ""
        if reason:
            done.left.append((item, f"It is not for the consent agenda any more. {reason}"))
            continue
        try:
            with transaction.atomic():
                done.motions.append(_decide(actor, meeting, item, mover, seconder, votes, here, done.group))
        except Refused as refused:
            done.left.append((item, refused.sentence))
    if not done.motions:
        raise Refused(f"Nothing was decided. {done.left[0][1]}")
    return done


def _decide(
    actor,
    meeting: Meeting,
    item: AgendaItem,
    mover,
    seconder,
    votes: Mapping[int, str],
    here: set[int],
    group: uuid.UUID,
) -> Motion:
    """The motion on one item with the votes of those who take part in it, counted."""
    motion = _move(actor, item, mover, seconder, group, read=True)
    committee = meeting.committee
    able = voter_ids(committee, clock.today(committee.facility), item, here) & here - barred_user_ids(item)
    cast = Vote.objects.bulk_create(
        Vote(
            motion=motion, user_id=user_id, choice=str(votes[user_id]), cast_at=clock.now(), recorded_by=actor
        )
        for user_id in sorted(able & votes.keys())
    )
    # How each voted stands in the roll; the audit trail says that it was recorded, and by whom.
    record_in_meeting(
        actor=actor,
        verb="motion.roll_recorded",
        subject=item,
        meeting=meeting,
        practitioner=item.practitioner,
        data={"motion": str(motion.uid), "votes": plural_text(len(cast), "vote")},
    )
    return close_vote(actor=actor, motion=motion)


def _move(actor, item: AgendaItem, mover, seconder, group: uuid.UUID, *, read: bool) -> Motion:
    """The motion on one item: everything as asked. ``read``: the same act counts the votes, which asks
    whether the file is ready; otherwise that is asked now, and again then.
    """
    lines: Sequence[CaseLine] = ()
    if item.step is not None:
        case = item.step.case
        lines = handler(case.subject_kind).lines(case.subject_uid, clock.today(case.facility))
    return move(
        actor=actor,
        item=item,
        mover=mover,
        seconder=seconder,
        lines=[LineAnswer(line.uid, LineOutcome.RECOMMEND) for line in lines],
        read=lines if read else None,
        text="" if item.step is not None else OTHER_BUSINESS.format(title=item.title),
        consent_group=group,
    )
