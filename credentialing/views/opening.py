"""Opening an application: first its kind, each with what it means, then what that kind asks."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from config.accounts.policies import facilities_with, require
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, Done, address, answer_form, render_page
from config.organization.models import Facility
from credentialing import kinds, links
from credentialing.choices import ApplicationKind
from credentialing.forms.opening import OpenApplicationForm
from credentialing.selectors.standings import awaited_by
from credentialing.services.several import open_for_several
from practitioners.models import Practitioner

MANAGE = "credentialing.manage_application"


@login_required
@require_http_methods(["GET", "POST"])
def open_application(request: HttpRequest, uid) -> HttpResponse:
    """Open a file for a practitioner at the facility where the reader works now, and at others of theirs."""
    require(request.user, MANAGE)
    practitioner = get_object_or_404(Practitioner, uid=uid)
    facility = _working_at(request)
    chosen = request.POST.get("kind") or request.GET.get("kind", "")
    page: dict[str, Any] = {
        "title": "Open an application",
        "subtitle": f"{practitioner} at {facility}",
        "crumbs": [
            Crumb("Practitioners", reverse("practitioners:list")),
            Crumb(str(practitioner), links.practitioner(practitioner)),
            Crumb("Open an application"),
        ],
        "cancel_url": links.practitioner(practitioner),
    }
    if chosen not in ApplicationKind.values:
        here = reverse("credentialing:open", args=[practitioner.uid])
        page["kinds"] = [
            (ApplicationKind(each.code), each.means, address(here, kind=each.code))
            for each in kinds.KINDS.values()
        ]
        return render_page(
            request, "credentialing/open_kind.html", page, status=422 if request.method == "POST" else 200
        )
    kind = kinds.kind_of(chosen)
    form = OpenApplicationForm(
        request.POST or None,
        kind=kind,
        facility=facility,
        others=_others(request, facility) if kind.for_several else (),
        awaited=awaited_by(practitioner, facility) if kinds.AWAITS in kind.asks else (),
        initial={"kind": chosen},
    )
    page |= {
        "title": f"Open an application: {kind.label[:1].lower()}{kind.label[1:]}",
        "intro": kind.means,
        "form": form,
        "submit": "Open the application",
    }

    def open_it(given: dict) -> Done:
        opened = open_for_several(
            actor=request.user,
            practitioner=practitioner,
            kind=given["kind"],
            places=[(facility, given["department"]), *form.departments],
            category=given.get("category"),
            scheduled_decision_on=given.get("scheduled_decision_on"),
            particulars=form.particulars,
        )
        places = " and at ".join(str(each.facility) for each in opened)
        said = f"Applications are open at {places}." if opened[1:] else "The application is open."
        return Done(
            f"{said} Record what the applicant states, then submit it.",
            links.application(opened[0]),
        )

    return answer_form(request, page, open_it)


def _working_at(request: HttpRequest) -> Facility:
    """The facility of this page, where the reader must hold the permission."""
    facility = Facility.objects.filter(pk=getattr(request.facility, "pk", None)).first()
    if facility is None:
        raise Refused("You hold no role at a facility.")
    require(request.user, MANAGE, facility)
    return facility


def _others(request: HttpRequest, facility: Facility) -> list[Facility]:
    """The further facilities whose files the reader works; one query."""
    places = facilities_with(request.user, MANAGE)
    return list(Facility.objects.filter(pk__in=places).exclude(pk=facility.pk).order_by("name"))
