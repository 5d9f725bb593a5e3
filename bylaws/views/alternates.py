"""Who stands in for whom, and who is away."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.forms.alternates import AbsenceForm, AlternateForm, BackForm, EndAlternateForm
from bylaws.models import Absence, Alternate
from bylaws.selectors.alternates import absences, designations, people_who_review
from bylaws.selectors.committees import people_to_seat, seats_with_alternates
from bylaws.services.alternates import (
    declare_absence,
    designate_for_office,
    designate_for_seat,
    end_absence,
    end_alternate,
)
from bylaws.views.common import facility_for, found
from bylaws.views.meetings import tabs
from config.accounts.policies import may
from config.kernel import clock
from config.kernel.errors import Forbidden
from config.kernel.pages import Action, Crumb, Done, answer_form


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [Crumb("Committees", reverse("bylaws:committees")), *more]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alternates(request) -> HttpResponse:
    """Who stands in for which seat or office, and who is away; a reviewer says when they are."""
    facility = facility_for(request, "bylaws.view_reviews")
    today = clock.today(facility)
    runs = may(request.user, "bylaws.run_meeting", facility)
    form = AbsenceForm(
        request.POST or None,
        people=people_who_review(facility=facility, on=today) if runs else None,
        initial={"start": today},
    )
    back = reverse("bylaws:alternates")
    page = {
        "title": "Alternates and absences",
        "subtitle": f"Who acts at {facility} where somebody may not or cannot",
        "tabs": tabs("alternates"),
        "designations": designations(facility, today),
        "absences": absences(request.user, facility, today, all_of_them=runs),
        "runs": runs,
        "actions": [
            Action(
                "Designate an alternate",
                url=reverse("bylaws:alternate_new"),
                icon="user-plus",
                kind="primary",
            )
        ]
        if runs
        else [],
        "form": form,
        "submit": "I am away" if not runs else "Record the absence",
        "today": today,
    }

    def declare(given: dict) -> Done:
        user = given.pop("user", None) or request.user
        declare_absence(actor=request.user, facility=facility, user=user, **given)
        return Done("Recorded. Who stands in acts on these days.", back)

    return answer_form(request, page, declare, template="bylaws/alternates.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alternate_new(request) -> HttpResponse:
    """Somebody is designated to stand in for a seat or an office."""
    facility = facility_for(request, "bylaws.run_meeting")
    today, back = clock.today(facility), reverse("bylaws:alternates")
    form = AlternateForm(
        request.POST or None,
        seats=seats_with_alternates(facility=facility, on=today),
        people=people_to_seat(facility=facility),
        initial={"start": today},
    )
    page = {
        "title": "Designate an alternate",
        "crumbs": _crumbs(Crumb("Alternates", back), Crumb("Designate")),
        "intro": "The alternate acts where whom they stand in for is the applicant, is recused or is away, "
        "and no vice chair or designee can; in a meeting they vote in that member's place.",
        "form": form,
        "submit": "Designate",
        "cancel_url": back,
    }

    def designate(given: dict) -> Done:
        place = given.pop("place")
        seat = form.seats.get(place)
        if seat is not None:
            designate_for_seat(actor=request.user, seat=seat, **given)
        else:
            designate_for_office(actor=request.user, facility=facility, office=place, **given)
        return Done(f"{given['user']} is an alternate.", back)

    return answer_form(request, page, designate)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def alternate_end(request, uid) -> HttpResponse:
    """Somebody is an alternate no more."""
    facility = facility_for(request, "bylaws.run_meeting")
    alternate = found(
        Alternate.objects.select_related("user", "seat__user", "seat__committee", "facility")
        .filter(uid=uid, facility=facility)
        .first()
    )
    back = reverse("bylaws:alternates")
    form = EndAlternateForm(request.POST or None, initial={"day": clock.today(facility)})
    page = {
        "title": f"End the designation of {alternate.user}",
        "crumbs": _crumbs(Crumb("Alternates", back), Crumb("End")),
        "form": form,
        "submit": "End the designation",
        "cancel_url": back,
    }

    def end(given: dict) -> Done:
        end_alternate(actor=request.user, alternate=alternate, **given)
        return Done(f"The designation of {alternate.user} has an end.", back)

    return answer_form(request, page, end)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def absence_end(request, uid) -> HttpResponse:
    """Somebody is back."""
    facility = facility_for(request, "bylaws.view_reviews")
    absence = found(
        Absence.objects.select_related("user", "facility").filter(uid=uid, facility=facility).first()
    )
    if absence.user != request.user and not may(request.user, "bylaws.run_meeting", facility):
        raise Forbidden("Whoever runs the meetings says it of others; everybody may of themselves.")
    back = reverse("bylaws:alternates")
    form = BackForm(request.POST or None, initial={"day": clock.today(facility)})
    page = {
        "title": "Back before the day said",
        "subtitle": str(absence.user),
        "crumbs": _crumbs(Crumb("Alternates", back), Crumb("Back")),
        "intro": "From this day on the person acts again, and no alternate in their place.",
        "form": form,
        "submit": "End the absence",
        "cancel_url": back,
    }

    def end(given: dict) -> Done:
        end_absence(actor=request.user, absence=absence, **given)
        return Done("The absence has an end.", back)

    return answer_form(request, page, end)
