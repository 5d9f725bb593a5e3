"""Recording, correcting and withdrawing what is claimed of credentials."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from config.kernel.errors import Refused
from config.kernel.pages import Done, answer_form, go_to, render_invalid, render_page, render_refused
from practitioners import links
from practitioners.choices import Standing
from practitioners.forms.claims import ClaimForm, initial_of
from practitioners.forms.people import ReasonForm
from practitioners.models import Credential, CredentialType
from practitioners.services.credentials import (
    DEA,
    AlreadyOnFile,
    check_dea_number,
    correct_claim,
    record_claim,
    withdraw_claim,
)
from practitioners.views.shared import crumbs_of, find_to_change

EDIT = "practitioners.edit"
TEMPLATE = "practitioners/claim.html"


@login_required
@require_GET
def choose_kind(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Which kind of credential is claimed."""
    practitioner = find_to_change(request, uid, EDIT)
    counts = dict(
        practitioner.credentials.filter(periods__superseded_at__isnull=True)
        .values_list("credential_type_id")
        .annotate(number=Count("pk", distinct=True))
    )
    kinds = [
        {
            "kind": kind,
            "count": counts.get(kind.pk, 0),
            "url": reverse("practitioners:claim_add", args=[practitioner.uid, kind.code]),
        }
        for kind in CredentialType.objects.filter(active=True)
    ]
    page = {
        "title": "Record a claim",
        "subtitle": f"{practitioner.display_name} · A claim until a source confirms it",
        "crumbs": crumbs_of(practitioner, "Record a claim"),
        "kinds": kinds,
    }
    return render_page(request, "practitioners/kinds.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def add_claim(request: HttpRequest, uid: uuid.UUID, code: str) -> HttpResponse:
    """Record a claim of one kind; another of the same kind follows with one click."""
    practitioner = find_to_change(request, uid, EDIT)
    kind = get_object_or_404(CredentialType, code=code, active=True)
    form = ClaimForm(request.POST or None, kind=kind)
    back = _back(request, practitioner)
    page = {
        "title": kind.name,
        "subtitle": f"Claimed for {practitioner.display_name}",
        "crumbs": crumbs_of(practitioner, kind.name),
        "form": form,
        "submit": "Record the claim",
        "cancel_url": back,
        "back": request.GET.get("next", ""),
        "another": True,
    }
    if request.method != "POST":
        return render_page(request, TEMPLATE, page)
    if not form.is_valid():
        return render_invalid(request, TEMPLATE, page)
    warnings = _warnings(practitioner, kind, form)
    if warnings:
        return render_invalid(request, TEMPLATE, {**page, "warnings": warnings})
    try:
        credential = record_claim(
            actor=request.user, practitioner=practitioner, type_code=kind.code, new=True, **form.values
        )
    except AlreadyOnFile as there:
        page["on_file"] = there.credential
        return render_refused(request, there, TEMPLATE, page, form=form)
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, page, form=form)
    messages.success(request, f"Recorded as claimed: {credential}.")
    return go_to(request, request.path if "another" in request.POST else back)


@login_required
@require_http_methods(["GET", "POST"])
def edit_claim(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Correct what is claimed of a credential."""
    credential = _credential(request, uid)
    practitioner, kind = credential.practitioner, credential.credential_type
    claim = (
        credential.periods.live()
        .filter(standing=Standing.CLAIMED)
        .select_related("identity")
        .order_by("-valid")
        .first()
    )
    current = claim or credential.periods.live().select_related("identity").order_by("-valid").first()
    form = ClaimForm(request.POST or None, kind=kind, initial=initial_of(current, kind) if current else None)
    back = _back(request, practitioner)
    page = {
        "title": f"{kind.name}: correct the claim" if claim else f"{kind.name}: claim other days",
        "subtitle": f"{credential}, {practitioner.display_name}",
        "crumbs": crumbs_of(practitioner, kind.name),
        "form": form,
        "submit": "Save the claim",
        "cancel_url": back,
        "back": request.GET.get("next", ""),
        "confirmed": claim is None and current is not None,
    }
    if request.method != "POST":
        return render_page(request, TEMPLATE, page)
    if not form.is_valid():
        return render_invalid(request, TEMPLATE, page)
    warnings = _warnings(practitioner, kind, form)
    if warnings:
        return render_invalid(request, TEMPLATE, {**page, "warnings": warnings})
    try:
        correct_claim(actor=request.user, credential=credential, **form.values)
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, page, form=form)
    messages.success(request, "Saved.")
    return go_to(request, back)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Say that a claim was a mistake."""
    credential = _credential(request, uid)
    practitioner = credential.practitioner
    form = ReasonForm(request.POST or None)
    page = {
        "title": "Withdraw a claim",
        "crumbs": crumbs_of(practitioner, "Withdraw a claim"),
        "question": f"Was {credential} claimed by mistake?",
        "consequence": "The claim no longer counts. The file keeps that it was recorded, and your reason.",
        "form": form,
        "submit": "Withdraw the claim",
        "danger": True,
        "cancel_url": links.practitioner(practitioner),
    }

    def act(given: dict) -> Done:
        withdraw_claim(actor=request.user, credential=credential, **given)
        return Done(f"Withdrawn: {credential}.", links.practitioner(practitioner))

    return answer_form(request, page, act, template="pages/confirm.html")


def _credential(request: HttpRequest, uid: uuid.UUID) -> Credential:
    credential = get_object_or_404(
        Credential.objects.select_related("practitioner", "credential_type"), uid=uid
    )
    find_to_change(request, credential.practitioner.uid, EDIT)
    return credential


def _warnings(practitioner, kind: CredentialType, form: ClaimForm) -> list[str]:
    """What a human should look at before it is recorded; empty once they have said that they did."""
    if kind.code != DEA or form.cleaned_data["accept_warnings"]:
        return []
    check = check_dea_number(practitioner, form.cleaned_data["number"])
    if not check.acceptable or not check.warnings:
        return []
    form.ask_about_warnings()
    return check.warnings


def _back(request: HttpRequest, practitioner) -> str:
    """Where the reader came from, when it is a page of this site; else the file."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    if asked and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return asked
    return links.practitioner(practitioner)
