"""Reviews of files of a payer's roster: drawing them, what was found, the file for the auditor."""

from __future__ import annotations

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
from config.kernel.display.dates import day_text
from config.kernel.pages import Action, Crumb, Done, answer_form, render_page
from config.kernel.pages.exports import stream_csv
from config.kernel.pages.spreadsheets import stream_file
from credentialing import delegation_lists as lists
from credentialing.choices import ApplicationKind
from credentialing.forms import delegation as forms
from credentialing.models import OversightSample
from credentialing.rules.file_review import ELEMENTS, sample_sentence
from credentialing.selectors import oversight as selectors
from credentialing.selectors.payers import MANAGE, READ
from credentialing.services import oversight as services
from credentialing.views.delegation import steps_of
from credentialing.views.payers import payer_or_404, url_of

INTRO = (
    "Thirty files are drawn; where fewer were decided, all of them. The first eight are looked at; when one "
    "falls short, all are. Each file is judged by the payer's standard alone, and whoever looks may record "
    "another mark with what it rests on. The seed is kept, so that anybody can draw the same again."
)


def _sample_or_404(request: HttpRequest, uid) -> OversightSample:
    require(request.user, READ)
    sample = selectors.sample_of(request.user, uid)
    if sample is None:
        raise Http404
    return sample


@login_required
@require_http_methods(["GET", "POST"])
def draw(request: HttpRequest, uid) -> HttpResponse:
    """Draw files of a payer's roster."""
    payer = payer_or_404(request.user, uid)
    require(request.user, MANAGE, payer.facility)
    today = clock.today(payer.facility)
    page = {
        "title": "Review files",
        "subtitle": f"Files of {payer}'s roster",
        "crumbs": steps_of(payer, "Review files"),
        "intro": INTRO,
        "form": forms.SampleForm(
            request.POST or None,
            initial={
                "kind": ApplicationKind.INITIAL,
                "first_day": add_months(today, -12),
                "last_day": today,
            },
        ),
        "submit": "Draw a sample",
        "cancel_url": url_of("delegation", payer),
    }

    def drawn(given: dict[str, Any]) -> Done:
        sample = services.draw_sample(actor=request.user, payer=payer, **given)
        return Done("", lists.sample_url(sample))

    return answer_form(request, page, drawn)


@login_required
@require_GET
def sample(request: HttpRequest, uid) -> HttpResponseBase:
    """One sample: the marks of every file looked at, and the scores."""
    one = _sample_or_404(request, uid)
    seen = selectors.sample_review(request.user, one)
    if request.GET.get("format") == "csv":
        return stream_csv(lists.MARKS, lists.mark_rows(seen), name=f"{one.payer} file review")
    here = lists.sample_url(one)
    elements = [score.element for score in seen.review.scores]
    page = {
        "title": f"File review, {one.get_kind_display().lower()}",
        "subtitle": f"{one.payer}, decided {day_text(one.first_day)} to {day_text(one.last_day)}",
        "crumbs": steps_of(one.payer, f"Seed {one.seed}"),
        "sample": one,
        "review": seen.review,
        "hidden": seen.hidden,
        "sampled": sample_sentence(one.universe, seen.review.drawn + seen.hidden),
        "elements": [ELEMENTS[each] for each in elements],
        "lines": [
            {
                "line": line,
                "url": reverse("credentialing:oversight_file", args=[line.file.uid]),
                "marks": [line.marks.get(each) for each in elements],
            }
            for line in seen.looked_at
        ],
        "actions": [
            Action("CSV", url=f"{here}?format=csv", icon="download"),
            Action(
                "Survey-ready file",
                url=reverse("credentialing:oversight_export", args=[one.uid]),
                icon="file-zip",
                method="post",
                kind="primary",
            ),
        ],
    }
    return render_page(request, "credentialing/oversight_sample.html", page)


@login_required
@require_POST
def export(request: HttpRequest, uid) -> HttpResponseBase:
    """The survey-ready file for the payer's auditor."""
    one = _sample_or_404(request, uid)
    file = services.export_oversight_file(actor=request.user, sample=one)
    name = f"{slugify(f'Oversight {one.payer}')}-{clock.today(one.payer.facility):%Y-%m-%d}.zip"
    return stream_file(file, name=name, media_type="application/zip")


@login_required
@require_http_methods(["GET", "POST"])
def file(request: HttpRequest, uid) -> HttpResponse:
    """One file of a sample: every element with its mark and what it rests on, and recording another."""
    require(request.user, READ)
    one = selectors.file_of(request.user, uid)
    if one is None:
        raise Http404
    payer, person = one.sample.payer, one.application.practitioner
    marks = selectors.latest_marks([one]).get(one.pk, {})
    audit_file = reverse("credentialing:audit", args=[one.application.uid])
    page = {
        "title": person.display_name,
        "subtitle": f"{one.application.get_kind_display()}, decided {day_text(one.application.decided_on)}",
        "crumbs": [
            Crumb(payer.name, url_of("delegation", payer)),
            Crumb(f"Seed {one.sample.seed}", lists.sample_url(one.sample)),
            Crumb(person.display_name),
        ],
        "marks": [(ELEMENTS[name], mark) for name, mark in marks.items()],
        "form": forms.MarkForm(request.POST or None, elements=[(name, ELEMENTS[name]) for name in marks]),
        "hands": may(request.user, MANAGE, payer.facility),
        "submit": "Record the mark",
        "actions": [Action("Audit file", url=audit_file, icon="file-search")],
    }
    if request.method == "POST":
        require(request.user, MANAGE, payer.facility)

    def record(given: dict[str, Any]) -> Done:
        services.record_mark(actor=request.user, file=one, **given)
        return Done("Recorded.", reverse("credentialing:oversight_file", args=[one.uid]))

    return answer_form(request, page, record, template="credentialing/oversight_file.html")
