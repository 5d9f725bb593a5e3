"""The sheet of a meeting of the medical staff: who was there, who was excused."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.choices import StaffPresence
from bylaws.forms.duties import SheetForm
from bylaws.selectors.duties import counted_there, members_to_attend, on_the_sheet, own_rows, without_vote
from bylaws.selectors.meetings import get_meeting
from bylaws.services.duties import record_staff_attendance
from bylaws.views.common import found
from config.accounts.policies import require
from config.kernel.pages import Crumb, Done, Empty, answer_form


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def staff_sheet(request, uid) -> HttpResponse:
    """Who of the members was at the meeting; the duty to attend is judged by it."""
    meeting = found(get_meeting(viewer=request.user, uid=uid))
    require(request.user, "bylaws.run_meeting", meeting.committee.facility)
    back = reverse("bylaws:meeting", args=[meeting.uid])
    expected, before = members_to_attend(meeting), on_the_sheet(meeting)
    own = own_rows(request.user, expected)
    members = [each for each in expected if each.pk not in own]
    form = SheetForm(request.POST or None, members=members, before=counted_there(meeting, members) | before)
    page = {
        "title": "Attendance of the staff",
        "subtitle": str(meeting),
        "crumbs": [
            Crumb("Meetings", reverse("bylaws:meetings")),
            Crumb(str(meeting.committee), back),
            Crumb("Attendance"),
        ],
        "form": form,
        "presences": StaffPresence.choices,
        "without_vote": without_vote(meeting, members),
        "written_down": len(before),
        "own_left_out": bool(own),
        "submit": "Record the attendance",
        "cancel_url": back,
        "empty": Empty(
            "Nobody else had to attend." if own else "Nobody had to attend.",
            "Somebody else of the office writes down your own attendance."
            if own
            else "On that day no member was appointed here.",
            icon="users",
        ),
    }

    def record(given: dict) -> Done:
        changed = record_staff_attendance(
            actor=request.user, meeting=meeting, said=form.said, excuse=given["excuse"]
        )
        said = (
            f"Recorded for {changed} {'member' if changed == 1 else 'members'}."
            if changed
            else ("Nothing was different from what is recorded.")
        )
        return Done(said, back)

    return answer_form(request, page, record, template="bylaws/staff_sheet.html")
