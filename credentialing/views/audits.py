"""Audit files, file reviews, and survey-ready files."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.dates import add_months
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Done, answer_form, render_page
from config.kernel.pages.exports import stream_csv
from config.kernel.pages.spreadsheets import stream_file, stream_xlsx
from config.kernel.pages.stored import download
from config.organization.models import Facility
from credentialing import policies
from credentialing.audit_tables import AUDIT_LINES, lines_of
from credentialing.choices import ApplicationKind, Element
from credentialing.choices import ReviewMark as Mark
from credentialing.forms.audits import DrawForm
from credentialing.models import Application
from credentialing.rules.file_review import sample_sentence
from credentialing.selectors import survey as reviews
from credentialing.selectors.audit_files import AuditFile, audit_file
from credentialing.services import survey
from credentialing.views.applications import head_of
from practitioners.services.exports import PERMISSION as EXPORT

FORMATS = ("csv", "xlsx", "pdf")


@login_required
@require_GET
def audit_page(request: HttpRequest, uid) -> HttpResponseBase:
    """The audit file of one application; with ``?format=csv`` (``xlsx``, ``pdf``) to take away."""
    application = policies.application_or_404(request.user, uid)
    wanted = request.GET.get("format", "")
    if wanted in FORMATS:
        return _take_away(request, application, wanted)
    file = audit_file(application)
    here = reverse("credentialing:audit", args=[application.uid])
    page = head_of(request, application, tab="audit") | {"file": file}
    if may(request.user, EXPORT):
        page["actions"] = [
            Action("PDF", url=f"{here}?format=pdf", icon="printer"),
            Action("CSV", url=f"{here}?format=csv", icon="download"),
            Action("Excel", url=f"{here}?format=xlsx", icon="download"),
            Action(
                "Survey-ready file",
                url=reverse("credentialing:survey_file", args=[application.uid]),
                icon="file-zip",
                method="post",
                kind="primary",
            ),
        ]
    return render_page(request, "credentialing/audit.html", page)


def _take_away(request: HttpRequest, application: Application, wanted: str) -> HttpResponseBase:
    survey.record_audit_export(actor=request.user, application=application, file_format=wanted)
    file = audit_file(application)
    name = f"audit file {application.practitioner.display_name}"
    if wanted == "pdf":
        paper = survey.audit_paper(file, issued_at=clock.now())
        return download(paper, "application/pdf", file_name=f"{slugify(name)}-{file.decision.on}.pdf")
    return (stream_csv if wanted == "csv" else stream_xlsx)(AUDIT_LINES, lines_of([file]), name=name)


@login_required
@require_POST
def survey_file(request: HttpRequest, uid) -> HttpResponseBase:
    """The survey-ready file of one practitioner: every application the reader may see."""
    application = policies.application_or_404(request.user, uid)
    require(request.user, EXPORT, application.facility)
    chosen = reviews.files_of_person(request.user, application)
    return _zip(request, chosen, f"Survey file: {application.practitioner.display_name}")


def _zip(request: HttpRequest, chosen: list[Application], title: str) -> HttpResponseBase:
    file = survey.export_survey_file(actor=request.user, applications=chosen, title=title)
    name = f"{slugify(title)}-{clock.today(getattr(request, 'facility', None)):%Y-%m-%d}.zip"
    return stream_file(file, name=name, media_type="application/zip")


# --- file reviews ---------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def review_list(request: HttpRequest) -> HttpResponse:
    """Draw a sample of decided files; the draws before."""
    require(request.user, policies.VIEW)
    facility = _working_at(request)
    today = clock.today(facility)
    form = DrawForm(
        request.POST or None,
        initial={
            "kind": ApplicationKind.INITIAL,
            "first_day": add_months(today, -12),
            "last_day": today,
        },
    )
    page: dict[str, Any] = {
        "title": "File review",
        "subtitle": f"A random sample of the files decided at {facility}, judged element by element.",
        "form": form,
        "submit": "Draw a sample",
        "intro": (
            "Thirty files are drawn; where fewer were decided, all of them. The first eight are looked at; "
            "when one falls short, all are. The seed is kept, so that anybody can draw the same again."
        ),
        "draws": [
            {
                "draw": each,
                "kind": ApplicationKind(each.kind).label,
                "url": reverse("credentialing:file_review", args=[each.uid]),
            }
            for each in reviews.draws(request.user)
        ],
    }

    def draw(given: dict) -> Done:
        event = survey.draw_review(actor=request.user, facility=facility, **given)
        return Done("", reverse("credentialing:file_review", args=[event.uid]))

    return answer_form(request, page, draw, template="credentialing/file_reviews.html")


def _working_at(request: HttpRequest) -> Facility:
    facility = Facility.objects.filter(pk=getattr(request.facility, "pk", None)).first()
    if facility is None:
        raise Refused("You hold no role at a facility.")
    require(request.user, policies.VIEW, facility)
    return facility


def _drawn_or_404(request: HttpRequest, uid: uuid.UUID) -> reviews.Drawn:
    require(request.user, policies.VIEW)
    drawn = reviews.drawn(request.user, uid)
    if drawn is None:
        raise Http404
    return drawn


@login_required
@require_GET
def review_page(request: HttpRequest, uid) -> HttpResponse:
    """One sample: what was drawn by which seed, the marks of every file and the scores."""
    drawn = _drawn_or_404(request, uid)
    files, result = reviews.reviewed(reviews.files_of(request.user, drawn))
    elements = [score.element for score in result.scores]
    page = {
        "title": f"File review, {ApplicationKind(drawn.kind).label.lower()}",
        "subtitle": f"{drawn.facility}, decided {_day(drawn.first_day)} to {_day(drawn.last_day)}",
        "crumbs": [Crumb("File review", reverse("credentialing:file_reviews")), Crumb(f"Seed {drawn.seed}")],
        "drawn": drawn,
        "review": result,
        "sampled": sample_sentence(drawn.universe, len(drawn.sample)),
        "hidden": len(drawn.sample) - result.drawn,
        "elements": [Element(each).label for each in elements],
        "lines": [_line(file, marks, elements) for file, marks in zip(files, result.marks, strict=True)],
    }
    if may(request.user, EXPORT):
        page["actions"] = [
            Action(
                "Survey-ready file",
                url=reverse("credentialing:survey_sample", args=[drawn.uid]),
                icon="file-zip",
                method="post",
                kind="primary",
            )
        ]
    return render_page(request, "credentialing/file_review.html", page)


def _line(file: AuditFile, marks: dict[str, Mark], elements: list[str]) -> dict[str, Any]:
    return {
        "file": file,
        "short": [Element(each).label for each in elements if marks.get(each) == Mark.NO],
        "url": reverse("credentialing:audit", args=[file.application.uid]),
        "marks": [marks.get(each, Mark.NOT_APPLICABLE) for each in elements],
    }


@login_required
@require_POST
def survey_sample(request: HttpRequest, uid) -> HttpResponseBase:
    """The survey-ready file of the files of a sample that were looked at."""
    require(request.user, EXPORT)
    drawn = _drawn_or_404(request, uid)
    files, _ = reviews.reviewed(reviews.files_of(request.user, drawn))
    chosen = [file.application for file in files]
    return _zip(request, chosen, f"Survey file: {ApplicationKind(drawn.kind).label}, seed {drawn.seed}")


def _day(on: dt.date) -> str:
    return f"{on.day} {on:%b} {on.year}"
