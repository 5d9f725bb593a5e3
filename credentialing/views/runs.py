"""Runs: asking by machine whatever a machine can check, and watching how far it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import require
from config.accounts.selectors.facilities import current_facility
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, go_to, render_list, render_page
from config.organization.models import Facility
from credentialing import links, policies
from credentialing.forms.runs import DueForm
from credentialing.models import VerificationRun
from credentialing.run_list import RUNS, RunFilter, subject
from credentialing.selectors import runs as selectors
from credentialing.services import runs
from credentialing.services.automatic import sweep_after

VERIFY = "credentialing.verify"


@login_required
@require_GET
def run_list(request: HttpRequest) -> HttpResponse:
    """Every run the reader may see, the newest first."""
    require(request.user, VERIFY)
    rows = selectors.visible_runs(request.user)
    filterset = RunFilter(request.GET, queryset=rows)
    return render_list(
        request,
        RUNS,
        filterset.qs,
        title="Runs",
        subtitle="Many questions put to machines at one time; each answer waits for a person all the same.",
        crumbs=[Crumb("Sources", reverse("credentialing:sources")), Crumb("Runs")],
        noun="run",
        filterset=filterset,
        actions=[
            Action(
                "Check what runs out",
                url=reverse("credentialing:run_due"),
                icon="calendar-due",
                kind="primary",
            )
        ],
        empty=Empty(
            "Nothing was checked in a run yet.",
            "A run starts from the page of an application, or here with the licenses that run out.",
            icon="progress-check",
        ),
    )


@login_required
@require_POST
def run_application(request: HttpRequest, uid) -> HttpResponse:
    """Ask about everything in the file a machine can check."""
    application = policies.application_or_404(request.user, uid)
    require(request.user, VERIFY, application.facility)
    try:
        run = runs.check_application(actor=request.user, application=application)
    except Refused as refused:
        messages.warning(request, refused.sentence)
        return go_to(request, links.application(application))
    return go_to(request, links.run(run))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def run_due(request: HttpRequest) -> HttpResponse:
    """Ask about the licences that run out at the facility where the reader works."""
    facility = _working_at(request)
    form = DueForm(request.POST or None)
    page = {
        "title": "Check what runs out",
        "subtitle": str(facility),
        "crumbs": [*_crumbs(), Crumb("Check what runs out")],
        "intro": "The boards that are asked by machine are asked about every license that ends soon or ended "
        "in the last 90 days. Nothing is renewed by itself: each answer waits until a person confirms it.",
        "form": form,
        "submit": "Ask the boards",
        "cancel_url": reverse("credentialing:runs"),
    }

    def start(given: dict) -> Done:
        run = runs.check_due(actor=request.user, facility=facility, days=given["days"])
        return Done("", links.run(run))

    return answer_form(request, page, start)


@login_required
@require_GET
def run_page(request: HttpRequest, uid) -> HttpResponse:
    """How far a run is; the page asks for its part again until the run has ended."""
    run = _run_or_404(request, uid)
    page = _head(run) | {
        "progress": selectors.progress(run, again_after=sweep_after()),
        "cancel": Action("Cancel the run", url=reverse("credentialing:run_cancel", args=[run.uid]), icon="x"),
        "back": links.run(run),
    }
    return render_page(
        request,
        "credentialing/run.html",
        page,
        part="run-progress",
        part_template="credentialing/parts/run_progress.html",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def run_cancel(request: HttpRequest, uid) -> HttpResponse:
    """Say what cancelling does, then cancel."""
    run = _run_or_404(request, uid)
    left, answered = run.number_open, run.number - run.number_open
    page = _head(run) | {
        "title": "Cancel the run",
        # Few and short: on a phone they stay on one line, so that each can be touched.
        "crumbs": [
            Crumb("Runs", reverse("credentialing:runs")),
            Crumb("Run", links.run(run)),
            Crumb("Cancel"),
        ],
        "subtitle": subject(run),
        "question": f"Stop after {answered} of {run.number} questions?",
        "preview": _what_cancelling_does(run, left, answered),
        "submit": "Stop asking",
        "danger": True,
        "cancel_url": links.run(run),
    }
    form = forms.Form(request.POST if request.method == "POST" else None)

    def cancel(given: dict) -> Done:
        runs.cancel_run(actor=request.user, run=run)
        return Done("The run is canceled; nothing more is asked.", links.run(run))

    return answer_form(request, page, cancel, template="pages/confirm.html", form=form)


def _what_cancelling_does(run: VerificationRun, left: int, answered: int) -> list[str]:
    waits = "The question that waits is" if left == 1 else f"The {left} questions that wait are"
    told = [f"{waits} not asked any more; an answer that is under way is not taken."]
    if answered:
        told.insert(0, "What was answered stays in the files." if run.application_id else "Answers stay.")
    if run.application_id:
        told.append("What was not answered is for a person then; each can be asked again later.")
    return told


def _run_or_404(request: HttpRequest, uid) -> Any:
    require(request.user, VERIFY)
    return get_object_or_404(selectors.visible_runs(request.user), uid=uid)


def _head(run: VerificationRun) -> dict[str, Any]:
    crumbs = [*_crumbs(), Crumb(subject(run))]
    if run.application is not None:
        crumbs = [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(str(run.application.practitioner), links.application(run.application)),
            Crumb("Check by machine"),
        ]
    return {"title": subject(run), "subtitle": "Checked by machine", "crumbs": crumbs, "run": run}


def _crumbs() -> list[Crumb]:
    return [
        Crumb("Sources", reverse("credentialing:sources")),
        Crumb("Runs", reverse("credentialing:runs")),
    ]


def _working_at(request: HttpRequest) -> Facility:
    """The facility of this page, where the reader must hold the permission."""
    require(request.user, VERIFY)
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    require(request.user, VERIFY, facility)
    return facility
