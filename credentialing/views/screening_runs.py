"""Screenings of the whole staff: watching how far one is, and cancelling it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import require
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_list, render_page
from credentialing import links
from credentialing.choices import ScreeningScope
from credentialing.models import StaffScreening
from credentialing.screening_run_list import SCREENINGS
from credentialing.selectors.staff_screening import staff_screenings, state_of
from credentialing.services import staff_screening

SCREEN = "credentialing.screen"


@login_required
@require_GET
def screening_run_list(request: HttpRequest) -> HttpResponse:
    """Every screening of the staff, the newest first."""
    require(request.user, SCREEN)
    return render_list(
        request,
        SCREENINGS,
        staff_screenings(),
        title="Screenings of the staff",
        subtitle="Everyone once a month, and on other days whoever has not met the newest lists.",
        crumbs=_crumbs(),
        noun="screening",
        empty=Empty(
            "The staff was not screened yet.",
            "It is screened every month by itself, or now from the page of the screening.",
            icon="user-shield",
        ),
    )


@login_required
@require_GET
def screening_run(request: HttpRequest, uid) -> HttpResponse:
    """How far a screening is; the page asks for its part again until it has ended."""
    run = _run_or_404(request, uid)
    page = _head(run) | {
        "run": run,
        "working": run.ended_at is None,
        "parts": list(run.parts.select_related("snapshot__exclusion_list").order_by("pk")),
        "cancel": Action("Cancel", url=reverse("credentialing:screening_cancel", args=[run.uid]), icon="x"),
        "matches_url": reverse("credentialing:screening"),
        "certificates_url": reverse("credentialing:certificates"),
    }
    return render_page(
        request,
        "credentialing/screening_run.html",
        page,
        part="screening-progress",
        part_template="credentialing/parts/screening_progress.html",
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def screening_cancel(request: HttpRequest, uid) -> HttpResponse:
    """Say what cancelling does, then cancel."""
    run = _run_or_404(request, uid)
    page = _head(run) | {
        "title": "Cancel the screening",
        "crumbs": [Crumb("Runs", reverse("credentialing:screening_runs")), Crumb("Cancel")],
        "question": "Screen nobody more?",
        "preview": [
            f"What was compared stays, and so do the {run.found:,} matches that were found.",
            "The month cannot be certified until another screening of everyone has finished.",
        ],
        "submit": "Cancel the screening",
        "danger": True,
        "cancel_url": links.staff_screening(run),
    }
    form = forms.Form(request.POST if request.method == "POST" else None)

    def cancel(given: dict[str, Any]) -> Done:
        staff_screening.cancel_screening(actor=request.user, run=run)
        return Done("The screening is canceled.", links.staff_screening(run))

    return answer_form(request, page, cancel, template="pages/confirm.html", form=form)


def _run_or_404(request: HttpRequest, uid) -> Any:
    require(request.user, SCREEN)
    return get_object_or_404(staff_screenings(), uid=uid)


def _head(run: StaffScreening) -> dict[str, Any]:
    return {
        "title": "Screening of the staff",
        "subtitle": ScreeningScope(run.scope).label,
        "crumbs": [*_crumbs(), Crumb("Screening")],
        "page_badge": state_of(run),
    }


def _crumbs() -> list[Crumb]:
    return [
        Crumb("Exclusion screening", reverse("credentialing:screening")),
        Crumb("Runs", reverse("credentialing:screening_runs")),
    ]
