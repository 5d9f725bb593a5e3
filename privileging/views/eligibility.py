"""What is not accepted for processing: the page, and taking it back in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from bylaws.policies import is_own_file
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.pages import Crumb, Done, answer_form, render_page
from credentialing.models import Application
from credentialing.policies import application_or_404
from privileging.choices import RenewalRoute
from privileging.forms.eligibility import NotAcceptForm, TakeBackInForm
from privileging.selectors.eligibility import (
    Eligibility,
    eligibility_of,
    said_of,
    unknown_route,
    why_not_choosable,
    why_not_processed,
)
from privileging.services.eligibility import not_accept, take_back_in
from privileging.services.files import MANAGE

TEMPLATE = "privileging/eligibility.html"


@login_required
@require_http_methods(["GET", "POST"])
def eligibility(request: HttpRequest, uid) -> HttpResponse:
    """What does not meet its criteria, and leaving it unprocessed with a written reason."""
    application = _application(request, uid)
    page = _page(request, application)
    form = page["form"]
    if request.method == "GET" or form is None:
        return render_page(request, TEMPLATE, page, status=200 if request.method == "GET" else 422)

    def leave(given: dict) -> Done:
        left, routed = not_accept(
            actor=request.user,
            application=application,
            keys=given["keys"],
            reason=given["reason"],
            investigation=given.get("investigation", ""),
        )
        said = []
        if left:
            said.append(f"Not accepted for processing: {', '.join(left)}. Write the letter next.")
        if routed:
            said.append(f"The reviewing bodies decide: {', '.join(routed)}.")
        return Done(" ".join(said), _here(application))

    return answer_form(request, page, leave, template=TEMPLATE)


@login_required
@require_POST
def take_back(request: HttpRequest, uid) -> HttpResponse:
    """Process after all what was not accepted."""
    application = _application(request, uid)
    page = _page(request, application, back=True)
    form = page["back_form"]
    if form is None:
        return render_page(request, TEMPLATE, page, status=422)

    def back(given: dict) -> Done:
        labels = take_back_in(actor=request.user, application=application, **given)
        return Done(f"Accepted for processing after all: {', '.join(labels)}.", _here(application))

    return answer_form(request, page, back, template=TEMPLATE, form=form)


def _here(application: Application) -> str:
    return reverse("privileging:eligibility", args=[application.uid])


def _application(request: HttpRequest, uid) -> Application:
    application = application_or_404(request.user, uid)
    require(request.user, MANAGE, application.facility)
    return application


def _page(request: HttpRequest, application: Application, *, back: bool = False) -> dict[str, Any]:
    """What the page shows; ``back``: what was sent is the form that takes something back in."""
    state = eligibility_of(application, clock.today(application.facility))
    fixed = why_not_processed(application)
    if not fixed and is_own_file(request.user, application.practitioner):
        fixed = "Nobody decides what is processed in their own file."
    sent = request.POST if request.method == "POST" else None
    return {
        "title": "Accepted for processing",
        "subtitle": str(application),
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(str(application.practitioner), reverse("credentialing:file", args=[application.uid])),
            Crumb("Accepted for processing"),
        ],
        "application": application,
        "fixed": fixed,
        "open": [
            {"group": group, "why_not": why_not_choosable(group, state.route_code)} for group in state.open
        ],
        "refused": [
            {"group": group, "said": said_of(group.word) if group.word else ""} for group in state.refused
        ],
        "nothing_left": bool(state.refused) and not state.left,
        "route": _route(state),
        "form": NotAcceptForm(None if back else sent, state=state, prefix="leave")
        if state.choosable and not fixed
        else None,
        "back_form": TakeBackInForm(sent if back else None, state=state, prefix="back")
        if state.refused and not fixed
        else None,
        "letters_url": reverse("credentialing:letter_choose", args=[application.uid]),
    }


def _route(state: Eligibility) -> dict[str, str] | None:
    """How the bylaws route what is held, with its source; nothing where nothing held is concerned."""
    if not any(group.held for group in state.open):
        return None
    known = state.route_code in RenewalRoute.values
    return {
        "label": f"{RenewalRoute(state.route_code).label}." if known else unknown_route(state.route_code),
        "citation": state.route.citation,
        "confidence": str(state.route.confidence),
    }
