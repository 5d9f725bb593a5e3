"""Emergencies: the activations of the operations plan, and the volunteers who came for one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from bylaws.views.common import facility_for
from config.accounts.policies import may, require
from config.kernel.display.dates import moment
from config.kernel.pages import Crumb, Done, answer_form, render_page
from config.organization.models import Facility
from credentialing import links, policies
from credentialing.forms.emergencies import ControlForm, EndForm, StartForm
from credentialing.models import Activation, Application
from credentialing.selectors.emergencies import activations, active_at, volunteers
from credentialing.services import emergencies

MANAGE = "credentialing.manage_application"
#: How many activations the page lists.
MOST = 50
LIST, PAGE = "credentialing/emergencies.html", "credentialing/emergency.html"


@login_required
@require_GET
def emergency_list(request: HttpRequest) -> HttpResponse:
    """Whether the plan is activated at the facility, and when it was before."""
    facility = facility_for(request, policies.VIEW)
    return render_page(request, LIST, _list_page(request, facility))


@login_required
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """The plan is activated."""
    facility = facility_for(request, MANAGE)
    form = StartForm(request.POST)

    def record(given: dict) -> Done:
        made = emergencies.start_activation(actor=request.user, facility=facility, **given)
        return Done("Recorded: the plan is activated.", address_of(made))

    page = _list_page(request, facility) | {"form": form}
    return answer_form(request, page, record, template=LIST, form=form)


def _list_page(request: HttpRequest, facility: Facility) -> dict[str, Any]:
    standing = active_at(facility)
    return {
        "title": "Emergencies",
        "subtitle": f"Activations of the emergency operations plan of {facility}. Only meanwhile are "
        "volunteers granted disaster privileges.",
        "standing": standing,
        "rows": activations(facility)[:MOST],
        "form": StartForm() if may(request.user, MANAGE, facility) and standing is None else None,
        "start_url": reverse("credentialing:emergency_start"),
    }


@login_required
@require_GET
def emergency(request: HttpRequest, uid) -> HttpResponse:
    """One activation with its volunteers."""
    return render_page(request, PAGE, _page(request, _activation(request, uid)))


@login_required
@require_POST
def end(request: HttpRequest, uid) -> HttpResponse:
    """The activation ends."""
    activation = _activation(request, uid)
    require(request.user, MANAGE, activation.facility)
    form = EndForm(request.POST)

    def record(given: dict) -> Done:
        emergencies.end_activation(actor=request.user, activation=activation, **given)
        return Done(
            "The activation has ended, and with it the privileges of its volunteers.", address_of(activation)
        )

    return answer_form(request, _page(request, activation, ending=form), record, template=PAGE, form=form)


@login_required
@require_POST
def under_control(request: HttpRequest, uid) -> HttpResponse:
    """Since when the emergency is under control."""
    activation = _activation(request, uid)
    require(request.user, MANAGE, activation.facility)
    form = ControlForm(request.POST)
    page = _page(request, activation, control=form)

    def record(given: dict) -> Done:
        emergencies.bring_under_control(actor=request.user, activation=activation, **given)
        return Done("Recorded: licenses of volunteers are verified now.", address_of(activation))

    return answer_form(request, page, record, template=PAGE, form=form)


def address_of(activation: Activation) -> str:
    """The page of an activation."""
    return reverse("credentialing:emergency", args=[activation.uid])


def _activation(request: HttpRequest, uid) -> Activation:
    require(request.user, policies.VIEW)
    found = Activation.objects.filter(uid=uid).select_related("facility", "recorded_by", "ended_by").first()
    if found is None or not may(request.user, policies.VIEW, found.facility):
        raise Http404
    return found


def _page(
    request: HttpRequest,
    activation: Activation,
    *,
    ending: EndForm | None = None,
    control: ControlForm | None = None,
) -> dict[str, Any]:
    acts = activation.is_active and may(request.user, MANAGE, activation.facility)
    facts = [
        {"label": "Plan activated", "value": moment(activation.started_at)},
        {"label": "Recorded by", "value": str(activation.recorded_by)},
    ]
    if activation.under_control_at:
        facts.append({"label": "Under control since", "value": moment(activation.under_control_at)})
    if activation.ended_at:
        facts += [
            {"label": "Ended", "value": moment(activation.ended_at)},
            {"label": "Ended by", "value": str(activation.ended_by)},
            {"label": "Why", "value": activation.ended_because},
        ]
    rows = volunteers(activation).filter(policies.not_own(request.user))
    return {
        "title": activation.emergency,
        "subtitle": f"Emergency operations plan of {activation.facility}",
        "crumbs": [Crumb("Emergencies", reverse("credentialing:emergencies")), Crumb(activation.emergency)],
        "activation": activation,
        "facts": facts,
        "rows": [_line(each) for each in rows],
        "ending": (ending or EndForm()) if acts else None,
        "control": (control or ControlForm()) if acts and activation.under_control_at is None else None,
        "end_url": reverse("credentialing:emergency_end", args=[activation.uid]),
        "control_url": reverse("credentialing:emergency_control", args=[activation.uid]),
    }


def _line(application: Application) -> dict[str, Any]:
    return {
        "application": application,
        "url": links.application(application),
        "license_open": getattr(application, "license_open", True),
    }
