"""Who sits where, since when, with or without a vote."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.forms.meetings import EndSeatForm, SeatForm
from bylaws.models import CommitteeSeat
from bylaws.selectors.committees import committee_cards, committee_page, people_to_seat
from bylaws.services.committees import end_seat, seat_member
from bylaws.views.common import facility_for, found
from bylaws.views.meetings import TITLE, tabs
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.pages import (
    Crumb,
    Done,
    Empty,
    answer_form,
    render_page,
)


@login_required
@require_safe
def committee_list(request) -> HttpResponse:
    """The bodies of the facility with their members of today."""
    facility = facility_for(request, "bylaws.view_reviews")
    return render_page(
        request,
        "bylaws/committees.html",
        {
            "title": "Committees",
            "subtitle": f"Who sits on the bodies of {facility}",
            "tabs": tabs("committees"),
            "cards": committee_cards(facility=facility, on=clock.today(facility)),
            "today": clock.today(facility),
            "empty": Empty(
                "No body is on record here.",
                "An administrator adds committees; then members are seated.",
                icon="users-group",
            ),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def committee(request, uid) -> HttpResponse:
    """One body: its members of any time, and a form to seat another."""
    facility = facility_for(request, "bylaws.view_reviews")
    today = clock.today(facility)
    view = found(committee_page(facility=facility, uid=uid, on=today))
    runs = may(request.user, "bylaws.run_meeting", facility)
    form = None
    if runs:
        form = SeatForm(
            request.POST or None, people=people_to_seat(facility=facility), initial={"start": today}
        )
    page = {
        "title": view.committee.name,
        "subtitle": ""
        if view.committee.get_kind_display() == str(view.committee)
        else view.committee.get_kind_display(),
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:meetings")),
            Crumb("Committees", reverse("bylaws:committees")),
            Crumb(view.committee.name),
        ],
        "view": view,
        "form": form,
        "today": today,
        "runs": runs,
    }
    if request.method == "POST":
        require(request.user, "bylaws.run_meeting", facility)

    def seat(given: dict) -> Done:
        seat_member(actor=request.user, committee=view.committee, **given)
        return Done(
            f"{given['user']} has a seat on {view.committee.named}.",
            reverse("bylaws:committee", args=[view.committee.uid]),
        )

    return answer_form(request, page, seat, template="bylaws/committee.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def seat_end(request, uid) -> HttpResponse:
    """A seat ends."""
    facility = facility_for(request, "bylaws.run_meeting")
    seat = found(
        CommitteeSeat.objects.select_related("committee__facility", "user")
        .filter(uid=uid, committee__facility=facility)
        .first()
    )
    back = reverse("bylaws:committee", args=[seat.committee.uid])
    form = EndSeatForm(request.POST or None, initial={"day": clock.today(facility)})
    page = {
        "title": f"End the seat of {seat.user}",
        "crumbs": [
            Crumb("Committees", reverse("bylaws:committees")),
            Crumb(str(seat.committee), back),
            Crumb("End"),
        ],
        "form": form,
        "submit": "End the seat",
        "cancel_url": back,
    }

    def end(given: dict) -> Done:
        end_seat(actor=request.user, seat=seat, **given)
        return Done(f"The seat of {seat.user} has an end.", back)

    return answer_form(request, page, end)
