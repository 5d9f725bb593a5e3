"""What every act in a meeting starts from: its lock, who may, and the event it leaves."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.choices import MeetingStatus
from bylaws.models import AgendaItem, Meeting, ReviewStep
from bylaws.policies import is_own_file
from bylaws.selectors.alternates import is_alternate
from bylaws.selectors.committees import barred_user_ids, present_user_ids, voter_ids
from bylaws.services.decisions import lock_step
from bylaws.subjects import handler
from config.accounts.policies import may
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from practitioners.services.people import lock_practitioner, lock_record

#: How long after its time a meeting may still be called to order once its day is over: it began late.
BEGINS_LATE = dt.timedelta(hours=6)


def has_passed(meeting: Meeting) -> bool:
    """Whether the day of the meeting is over, and the time in which it could still begin: nobody can be
    called to order any more.
    """
    facility = meeting.committee.facility
    over = clock.date_at(meeting.starts_at, facility) < clock.today(facility)
    return over and clock.now() - meeting.starts_at > BEGINS_LATE


def locked_meeting(meeting: Meeting) -> Meeting:
    """The meeting as it is now, locked: presence, votes and closing a vote come one after the other."""
    return (
        Meeting.objects.select_for_update(of=("self",))
        .select_related("committee__facility")
        .get(pk=meeting.pk)
    )


def locked_item(item: AgendaItem, *, ending: bool = False) -> AgendaItem:
    """The item as it is now, its file and its meeting locked: the practitioner first, always. ``ending``: an
    open vote is brought to its end, also where the record was merged into another meanwhile.
    """
    step = None
    if item.step_id is not None:
        step = lock_step(ReviewStep.objects.get(pk=item.step_id), ending=ending)
    elif item.practitioner is not None:
        (lock_record if ending else lock_practitioner)(item.practitioner)
    meeting = locked_meeting(item.meeting)
    item = AgendaItem.objects.select_for_update(of=("self",)).select_related("practitioner").get(pk=item.pk)
    item.meeting = meeting
    if step is not None:
        item.step = step
    return item


def require_not_over(meeting: Meeting) -> None:
    """Refuse once the meeting is adjourned or canceled."""
    if meeting.status not in (MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION):
        raise Refused(f"This meeting is {MeetingStatus(meeting.status).label.lower()}.")


def require_self_or_runner(actor, user, meeting: Meeting, doing: str) -> None:
    """The member does it, or who runs the meetings of the facility."""
    if actor.pk == user.pk and may(actor, "bylaws.vote", meeting.committee.facility):
        return
    if not may(actor, "bylaws.run_meeting", meeting.committee.facility):
        raise Forbidden(f"Only whoever runs the meeting may {doing}; everybody may for themselves.")


def require_takes_part(user, item: AgendaItem, meeting: Meeting, *, doing: str, field: str = "") -> None:
    """Refuse unless the person may take part in deciding the item now: in office with a vote, here, not
    barred.
    """
    if is_own_file(user, item.practitioner):
        raise Forbidden(f"This is the file of {user}: nobody may {doing} their own file.", field=field)
    if item.recusals.filter(user=user).exists():
        raise Refused(f"{user} is recused from this matter.", field=field)
    here, committee = present_user_ids(meeting, clock.now()), meeting.committee
    if user.pk not in voter_ids(committee, clock.today(committee.facility), item, here):
        raise Refused(f"{user} has no vote on {committee.named} {_when(user, committee)}.", field=field)
    if user.pk in barred_user_ids(item):
        raise Refused(
            f"{user} has declared an interest in this file, and the chair has not ruled on it.", field=field
        )
    if user.pk not in here:
        raise Refused(f"{user} is not marked as present.", field=field)


def _when(user, committee) -> str:
    """An alternate has the vote only while whom they stand in for is recused or away."""
    alternate = is_alternate(user, committee, clock.today(committee.facility))
    return "in this matter: the member they stand in for takes part" if alternate else "today"


@transaction.atomic
def record_in_meeting(
    *, actor, verb: str, subject, meeting=None, practitioner=None, reason: str = "", data=None
) -> None:
    """One audit event, within the act; a motion is told about on its agenda item."""
    record_event(
        actor=actor,
        verb=verb,
        subject=subject,
        practitioner=practitioner,
        facility=(meeting or subject).committee.facility,
        reason=reason,
        data=data,
    )


def tell_scheduled(actor, step: ReviewStep, day: dt.date) -> None:
    """The file's room hears on which day its last body deals with it; bodies before it change nothing."""
    if not step.case.steps.filter(order__gt=step.order).exists():
        handler(step.case.subject_kind).on_scheduled(step.case.subject_uid, day, actor)
