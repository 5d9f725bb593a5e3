"""Indicators of ongoing evaluation: which there are, one more, one changed or retired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bylaws.views.common import facility_for, found
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    answer_form,
    download,
    go_to,
    render_list,
    render_refused,
)
from config.kernel.pages.deliveries import Looked, answer_delivery
from privileging.choices import IndicatorKind
from privileging.filters import IndicatorFilter
from privileging.forms.oppe import IndicatorFileForm, IndicatorForm
from privileging.models import OPPEIndicator, PrivilegeForm
from privileging.services import indicators as services
from privileging.tables import INDICATORS

OPPE, TITLE = "Ongoing evaluation", "Indicators"
EMPTY = "privileging/oppe_refused.html"


@login_required
@require_GET
def indicator_list(request: HttpRequest) -> HttpResponse:
    """Every indicator that is in use, unless others are asked for; only to be read by whoever does not run
    ongoing evaluation at every hospital.
    """
    facility_for(request, services.MANAGE)
    keeps = services.may_keep_indicators(request.user)
    rows = OPPEIndicator.objects.prefetch_related("forms")
    add = Action("Add an indicator", reverse("privileging:indicator_add"), icon="plus", kind="primary")
    examples = Action(
        "Load the examples", reverse("privileging:indicator_examples"), icon="download", method="post"
    )
    return render_list(
        request,
        INDICATORS if keeps else replace(INDICATORS, row_url=None),
        rows,
        title=TITLE,
        subtitle="What is looked at in ongoing evaluation (OPPE); one for all hospitals here",
        noun="indicator",
        filterset=IndicatorFilter(request.GET, queryset=rows),
        actions=[
            add,
            Action("Load a file", reverse("privileging:indicator_load"), icon="upload"),
            Action("Download as YAML", reverse("privileging:indicator_file"), icon="download"),
            examples,
        ]
        if keeps
        else [],
        crumbs=[Crumb(OPPE, reverse("privileging:oppe")), Crumb(TITLE)],
        empty=Empty(
            "No indicator here.",
            "Add your own, or load the examples and change them."
            if keeps
            else "Whoever runs ongoing evaluation at every hospital adds them.",
            add if keeps else None,
            icon="chart-line",
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def indicator_add(request: HttpRequest) -> HttpResponse:
    """One more indicator."""
    facility_for(request, services.MANAGE)
    services.require_indicators(request.user)
    form = IndicatorForm(request.POST or None, specialties=PrivilegeForm.objects.order_by("name"))

    def add(given: dict[str, Any]) -> Done:
        forms = given.pop("specialties")
        made = services.add_indicator(actor=request.user, forms=list(forms), **given)
        return Done(f"{made} is in use.", reverse("privileging:indicators"))

    return answer_form(request, _page("Add an indicator", form, "Add it"), add)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def indicator(request: HttpRequest, uid) -> HttpResponse:
    """One indicator, to be changed or retired."""
    facility_for(request, services.MANAGE)
    services.require_indicators(request.user)
    one = found(OPPEIndicator.objects.prefetch_related("forms").filter(uid=uid).first())
    form = IndicatorForm(
        request.POST or None,
        specialties=PrivilegeForm.objects.order_by("name"),
        kind=one.kind,
        initial={
            "name": one.name,
            "per": one.per,
            "specialties": one.forms.all(),
            "higher_is_better": one.higher_is_better,
            "target": one.target,
            "trigger_at": one.trigger_at,
            "retired": one.retired,
        },
    )
    page = _page(one.name, form, "Keep it") | {
        "subtitle": f"{IndicatorKind(one.kind).label}, code {one.code}",
        "intro": "Profiles not signed yet show it as it is changed; a signed one keeps what was signed.",
    }

    def change(given: dict[str, Any]) -> Done:
        forms = given.pop("specialties")
        services.change_indicator(actor=request.user, indicator=one, forms=list(forms), **given)
        return Done(f"{given['name']} is changed.", reverse("privileging:indicators"))

    return answer_form(request, page, change)


@login_required
@require_POST
def examples(request: HttpRequest) -> HttpResponse:
    """The indicators that come with the product; those there already stay as they are."""
    facility_for(request, services.MANAGE)
    try:
        counts = services.load_indicators(actor=request.user)
    except Refused as refused:
        page = {
            "title": TITLE,
            "crumbs": [Crumb(OPPE, reverse("privileging:oppe")), Crumb(TITLE)],
        }
        return render_refused(request, refused, EMPTY, page)
    messages.success(
        request,
        f"{counts['added']} added, {counts['unchanged']} left as they are. They are examples: your "
        "departments decide which count.",
    )
    return go_to(request, reverse("privileging:indicators"))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """The hospital's own indicators from a file: looked at first."""
    facility_for(request, services.MANAGE)
    services.require_indicators(request.user)
    here = reverse("privileging:indicators")
    page: dict[str, Any] = {
        "title": "Load indicators",
        "subtitle": "What is looked at in ongoing evaluation (OPPE); one for all hospitals here",
        "crumbs": [Crumb(OPPE, reverse("privileging:oppe")), Crumb(TITLE, here), Crumb("Load")],
        "submit": "Look at it first",
        "cancel_url": here,
        "upload": True,
    }

    def look(sent: dict[str, Any]) -> Looked:
        found = services.look_at_indicators(actor=request.user, text=sent["text"])
        return Looked(found.mistakes, {"found": found})

    def load_it(sent: dict[str, Any]) -> Done:
        counts = services.load_indicator_text(actor=request.user, text=sent["text"], name=sent["name"])
        return Done(
            f"Loaded: {counts['added']} added, {counts['changed']} changed, {counts['unchanged']} as they "
            "stood.",
            here,
        )

    return answer_delivery(
        request, page, "privileging/indicator_load.html", form=IndicatorFileForm, look=look, load=load_it
    )


@login_required
@require_GET
def file(request: HttpRequest) -> HttpResponse:
    """All indicators as YAML, to keep or to change and load again."""
    facility_for(request, services.MANAGE)
    text = services.export_indicators(actor=request.user)
    return download(text.encode(), "application/yaml", file_name="indicators.yaml")


def _page(title: str, form: IndicatorForm, submit: str) -> dict[str, Any]:
    here = reverse("privileging:indicators")
    return {
        "title": title,
        "crumbs": [Crumb(OPPE, reverse("privileging:oppe")), Crumb(TITLE, here), Crumb(title)],
        "form": form,
        "submit": submit,
        "cancel_url": here,
    }
