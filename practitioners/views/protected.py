"""The social security number: recorded, revealed once with a reason, removed when it was a mistake."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from config.accounts.choices import DataClass
from config.accounts.policies import require_class
from config.kernel.errors import Refused
from config.kernel.pages import go_to, render_invalid, render_page, render_refused
from practitioners import links
from practitioners.forms.people import ReasonForm
from practitioners.forms.protected import CompareForm, RevealForm, SsnForm
from practitioners.models import Practitioner
from practitioners.services.protected import EDIT, REVEAL, compare_ssn, record_ssn, remove_ssn, reveal_ssn
from practitioners.views.shared import crumbs_of, find_to_change

FORM, CONFIRM = "pages/form.html", "pages/confirm.html"


@sensitive_post_parameters()
@sensitive_variables()
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def ssn_record(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Record the number where none is on file."""
    practitioner = _find(request, uid, EDIT)
    form = SsnForm(request.POST or None)
    page = {
        "title": "Social security number",
        "crumbs": crumbs_of(practitioner, "Social security number"),
        "form": form,
        "submit": "Record it",
        "cancel_url": links.practitioner(practitioner),
    }
    if request.method != "POST":
        return render_page(request, FORM, page)
    if not form.is_valid():
        return render_invalid(request, FORM, page)
    try:
        record_ssn(actor=request.user, practitioner=practitioner, **form.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, FORM, page, form=form)
    messages.success(request, "The social security number is on file, encrypted.")
    return go_to(request, links.practitioner(practitioner))


@sensitive_post_parameters()
@sensitive_variables()
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def ssn_compare(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Whether a source's number is the one on file."""
    practitioner = _find(request, uid, EDIT)
    form = CompareForm(request.POST or None)
    page = {
        "title": "Compare the social security number",
        "intro": "What a source gives is compared with what is on file; only whether it agrees is kept.",
        "crumbs": crumbs_of(practitioner, "Social security number"),
        "form": form,
        "submit": "Compare",
        "cancel_url": links.practitioner(practitioner),
    }
    if request.method != "POST":
        return render_page(request, FORM, page)
    if not form.is_valid():
        return render_invalid(request, FORM, page)
    try:
        made = compare_ssn(actor=request.user, practitioner=practitioner, **form.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, FORM, page, form=form)
    if made.agrees:
        messages.success(request, "The numbers agree.")
    else:
        messages.warning(request, "The numbers do not agree: a red flag goes into the open applications.")
    return go_to(request, links.practitioner(practitioner))


@sensitive_variables()
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def ssn_reveal(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Show the number once to somebody who says what for."""
    practitioner = _find(request, uid, REVEAL)
    form = RevealForm(request.POST or None)
    page = {
        "title": "Reveal the social security number",
        "intro": "It is shown once. That you saw it, when, and what for, is logged.",
        "crumbs": crumbs_of(practitioner, "Social security number"),
        "form": form,
        "submit": "Reveal it",
        "cancel_url": links.practitioner(practitioner),
    }
    if request.method != "POST":
        return render_page(request, FORM, page)
    if not form.is_valid():
        return render_invalid(request, FORM, page)
    try:
        number = reveal_ssn(actor=request.user, practitioner=practitioner, **form.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, FORM, page, form=form)
    shown = {"title": "Social security number", "crumbs": page["crumbs"], "practitioner": practitioner}
    return render_page(request, "practitioners/ssn.html", {**shown, "number": number})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def ssn_remove(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The number was recorded by mistake."""
    practitioner = _find(request, uid, EDIT)
    form = ReasonForm(request.POST or None)
    page = {
        "title": "Remove the social security number",
        "crumbs": crumbs_of(practitioner, "Social security number"),
        "question": f"Is the social security number on file not {practitioner}'s?",
        "consequence": "Nothing of it is kept. That it was removed, and your reason, stay in the trail.",
        "form": form,
        "submit": "Remove it",
        "danger": True,
        "cancel_url": links.practitioner(practitioner),
    }
    if request.method != "POST":
        return render_page(request, CONFIRM, page)
    if not form.is_valid():
        return render_invalid(request, CONFIRM, page)
    try:
        remove_ssn(actor=request.user, practitioner=practitioner, **form.cleaned_data)
    except Refused as refused:
        return render_refused(request, refused, CONFIRM, page, form=form)
    messages.success(request, "The social security number was removed.")
    return go_to(request, links.practitioner(practitioner))


def _find(request: HttpRequest, uid: uuid.UUID, permission: str) -> Practitioner:
    practitioner = find_to_change(request, uid, permission)
    require_class(request.user, DataClass.IDENTITY)
    return practitioner
