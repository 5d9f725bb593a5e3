"""Who sits where, since when, with or without a vote."""

from __future__ import annotations

from django.contrib import messages
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
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, Empty, go_to, render_invalid, render_page, render_refused


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
    if request.method != "POST":
        return render_page(request, "bylaws/committee.html", page)
    require(request.user, "bylaws.run_meeting", facility)
    if not form.is_valid():
        return render_invalid(request, "bylaws/committee.html", page)
    try:
        seat_member(actor=request.user, committee=view.committee, **form.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, "bylaws/committee.html", page, form=form)
    messages.success(request, f"{form.cleaned_data['user']} has a seat on {view.committee}.")
    return go_to(request, reverse("bylaws:committee", args=[view.committee.uid]))


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
    if request.method != "POST":
        return render_page(request, "pages/form.html", page)
    if not form.is_valid():
        return render_invalid(request, "pages/form.html", page)
    try:
        end_seat(actor=request.user, seat=seat, **form.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, "pages/form.html", page, form=form)
    messages.success(request, f"The seat of {seat.user} has an end.")
    return go_to(request, back)
