"""What stands on the agenda of a meeting: files, other business, and what is postponed."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Max

from bylaws.choices import ALONE, AgendaStatus, ConsentStatus, MotionStatus, StepStatus
from bylaws.matters import known
from bylaws.models import AgendaItem, Meeting, ReviewStep, WrittenConsent
from bylaws.policies import require_not_own_file
from bylaws.selectors.committees import committee_of
from bylaws.services.decisions import lock_step, require_turn, take_up
from bylaws.services.interests import recuse_declared
from bylaws.services.meeting_guards import locked_meeting, record_in_meeting, require_not_over, tell_scheduled
from bylaws.subjects import handler
from bylaws.wording import verb_of
from bylaws.workflow import AGENDA_ITEM
from config.accounts.policies import permissions, require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from practitioners.models import Practitioner
from practitioners.services.people import lock_practitioner


@transaction.atomic
def add_step_to_agenda(*, actor, meeting: Meeting, step: ReviewStep) -> AgendaItem:
    """Put a file on the agenda of the body whose turn it is. A deferred step is taken up again by this."""
    step = lock_step(step)
    meeting = locked_meeting(meeting)
    facility = meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    require_not_own_file(actor, step.case.practitioner, doing="put on an agenda")
    require_not_over(meeting)
    require_turn(step)
    if step.body in ALONE:
        raise Refused(
            f"The {step.get_body_display().lower()} {verb_of(step.body)} alone; the file needs no meeting."
        )
    committee = committee_of(step.body, facility=step.case.facility)
    if committee is None or committee.pk != meeting.committee_id:
        raise Refused(
            f"{step.case.title} waits for the {step.get_body_display()} of {step.case.facility}, "
            f"not for {meeting.committee.named}."
        )
    elsewhere = (
        AgendaItem.objects.filter(step=step, status=AgendaStatus.OPEN).select_related("meeting").first()
    )
    if elsewhere is not None:
        day = clock.date_at(elsewhere.meeting.starts_at, facility)
        raise Refused(f"This file is already on the agenda of {day_text(day)}.")
    if WrittenConsent.objects.filter(step=step, status=ConsentStatus.OPEN).exists():
        raise Refused("Written consent on this file is asked for; withdraw that first.")
    if meeting.agenda_items.filter(step=step).exists():
        raise Refused("This meeting has already dealt with the file; it goes on the agenda of a later one.")
    if step.status == StepStatus.HELD:
        _require_settled(step, facility)
    if step.status in (StepStatus.DEFERRED, StepStatus.HELD):
        take_up(actor=actor, step=step)
    item = _add_item(actor, meeting, title=step.case.title, step=step, practitioner=step.case.practitioner)
    recuse_declared(actor=actor, item=item)
    tell_scheduled(actor, step, clock.date_at(meeting.starts_at, facility))
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
    meeting = locked_meeting(meeting)
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    require_not_over(meeting)
    if not title.strip():
        raise Refused("Say what the matter is.", field="title")
    return _add_item(actor, meeting, title=title.strip()[:300])


@transaction.atomic
def add_matter(
    *,
    actor,
    meeting: Meeting,
    title: str,
    practitioner: Practitioner,
    subject_kind: str,
    subject_uid: uuid.UUID,
) -> AgendaItem:
    """Put a matter of a room above on the agenda: it is about a practitioner, and no file. ``subject_kind``
    is one registered in ``bylaws.matters``. Refused: the actor's own, a meeting that is over, and what stands
    on a coming agenda already.
    """
    if not known(subject_kind):
        raise Refused("Such a matter is put on no agenda.")
    lock_practitioner(practitioner)
    meeting = locked_meeting(meeting)
    facility = meeting.committee.facility
    require(actor, "bylaws.run_meeting", facility)
    require_not_own_file(actor, practitioner, doing="put on an agenda")
    require_not_over(meeting)
    elsewhere = (
        AgendaItem.objects.filter(subject_uid=subject_uid, status=AgendaStatus.OPEN)
        .select_related("meeting__committee__facility")
        .first()
    )
    if elsewhere is not None:
        raise Refused(f"It is on an agenda already: {elsewhere.meeting}.", field="meeting")
    return _add_item(
        actor,
        meeting,
        title=title[:300],
        practitioner=practitioner,
        subject_kind=subject_kind,
        subject_uid=subject_uid,
    )


@transaction.atomic
def add_again(*, actor, meeting: Meeting, item: AgendaItem) -> AgendaItem:
    """Put a matter that was postponed on a later agenda of the same committee."""
    if item.status != AgendaStatus.POSTPONED or item.step_id is not None:
        raise Refused("Only a matter that was postponed goes on another agenda like this.")
    if item.meeting.committee_id != meeting.committee_id:
        raise Refused(f"It was before {item.meeting.committee.named}, not before {meeting.committee.named}.")
    if item.subject_uid is None or item.practitioner is None:
        return add_other_business(actor=actor, meeting=meeting, title=item.title)
    return add_matter(
        actor=actor,
        meeting=meeting,
        title=item.title,
        practitioner=item.practitioner,
        subject_kind=item.subject_kind,
        subject_uid=item.subject_uid,
    )


def _add_item(
    actor,
    meeting: Meeting,
    *,
    title: str,
    step=None,
    practitioner=None,
    subject_kind: str = "",
    subject_uid: uuid.UUID | None = None,
) -> AgendaItem:
    last = meeting.agenda_items.aggregate(last=Max("order"))["last"] or 0
    item = AgendaItem.objects.create(
        meeting=meeting,
        order=last + 1,
        title=title,
        step=step,
        practitioner=practitioner,
        subject_kind=subject_kind,
        subject_uid=subject_uid,
    )
    record_in_meeting(
        actor=actor, verb="agenda_item.added", subject=item, meeting=meeting, practitioner=practitioner
    )
    return item


@transaction.atomic
def postpone(*, actor, item: AgendaItem, reason: str = "") -> AgendaItem:
    """Take a matter off this meeting; the file waits for another agenda. Refused for what the board is told:
    it is told at its next meeting.
    """
    meeting = locked_meeting(item.meeting)
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
    record_in_meeting(
        actor=actor,
        verb=move.event,
        subject=item,
        meeting=meeting,
        practitioner=item.practitioner,
        reason=reason,
    )
    return item


@transaction.atomic
def put_in_place(*, actor, item: AgendaItem, place: int) -> list[AgendaItem]:
    """Put a matter at a place of the agenda, counted from one; the others keep their order. A place beyond
    the end is the end.
    """
    meeting = locked_meeting(item.meeting)
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    require_not_over(meeting)
    if place < 1:
        raise Refused("The first place of the agenda is 1.", field="place")
    others = [each for each in meeting.agenda_items.order_by("order") if each.pk != item.pk]
    found = meeting.agenda_items.get(pk=item.pk)
    agenda = [*others[: place - 1], found, *others[place - 1 :]]
    before = [each.order for each in agenda]
    if before == sorted(before):
        return agenda
    # No two share a place at any moment: first out of the way of all, then each where it belongs.
    beyond = max(before)
    for start in (beyond + 1, 1):
        for number, each in enumerate(agenda, start=start):
            each.order = number
        AgendaItem.objects.bulk_update(agenda, ["order"])
    record_in_meeting(
        actor=actor,
        verb="agenda_item.put_in_place",
        subject=found,
        meeting=meeting,
        practitioner=found.practitioner,
        data={"place": found.order},
    )
    return agenda
