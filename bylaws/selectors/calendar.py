"""Who is invited to a meeting, and meetings as events of a calendar."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from bylaws.choices import MeetingKind, MeetingStatus
from bylaws.models import CalendarFeed, Meeting
from bylaws.rules.calendar import PUBLISH, Event, calendar
from bylaws.selectors.alternates import StandIns, sitting
from bylaws.selectors.committees import seated
from bylaws.selectors.meetings import visible_meetings
from config.accounts.policies import facilities_with
from config.kernel import clock

#: How far back a subscribed calendar reaches.
KEPT = dt.timedelta(days=92)


def invited(meeting: Meeting) -> list[Any]:
    """The users to be invited: whoever is seated on the day of the meeting, and the alternate of a member who
    has said that they are away then. Three queries.
    """
    facility = meeting.committee.facility
    day = clock.date_at(meeting.starts_at, facility)
    seats = list(seated(meeting.committee, day))
    takes = sitting(seats, StandIns({facility.pk: day}), out=frozenset(), here=frozenset())
    found = {seat.identity.user_id: seat.identity.user for seat in seats}
    found |= {user.pk: user for _, user in takes}
    return [user for user in found.values() if user.is_active]


def when(meeting: Meeting) -> str:
    """Day, time and zone of the meeting at its hospital: Thursday 3 Dec 2026, 12:00 PM CST."""
    with timezone.override(meeting.committee.facility.time_zone):
        local = timezone.localtime(meeting.starts_at)
    return f"{local:%A} {local.day} {local:%b %Y}, {local:%I:%M %p}".replace(", 0", ", ") + f" {local:%Z}"


def page_of(meeting: Meeting) -> str:
    """The address of the meeting's page, for whoever signs in."""
    return settings.STANDING_SITE_URL.rstrip("/") + reverse("bylaws:meeting", args=[meeting.uid])


def event_of(meeting: Meeting, *, canceled: bool = False) -> Event:
    """The meeting as an event: body, hospital, time and place, and where its agenda is read. Nothing of the
    agenda itself. ``canceled``: for somebody who need no longer come, also while the meeting stands.
    """
    committee = meeting.committee
    facility = committee.facility
    special = "" if meeting.kind == MeetingKind.REGULAR else f", {meeting.get_kind_display().lower()}"
    canceled = canceled or meeting.status == MeetingStatus.CANCELLED
    parts = [
        f"Meeting of {committee.named}, {facility.name}: {when(meeting)}.",
        f"Place: {meeting.place}." if meeting.place else "",
        "It was canceled." if canceled else "The agenda is on its page, for members who sign in.",
    ]
    return Event(
        uid=meeting.uid,
        sequence=meeting.sequence,
        stamp=clock.now(),
        starts_at=meeting.starts_at,
        summary=f"{committee.name}, {facility.name}{special}",
        description="\n".join(part for part in parts if part),
        place=meeting.place,
        url=page_of(meeting),
        canceled=canceled,
    )


def calendar_of(meetings: Iterable[Meeting]) -> str:
    """A calendar file of these meetings, to be read and not answered."""
    return calendar((event_of(each) for each in meetings), method=PUBLISH)


def meetings_of_member(user) -> Iterable[Meeting]:
    """Meetings of the bodies the person sits on, and of every body of the hospitals whose meetings they run,
    from :data:`KEPT` ago on, canceled ones too.
    """
    return visible_meetings(user).filter(starts_at__gte=clock.now() - KEPT).order_by("starts_at")


def feed_of(secret: str) -> CalendarFeed | None:
    """The subscription of that secret; None where it is unknown, withdrawn, over, or its owner is gone."""
    feed = (
        CalendarFeed.objects.filter(digest=digest_of(secret), withdrawn_at__isnull=True)
        .select_related("user")
        .first()
    )
    if feed is None or feed.expires_at <= clock.now() or not feed.user.is_active:
        return None
    return feed if facilities_with(feed.user, "bylaws.view_reviews") else None


def digest_of(secret: str) -> str:
    """The hash by which a subscription is found; its secret holds 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
