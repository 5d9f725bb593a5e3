"""Certificates of privileges: issued from the person's file, shown with their proof, as a PDF."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from bylaws.views.common import facility_for, found
from config.accounts.policies import require
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_list, render_page
from config.kernel.pages.stored import download
from practitioners.models import Practitioner
from privileging.filters import CertificateFilter
from privileging.forms.certificates import CertifyForm
from privileging.models import PrivilegeCertificate
from privileging.selectors import certificates as selectors
from privileging.services import certificates
from privileging.tables import CERTIFICATES

ASK = "privileging.lookup"


@login_required
@require_GET
def certificate_list(request: HttpRequest) -> HttpResponse:
    """Certificates issued at the reader's facilities, the newest first."""
    require(request.user, ASK)
    filterset = CertificateFilter(request.GET, queryset=selectors.visible_certificates(request.user))
    return render_list(
        request,
        CERTIFICATES,
        filterset.qs,
        filterset=filterset,
        title="Certificates of privileges",
        subtitle="Open one to check it: its version, its moment and its hash.",
        noun="certificate",
        crumbs=[Crumb("May they do this?", reverse("privileging:lookup")), Crumb("Certificates")],
        empty=Empty(
            "No certificate has been issued yet.",
            "The office issues one from the practitioner's file, under Privileges.",
            icon="certificate",
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def certify(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Certify what the practitioner may do where the reader works now."""
    facility = facility_for(request, certificates.ISSUE)
    practitioner = found(Practitioner.objects.filter(uid=uid).first())
    page = {
        "title": "Certify privileges",
        "subtitle": f"{practitioner}, {facility}",
        "crumbs": [Crumb(str(practitioner), reverse("practitioners:file", args=[uid])), Crumb("Certify")],
        "intro": "It lists every privilege granted today with its conditions, as known now. What may not be "
        "used stands on it without the cause. The versions before stay as they were.",
        "form": CertifyForm(request.POST if request.method == "POST" else None),
        "submit": "Certify",
        "cancel_url": reverse("practitioners:file", args=[uid]),
    }

    def issue(given) -> Done:
        row = certificates.certify_privileges(
            actor=request.user, practitioner=practitioner, facility=facility
        )
        return Done(f"Version {row.version} is issued.", reverse("privileging:certificate", args=[row.uid]))

    return answer_form(request, page, issue)


@login_required
@require_GET
def certificate(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """One certificate, its hash made again while it is shown."""
    row = _certificate_or_404(request, uid)
    later = selectors.later_of(row)
    page = {
        "title": "Certificate of privileges",
        "subtitle": f"{row.content['practitioner']['name']}, {row.facility}",
        "crumbs": [
            Crumb("Certificates", reverse("privileging:certificates")),
            Crumb(f"Version {row.version}"),
        ],
        "page_badge": "Superseded" if later else "",
        "page_badge_colour": "muted",
        "actions": [
            Action(
                "Download the PDF",
                url=reverse("privileging:certificate_pdf", args=[row.uid]),
                icon="download",
            )
        ],
        "certificate": row,
        "later": later,
        "problems": selectors.problems_of(row),
        "lines": [
            line | {each: dt.date.fromisoformat(line[each]) for each in ("since", "through")}
            for line in row.content["privileges"]
        ],
    }
    return render_page(request, "privileging/certificate.html", page)


@login_required
@require_GET
def certificate_pdf(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The certificate as a paper."""
    row = _certificate_or_404(request, uid)
    name = f"Privileges {row.facility.code} version {row.version}.pdf"
    return download(certificates.typeset_certificate(row), "application/pdf", file_name=name)


def _certificate_or_404(request: HttpRequest, uid: uuid.UUID) -> PrivilegeCertificate:
    require(request.user, ASK)
    row = selectors.visible_certificates(request.user).filter(uid=uid).first()
    if row is None:
        raise Http404
    return row
