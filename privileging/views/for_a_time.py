"""What an application granted for a time: through which day, how long at most, and letting it run longer."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from bylaws.policies import is_own_file
from bylaws.selectors.reviews import reviewers_of
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.display.dates import day_text, moment
from config.kernel.pages import Crumb, Done, answer_form, render_page
from config.kernel.periods import last_day
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from credentialing.policies import reviewed_file_or_404
from credentialing.selectors.telemedicine import missing_by_proxy
from privileging.clocks import clocks_of
from privileging.forms.for_a_time import ExtendForm, VolunteerForm
from privileging.models import GrantPeriod
from privileging.selectors.disasters import volunteer_of
from privileging.selectors.for_a_time import grants_of, in_force, limit_of
from privileging.services.disasters import decide_volunteer
from privileging.services.for_a_time import extend_grants, granting_step

TEMPLATE = "privileging/for_a_time.html"
GRANTS = "bylaws.recommend"


@login_required
@require_GET
def for_a_time(request: HttpRequest, uid) -> HttpResponse:
    """What was granted, and, for whoever may grant, the form that lets it run longer."""
    application, _ = reviewed_file_or_404(request.user, uid)
    return render_page(request, TEMPLATE, granted_page(request, application))


@login_required
@require_POST
def extend(request: HttpRequest, uid) -> HttpResponse:
    """What was granted runs longer."""
    application, _ = reviewed_file_or_404(request.user, uid)
    require(request.user, GRANTS, application.facility)
    form = ExtendForm(request.POST)

    def run(given: dict) -> Done:
        extend_grants(actor=request.user, application=application, **given)
        return Done(f"They run through {day_text(given['until'])}.", address_of(application))

    page = granted_page(request, application) | {"form": form}
    return answer_form(request, page, run, template=TEMPLATE, form=form)


@login_required
@require_POST
def decide(request: HttpRequest, uid) -> HttpResponse:
    """Whether a volunteer's privileges continue."""
    application, _ = reviewed_file_or_404(request.user, uid)
    require(request.user, GRANTS, application.facility)
    form = VolunteerForm(request.POST)
    page = granted_page(request, application) | {"decide": form}

    def run(given: dict) -> Done:
        made = decide_volunteer(actor=request.user, application=application, **given)
        said = f"They continue through {day_text(made.until)}." if made.until else "They ended today."
        return Done(said, address_of(application))

    return answer_form(request, page, run, template=TEMPLATE, form=form)


def address_of(application: Application) -> str:
    """Where what the application granted is read."""
    return reverse("privileging:for_a_time", args=[application.uid])


def granted_page(request: HttpRequest, application: Application) -> dict[str, Any]:
    """The page: facts, what is granted, and the form or why there is none."""
    today = clock.today(application.facility)
    rows = grants_of(application)
    running = in_force(rows, today)
    why_not = _why_not_longer(request, application, running)
    volunteer = volunteer_of(application)
    return {
        "title": str(application.practitioner),
        "person": str(application.practitioner),
        "subtitle": f"{application.get_kind_display()} at {application.facility}",
        "crumbs": [Crumb("Today", "/"), Crumb(f"{application.practitioner}: granted for a time")],
        "badges": [ApplicationStatus(application.status)],
        "application": application,
        "today": today,
        "facts": _facts(application, running),
        "missing": missing_by_proxy(application, today) if running else [],
        "rows": rows,
        "running": running,
        "form": None if why_not or volunteer else ExtendForm(),
        "why_not": why_not,
        "volunteer": volunteer,
        "clocks": clocks_of(volunteer) if volunteer else (),
        "decisions": application.volunteer_decisions.select_related("decided_by") if volunteer else (),
        "decide": None if why_not or not volunteer else VolunteerForm(),
        "decide_url": reverse("privileging:decide_volunteer", args=[application.uid]),
        "extend_url": reverse("privileging:extend_granted", args=[application.uid]),
    }


def _facts(application: Application, running: list[GrantPeriod]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"label": "Ground", "value": application.get_ground_display()},
        {"label": "Need", "value": application.need},
        {"label": "Distant site", "value": application.distant_site},
        {"label": "Agreement", "value": application.agreement.title if application.agreement else ""},
    ]
    if application.awaits is not None:
        awaited = application.awaits
        beside = f"{awaited.get_kind_display()}, {awaited.get_status_display().lower()}"
        told.append({"label": "Waits beside", "value": beside})
    if application.arrived_at is not None:
        told.append({"label": "Emergency", "value": str(application.activation)})
        told.append({"label": "Arrived", "value": moment(application.arrived_at)})
        told.append({"label": "Shown", "value": application.get_proof_display()})
    facts = [each for each in told if each["value"]]
    if running:
        facts.append({"label": "Through", "day": last_day(max(row.valid.upper for row in running))})
        counted = application.arrived_at is None
        limit = limit_of(application, clock.today(application.facility)) if counted else None
        if limit is not None:
            facts.append(
                {"label": "At most through", "day": last_day(limit.end), "hint": limit.bound.citation}
            )
    if application.rule.evaluated_elsewhere:
        facts.append(
            {
                "label": "Evaluation",
                "value": f"By {application.distant_site}; its data are used, no evaluation opens here.",
            }
        )
    return facts


def _why_not_longer(request: HttpRequest, application: Application, running: list[GrantPeriod]) -> str:
    """Why the reader cannot let it run longer, in a sentence; empty when they can."""
    if not running:
        return "Nothing of it is in force today."
    step = granting_step(application)
    if step is None:
        return "No officer granted it alone: what is to run longer is asked for anew."
    able = reviewers_of(step)
    if any(each.user.pk == request.user.pk for each in able) and may(
        request.user, GRANTS, application.facility
    ):
        return ""
    if is_own_file(request.user, application.practitioner) or not able:
        return "Nobody of those who may grant can act here."
    return f"{able[0].user} lets it run longer, as {able[0].office.lower()}."
