"""What a practitioner disclosed, shown with the words answered to, and recording it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from config.kernel.pages import Done, answer_form, go_to, render_page
from practitioners import links
from practitioners.forms.disclosures import AnswersForm
from practitioners.selectors.disclosures import answered, asked_on
from practitioners.services.disclosures import EDIT, record_answers
from practitioners.views.shared import crumbs_of, find_to_change, head_of, today_at


@login_required
@require_GET
def disclosures(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The latest answers, for those who keep the file: they speak of health and convictions too."""
    practitioner = find_to_change(request, uid, EDIT)
    page = head_of(request, practitioner, tab="disclosures")
    page["sets"] = answered(practitioner)
    page["asked"] = asked_on(today_at(request))
    return render_page(request, "practitioners/disclosures.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Record the answers to the version asked today."""
    practitioner = find_to_change(request, uid, EDIT)
    back = links.disclosures(practitioner)
    asked = asked_on(today_at(request))
    if asked is None:
        messages.error(request, "No questions are published. Load them with: manage.py load_reference")
        return go_to(request, back)
    form = AnswersForm(request.POST or None, question_set=asked, initial={"answered_on": today_at(request)})
    page = {
        "title": "Record answers",
        "subtitle": f"{practitioner.display_name} · {asked}",
        "crumbs": crumbs_of(practitioner, "Disclosures"),
        "form": form,
        "submit": "Record the answers",
        "cancel_url": back,
    }

    def act(given: dict) -> Done:
        record_answers(actor=request.user, practitioner=practitioner, question_set=asked, **form.values)
        return Done("The answers are on file.", back)

    return answer_form(request, page, act)
