"""Meetings, their minutes, and what is to be done after them."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Q
from django.urls import reverse, reverse_lazy

from bylaws.choices import (
    AgendaStatus,
    MeetingStatus,
)
from bylaws.selectors.duties import sheets_missing
from bylaws.selectors.follow_ups import open_follow_ups
from bylaws.selectors.meetings import visible_meetings
from bylaws.selectors.minutes_of_meeting import to_sign, to_write
from bylaws.selectors.written_consents import consents_to_give
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.registries import Waiting, WorkItem, queue

#: How far ahead the office looks for meetings, in days.
WEEK = 7


@queue(
    code="bylaws.meetings",
    title="Meetings this week",
    permission="bylaws.view_reviews",
    order=30,
    more_url=reverse_lazy("bylaws:meetings"),
    empty="No meeting in the coming days.",
)
def meetings_this_week(viewer, facility, limit: int) -> Waiting:
    """Meetings in session and those of the coming days."""
    until = clock.wall() + dt.timedelta(days=WEEK)
    meetings = (
        visible_meetings(viewer)
        .filter(committee__facility=facility)
        .filter(Q(status=MeetingStatus.IN_SESSION) | Q(status=MeetingStatus.SCHEDULED, starts_at__lt=until))
        .annotate(matters=Count("agenda_items", filter=Q(agenda_items__status=AgendaStatus.OPEN)))
        .order_by("starts_at", "pk")
    )
    rows = list(meetings)
    return len(rows), [
        WorkItem(
            title=f"{meeting.committee.name}, {day_text(clock.date_at(meeting.starts_at, facility))}",
            url=reverse("bylaws:meeting", args=[meeting.uid]),
            detail=f"{meeting.get_status_display()}, {meeting.matters} on the agenda",
            due=clock.date_at(meeting.starts_at, facility),
            colour="good" if meeting.status == MeetingStatus.IN_SESSION else "info",
        )
        for meeting in rows[:limit]
    ]


@queue(
    code="bylaws.sheets",
    title="Attendance to write down",
    permission="bylaws.run_meeting",
    slow=True,
    order=35,
    more_url=reverse_lazy("bylaws:meetings"),
    empty="Of every meeting of the staff it is recorded who was there.",
)
def sheets_to_record(viewer, facility, limit: int) -> Waiting:
    """Meetings of the staff and of departments that are over without anybody written down."""
    rows = list(sheets_missing(facility))
    return len(rows), [
        WorkItem(
            title=f"{meeting.committee.name}, {day_text(clock.date_at(meeting.starts_at, facility))}",
            url=reverse("bylaws:staff_sheet", args=[meeting.uid]),
            detail="Who was there is not written down",
            due=clock.date_at(meeting.starts_at, facility),
            colour="warn",
        )
        for meeting in rows[:limit]
    ]


@queue(
    code="bylaws.written_consents",
    title="Written consents asked of you",
    permission="bylaws.vote",
    slow=True,
    order=11,
    more_url=reverse_lazy("bylaws:written_consents"),
    empty="No written consent is asked of you.",
)
def consents_waiting(viewer, facility, limit: int) -> Waiting:
    """Written consents that wait for the viewer's answer."""
    rows = consents_to_give(viewer, facility)
    return len(rows), [
        WorkItem(
            title=each.title,
            url=reverse("bylaws:written_consent", args=[each.uid]),
            detail=f"{each.committee.name}, in writing: consent or object",
            due=each.until,
            colour="warn",
        )
        for each in rows[:limit]
    ]


@queue(
    code="bylaws.minutes_to_write",
    title="Minutes to write",
    permission="bylaws.run_meeting",
    slow=True,
    order=34,
    more_url=reverse_lazy("bylaws:meetings"),
    empty="The minutes of every meeting are circulated.",
)
def minutes_to_write(viewer, facility, limit: int) -> Waiting:
    """Meetings that are over and whose minutes are not circulated."""
    rows = to_write(viewer, facility)
    return len(rows), [
        WorkItem(
            title=str(meeting),
            url=reverse("bylaws:meeting_minutes", args=[meeting.uid]),
            detail="Minutes to write, or a draft to circulate",
            since=clock.date_at(meeting.starts_at, facility),
            colour="warn",
        )
        for meeting in rows[:limit]
    ]


@queue(
    code="bylaws.minutes_to_sign",
    title="Minutes to sign",
    permission="bylaws.vote",
    slow=True,
    order=35,
    more_url=reverse_lazy("bylaws:meetings"),
    empty="No approved minutes wait for your signature.",
)
def minutes_to_sign(viewer, facility, limit: int) -> Waiting:
    """Approved minutes that wait for my signature as chair of the body."""
    rows = to_sign(viewer, facility)
    return len(rows), [
        WorkItem(
            title=str(each.meeting),
            url=reverse("bylaws:meeting_minutes", args=[each.meeting.uid]),
            detail="Approved minutes, to be signed",
            since=clock.date_at(each.meeting.starts_at, facility),
        )
        for each in rows[:limit]
    ]


def _follow_ups(viewer, facility, limit: int, *, everybody: bool) -> Waiting:
    rows = list(open_follow_ups(viewer, facility, everybody=everybody))
    today = clock.today(facility)
    return len(rows), [
        WorkItem(
            title="After a matter of peer review" if each.item.subject_kind else each.what,
            url=reverse("bylaws:follow_up_done", args=[each.uid]),
            detail=f"{each.owner}, after {each.item.meeting}" if everybody else f"After {each.item.meeting}",
            due=each.due,
            colour="bad" if each.due < today else "info",
        )
        for each in rows[:limit]
    ]


@queue(
    code="bylaws.my_follow_ups",
    title="My follow-ups from meetings",
    permission="bylaws.read_documents",
    order=36,
    more_url=reverse_lazy("bylaws:follow_ups"),
    empty="Nothing is yours to do after a meeting.",
)
def my_follow_ups(viewer, facility, limit: int) -> Waiting:
    """What I am to do after meetings, the first due first."""
    return _follow_ups(viewer, facility, limit, everybody=False)


@queue(
    code="bylaws.follow_ups",
    title="Follow-ups of others",
    permission="bylaws.run_meeting",
    slow=True,
    order=37,
    more_url=reverse_lazy("bylaws:follow_ups"),
    empty="Nobody owes anything after a meeting.",
)
def follow_ups_of_others(viewer, facility, limit: int) -> Waiting:
    """What others are to do after meetings I run."""
    return _follow_ups(viewer, facility, limit, everybody=True)
