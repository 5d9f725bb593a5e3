"""Asking for an affiliation letter: the page open to everybody, and the office writing a request down."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from config.accounts.policies import require
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, Done, address, answer_form, render_page
from config.organization.models import Facility
from credentialing import links
from credentialing.choices import AffiliationReplyKind
from credentialing.forms.affiliations import AskForm, RecordForm
from credentialing.selectors.affiliations import terms_of
from credentialing.services import affiliation_intake, affiliations
from credentialing.services.guards import refuse_own_file
from credentialing.views.answering import TOO_MANY
from credentialing.views.intake import facility_of
from credentialing.views.limits import count
from practitioners.models import Practitioner

#: Requests taken within an hour from one address, and at one facility from all of them together.
MOST_SENT, MOST_AT_A_FACILITY, WITHIN = 10, 120, 3600
_REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, code: str) -> HttpResponse:
    """The form of one facility, without an account. It searches nothing, and its answer is always the same:
    a reference number. What is known of the person is told by mail alone.
    """
    facility = Facility.objects.filter(code=code).first()
    if facility is None or not terms_of(facility, clock.today(facility))[0]:
        return _closed(request, "This hospital takes no requests here. Call its Medical Staff Office.", 404)
    if request.method == "POST" and _too_many(request, facility):
        return _closed(request, "Too many requests came from here. Wait an hour, or call.", TOO_MANY)
    form = AskForm(request.POST or None, request.FILES or None)
    given = request.GET.get("reference", "")
    page = _plain(facility) | {
        "title": "Ask for an affiliation letter",
        "form": form,
        "place": facility,
        # Said again on reloading, and never looked up: it tells nobody whether such a request exists.
        "reference": given if _REFERENCE.fullmatch(given) else "",
    }

    def receive(_given: dict) -> Done:
        made = affiliation_intake.receive_request(
            facility=facility,
            asker=form.asker(),
            about=form.about(),
            purpose=form.cleaned_data["purpose"],
            note=form.cleaned_data["note"],
            release=form.signed_release(),
        )
        return Done("", address(request.path, reference=made.reference))

    with timezone.override(facility.time_zone):
        return answer_form(request, page, receive, template="credentialing/affiliation_ask.html")


def _too_many(request: HttpRequest, facility: Facility) -> bool:
    here = count(f"affiliation-from:{request.META.get('REMOTE_ADDR', '')}", WITHIN)
    return here > MOST_SENT or count(f"affiliation-at:{facility.pk}", WITHIN) > MOST_AT_A_FACILITY


def _plain(facility: Facility) -> dict[str, Any]:
    contact = ", ".join(filter(None, (f"Medical Staff Office, {facility}", facility.office_phone)))
    return {"owner": str(facility), "contact": contact, "facility": None}


def _closed(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    return render_page(
        request,
        "credentialing/enquiry_closed.html",
        {"title": "There is no form here", "sentence": sentence, "owner": "Medical Staff Office"},
        status=status,
    )


# --- by telephone, fax, mail ----------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Write down a request that came by telephone, fax or mail; whom it is about is typed."""
    return _record(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add_for(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The same about somebody whose file is open, with the standard reply sent at once where it fits."""
    require(request.user, affiliations.VERIFY)
    person = get_object_or_404(Practitioner, uid=uid)
    refuse_own_file(request.user, person)
    return _record(request, person)


def _record(request: HttpRequest, person: Practitioner | None) -> HttpResponse:
    facility = facility_of(request)
    form = RecordForm(request.POST or None, request.FILES or None, person=person)
    back = reverse("credentialing:affiliations")
    crumbs = [Crumb("Affiliation letters", back), Crumb("New request")]
    page = {
        "title": f"Affiliation letter: {person}" if person else "New request for an affiliation letter",
        "crumbs": [Crumb(str(person), links.practitioner(person)), crumbs[1]] if person else crumbs,
        "form": form,
        "person": None,
        "about": person,
        "place": facility,
        "cancel_url": links.practitioner(person) if person else back,
    }

    def record(given: dict) -> Done:
        made = affiliation_intake.record_request(
            actor=request.user,
            facility=facility,
            channel=given["channel"],
            asker=form.asker(),
            about=_about(person) if person else form.about(),
            purpose=given["purpose"],
            note=given["note"],
            release=form.signed_release(),
            practitioner=person,
        )
        if "send" not in request.POST:
            return Done(f"Recorded as {made.reference}.", links.affiliation(made))
        try:
            affiliations.reply(actor=request.user, request=made, kind=AffiliationReplyKind.STANDARD)
        except Refused as refused:
            return Done(f"Recorded, nothing sent. {refused.sentence}", links.affiliation(made))
        return Done("Recorded; the standard reply goes out in two minutes.", links.affiliation(made))

    return answer_form(request, page, record, template="credentialing/affiliation_record.html")


def _about(person: Practitioner) -> affiliation_intake.About:
    last, _, first = person.display_name.partition(", ")
    return affiliation_intake.About(last, first.partition(",")[0], person.npi or "")
