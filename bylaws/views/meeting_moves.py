"""Moving a meeting to another moment."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.forms.meetings import MoveForm
from bylaws.selectors.meetings import get_meeting
from bylaws.services.meetings import move_meeting
from bylaws.views.common import found
from config.accounts.policies import require
from config.kernel.pages import Crumb, Done, answer_form


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_move(request, uid) -> HttpResponse:
    """The meeting takes place at another time; the planned days of what it decides follow."""
    meeting = found(get_meeting(viewer=request.user, uid=uid))
    facility = meeting.committee.facility
    require(request.user, "bylaws.run_meeting", facility)
    back = reverse("bylaws:meeting", args=[meeting.uid])
    form = MoveForm(
        request.POST or None,
        facility=facility,
        initial={"starts_at": meeting.starts_at, "place": meeting.place},
    )
    page = {
        "title": "Move the meeting",
        "crumbs": [
            Crumb("Meetings", reverse("bylaws:meetings")),
            Crumb(str(meeting.committee), back),
            Crumb("Move"),
        ],
        "intro": "Its agenda stays. Where this body decides, the planned day of each file follows, and "
        "what is too old by then comes up to be verified again.",
        "form": form,
        "submit": "Move the meeting",
        "cancel_url": back,
    }

    def move_it(given: dict) -> Done:
        move_meeting(actor=request.user, meeting=meeting, **given)
        return Done("The meeting is moved.", back)

    return answer_form(request, page, move_it)
