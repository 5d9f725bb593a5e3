"""The steps of an investigation: recorded one by one, corrected with a reason."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.forms.due_process import InvestigationStepForm, ReasonForm, paper_of
from bylaws.models import Investigation, InvestigationEvent
from bylaws.selectors.due_process import motions_at, runs
from bylaws.selectors.investigations import get_investigation
from bylaws.services.investigation_steps import Step, correct_step, record_step
from bylaws.views.actions import log_read
from bylaws.views.common import found
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden
from config.kernel.pages import Crumb, Done, answer_form


def _investigation(request: HttpRequest, uid) -> Investigation:
    one = found(get_investigation(viewer=request.user, uid=uid))
    require_class(request.user, DataClass.PEER_REVIEW, one.facility)
    if not runs(request.user, one.facility):
        raise Forbidden("Your roles do not run investigations here.")
    log_read(request, one, one.practitioner)
    return one


def _page(one: Investigation, title: str, **more: Any) -> dict[str, Any]:
    here = reverse("bylaws:investigation", args=[one.uid])
    return {
        "title": title,
        "subtitle": f"{one.practitioner}, at {one.facility}",
        "person": one.practitioner.display_name,
        "badges": [DataClass.PEER_REVIEW],
        "crumbs": [
            Crumb("Investigations", reverse("bylaws:investigations")),
            Crumb(str(one.practitioner), here),
            Crumb(title),
        ],
        "submit": "Record it",
        "cancel_url": here,
        **more,
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_new(request: HttpRequest, uid) -> HttpResponse:
    """Record a step: who decided, who investigates, what was said and found."""
    one = _investigation(request, uid)
    form = InvestigationStepForm(
        request.POST or None,
        request.FILES or None,
        initial={"day": clock.today(one.facility)},
        motions=motions_at(one.facility),
    )
    page = _page(
        one,
        "Record a step",
        form=form,
        upload=True,
        intro="Whether somebody was under investigation on a day is said by its days; steps "
        "change none of them.",
    )

    def act(given: dict[str, Any]) -> Done:
        proof = paper_of(given.pop("proof"))
        record_step(actor=request.user, investigation=one, step=Step(**given, proof=proof))
        return Done("Recorded.", reverse("bylaws:investigation", args=[one.uid]))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_correct(request: HttpRequest, uid) -> HttpResponse:
    """Take back a step that was recorded wrongly; it is recorded anew by itself."""
    require(request.user, "bylaws.run_due_process")
    event = found(
        InvestigationEvent.objects.select_related("investigation__facility").filter(uid=uid).first()
    )
    one = _investigation(request, event.investigation.uid)
    page = _page(
        one,
        "Take back a step",
        form=ReasonForm(request.POST or None),
        submit="Take it back",
        danger=True,
        intro=f"{event.get_kind_display()}, {day_text(event.day)}. The row stays, marked as taken back.",
    )

    def act(given: dict[str, Any]) -> Done:
        correct_step(actor=request.user, event=event, step=None, **given)
        return Done("Taken back.", reverse("bylaws:investigation", args=[one.uid]))

    return answer_form(request, page, act)
