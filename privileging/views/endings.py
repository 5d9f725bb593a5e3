"""Privileges that end before their term, from the person's page: given up or revoked, and taken back."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from bylaws.choices import InvestigationAnswer
from bylaws.held import held_privileges
from bylaws.selectors.data_bank import what_stays
from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class, require, require_class
from config.accounts.selectors.facilities import current_facility
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.pages import Action, Crumb, Done, address, answer_form, render_page
from config.organization.models import Facility
from credentialing import links
from credentialing.selectors.letters import WRITE, kind_of, state_of
from practitioners.forms.people import ReasonForm
from practitioners.models import Practitioner
from privileging.forms.endings import RelinquishForm, RevokeForm
from privileging.models import PrivilegeEnding
from privileging.selectors.endings import ending as selected
from privileging.selectors.endings import letter_of_ending
from privileging.services import endings as services

#: What follows for the wards, whoever ended it.
_FOLLOWS = (
    "From that day on the lookup answers no, the wards find it among the changes of privileges, and a new "
    "certificate no longer shows them; the days before stay as they were. Only the bodies can grant them "
    "again; what was recorded by mistake is taken back on its page. Membership and open applications stay."
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
        made = services.relinquish(actor=request.user, practitioner=person, facility=facility, **given)
        counted = given["investigation"] != InvestigationAnswer.NO
        return Done(
            f"{_count(len(made.names))} given up: {day_text(given['day'])} is the first day without."
            f"{' The data bank clock is running.' if counted else ''}",
            _address(made),
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
        made = services.revoke(actor=request.user, practitioner=person, facility=facility, **given)
        return Done(
            f"{_count(len(made.names))} revoked: {day_text(given['day'])} is the first day without. The data "
            "bank clock is running.",
            _address(made),
        )

    return answer_form(request, page, act, template="pages/confirm.html")


@login_required
@require_GET
def ending(request: HttpRequest, uid) -> HttpResponse:
    """One act by which privileges ended: which, from when, and the letter that tells of it."""
    made = _made(request, uid)
    file = reverse("practitioners:file", args=[made.practitioner.uid])
    actions = [Action("Open the file", url=file, icon="folder")]
    if made.taken_back_at is None:
        back = reverse("privileging:ending_take_back", args=[made.uid])
        actions.append(Action("Take it back", url=back, icon="arrow-back-up"))
    return render_page(
        request,
        "privileging/ending.html",
        {
            "title": f"Privileges {made.get_kind_display().lower()}",
            "subtitle": f"{made.practitioner}, at {made.facility}",
            "person": made.practitioner.display_name,
            "crumbs": [Crumb(str(made.practitioner), file), Crumb(made.get_kind_display())],
            "made": made,
            "ahead": made.day > clock.today(made.facility),
            "action_url": _adverse_action(request, made),
            "letter": _letter(request, made),
            "actions": actions,
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, uid) -> HttpResponse:
    """What was given up or revoked holds again, as long as nothing else was recorded for those days."""
    made = _made(request, uid)
    told = [f"{name} holds again, as if it had not ended." for name in made.names]
    if _adverse_action(request, made) and made.action is not None:
        told.append("The adverse action recorded with it is taken back as a mistake; its clock stops.")
        told += [each for each in what_stays(made.action) if not each.startswith("The letter")]
    letter, _ = letter_of_ending(request.user, made)
    if letter is not None:
        told.append(f"The letter “{letter.title}” stays: tell whoever got it.")
    page = {
        "title": "Take it back",
        "subtitle": f"{made.practitioner}, at {made.facility}",
        "person": made.practitioner.display_name,
        "crumbs": [
            Crumb(str(made.practitioner), reverse("practitioners:file", args=[made.practitioner.uid])),
            Crumb(made.get_kind_display(), _address(made)),
            Crumb("Take back"),
        ],
        "question": f"Did the privileges of {made.practitioner} not end after all?",
        "consequence": "They hold again as before, without a day between: the lookup answers so for every "
        "day from the first one without them, and the wards find it among the changes of privileges. What "
        "was known meanwhile stays answerable.",
        "preview": told,
        "form": ReasonForm(request.POST or None),
        "submit": "Take it back",
        "cancel_url": _address(made),
    }

    def restore(given: dict[str, Any]) -> Done:
        services.take_back_ending(actor=request.user, ending=made, **given)
        return Done(f"{_count(len(made.names))} hold again as before.", _address(made))

    return answer_form(request, page, restore, template="pages/confirm.html")


def _made(request: HttpRequest, uid) -> PrivilegeEnding:
    made = found(selected(request.user, uid))
    require(request.user, services.RECORD, made.facility)
    return made


def _address(made: PrivilegeEnding) -> str:
    return reverse("privileging:ending", args=[made.uid])


def _adverse_action(request: HttpRequest, made: PrivilegeEnding) -> str:
    """Where the data bank clock of it is, for those whose roles open peer review; that there is one is peer
    review, and the reading of it is recorded.
    """
    if not may_see_class(request.user, DataClass.PEER_REVIEW, made.facility) or made.action is None:
        return ""
    if not may(request.user, "bylaws.report_actions", made.facility):
        return ""
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind=made._meta.label_lower,
        subject_uid=made.uid,
        practitioner=made.practitioner,
    )
    return reverse("bylaws:data_bank_action", args=[made.action.uid])


def _letter(request: HttpRequest, made: PrivilegeEnding) -> dict[str, str]:
    """The letter that tells of it, where one was issued; else where it is written, or why none is."""
    if not may(request.user, WRITE, made.facility):
        return {}
    letter, template = letter_of_ending(request.user, made)
    if letter is not None:
        label = f"{kind_of(letter)}, issued {day_text(letter.issued_on)}"
        return {"url": links.letter(letter), "label": label, "told": state_of(letter).label}
    if made.taken_back_at is not None:
        return {}
    if template is None:
        return {"told": "No template is published for it."}
    if current_facility(request) != made.facility:
        return {"told": f"Work at {made.facility} to write it."}
    page = reverse("credentialing:letter_write_for", args=[made.practitioner.uid, template.code])
    url = address(page, act=made.uid)
    return {"url": url, "label": f"Write: {template.name}", "told": "Not written yet."}


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
