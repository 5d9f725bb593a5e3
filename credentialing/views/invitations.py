"""The invitations to a meeting: who has one, how far it is, who has no address."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.choices import MeetingStatus
from bylaws.selectors.meetings import get_meeting
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.display.words import plural_text
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, go_to, render_page
from credentialing.selectors.invitations import invitations_of
from credentialing.services.invitations import invite_missing


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_invitations(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Who is invited; whoever was seated since is invited from here."""
    require(request.user, "bylaws.run_meeting")
    meeting = get_meeting(viewer=request.user, uid=uid)
    if meeting is None:
        raise Http404
    require(request.user, "bylaws.run_meeting", meeting.committee.facility)
    back = reverse("bylaws:meeting", args=[meeting.uid])
    if request.method == "POST":
        try:
            number = invite_missing(actor=request.user, meeting=meeting)
        except Refused as refused:
            messages.error(request, refused.sentence)
        else:
            messages.success(request, f"{plural_text(number, 'invitation')} on the way.")
        return go_to(request, reverse("credentialing:meeting_invitations", args=[meeting.uid]))
    rows = invitations_of(meeting)
    open_ = meeting.status == MeetingStatus.SCHEDULED and meeting.starts_at > clock.now()
    page = {
        "title": "Invitations",
        "subtitle": str(meeting),
        "crumbs": [
            Crumb("Meetings", reverse("bylaws:meetings")),
            Crumb(str(meeting.committee), back),
            Crumb("Invitations"),
        ],
        "rows": rows,
        "missing": sum(each.missing for each in rows) if open_ else 0,
        "back": back,
    }
    return render_page(request, "credentialing/meeting_invitations.html", page)
