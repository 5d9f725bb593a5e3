"""Where a person works: adding a place, correcting its days, ending it, taking back a mistake."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.kernel.pages import Done, answer_form, render_page
from practitioners import links
from practitioners.forms.people import ReasonForm
from practitioners.forms.workplaces import EndForm, PlaceForm, initial_of
from practitioners.models import PracticeAffiliationPeriod
from practitioners.policies import require_change
from practitioners.selectors.canonical import records_of
from practitioners.selectors.workplaces import get_place, open_locations, places_of
from practitioners.services.affiliations import (
    EDIT,
    add_affiliation,
    correct_affiliation,
    end_affiliation,
    withdraw_affiliation,
)
from practitioners.views.shared import crumbs_of, find_practitioner, find_to_change, head_of, today_at

FORM, CONFIRM = "pages/form.html", "pages/confirm.html"


@login_required
@require_GET
def places(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Where the person works and worked; the file fetches it once it stands."""
    practitioner = find_practitioner(request, uid)
    page = head_of(request, practitioner, tab="file")
    page["workplaces"] = places_of(records_of(practitioner), today_at(request))
    return render_page(
        request,
        "practitioners/places.html",
        page,
        part="places",
        part_template="practitioners/parts/places.html",
    )


@login_required
@require_http_methods(["GET", "POST"])
def place_add(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Say that the person works at an office of a practice group."""
    practitioner = find_to_change(request, uid, EDIT)
    form = PlaceForm(request.POST or None, locations=open_locations())
    page = {
        "title": "Add a place of work",
        "subtitle": practitioner.display_name,
        "crumbs": crumbs_of(practitioner, "Add a place of work"),
        "form": form,
        "groups_url": reverse("practitioners:groups"),
        "submit": "Add the place",
        "cancel_url": links.practitioner(practitioner),
    }
    template = "practitioners/place.html"

    def act(given: dict) -> Done:
        period = add_affiliation(actor=request.user, practitioner=practitioner, **form.values)
        return Done(f"{period.identity.location} is on file.", links.practitioner(practitioner))

    return answer_form(request, page, act, template=template)


@login_required
@require_http_methods(["GET", "POST"])
def place_edit(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Correct the days, or whether it is the main place."""
    period = _place(request, uid)
    practitioner = period.identity.practitioner
    form = PlaceForm(request.POST or None, correcting=True, initial=initial_of(period))
    page = {
        "title": "Correct a place of work",
        "subtitle": f"{practitioner}: {period.identity.location}",
        "crumbs": crumbs_of(practitioner, "Correct a place of work"),
        "form": form,
        "submit": "Save",
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        correct_affiliation(actor=request.user, period=period, **form.values)
        return Done("Saved. What was said before stays in the history.", links.practitioner(practitioner))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "POST"])
def place_end(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Say when the person left."""
    period = _place(request, uid)
    practitioner = period.identity.practitioner
    form = EndForm(request.POST or None)
    page = {
        "title": "They work there no longer",
        "subtitle": f"{practitioner}: {period.identity.location}",
        "crumbs": crumbs_of(practitioner, "End a place of work"),
        "form": form,
        "submit": "End it",
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        end_affiliation(actor=request.user, period=period, **given)
        return Done(f"{period.identity.location}: ended.", links.practitioner(practitioner))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "POST"])
def place_withdraw(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take back an entry that was a mistake."""
    period = _place(request, uid)
    practitioner = period.identity.practitioner
    form = ReasonForm(request.POST or None)
    page = {
        "title": "Take back a place of work",
        "crumbs": crumbs_of(practitioner, "Take back a place of work"),
        "question": f"Did {practitioner} never work at {period.identity.location} in these days?",
        "consequence": "If they have left, end it instead: then the group still shows who worked there.",
        "form": form,
        "submit": "Take it back",
        "danger": True,
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        withdraw_affiliation(actor=request.user, period=period, **given)
        return Done("The entry was taken back.", links.practitioner(practitioner))

    return answer_form(request, page, act, template=CONFIRM)


def _place(request: HttpRequest, uid: uuid.UUID) -> PracticeAffiliationPeriod:
    found = get_place(viewer=request.user, uid=uid)
    if found is None:
        raise Http404
    require_change(request.user, EDIT, found.identity.practitioner)
    return found
