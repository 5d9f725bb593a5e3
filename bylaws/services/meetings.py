"""Meetings: called, moved, called to order, adjourned, canceled."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.announced import announce
from bylaws.choices import AgendaStatus, MeetingKind, MeetingStatus, MotionStatus
from bylaws.models import AgendaItem, Committee, Meeting, Motion
from bylaws.selectors.committees import is_whole_staff, meeting_rules, quorum
from bylaws.services.expedited import report_to_board
from bylaws.services.meeting_guards import has_passed, locked_meeting, record_in_meeting, tell_scheduled
from bylaws.services.minutes_of_meeting import put_minutes_before
from bylaws.workflow import AGENDA_ITEM, MEETING
from config.accounts.policies import permissions, require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from practitioners.models import Practitioner
from practitioners.services.people import lock_practitioner

#: How long after its start a meeting may still be called: it began while somebody was typing.
JUST_BEGUN = dt.timedelta(hours=1)
#: How far ahead a meeting may be called, in days: bodies plan a year or two, beyond it a year is mistyped.
FARTHEST = 731


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
    if (
        committee.closed_on is not None
        and clock.date_at(starts_at, committee.facility) >= committee.closed_on
    ):
        raise Refused(
            f"{committee} is closed from {day_text(committee.closed_on)} on and meets no more.",
            field="committee",
        )
    if kind not in MeetingKind.values:
        raise Refused(f'"{kind}" is no kind of meeting.', field="kind")
    meeting = Meeting.objects.create(committee=committee, kind=kind, starts_at=starts_at, place=place.strip())
    record_in_meeting(
        actor=actor, verb="meeting.scheduled", subject=meeting, data={"starts_at": starts_at.isoformat()}
    )
    report_to_board(actor=actor, facility=committee.facility)
    put_minutes_before(actor=actor, committee=committee)
    announce(actor, meeting)
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
    meeting = locked_meeting(meeting)
    if meeting.status != MeetingStatus.SCHEDULED:
        raise Refused(f"This meeting is {MeetingStatus(meeting.status).label.lower()}; it cannot be moved.")
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    _check_start(starts_at, meeting.committee)
    before = meeting.starts_at
    if before == starts_at and meeting.place == place.strip():
        raise Refused("That is when and where it is called for already.", field="starts_at")
    meeting.starts_at, meeting.place = starts_at, place.strip()
    meeting.sequence += 1
    meeting.save(update_fields=["starts_at", "place", "sequence"])
    record_in_meeting(
        actor=actor,
        verb="meeting.moved",
        subject=meeting,
        reason=reason,
        data={"from": before.isoformat(), "to": starts_at.isoformat()},
    )
    day = clock.date_at(starts_at, facility)
    items = meeting.agenda_items.filter(status=AgendaStatus.OPEN, step__isnull=False)
    for item in items.select_related("step__case").order_by("order"):
        if item.step is not None:  # the query asked for those with one
            tell_scheduled(actor, item.step, day)
    put_minutes_before(actor=actor, committee=meeting.committee)  # it may have been past until now
    announce(actor, meeting)
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


@transaction.atomic
def call_to_order(*, actor, meeting: Meeting) -> Meeting:
    """Open the meeting on its day. The quorum of this moment stays with the meeting; it is measured again at
    each vote, so late arrivals count from then on. Without one the meeting opens all the same, and decides
    nothing until there is.
    """
    meeting = locked_meeting(meeting)
    move = MEETING.check(meeting, MeetingStatus.IN_SESSION, permissions(actor, meeting.committee.facility))
    day = clock.date_at(meeting.starts_at, meeting.committee.facility)
    if clock.today(meeting.committee.facility) < day:
        raise Refused(f"This meeting is on {day_text(day)}; it can be called to order that day.")
    if has_passed(meeting):
        raise Refused(
            f"This meeting was called for {day_text(day)}, and that day has passed. Record it from its "
            "minutes, move it, or say that it was not held."
        )
    meeting.status, meeting.called_to_order_at = MeetingStatus.IN_SESSION, clock.now()
    rule = meeting_rules(meeting.committee, day).quorum
    # A body no rule is recorded for still meets; it is told so at its first vote, and on the page. Of the
    # whole staff nobody is counted yet: the sheet says later who was there.
    counted = rule is not None and not is_whole_staff(meeting.committee, day)
    meeting.quorum_at_order = quorum(meeting).as_data() if counted else {}
    meeting.save(update_fields=["status", "called_to_order_at", "quorum_at_order"])
    record_in_meeting(actor=actor, verb=move.event, subject=meeting, data={"quorum": meeting.quorum_at_order})
    return meeting


@transaction.atomic
def adjourn(*, actor, meeting: Meeting) -> Meeting:
    """Close the meeting: presence ends, matters not acted on are postponed. Refused while a vote is open."""
    meeting = locked_meeting(meeting)
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
    record_in_meeting(actor=actor, verb=move.event, subject=meeting)
    put_minutes_before(actor=actor, committee=meeting.committee)
    return meeting


@transaction.atomic
def cancel_meeting(*, actor, meeting: Meeting, reason: str) -> Meeting:
    """The meeting does not take place, or was not held: its matters go to another agenda. Members are told,
    but for a meeting whose day has passed.
    """
    meeting = locked_meeting(meeting)
    held = permissions(actor, meeting.committee.facility)
    move = MEETING.check(meeting, MeetingStatus.CANCELLED, held)
    if not reason.strip():
        raise Refused("Say why.", field="reason")
    _postpone_open_items(meeting, held)
    meeting.status = MeetingStatus.CANCELLED
    meeting.sequence += 1
    meeting.save(update_fields=["status", "sequence"])
    record_in_meeting(actor=actor, verb=move.event, subject=meeting, reason=reason)
    report_to_board(actor=actor, facility=meeting.committee.facility)
    put_minutes_before(actor=actor, committee=meeting.committee)
    if not has_passed(meeting):
        announce(actor, meeting)
    return meeting


def _postpone_open_items(meeting: Meeting, held) -> None:
    for item in meeting.agenda_items.filter(status=AgendaStatus.OPEN):
        AGENDA_ITEM.check(item, AgendaStatus.POSTPONED, held)
        item.status = AgendaStatus.POSTPONED
        item.save(update_fields=["status"])
