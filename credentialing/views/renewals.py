"""Verifying a credential outside any application: from what runs out, from the file, from a finding."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import may, require
from config.accounts.selectors.facilities import current_facility
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Forbidden
from config.kernel.pages import Crumb, Done, answer_form, go_to, render_page
from config.organization.models import Facility
from credentialing import links
from credentialing.elements import element_of
from credentialing.filters import ExpirableFilter
from credentialing.forms.renewals import RenewalForm
from credentialing.forms.verification import filed_document
from credentialing.models import ConnectedSource, RunStep, VerificationItem
from credentialing.models.applications import workable_q
from credentialing.policies import VIEW
from credentialing.rules.renewable import why_not_renewed
from credentialing.selectors.expirables import expiring
from credentialing.selectors.intake import documents_filed_for
from credentialing.selectors.requirements import accepted_sources
from credentialing.selectors.runs import answer_to_confirm
from credentialing.services import renewals
from credentialing.services.guards import refuse_own_file
from credentialing.tables import EXPIRABLES
from practitioners.choices import Method, Standing
from practitioners.models import Credential, Practitioner
from practitioners.services.documents import store_document

TEMPLATE = "credentialing/renewal.html"
#: Of how many rows of a list somebody works through, and how many are looked at for the next to verify.
FOLLOWED, NEAREST = 2000, 20
NOT_ASKED = ("verified", "verified_adverse", "superseded", "waived", "not_applicable")


@login_required
@require_GET
def choose(request: HttpRequest, uid) -> HttpResponse:
    """Which credential of the person is verified; straight on where only one of the kind asked for is."""
    facility = _working_at(request)
    practitioner = get_object_or_404(Practitioner, uid=uid)
    refuse_own_file(request.user, practitioner)
    rows = (
        practitioner.credentials.filter(
            periods__superseded_at__isnull=True, credential_type__expires=True, credential_type__active=True
        )
        .exclude(credential_type__code="PHOTO_ID")
        .select_related("credential_type")
        .order_by("credential_type__order", "state", "number")
        .distinct()
    )
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    if kind:
        rows = rows.filter(credential_type__code=kind)
    if state:
        rows = rows.filter(state=state)
    found = list(rows)
    if kind and len(found) == 1:
        return go_to(request, links.verify(found[0], back=_back(request, practitioner)))
    return render_page(
        request,
        "credentialing/renewal_choose.html",
        {
            "title": "Verify a credential",
            "subtitle": f"{practitioner}, for {facility}",
            "crumbs": _crumbs(practitioner, "Verify a credential"),
            "practitioner": practitioner,
            "rows": [{"credential": each, "url": links.verify(each)} for each in found],
            "kind": kind,
        },
    )


@login_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest, uid) -> HttpResponse:
    """Record what the issuer says now, beside what is on file, and confirm it."""
    facility = _working_at(request)
    credential = get_object_or_404(
        Credential.objects.select_related("practitioner", "credential_type"), uid=uid
    )
    practitioner, today = credential.practitioner, clock.today(facility)
    refuse_own_file(request.user, practitioner)
    accepted = accepted_sources(element_of(credential.credential_type.code), facility, on=today)
    answer = answer_to_confirm(credential)
    form = RenewalForm(
        request.POST or None,
        request.FILES or None,
        kind=credential.credential_type,
        accepted=accepted,
        today=today,
        filed=documents_filed_for(credential=credential),
        answered=answer is not None,
        initial=_initial(credential, today, _as_answered(answer, facility)),
    )
    back = _back(request, practitioner)
    page = _page(credential, facility, form, back) | {"answer": answer}
    if page["refusal_reason"]:
        return render_page(request, TEMPLATE, page, status=200 if request.method == "GET" else 422)

    def verify(given: dict) -> Done:
        following = _following(request, back, credential)
        last = _verify(request, credential, facility, form, answer).end
        until = f", through {last.day} {last:%b %Y}" if last else ""
        told = f"Confirmed by the source: {credential} of {practitioner}{until}."
        return Done(f"{told} This is the next one." if following else told, following or back)

    return answer_form(request, page, verify, template=TEMPLATE)


def _verify(
    request: HttpRequest,
    credential: Credential,
    facility: Facility,
    form: RenewalForm,
    answer: RunStep | None,
):
    given = dict(form.cleaned_data)
    if answer is not None and given["method"] == Method.API:
        given["evidence"] = answer.evidence
    given.pop("compared")
    upload = given.pop("document")
    filed = documents_filed_for(credential=credential)
    document = filed_document(given.pop("filed", ""), filed)
    if upload is not None:
        document = store_document(
            actor=request.user,
            practitioner=credential.practitioner,
            title=f"{credential}: {given['source']}"[:200],
            file_name=upload.name,
            content=upload.read(),
        )
    return renewals.verify_credential(
        actor=request.user, credential=credential, facility=facility, document=document, **given
    )


def _page(credential: Credential, facility: Facility, form: RenewalForm, back: str) -> dict[str, Any]:
    practitioner = credential.practitioner
    open_items = VerificationItem.objects.filter(workable_q("application__"), credential=credential).exclude(
        status__in=NOT_ASKED
    )
    return {
        "title": f"Verify: {credential}",
        "subtitle": f"{practitioner}, for {facility}",
        "crumbs": _crumbs(practitioner, "Verify a credential"),
        "today": clock.today(facility),
        "credential": credential,
        "periods": credential.periods.live().select_related("evidence").order_by("-valid"),
        "items": [
            {"label": str(each.application), "url": links.item(each)}
            for each in open_items.select_related("application__practitioner", "application__facility")
        ],
        "refusal_reason": why_not_renewed(credential),
        "form": form,
        "submit": "Record and confirm",
        "cancel_url": back,
        "upload": True,
    }


def _initial(credential: Credential, today: dt.date, answered: dict[str, Any]) -> dict[str, Any]:
    """The source of last time, and the first day after what is confirmed while that still runs; what a claim
    says is not filled in: it is to be read at the source. What a machine was ``answered`` goes before; where
    that is what is confirmed already, nothing was renewed and the first day stays.
    """
    rows = list(credential.periods.live().select_related("evidence").order_by("valid"))
    confirmed = [row for row in rows if row.standing == Standing.CONFIRMED]
    last = confirmed[-1] if confirmed else None
    start = last.valid.upper if last else (rows[-1].valid.lower if rows else None)
    if last is not None and start is not None and start <= today:
        start = None  # it ran out: whether there was a gap is what the source says, not what fits
    known = last.evidence if last else None
    through = dt.date.fromisoformat(str(answered["valid_through"])) if "valid_through" in answered else None
    if last is not None and through is not None and last.valid.upper == through + ONE_DAY:
        start = last.valid.lower
    return {
        "source": known.source if known else credential.issuer,
        "source_kind": known.source_kind if known else "",
        "valid_from": start,
    } | answered


def _following(request: HttpRequest, back: str, credential: Credential) -> str:
    """Where the next row of the list of expirables is verified, in its order and as it was narrowed; empty
    when the reader came from elsewhere, or was at its end.
    """
    came_from = urlsplit(back)
    if came_from.path != reverse("credentialing:expirables"):
        return ""
    facility = current_facility(request)
    if facility is None or not may(request.user, VIEW, facility):
        return ""
    asked, today = QueryDict(came_from.query), clock.today(facility)
    rows = expiring([facility.pk], on=today)
    narrowed = ExpirableFilter(asked, queryset=rows, today=today, facility=facility).qs
    ordered, _ = EXPIRABLES.sorted(narrowed, asked.get("sort", ""))
    order = list(ordered.values_list("identity_id", flat=True)[:FOLLOWED])
    if credential.pk not in order:
        return ""
    after = order[order.index(credential.pk) + 1 :][:NEAREST]
    found = Credential.objects.filter(pk__in=after).exclude(practitioner__user=request.user)
    by_id = found.select_related("practitioner", "credential_type").in_bulk()
    to_verify = (by_id[pk] for pk in after if pk in by_id and not why_not_renewed(by_id[pk]))
    return next((links.verify(each, back=back) for each in to_verify), "")


def _as_answered(answer: RunStep | None, facility: Facility) -> dict[str, Any]:
    """What the board said when a machine asked it, for a person to compare and confirm."""
    if answer is None or answer.evidence is None:
        return {}
    name = ConnectedSource.objects.filter(code=answer.source).values_list("name", flat=True).first()
    given = {
        "source": name or str(answer.evidence.source),
        "source_kind": answer.evidence.source_kind,
        "method": Method.API,
        "verified_on": clock.date_at(answer.evidence.obtained_at, facility),
        "source_date": answer.evidence.source_date,
        "result": answer.sentence,
    }
    said = {name: answer.findings[name] for name in ("status", "valid_through") if name in answer.findings}
    return given | said


def _crumbs(practitioner: Practitioner, *more: str) -> list[Crumb]:
    return [
        Crumb("Practitioners", reverse("practitioners:list")),
        Crumb(str(practitioner), links.practitioner(practitioner)),
        *map(Crumb, more),
    ]


def _working_at(request: HttpRequest) -> Facility:
    """The facility of this page, where the reader must hold the permission."""
    require(request.user, renewals.VERIFY)
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    require(request.user, renewals.VERIFY, facility)
    return facility


def _back(request: HttpRequest, practitioner: Practitioner) -> str:
    """Where the reader came from, when it is a page of this site; else the file."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    if asked and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return asked
    return links.practitioner(practitioner)
