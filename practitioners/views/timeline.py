"""The timeline of a practitioner, and the explanations of its gaps."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import data_classes
from config.kernel.pages import Done, answer_form, is_part, render_page
from practitioners import links
from practitioners.forms.gaps import ExplanationForm
from practitioners.forms.people import ReasonForm
from practitioners.models import GapExplanation
from practitioners.selectors.canonical import records_of
from practitioners.selectors.file import credential_rows
from practitioners.selectors.photos import without_photos
from practitioners.selectors.timeline import timeline_of
from practitioners.services.gaps import EDIT, explain_gap, withdraw_explanation
from practitioners.views.shared import crumbs_of, find_practitioner, find_to_change, head_of, today_at

STRIP = "timeline-strip"


@login_required
@require_GET
def timeline(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """A life in order, drawn and as a table; asked for by the file, only its own lanes as a strip."""
    practitioner = find_practitioner(request, uid)
    today = today_at(request)
    strip = is_part(request, STRIP)
    page = head_of(request, practitioner, tab="timeline")
    kinds = credential_rows(records_of(practitioner), today)
    found = timeline_of(request.user, practitioner, kinds, today, own_lanes_only=strip)
    page |= {
        "timeline": found,
        "open_classes": data_classes(request.user),
        "gaps": [
            {
                "judged": each,
                "explain_url": _explain_url(practitioner, each.gap) if page["powers"].edit else "",
            }
            for each in found.gaps
        ],
        "timeline_url": links.timeline(practitioner),
    }
    return render_page(
        request, "practitioners/timeline.html", page, part=STRIP,
        part_template="practitioners/parts/timeline_strip.html",
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def explain(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Record why nothing is on file for some time; the days of the gap are filled in."""
    practitioner = find_to_change(request, uid, EDIT)
    readable = practitioner.documents.filter(
        data_class__in=data_classes(request.user), redacted_at__isnull=True
    )
    documents = without_photos(practitioner, readable)
    form = ExplanationForm(request.POST or None, documents=documents, initial=_days_asked(request))
    page = {
        "title": "Explain a gap",
        "subtitle": practitioner.display_name,
        "crumbs": crumbs_of(practitioner, "Explain a gap"),
        "form": form,
        "submit": "Record the explanation",
        "cancel_url": links.timeline(practitioner),
    }

    def act(given: dict) -> Done:
        explain_gap(actor=request.user, practitioner=practitioner, **given)
        return Done("The explanation is on file.", links.timeline(practitioner))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Take an explanation back, with the reason."""
    row = get_object_or_404(GapExplanation.objects.select_related("practitioner"), uid=uid)
    practitioner = find_to_change(request, row.practitioner.uid, EDIT)
    form = ReasonForm(request.POST or None)
    page: dict[str, Any] = {
        "title": "Withdraw an explanation",
        "crumbs": crumbs_of(practitioner, "Withdraw an explanation"),
        "question": f"Does this no longer explain the time? “{row.explanation}”",
        "consequence": "The gap is open again. The file keeps the explanation and your reason.",
        "form": form,
        "submit": "Withdraw the explanation",
        "danger": True,
        "cancel_url": links.timeline(practitioner),
    }

    def act(given: dict) -> Done:
        withdraw_explanation(actor=request.user, explanation=row, **given)
        return Done("Withdrawn.", links.timeline(practitioner))

    return answer_form(request, page, act, template="pages/confirm.html")


def _explain_url(practitioner, gap) -> str:
    days = urlencode({"first_day": gap.first_day.isoformat(), "last_day": gap.last_day.isoformat()})
    return f"{reverse('practitioners:gap_explain', args=[practitioner.uid])}?{days}"


def _days_asked(request: HttpRequest) -> dict[str, dt.date]:
    found = {}
    for name in ("first_day", "last_day"):
        try:
            found[name] = dt.date.fromisoformat(request.GET.get(name, ""))
        except ValueError:
            continue
    return found
