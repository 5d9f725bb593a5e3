"""Certificates of a month's exclusion screening: issued, shown with their proof, as a PDF."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import require
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_list, render_page
from config.kernel.pages.stored import download
from credentialing import tables
from credentialing.forms.applications import ReasonForm
from credentialing.forms.screening import CertifyForm
from credentialing.models import ScreeningCertificate
from credentialing.selectors import certificates as selectors
from credentialing.services import certificates

SCREEN = "credentialing.screen"
PDF = "application/pdf"
#: Lines of what was found on the page; the PDF has them all.
LINES_SHOWN = 200


@login_required
@require_GET
def certificate_list(request: HttpRequest) -> HttpResponse:
    """The certificates of the facilities where the viewer screens, the newest month first."""
    require(request.user, SCREEN)
    return render_list(
        request,
        tables.CERTIFICATES,
        selectors.visible_certificates(request.user),
        title="Screening certificates",
        subtitle="What was screened in a month: lists, everybody, every name, and what came of it.",
        noun="certificate",
        empty=Empty(
            "No month has been certified yet.",
            "A certificate proves to a surveyor or a payer that everybody was screened.",
            icon="certificate",
        ),
        actions=[
            Action(
                "Certify a month",
                url=reverse("credentialing:certificate_add"),
                icon="certificate",
            )
        ],
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_add(request: HttpRequest) -> HttpResponse:
    """Certify a month at a facility."""
    require(request.user, SCREEN)
    form = CertifyForm(
        request.POST or None,
        viewer=request.user,
        facility=request.facility,
        initial={"month": request.GET.get("month", "")},
    )
    page = {
        "title": "Certify a month of screening",
        "crumbs": _crumbs("Certify a month"),
        "intro": "It is counted from the screenings on file: which loads of which lists, everybody on the "
        "medical staff, every name, and what came of each match. Whoever was left out is named.",
        "form": form,
        "submit": "Certify",
        "cancel_url": reverse("credentialing:certificates"),
    }

    def certify(given: dict[str, Any]) -> Done:
        month = dt.date.fromisoformat(given["month"])
        there = selectors.certificate_of(request.user, given["facility"], month)
        if there is not None:
            return Done(f"{month:%B %Y} was certified before: this is the certificate.", _address(there))
        issued = certificates.certify_screening(actor=request.user, facility=given["facility"], month=month)
        return Done(f"{month:%B %Y} is certified.", _address(issued))

    return answer_form(request, page, certify)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def certificate_correct(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Issue the next version of a certificate, counted again, with what was wrong with the one before."""
    row = _certificate_or_404(request, uid)
    if hasattr(row, "superseded_by"):
        raise Refused("This certificate is superseded; correct the one that counts.")
    page = {
        "title": "Correct the certificate",
        "subtitle": f"{row.month:%B %Y}, {row.facility}",
        "crumbs": [*_crumbs(f"{row.month:%B %Y}", _address(row)), Crumb("Correct")],
        "intro": "Everything is counted again from what is on file now. The certificate before stays as it "
        "was issued, marked as superseded.",
        "form": ReasonForm(
            request.POST or None, label="What was wrong with it?", hint="Stands on the new certificate."
        ),
        "submit": "Issue the next version",
        "cancel_url": _address(row),
    }

    def correct(given: dict[str, Any]) -> Done:
        issued = certificates.certify_screening(
            actor=request.user, facility=row.facility, month=row.month, corrects=row, reason=given["reason"]
        )
        return Done(f"Version {issued.version} is issued.", _address(issued))

    return answer_form(request, page, correct)


@login_required
@require_GET
def certificate(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One certificate, counted again while it is shown."""
    row = _certificate_or_404(request, uid)
    content = selectors.in_words(row.content)
    later = getattr(row, "superseded_by", None)
    lines, own = content["matches"]["lines"], selectors.tells_of(request.user, row)
    page = {
        "title": f"Exclusion screening, {row.month:%B %Y}",
        "subtitle": str(row.facility),
        "crumbs": _crumbs(f"{row.month:%B %Y}"),
        "page_badge": "Superseded" if later else "",
        "page_badge_colour": "muted",
        "actions": _actions(row, later),
        "certificate": row,
        "later_url": _address(later) if later else "",
        "before_url": _address(row.supersedes) if row.supersedes else "",
        "through": content["through"],
        "not_covered": content["not_covered"],
        "left_out": sum(each["missing"] for each in content["lists"]),
        "problems": selectors.check_certificate(row),
        "lists": content["lists"],
        "runs": content["runs"],
        "matches": content["matches"],
        "lines": [line for line in lines[:LINES_SHOWN] if line["person"] not in own],
        "more": max(0, len(lines) - LINES_SHOWN),
    }
    return render_page(request, "credentialing/certificate.html", page)


@login_required
@require_GET
def certificate_pdf(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The certificate as a paper."""
    row = _certificate_or_404(request, uid)
    if selectors.tells_of(request.user, row):
        raise Forbidden("The certificate tells of a match of your own; a colleague has to print it.")
    name = f"Exclusion screening {row.facility.code} {row.month:%Y-%m}.pdf"
    return download(certificates.typeset_certificate(row), PDF, file_name=name)


def _certificate_or_404(request: HttpRequest, uid: uuid.UUID) -> ScreeningCertificate:
    require(request.user, SCREEN)
    row = selectors.visible_certificates(request.user).filter(uid=uid).first()
    if row is None:
        raise Http404
    return row


def _address(row: ScreeningCertificate) -> str:
    return reverse("credentialing:certificate", args=[row.uid])


def _actions(row: ScreeningCertificate, later: ScreeningCertificate | None) -> list[Action]:
    pdf = Action(
        "Download the PDF", url=reverse("credentialing:certificate_pdf", args=[row.uid]), icon="download"
    )
    if later is not None:
        return [pdf]
    correct = reverse("credentialing:certificate_correct", args=[row.uid])
    return [pdf, Action("Correct it", url=correct, icon="edit")]


def _crumbs(last: str, url: str = "") -> list[Crumb]:
    return [
        Crumb("Exclusion screening", reverse("credentialing:screening")),
        Crumb("Certificates", reverse("credentialing:certificates")),
        Crumb(last, url),
    ]
