"""The page behind a proctor's link: one case on one form, on a phone, without an account."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from config.kernel.pages import go_to, render_page, render_refused
from credentialing.views.limits import count
from privileging.forms.fppe import CaseForm, ConflictForm
from privileging.models import FPPEAssignment
from privileging.selectors import proctors as selectors
from privileging.services import proctors as services

#: Within a minute: links tried from one address that lead nowhere, and cases sent through one link.
MOST_GUESSES, MOST_SENT, WITHIN = 20, 20, 60
GONE, TOO_MANY = 410, 429
TEMPLATE = "privileging/proctor.html"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def proctor(request: HttpRequest, token: str) -> HttpResponse:
    """The proctor's form, or plainly why the link opens nothing. Says nothing of the file but name and
    privileges, and never why the evaluation was opened.
    """
    guesser = f"proctor-guess:{request.META.get('REMOTE_ADDR', '')}"
    if cache.get(guesser, 0) >= MOST_GUESSES:
        return _closed(request, "Too many links were tried from here. Wait a minute.", status=TOO_MANY)
    assignment = selectors.by_token(token)
    if assignment is None:
        count(guesser, WITHIN)
        return _closed(
            request, "This link leads to no form. Check that it was copied as a whole.", status=404
        )
    if not selectors.link_is_open(assignment):
        return _closed(request, selectors.CLOSED_LINK, status=GONE)
    with timezone.override(assignment.facility.time_zone):
        if request.method != "POST":
            return render_page(request, TEMPLATE, _page(request, assignment))
        if count(f"proctor-sent:{assignment.pk}", WITHIN) > MOST_SENT:
            return _closed(
                request, "Too many cases were sent within a minute. Wait, then go on.", status=TOO_MANY
            )
        try:
            if "conflict" in request.POST:
                return _conflict(request, assignment, token)
            if "declare" in request.POST:
                services.declare(token=token, no_conflict=True)
                return go_to(request, reverse("privileging:proctor", args=[token]))
            return _report(request, assignment, token)
        except Conflict as conflict:
            return _closed(request, conflict.sentence, status=GONE)


def _report(request: HttpRequest, assignment: FPPEAssignment, token: str) -> HttpResponse:
    form = CaseForm(request.POST, units=_units(assignment))
    page = _page(request, assignment, form=form)
    if not form.is_valid():
        return render_page(request, TEMPLATE, page, status=422)
    values = dict(form.cleaned_data)
    values.pop("shown")
    try:
        services.report_by_link(token=token, plans=form.plans(), **values)
    except Conflict:
        raise
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, page, form=form)
    return go_to(request, reverse("privileging:proctor", args=[token]) + "?reported=1")


def _conflict(request: HttpRequest, assignment: FPPEAssignment, token: str) -> HttpResponse:
    form = ConflictForm(request.POST, prefix="no")
    page = _page(request, assignment, conflict=form)
    if not form.is_valid():
        return render_page(request, TEMPLATE, page, status=422)
    services.declare(token=token, no_conflict=False, reason=form.cleaned_data["reason"])
    return _closed(
        request, "Thank you. The hospital knows that you do not proctor, and asks somebody else.", status=200
    )


def _units(assignment: FPPEAssignment) -> list[selectors.Unit]:
    return [unit for unit in selectors.units_of(selectors.plans_assigned(assignment)) if unit.open]


def _page(request: HttpRequest, assignment: FPPEAssignment, *, form=None, conflict=None) -> dict[str, Any]:
    units = _units(assignment)
    place = assignment.facility
    return {
        "title": f"Proctoring of {assignment.practitioner}",
        "owner": str(place),
        "contact": ", ".join(filter(None, (f"Medical Staff Office, {place}", place.office_phone))),
        "facility": None,
        "place": place,
        "today": clock.today(place),
        "assignment": assignment,
        "units": units,
        "started": any(plan.status != "planned" for unit in units for plan in unit.plans),
        "reported": "reported" in request.GET,
        "cases": assignment.cases.filter(taken_back_at=None).order_by("-day", "-pk"),
        "form": form
        if form is not None
        else CaseForm(
            units=units,
            initial={"looking": units[0].plans[0].looking if units else "", "day": clock.today(place)},
        ),
        "conflict": conflict if conflict is not None else ConflictForm(prefix="no"),
        "refusing": conflict is not None,
    }


def _closed(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """Why there is no form here. It names nobody: whoever holds an old link learns nothing."""
    title = "Thank you" if status == 200 else "There is no form here"
    return render_page(
        request,
        "credentialing/enquiry_closed.html",
        {"title": title, "sentence": sentence, "owner": "Medical Staff Office"},
        status=status,
    )
