"""Meetings for calendars: the file of one meeting, and the address a calendar subscribes to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from bylaws.models import CalendarFeed
from bylaws.rules.calendar import MEDIA_TYPE
from bylaws.selectors.calendar import calendar_of, feed_of, meetings_of_member
from bylaws.selectors.meetings import get_meeting
from bylaws.services.calendar import PERMISSION, make_feed, withdraw_feed
from bylaws.views.common import found
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.pages import Crumb, download, go_to, render_page

TYPE = f"{MEDIA_TYPE}; charset=utf-8"


@login_required
@require_safe
def meeting_calendar(request, uid) -> HttpResponse:
    """One meeting as a file for a calendar."""
    meeting = found(get_meeting(viewer=request.user, uid=uid))
    return download(calendar_of([meeting]).encode(), TYPE, file_name="meeting.ics")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_feed(request) -> HttpResponse:
    """The address from which a calendar reads one's own meetings: make it (shown once), withdraw it."""
    require(request.user, PERMISSION)
    page: dict[str, Any] = {
        "title": "Meetings in your calendar",
        "crumbs": [Crumb("Meetings", reverse("bylaws:meetings")), Crumb("Your calendar")],
        "address": "",
    }
    if request.method == "POST":
        if request.POST.get("act") == "withdraw":
            if withdraw_feed(actor=request.user):
                messages.success(request, "The address no longer works.")
            return go_to(request, reverse("bylaws:calendar_feed"))
        _, secret = make_feed(actor=request.user)
        page["address"] = settings.STANDING_SITE_URL.rstrip("/") + reverse("bylaws:calendar", args=[secret])
    live = CalendarFeed.objects.filter(user=request.user, withdrawn_at__isnull=True).first()
    page["feed"] = live
    page["over"] = live is not None and live.expires_at <= clock.now()
    response = render_page(request, "bylaws/calendar_feed.html", page)
    response["Cache-Control"] = "private, no-store"
    return response


@never_cache
@require_GET
def calendar(request, secret: str) -> HttpResponse:
    """The meetings of whose address it is, for a program that cannot sign in: of which bodies, when and
    where, and nothing of their agendas.
    """
    feed = feed_of(secret)
    if feed is None:
        raise Http404
    return download(calendar_of(meetings_of_member(feed.user)).encode(), TYPE, file_name="meetings.ics")
