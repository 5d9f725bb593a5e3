"""How long files take, step by step."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from config.accounts.policies import facilities_with, require
from config.kernel import clock
from config.kernel.dates import add_months
from config.kernel.pages import Action, Empty, render_invalid, render_page
from config.organization.models import Facility
from credentialing import policies
from credentialing.forms.audits import TurnaroundForm
from credentialing.selectors.turnaround import turnaround

MONTHS = 12
#: Where each step ends, for the columns of the chart.
ENDS = {
    "complete": "Ready",
    "chair": "Chair",
    "committee": "Committee",
    "mec": "MEC",
    "board": "Board",
    "notified": "Letter",
}


@login_required
@require_GET
def turnaround_page(request: HttpRequest) -> HttpResponse:
    """Median and 90th percentile of each step, and what stayed open longest."""
    require(request.user, policies.VIEW)
    places = Facility.objects.filter(pk__in=facilities_with(request.user, policies.VIEW)).order_by("name")
    form = TurnaroundForm(request.GET or None, facilities=places, initial={"months": MONTHS})
    page = {
        "title": "Turnaround",
        "subtitle": "Calendar days from step to step, of the files the board decided.",
        "actions": [Action("Open work", url=reverse("credentialing:work"), icon="list-check")],
        "form": form,
    }
    if form.is_bound and not form.is_valid():
        return render_invalid(request, "credentialing/turnaround.html", page)
    given = form.cleaned_data if form.is_bound else {}
    today = clock.today(getattr(request, "facility", None))
    one = given.get("facility")
    report = turnaround(
        [one.pk] if one else facilities_with(request.user, policies.VIEW),
        first_day=add_months(today, -(given.get("months") or MONTHS)),
        last_day=today,
        kind=given.get("kind") or "",
    )
    page |= {
        "report": report,
        "chart": [
            (ENDS[step.code], round(step.median))
            for step in report.steps
            if step.code in ENDS and step.median is not None
        ],
        "empty": Empty(
            "No file was decided in this time.",
            "Choose a longer time, or see how old the files are that are still open.",
            Action("Open work", url=reverse("credentialing:work"), kind="primary"),
        ),
    }
    return render_page(request, "credentialing/turnaround.html", page)
