"""Privileges that end before their term, from the person's page: given up, or revoked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from bylaws.held import held_privileges
from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import require_class
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.pages import Crumb, Done, answer_form
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.choices import InvestigationAnswer
from privileging.forms.endings import RelinquishForm, RevokeForm
from privileging.services import endings as services

#: What follows for the wards, whoever ended it.
_FOLLOWS = (
    "From that day on the lookup answers no, the wards find it among the changes of privileges, and a new "
    "certificate no longer shows them; the days before stay as they were. Only the bodies can grant them "
    "again. Membership and open applications stay."
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def relinquish(request: HttpRequest, uid) -> HttpResponse:
    """A practitioner gives up single privileges."""
    facility, person, held = _asked(request, uid)
    named = [code for code in request.GET.getlist("privilege") if code in held]
    form = RelinquishForm(request.POST or None, held=held, initial={"privilege_codes": named})
    page = _page(person, facility, "Privileges given up") | {
        "question": f"Which privileges does {person} give up at {facility}?",
        "consequence": f"{_FOLLOWS} Given up under investigation, or where that is not known yet, the data "
        "bank clock begins on the first day without them."
        if held
        else f"{person} holds no privilege at {facility} today.",
        "form": form,
        "submit": "Record what is given up",
    }

    def act(given: dict[str, Any]) -> Done:
        ended = services.relinquish(actor=request.user, practitioner=person, facility=facility, **given)
        counted = given["investigation"] != InvestigationAnswer.NO
        return Done(
            f"{_count(len(ended))} given up: {day_text(given['day'])} is the first day without."
            f"{' The data bank clock is running.' if counted else ''}",
            page["cancel_url"],
        )

    return answer_form(request, page, act, template="pages/confirm.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, uid) -> HttpResponse:
    """A body's final decision revokes all privileges or some."""
    facility, person, held = _asked(request, uid)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    today = clock.today(facility)
    form = RevokeForm(request.POST or None, held=held, initial={"decided_on": today})
    page = _page(person, facility, "Revoke privileges") | {
        "question": f"Which privileges of {person} at {facility} are revoked?",
        "consequence": f"{_FOLLOWS} An adverse action is recorded, and the data bank clock begins on the "
        "first day without them. Record it once the decision is final: a right to a hearing comes before."
        if held
        else f"{person} holds no privilege at {facility} today.",
        "form": form,
        "submit": "Record the revocation",
    }

    def act(given: dict[str, Any]) -> Done:
        ended = services.revoke(actor=request.user, practitioner=person, facility=facility, **given)
        return Done(
            f"{_count(len(ended))} revoked: {day_text(given['day'])} is the first day without. The data "
            "bank clock is running.",
            page["cancel_url"],
        )

    return answer_form(request, page, act, template="pages/confirm.html")


def _asked(request: HttpRequest, uid) -> tuple[Facility, Practitioner, dict[str, str]]:
    """Where, whose, and what they hold there today or later, name by code."""
    facility = facility_for(request, services.RECORD)
    person = found(Practitioner.objects.filter(uid=uid).first())
    return facility, person, held_privileges(person, facility, clock.today(facility), None)


def _page(person: Practitioner, facility: Facility, title: str) -> dict[str, Any]:
    file = reverse("practitioners:file", args=[person.uid])
    return {
        "title": title,
        "subtitle": f"{person}, at {facility}",
        "person": person.display_name,
        "crumbs": [Crumb(str(person), file), Crumb(title)],
        "danger": True,
        "cancel_url": file,
    }


def _count(number: int) -> str:
    return f"{number} privilege{'s' if number != 1 else ''}"
