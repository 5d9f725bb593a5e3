"""Adding, correcting and removing numbers somebody gave a person."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from config.kernel.errors import Refused
from config.kernel.pages import Done, answer_form, go_to, render_invalid, render_page, render_refused
from practitioners import links
from practitioners.forms.identifiers import IdentifierForm
from practitioners.forms.people import ReasonForm
from practitioners.rules.identifiers import check_identifier
from practitioners.services.identifiers import correct_identifier, remove_identifier
from practitioners.services.people import add_identifier
from practitioners.views.shared import crumbs_of, find_to_change

EDIT = "practitioners.edit"
FORM, CONFIRM = "practitioners/identifier.html", "pages/confirm.html"


@login_required
@require_http_methods(["GET", "POST"])
def identifier_add(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Add a number."""
    practitioner = find_to_change(request, uid, EDIT)
    form = IdentifierForm(request.POST or None)
    page = {
        "title": "Add a number",
        "intro": "Licenses, DEA registrations and certificates are recorded as claims instead.",
        "crumbs": crumbs_of(practitioner, "Add a number"),
        "form": form,
        "submit": "Add the number",
        "cancel_url": links.practitioner(practitioner),
    }
    if request.method != "POST":
        return render_page(request, FORM, page)
    try:
        if not form.is_valid() or _to_look_at(form, page):
            return render_invalid(request, FORM, page)
        add_identifier(actor=request.user, practitioner=practitioner, **form.values)
    except Refused as refused:
        return render_refused(request, refused, FORM, page, form=form)
    messages.success(request, "The number is on file.")
    return go_to(request, links.practitioner(practitioner))


@login_required
@require_http_methods(["GET", "POST"])
def identifier_edit(request: HttpRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    """Correct a number, who gave it, or the days it was used."""
    practitioner = find_to_change(request, uid, EDIT)
    identifier = get_object_or_404(practitioner.identifiers, pk=pk)
    initial = {
        name: getattr(identifier, name) for name in ("value", "issuer", "state", "used_from", "used_until")
    }
    form = IdentifierForm(request.POST or None, correcting=identifier.kind, initial=initial)
    page = {
        "title": f"Correct the {identifier.get_kind_display()}",
        "crumbs": crumbs_of(practitioner, "Correct a number"),
        "form": form,
        "submit": "Save",
        "cancel_url": links.practitioner(practitioner),
    }
    if request.method != "POST":
        return render_page(request, FORM, page)
    try:
        if not form.is_valid() or _to_look_at(form, page):
            return render_invalid(request, FORM, page)
        correct_identifier(actor=request.user, identifier=identifier, **form.values)
    except Refused as refused:
        return render_refused(request, refused, FORM, page, form=form)
    messages.success(request, "Saved.")
    return go_to(request, links.practitioner(practitioner))


@login_required
@require_http_methods(["GET", "POST"])
def identifier_remove(request: HttpRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    """Take away a number that was never this person's."""
    practitioner = find_to_change(request, uid, EDIT)
    identifier = get_object_or_404(practitioner.identifiers, pk=pk)
    form = ReasonForm(request.POST or None)
    page = {
        "title": "Remove a number",
        "crumbs": crumbs_of(practitioner, "Remove a number"),
        "question": f"Was “{identifier}” never a number of {practitioner}?",
        "consequence": "Search no longer finds it. The history keeps it.",
        "form": form,
        "submit": "Remove the number",
        "danger": True,
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        remove_identifier(actor=request.user, identifier=identifier, **given)
        return Done("The number was removed.", links.practitioner(practitioner))

    return answer_form(request, page, act, template=CONFIRM)


def _to_look_at(form: IdentifierForm, page: dict[str, Any]) -> bool:
    """Whether a person should look at the number first; they have not said yet that they did."""
    check = check_identifier(form.kind_of_number, form.cleaned_data["value"])
    if not check.warnings or form.cleaned_data["accept_warnings"]:
        return False
    form.ask_about_warnings()
    page["warnings"] = check.warnings
    return True
