"""Focused evaluations: the list, and one of them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bylaws.views.common import facility_for
from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class, require
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Empty,
    go_to,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from privileging.choices import FPPEStatus
from privileging.filters import FPPEFilter
from privileging.forms.fppe import ConclusionForm, TakeUpForm
from privileging.models import FPPEPlan
from privileging.selectors.grants import fppe_plan, fppe_plans, taking_up
from privileging.services.grants import close_fppe, start_fppe, take_up_fppe
from privileging.tables import FPPE

MANAGE = "privileging.manage_fppe"
TAKE_UP = "bylaws.run_meeting"
TEMPLATE = "privileging/fppe_plan.html"


@login_required
@require_GET
def fppe(request: HttpRequest) -> HttpResponse:
    """The focused evaluations of the facility where the reader works now; those not closed, unless others are
    asked for.
    """
    facility = facility_for(request, MANAGE)
    filterset = FPPEFilter(
        request.GET, queryset=fppe_plans(request.user, facility), today=clock.today(facility)
    )
    return render_list(
        request,
        FPPE,
        filterset.qs,
        title="Focused evaluations",
        subtitle=f"At {facility}; every newly granted privilege begins with one (FPPE)",
        noun="evaluation",
        filterset=filterset,
        empty=Empty(
            "No focused evaluation here.",
            "One opens for every privilege the board newly grants.",
            icon="microscope",
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def plan_page(request: HttpRequest, uid) -> HttpResponse:
    """One evaluation; closing it takes a conclusion in words."""
    plan = _plan(request, uid)
    form = ConclusionForm(request.POST or None)
    page = _page(request, plan, form)
    if request.method == "GET":
        return render_page(request, TEMPLATE, page)
    if not form.is_valid() and page["form"] is not None:
        return render_invalid(request, TEMPLATE, page)
    stated = form.cleaned_data if form.is_valid() else {}  # without a form on the page the service refuses
    if page["form"] is not None and not stated["satisfactory"] and "sure" not in request.POST:
        return render_page(request, "pages/confirm.html", _ask_again(plan, stated))
    try:
        close_fppe(
            actor=request.user,
            plan=plan,
            satisfactory=stated.get("satisfactory", False),
            conclusion=stated.get("conclusion", ""),
        )
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, page, form=page["form"])
    messages.success(request, "The evaluation is closed.")
    return go_to(request, reverse("privileging:fppe_plan", args=[plan.uid]))


def _ask_again(plan: FPPEPlan, stated: dict) -> dict:
    """Asks before an evaluation is closed as not satisfactory: a closed one is not opened again."""
    address = reverse("privileging:fppe_plan", args=[plan.uid])
    grant = plan.grant
    return {
        "title": "Close as not satisfactory?",
        "subtitle": f"{grant.practitioner}: {grant.privilege} at {grant.facility}",
        "crumbs": [
            Crumb("Focused evaluations", reverse("privileging:fppe")),
            Crumb(str(grant.practitioner), address),
            Crumb("Close"),
        ],
        "question": f"Close the evaluation of {grant.practitioner} as not satisfactory?",
        "consequence": "A closed evaluation is not opened again. The medical staff coordinator is told on "
        "their Today page and takes it to the body it belongs before; the privilege itself does not change "
        "by it.",
        "preview": [stated["conclusion"]],
        "hidden": [("satisfactory", "no"), ("conclusion", stated["conclusion"]), ("sure", "yes")],
        "submit": "Close as not satisfactory",
        "danger": True,
        "cancel_url": address,
    }


@login_required
@require_POST
def take_up(request: HttpRequest, uid) -> HttpResponse:
    """What an evaluation found goes to the body it belongs before."""
    plan = _plan(request, uid)
    require(request.user, TAKE_UP, plan.grant.facility)
    form = TakeUpForm(request.POST)
    if not form.is_valid():
        return render_invalid(request, TEMPLATE, _page(request, plan, None) | {"take_up": form})
    try:
        take_up_fppe(actor=request.user, plan=plan, **form.cleaned_data)
    except Refused as refused:
        page = _page(request, plan, None)
        if page["take_up"] is not None:
            page["take_up"] = form
        return render_refused(request, refused, TEMPLATE, page, form=page["take_up"])
    messages.success(request, "Taken up. It no longer waits on Today.")
    return go_to(request, reverse("privileging:fppe_plan", args=[plan.uid]))


@login_required
@require_POST
def start(request: HttpRequest, uid) -> HttpResponse:
    """The evaluation is under way."""
    plan = _plan(request, uid)
    try:
        start_fppe(actor=request.user, plan=plan)
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, _page(request, plan, None))
    messages.success(request, "The evaluation is under way.")
    return go_to(request, reverse("privileging:fppe_plan", args=[plan.uid]))


def _plan(request: HttpRequest, uid) -> FPPEPlan:
    require(request.user, MANAGE)
    plan = fppe_plan(request.user, uid)
    if plan is None:
        raise Http404
    return plan


def _page(request: HttpRequest, plan: FPPEPlan, form: ConclusionForm | None) -> dict:
    grant = plan.grant
    may_read = may_see_class(request.user, DataClass.PEER_REVIEW, grant.facility)
    if plan.conclusion and may_read:
        record_protected_read(
            actor=request.user,
            data_class=DataClass.PEER_REVIEW,
            subject_kind=plan._meta.label_lower,
            subject_uid=plan.uid,
            practitioner=grant.practitioner,
            reason="Conclusion of a focused evaluation",
        )
    status = FPPEStatus(plan.status)
    actions = []
    if status == FPPEStatus.PLANNED:
        actions.append(
            Action(
                "Start",
                reverse("privileging:fppe_start", args=[plan.uid]),
                method="post",
                kind="primary",
                icon="player-play",
            )
        )
    unsatisfactory = status == FPPEStatus.CLOSED_UNSUCCESSFUL
    taken = taking_up(plan) if unsatisfactory else None
    return {
        "title": str(grant.practitioner),
        "subtitle": f"Focused evaluation: {grant.privilege} at {grant.facility}",
        "page_badge": status,
        "person": grant.practitioner.display_name,
        "crumbs": [
            Crumb("Focused evaluations", reverse("privileging:fppe")),
            Crumb(str(grant.practitioner)),
        ],
        "actions": actions,
        "plan": plan,
        "facts": [
            {"label": "Privilege", "value": f"{grant.privilege} ({grant.privilege.code})"},
            {"label": "Why", "value": plan.get_reason_display()},
            {"label": "How", "value": plan.method or "As the department decides"},
            {"label": "Cases", "value": plan.cases_required},
            {"label": "Began", "day": plan.opened_on},
            {"label": "Due", "day": plan.due_on} if plan.due_on else {"label": "Due", "value": "To be set"},
            {"label": "Granted by", "value": grant.authority},
        ]
        + ([{"label": "Closed", "day": plan.closed_on}] if plan.closed_on else []),
        "conclusion": plan.conclusion if may_read else "",
        "form": form if status == FPPEStatus.IN_PROGRESS else None,
        "unsatisfactory": unsatisfactory,
        "taken": taken,
        "take_up": TakeUpForm()
        if unsatisfactory and taken is None and may(request.user, TAKE_UP, grant.facility)
        else None,
        "submit": "Close the evaluation",
    }
