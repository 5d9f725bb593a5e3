"""Minutes of the year's meetings, approved by the meeting after and signed, and what was to be done."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from itertools import pairwise

from django.db import models

from bylaws.choices import MeetingStatus, MinutesStatus, MotionStatus, SeatRole, SignedAs
from bylaws.models import (
    AgendaItem,
    FollowUp,
    Meeting,
    MeetingMinutes,
    MinutesSignature,
    MinutesStep,
    MinutesVersion,
    Motion,
)
from bylaws.selectors.committees import seated
from bylaws.selectors.minutes_of_meeting import draft_sections
from config.audit.services.events import record_event
from config.demo.hospital import Hospital
from config.demo.sittings import MINUTES
from config.kernel import clock
from config.kernel.bulk_load import bulk_load
from config.kernel.canonical import digest

TABLES: tuple[type[models.Model], ...] = (
    MeetingMinutes,
    MinutesVersion,
    MinutesStep,
    MinutesSignature,
    FollowUp,
)
#: What was to be done after a meeting, how many days it had, and what came of it (nothing: it is open).
TO_DO = (
    (
        "Write to the departments and collect what they say",
        21,
        "All but one have answered.",
    ),
    ("Bring the figures of the quarter to the next meeting", 28, "Sent with the packet."),
    ("Ask counsel about the wording", 14, ""),
    ("Draft a plan and show it to the chair", 60, ""),
)
Rows = dict[type[models.Model], list[models.Model]]


def tell_minutes(hospital: Hospital) -> int:
    """Minutes of every meeting whose minutes the next one approved, signed by the chair; how many. The
    last meeting of each body is for the office to write, and what it approved may wait for a signature.
    """
    rows: Rows = {model: [] for model in TABLES}
    for held, motion in _approved():
        _tell(rows, hospital, held, motion)
    _follow_ups(rows, hospital)
    with bulk_load(*TABLES) as loader:
        for model in TABLES:
            loader.insert(rows[model])
    number = len(rows[MeetingMinutes])
    record_event(
        actor=hospital.system,
        verb="demo.minutes_taken_over",
        subject=hospital.system,
        data={"minutes": number},
    )
    return number


def _approved() -> Iterator[tuple[Meeting, Motion]]:
    """Each meeting with the motion by which the next one of its body approved its minutes."""
    meetings = (
        Meeting.objects.filter(status=MeetingStatus.ADJOURNED)
        .select_related("committee__facility")
        .order_by("committee_id", "starts_at", "pk")
    )
    motions = {
        motion.agenda_item.meeting_id: motion
        for motion in Motion.objects.filter(
            agenda_item__title=MINUTES[0], status=MotionStatus.CARRIED
        ).select_related("agenda_item")
    }
    for held, after in pairwise(meetings):
        if held.committee_id == after.committee_id and after.pk in motions:
            yield held, motions[after.pk]


def _tell(rows: Rows, hospital: Hospital, held: Meeting, motion: Motion) -> None:
    """The minutes of one meeting: drafted the day after, circulated, approved, signed."""
    facility = held.committee.facility
    if held.adjourned_at is None or motion.closed_at is None:
        return
    drafted, approved = held.adjourned_at + dt.timedelta(days=1), motion.closed_at
    office = hospital.staff_office(facility.code)
    minutes = MeetingMinutes(
        uid=uuid.uuid5(held.uid, "minutes"),
        meeting=held,
        status=str(MinutesStatus.APPROVED),
        drafted_at=drafted,
    )
    sections = [each.as_data() for each in draft_sections(held)]
    version = MinutesVersion(
        uid=uuid.uuid5(minutes.uid, "1"),
        minutes=minutes,
        number=1,
        sections=sections,
        sha256=digest(sections),
        made_at=drafted,
        made_by=office,
    )
    rows[MeetingMinutes].append(minutes)
    rows[MinutesVersion].append(version)
    steps = [
        MinutesStep(status=str(MinutesStatus.CIRCULATED), at=drafted + dt.timedelta(hours=2), by=office),
        MinutesStep(status=str(MinutesStatus.APPROVED), motion=motion, at=approved, by=office),
    ]
    chair = next(
        (
            seat.identity.user
            for seat in seated(held.committee, clock.date_at(approved, facility))
            if seat.seat_role == SeatRole.CHAIR
        ),
        None,
    )
    signed = approved + dt.timedelta(days=1, hours=1)
    if chair is not None and signed <= clock.now():
        minutes.status = str(MinutesStatus.SIGNED)
        steps.append(MinutesStep(status=str(MinutesStatus.SIGNED), at=signed, by=chair))
        rows[MinutesSignature].append(
            MinutesSignature(
                version=version, signed_as=str(SignedAs.CHAIR), user=chair, name=str(chair), signed_at=signed
            )
        )
    for step in steps:
        step.minutes, step.version = minutes, version
    rows[MinutesStep] += steps


def _follow_ups(rows: Rows, hospital: Hospital) -> None:
    """A few things to do after the last meetings: done, late, and ahead."""
    items = (
        AgendaItem.objects.filter(
            meeting__status=MeetingStatus.ADJOURNED, step=None, subject_kind="", practitioner=None
        )
        .exclude(title=MINUTES[0])
        .select_related("meeting__committee__facility")
        .prefetch_related("meeting__attendances__user")
        .order_by("-meeting__starts_at", "order", "pk")[: 2 * len(TO_DO)]
    )
    for number, item in enumerate(items):
        what, days, note = TO_DO[number % len(TO_DO)]
        facility = item.meeting.committee.facility
        made = (item.meeting.adjourned_at or item.meeting.starts_at) + dt.timedelta(days=1)
        if made > clock.now():
            continue
        office = hospital.staff_office(facility.code)
        there = [row.user for row in item.meeting.attendances.all()]
        owner = there[number % len(there)] if there else office
        due = clock.date_at(made, facility) + dt.timedelta(days=days)
        ended = made + dt.timedelta(days=3)
        done = (
            {"done_at": ended, "done_by": owner, "done_note": note} if note and ended <= clock.now() else {}
        )
        rows[FollowUp].append(
            FollowUp(
                uid=uuid.uuid5(item.uid, "follow-up"),
                item=item,
                what=what,
                owner=owner,
                due=due,
                made_at=made,
                made_by=office,
                **done,
            )
        )
