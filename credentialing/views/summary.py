"""The file on one page, its category, and looking at what came in after it was complete."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bylaws.models import ReviewStep
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    answer_form,
    go_to,
    is_part,
    render_page,
    render_refused,
)
from config.kernel.pages.stored import stored
from config.kernel.papers import typeset
from credentialing import links, policies
from credentialing.forms.applications import DispositionForm, ReasonForm
from credentialing.models import Application
from credentialing.selectors.assessment import delta_of
from credentialing.selectors.file_summary import paper_content, read_summary
from credentialing.services import assessment
from practitioners.selectors.photos import face_on_paper

MANAGE = "credentialing.manage_application"
TEMPLATE = "credentialing/summary.html"
#: Parts other pages show once they stand: that something is new, and what.
PARTS = {"news": "credentialing/parts/news.html", "new": "credentialing/parts/delta.html"}
#: Pixels of the longer side of the picture on paper.
FACE = 240


@login_required
@require_safe
def summary(request: HttpRequest, uid) -> HttpResponse:
    """Everything a reviewer weighs, on one page."""
    application, step = policies.reviewed_file_or_404(request.user, uid)
    for name, template in PARTS.items():
        if is_part(request, name):
            return render(request, template, _news(request, application))
    return render_page(request, TEMPLATE, summary_page(request, application, step))


@login_required
@require_safe
def summary_paper(request: HttpRequest, uid) -> HttpResponse:
    """The same typeset, to be printed or kept for a meeting."""
    application, _ = policies.reviewed_file_or_404(request.user, uid)
    content = paper_content(
        read_summary(request.user, application),
        read_by=str(request.user),
        today=clock.today(application.facility),
        photo=face_on_paper(request.user, application.practitioner, FACE),
    )
    return stored(typeset("summary", content, issued_at=clock.now()), "application/pdf")


@login_required
@require_POST
def see_changes(request: HttpRequest, uid) -> HttpResponse:
    """I have looked at what is new since the file was complete."""
    application, step = policies.reviewed_file_or_404(request.user, uid)
    try:
        seen = assessment.see_changes(
            actor=request.user,
            application=application,
            keys=request.POST.getlist("key"),
            note=request.POST.get("note", ""),
        )
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, summary_page(request, application, step))
    messages.success(request, f"Recorded: you looked at {seen} thing{'s' if seen != 1 else ''}.")
    return go_to(request, links.summary(application))


@login_required
@require_http_methods(["GET", "POST"])
def raise_category(request: HttpRequest, uid) -> HttpResponse:
    """Say that the file needs full review, with the reason."""
    application = policies.application_or_404(request.user, uid)
    require(request.user, MANAGE, application.facility)
    address = links.summary(application)
    page = {
        "title": "Raise to category 2",
        "subtitle": str(application),
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(str(application.practitioner), links.application(application)),
            Crumb("Raise to category 2"),
        ],
        "form": ReasonForm(
            request.POST or None,
            label="Why does the file need full review?",
            hint="The bodies read it. Nobody can take it back.",
        ),
        "submit": "Raise to category 2",
        "cancel_url": address,
    }

    def raise_it(given: dict) -> Done:
        assessment.raise_category(actor=request.user, application=application, **given)
        return Done("The file is of category 2.", address)

    return answer_form(request, page, raise_it)


def _news(request: HttpRequest, application: Application) -> dict[str, Any]:
    return {
        "delta": delta_of(application, viewer=request.user),
        "summary_url": links.summary(application),
        "seen_url": reverse("credentialing:see_changes", args=[application.uid]),
    }


def summary_page(
    request: HttpRequest, application: Application, step: ReviewStep | None = None
) -> dict[str, Any]:
    """Everything the page shows; ``step`` is what waits for the reader's body."""
    read = read_summary(request.user, application)
    office = may(request.user, policies.VIEW, application.facility)
    may_raise = (
        may(request.user, MANAGE, application.facility) and read.raised is None and application.is_open
    )
    actions = [
        Action(
            "PDF",
            url=reverse("credentialing:summary_paper", args=[application.uid]),
            icon="file-text",
        )
    ]
    if step is not None:
        review = reverse("bylaws:review", args=[step.uid])
        actions.insert(0, Action("Go on to the review", url=review, icon="clipboard-check", kind="primary"))
    if office:
        actions.insert(0, Action("Whole file", url=links.application(application), icon="folder"))
    return {
        "title": str(application.practitioner),
        "person": str(application.practitioner),
        "photo": read.photo,
        "subtitle": f"File summary, {application.get_kind_display().lower()} at {application.facility}",
        "badges": [read.category.value],
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list"))
            if office
            else Crumb("Files in review", reverse("bylaws:reviews")),
            Crumb(str(application.practitioner), links.application(application) if office else ""),
            Crumb("Summary"),
        ],
        "actions": actions,
        "today": clock.today(application.facility),
        "summary": read,
        "may_manage": may(request.user, MANAGE, application.facility),
        "disposition_form": DispositionForm(auto_id="disposition_%s"),
        "seen_url": reverse("credentialing:see_changes", args=[application.uid]),
        "raise_url": reverse("credentialing:raise_category", args=[application.uid]) if may_raise else "",
    }
