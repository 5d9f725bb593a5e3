"""Who is in the meeting, and who takes no part in a matter."""

from __future__ import annotations

from django.db import transaction

from bylaws.choices import AgendaStatus, AttendanceMode, MotionStatus
from bylaws.models import AgendaItem, Attendance, Meeting, Recusal
from bylaws.selectors.committees import may_sit, meeting_rules
from bylaws.services.meeting_guards import (
    locked_meeting,
    record_in_meeting,
    require_not_over,
    require_self_or_runner,
)
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused


@transaction.atomic
def mark_present(*, actor, meeting: Meeting, user, mode: str = AttendanceMode.IN_PERSON) -> Attendance:
    """A member is here from now on. Marked by who runs the meeting, or by the member."""
    meeting = locked_meeting(meeting)
    require_self_or_runner(actor, user, meeting, "say that somebody is here")
    require_not_over(meeting)
    facility = meeting.committee.facility
    day = clock.date_at(meeting.starts_at, facility)
    if clock.today(facility) < day:
        raise Refused(f"This meeting is on {day_text(day)}; who is here is noted that day.")
    if not may_sit(user, meeting.committee, clock.today(facility)):
        raise Refused(f"{user} does not sit on {meeting.committee.named} today.")
    if mode not in AttendanceMode.values:
        raise Refused(f'"{mode}" is no way to attend.')
    remote = mode == AttendanceMode.REMOTE
    if remote and not meeting_rules(meeting.committee, clock.today(facility)).remote:
        raise Refused(f"The bylaws count only members who attend {meeting.committee.named} in person.")
    if meeting.attendances.filter(user=user, present_until__isnull=True).exists():
        raise Refused(f"{user} is already marked as present.")
    row = Attendance.objects.create(meeting=meeting, user=user, mode=mode, present_from=clock.now())
    record_in_meeting(
        actor=actor,
        verb="meeting.member_arrived",
        subject=meeting,
        data={"member": str(user), "mode": str(mode)},
    )
    return row


@transaction.atomic
def mark_left(*, actor, meeting: Meeting, user) -> Attendance:
    """A member is gone from now on and does not count for later votes."""
    meeting = locked_meeting(meeting)
    require_self_or_runner(actor, user, meeting, "say that somebody has left")
    row = meeting.attendances.filter(user=user, present_until__isnull=True).first()
    if row is None:
        raise Refused(f"{user} is not marked as present.")
    row.present_until = clock.now()
    row.save(update_fields=["present_until"])
    record_in_meeting(actor=actor, verb="meeting.member_left", subject=meeting, data={"member": str(user)})
    return row


@transaction.atomic
def recuse(*, actor, item: AgendaItem, user, reason: str) -> Recusal:
    """A member takes no part in one matter: neither moves nor votes, and is not counted as present for it."""
    meeting = locked_meeting(item.meeting)
    item = AgendaItem.objects.select_for_update(of=("self",)).select_related("practitioner").get(pk=item.pk)
    require_self_or_runner(actor, user, meeting, "recuse somebody")
    if item.status != AgendaStatus.OPEN:
        raise Refused("This matter is closed.")
    if not reason.strip():
        raise Refused("Say why: relative, partner, competitor, or another interest.", field="reason")
    if not may_sit(user, meeting.committee, clock.today(meeting.committee.facility)):
        raise Refused(f"{user} does not sit on {meeting.committee.named} today.")
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
    # Who, and why, stands with the matter; who reads the audit trail need not read peer review.
    record_in_meeting(
        actor=actor,
        verb="agenda_item.member_recused",
        subject=item,
        meeting=meeting,
        practitioner=item.practitioner,
    )
    return recusal
