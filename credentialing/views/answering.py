"""The page behind a signed link: a reference giver or another hospital answers, without an account."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from config.kernel.pages import render_page, render_refused
from credentialing.forms.enquiries import AnswerEnquiryForm, DeclineForm
from credentialing.models import Enquiry
from credentialing.rules.enquiries import read_form
from credentialing.selectors.enquiries import OPEN, by_token, standing
from credentialing.services import enquiry_answers
from credentialing.views.limits import count

#: Within a minute: links tried from one address that lead nowhere, and forms sent through one link.
MOST_GUESSES, MOST_SENT, WITHIN = 20, 10, 60
GONE, TOO_MANY = 410, 429


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enquiry_answer(request: HttpRequest, token: str) -> HttpResponse:
    """The form, its answer, or plainly why the link opens nothing. Says nothing of the file but the name."""
    guesser = f"inquiry-guess:{request.META.get('REMOTE_ADDR', '')}"
    if cache.get(guesser, 0) >= MOST_GUESSES:
        return _closed(request, "Too many links were tried from here. Wait a minute.", status=TOO_MANY)
    enquiry = by_token(token)
    if enquiry is None:
        count(guesser, WITHIN)
        return _closed(
            request, "This link leads to no form. Check that it was copied as a whole.", status=404
        )
    state = standing(enquiry)
    if state != OPEN:
        return _closed(request, enquiry_answers.SENTENCES[state], status=GONE)
    with timezone.override(enquiry.item.application.facility.time_zone):
        if request.method != "POST":
            enquiry_answers.note_opened(enquiry=enquiry)
            return render_page(request, "credentialing/enquiry_form.html", _page(enquiry))
        if count(f"enquiry-sent:{enquiry.pk}", WITHIN) > MOST_SENT:
            return _closed(
                request, "This form was sent too often within a minute. Wait, then send it.", status=TOO_MANY
            )
        return (
            _decline(request, enquiry, token)
            if "decline" in request.POST
            else _answer(request, enquiry, token)
        )


def _answer(request: HttpRequest, enquiry: Enquiry, token: str) -> HttpResponse:
    form = AnswerEnquiryForm(request.POST, form=read_form(enquiry.asked))
    page = _page(enquiry, form=form)
    if not form.is_valid():
        return render_page(request, "credentialing/enquiry_form.html", page, status=422)
    try:
        enquiry, content = enquiry_answers.answer(
            token=token,
            given=form.given(),
            signed_name=form.cleaned_data["signed_name"],
            agrees=form.cleaned_data["agrees"],
        )
    except Conflict as conflict:
        return _closed(request, conflict.sentence, status=GONE)
    except Refused as refused:
        field = f"q_{refused.field}" if f"q_{refused.field}" in form.fields else refused.field
        at_field = Refused(refused.sentence, field=field)
        return render_refused(request, at_field, "credentialing/enquiry_form.html", page, form=form)
    return _thanks(request, enquiry, content, "Thank you. The hospital has your answer.")


def _decline(request: HttpRequest, enquiry: Enquiry, token: str) -> HttpResponse:
    form = DeclineForm(request.POST, prefix="no")
    page = _page(enquiry, decline=form)
    if not form.is_valid():
        return render_page(request, "credentialing/enquiry_form.html", page, status=422)
    try:
        enquiry, content = enquiry_answers.decline(token=token, **form.cleaned_data)
    except Conflict as conflict:
        return _closed(request, conflict.sentence, status=GONE)
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.sentence)
        return render_page(request, "credentialing/enquiry_form.html", page, status=refused.status_code)
    return _thanks(request, enquiry, content, "The hospital knows that you do not answer.")


def _page(enquiry: Enquiry, *, form=None, decline=None) -> dict[str, Any]:
    application, asked = enquiry.item.application, read_form(enquiry.asked)
    return {
        "title": f"{asked.title}: {application.practitioner}",
        "owner": str(application.facility),
        "contact": _contact(application.facility),
        "asked": asked,
        "enquiry": enquiry,
        "practitioner": application.practitioner,
        "facility": None,
        "place": application.facility,
        "today": clock.today(application.facility),
        "claim": _claim(enquiry),
        "form": form if form is not None else AnswerEnquiryForm(form=asked),
        "decline": decline if decline is not None else DeclineForm(prefix="no"),
        "declining": decline is not None,
    }


def _contact(facility) -> str:
    return ", ".join(filter(None, (f"Medical Staff Office, {facility}", facility.office_phone)))


def _claim(enquiry: Enquiry) -> str:
    """What is asked about: the employer as claimed; a reference is about the person alone."""
    return enquiry.item.label if enquiry.form_code == "affiliation" else ""


def _thanks(request: HttpRequest, enquiry: Enquiry, content: dict, sentence: str) -> HttpResponse:
    """Shown once, in answer to what was sent; the link itself opens nothing from then on."""
    application = enquiry.item.application
    return render_page(
        request,
        "credentialing/enquiry_thanks.html",
        {
            "title": sentence,
            "owner": str(application.facility),
            "contact": _contact(application.facility),
            "content": content,
            "asked": read_form(enquiry.asked),
            "practitioner": application.practitioner,
            "place": application.facility,
            "signed_at": enquiry.closed_at,
        },
    )


def _closed(request: HttpRequest, sentence: str, *, status: int) -> HttpResponse:
    """Why there is no form here. It names nobody: whoever holds an old link learns nothing."""
    return render_page(
        request,
        "credentialing/enquiry_closed.html",
        {"title": "There is no form here", "sentence": sentence, "owner": "Medical Staff Office"},
        status=status,
    )
