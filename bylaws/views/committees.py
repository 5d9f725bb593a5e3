"""Committees: their charter, their seats, who sits where since when, with or without a vote."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import CommitteeKind
from bylaws.forms.committees import (
    CharterForm,
    CloseCommitteeForm,
    EndSeatForm,
    FormCommitteeForm,
    PositionsForm,
    SeatForm,
)
from bylaws.models import Committee, CommitteePosition, CommitteeSeat
from bylaws.selectors.committees import (
    CommitteeCard,
    committee_cards,
    committee_page,
    people_to_seat,
    roster,
)
from bylaws.selectors.meetings import BODY_OF_KIND
from bylaws.selectors.written_consents import consent_rule
from bylaws.services.committees import (
    add_positions,
    change_charter,
    close_committee,
    end_position,
    end_seat,
    form_committee,
    seat_member,
)
from bylaws.tables import ROSTER
from bylaws.views.common import facility_for, found
from bylaws.views.meetings import TITLE, tabs
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.display.words import plural_text
from config.kernel.errors import Doubtful, Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    address,
    answer_form,
    render_page,
    stream_csv,
)

ROSTER_CSV = Action("Roster (CSV)", url="?format=csv", icon="download")


@login_required
@require_safe
def committee_list(request) -> HttpResponse:
    """The bodies of the facility with their members of today; the roster also as CSV."""
    facility = facility_for(request, "bylaws.view_reviews")
    today = clock.today(facility)
    cards = committee_cards(facility=facility, on=today)
    if request.GET.get("format") == "csv":
        open_today = [card for card in cards if card.is_open(today)]
        return stream_csv(ROSTER, roster(open_today), name=f"{facility.code} committees")
    new = Action("Form a committee", url=reverse("bylaws:committee_new"), icon="plus")
    runs = may(request.user, "bylaws.run_meeting", facility)
    return render_page(
        request,
        "bylaws/committees.html",
        {
            "title": "Committees",
            "subtitle": f"Who sits on the bodies of {facility}",
            "tabs": tabs("committees"),
            "actions": [*([new] if runs else []), *([ROSTER_CSV] if cards else [])],
            "cards": [card for card in cards if card.is_open(today)],
            "closed": [card.committee for card in cards if not card.is_open(today)],
            "today": today,
            "empty": Empty(
                "No body is on record here.",
                "Form one, then members are seated."
                if runs
                else "Whoever runs the meetings forms committees.",
                new if runs else None,
                icon="users-group",
            ),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def committee_new(request) -> HttpResponse:
    """A committee is formed."""
    facility = facility_for(request, "bylaws.run_meeting")
    form = FormCommitteeForm(request.POST or None, facility=facility)
    page = {
        "title": "Form a committee",
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:meetings")),
            Crumb("Committees", reverse("bylaws:committees")),
            Crumb("Form a committee"),
        ],
        "form": form,
        "submit": "Form the committee",
        "cancel_url": reverse("bylaws:committees"),
    }

    def form_it(given: dict) -> Done:
        made = form_committee(actor=request.user, facility=facility, **given)
        return Done(
            f"{made} is formed. Add its seats, then seat its members.",
            reverse("bylaws:committee", args=[made.uid]),
        )

    return answer_form(request, page, form_it)


def _of_mine(request, uid) -> Committee:
    """The committee, for whoever runs the meetings at its facility."""
    facility = facility_for(request, "bylaws.run_meeting")
    return found(Committee.objects.select_related("facility").filter(facility=facility, uid=uid).first())


def _below(committee: Committee, title: str, **more) -> dict[str, Any]:
    """What every page about one thing of a committee has."""
    back = reverse("bylaws:committee", args=[committee.uid])
    last = Crumb(title)
    crumbs = [Crumb("Committees", reverse("bylaws:committees")), Crumb(str(committee), back), last]
    return {"title": title, "crumbs": crumbs, "cancel_url": back, **more}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def committee_edit(request, uid) -> HttpResponse:
    """Another name, or another charter."""
    committee = _of_mine(request, uid)
    names = ("name", "purpose", "reports_to", "meetings_a_year", "seat_months", "seat_terms")
    initial = {name: getattr(committee, name) for name in names}
    initial["reports_to"] = committee.reports_to.uid if committee.reports_to else None
    form = CharterForm(
        request.POST or None, facility=committee.facility, committee=committee, initial=initial
    )
    page = _below(committee, "Name and charter", form=form, submit="Save")

    def save(given: dict) -> Done:
        change_charter(actor=request.user, committee=committee, **given)
        return Done("The charter is saved.", page["cancel_url"])

    return answer_form(request, page, save)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def committee_close(request, uid) -> HttpResponse:
    """The committee ends."""
    committee = _of_mine(request, uid)
    today = clock.today(committee.facility)
    page = _below(
        committee,
        f"Close {committee}",
        intro="Its seats end, whoever holds them. What it did stays on record.",
        form=CloseCommitteeForm(request.POST or None, initial={"day": today}),
        submit="Close the committee",
        danger=True,
    )

    def close(given: dict) -> Done:
        close_committee(actor=request.user, committee=committee, **given)
        return Done(f"{committee} is closed.", reverse("bylaws:committees"))

    return answer_form(request, page, close)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def position_new(request, uid) -> HttpResponse:
    """The committee gets further seats."""
    committee = _of_mine(request, uid)
    today = clock.today(committee.facility)
    page = _below(
        committee,
        "Add seats",
        intro="A seat exists whether or not somebody holds it; until then it is vacant.",
        form=PositionsForm(request.POST or None, initial={"start": today}),
        submit="Add them",
    )

    def add(given: dict) -> Done:
        made = add_positions(actor=request.user, committee=committee, **given)
        return Done(f"{plural_text(len(made), 'seat')} added.", page["cancel_url"])

    return answer_form(request, page, add)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def position_end(request, uid) -> HttpResponse:
    """The committee has a seat less."""
    facility = facility_for(request, "bylaws.run_meeting")
    position = found(
        CommitteePosition.objects.select_related("committee__facility")
        .filter(uid=uid, committee__facility=facility)
        .first()
    )
    page = _below(
        position.committee,
        "Abolish a seat",
        intro="The body has a seat less from that day on.",
        form=EndSeatForm(request.POST or None, initial={"day": clock.today(facility)}),
        submit="Abolish the seat",
        danger=True,
    )

    def end(given: dict) -> Done:
        end_position(actor=request.user, position=position, **given)
        return Done("The seat is abolished.", page["cancel_url"])

    return answer_form(request, page, end)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def committee(request, uid) -> HttpResponse:
    """One body: its members of any time, and a form to seat another."""
    facility = facility_for(request, "bylaws.view_reviews")
    today = clock.today(facility)
    view = found(committee_page(facility=facility, uid=uid, on=today))
    runs = may(request.user, "bylaws.run_meeting", facility)
    form = None
    if runs and view.is_open(today):
        form = SeatForm(
            request.POST or None,
            people=people_to_seat(facility=facility),
            vacant=[place.slot for place in view.vacant],
            seats=bool(view.places),
            initial={"start": today, "position": request.GET.get("seat", "")},
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
        "actions": [*(_actions(view) if form else []), _meetings_of(view.committee)],
        "view": view,
        "form": form,
        "today": today,
        "runs": runs,
    }
    if request.method == "POST":
        require(request.user, "bylaws.run_meeting", facility)
        if form is None:
            raise Refused(f"{view.committee} is closed.")

    def seat(given: dict) -> Done:
        try:
            seat_member(actor=request.user, committee=view.committee, **given)
        except Doubtful:
            form.ask()
            raise
        return Done(
            f"{given['user']} has a seat on {view.committee.named}.",
            reverse("bylaws:committee", args=[view.committee.uid]),
        )

    return answer_form(request, page, seat, template="bylaws/committee.html")


def _meetings_of(committee: Committee) -> Action:
    """Its meetings, as far as whoever looks may see them."""
    return Action(
        "Its meetings", url=address(reverse("bylaws:meetings"), committee=committee.pk), icon="calendar"
    )


def _actions(view: CommitteeCard) -> list[Action]:
    """What can be done with the body as a whole."""
    uid = view.committee.uid
    actions = [
        Action("Add seats", url=reverse("bylaws:position_new", args=[uid]), icon="plus"),
        Action("Name and charter", url=reverse("bylaws:committee_edit", args=[uid]), icon="pencil"),
    ]
    if view.committee.kind in BODY_OF_KIND and view.committee.kind != CommitteeKind.DEPARTMENT:
        minutes = reverse("bylaws:bulk_minutes", args=[uid])
        actions.append(Action("Record from minutes", url=minutes, icon="file-description"))
    if consent_rule(view.committee):
        ask = reverse("bylaws:written_consent_new", args=[uid])
        actions.append(Action("Ask for written consent", url=ask, icon="file-certificate"))
    if view.committee.kind == CommitteeKind.OTHER:
        close = reverse("bylaws:committee_close", args=[uid])
        actions.append(Action("Close", url=close, icon="x", kind="danger"))
    return actions


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
