"""Performed cases: what a feed told, what was done without the privilege, who hardly does what they may."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import may, require
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    address,
    answer_form,
    render_list,
    render_page,
    render_refused,
)
from config.kernel.pages.deliveries import Looked, answer_delivery, require_right
from privileging.choices import CaseCover
from privileging.filters import CaseFilter, LowVolumeFilter
from privileging.forms.performed import CasesForm, ExplainForm, SureCasesForm
from privileging.models import CaseDelivery, PerformedCase
from privileging.rules.cases_file import read_cases_csv
from privileging.selectors import performed as selectors
from privileging.services import performed as services
from privileging.services import procedures
from privileging.tables import CASES, LOW_VOLUME

SEE, EXPLAIN = selectors.SEE, services.EXPLAIN
TITLE = "Performed cases"
TEMPLATE = "privileging/case.html"


@login_required
@require_GET
def case_list(request: HttpRequest) -> HttpResponseBase:
    """The cases of the facility where the reader works now, as their feeds told them last."""
    facility = facility_for(request, SEE)
    since = selectors.fed_since(facility)
    told = f"from {day_text(since)} on" if since else "none yet"
    rows = selectors.cases(request.user, facility)
    _log(request, facility, "List of performed cases")
    return render_list(
        request,
        CASES,
        rows,
        title=TITLE,
        subtitle=f"At {facility}, {told}; as the hospital's own systems tell them",
        noun="case",
        filterset=CaseFilter(request.GET, queryset=rows),
        export=False,  # working exports carry no peer review
        actions=[
            Action("Load cases", reverse("privileging:cases_load"), icon="upload", kind="primary"),
            Action("Low volume", reverse("privileging:low_volume"), icon="chart-bar"),
        ],
        empty=Empty(
            "No case here.",
            "Load a file, or let the hospital's system deliver them over the interface.",
            icon="list-check",
        ),
    )


@login_required
@require_GET
def low_volume(request: HttpRequest) -> HttpResponseBase:
    """Who holds a privilege with fewer cases than the policy asks for."""
    facility = facility_for(request, SEE)
    today = clock.today(facility)
    policy = selectors.low_volume_at(facility, today)
    rows = selectors.low_volume(request.user, facility, today, policy)
    _log(request, facility, "Privileges with a low volume")
    return render_list(
        request,
        LOW_VOLUME,
        rows,
        title="Low volume",
        subtitle=_policy_said(facility, policy),
        noun="privilege",
        filterset=LowVolumeFilter(request.GET, queryset=rows, facility=facility, today=today),
        export=False,
        crumbs=[Crumb(TITLE, reverse("privileging:cases")), Crumb("Low volume")],
        empty=Empty(
            "Nobody is below the number.",
            "Only privileges that a procedure code names are counted, and whoever held them the whole time.",
            icon="chart-bar",
        ),
    )


def _policy_said(facility, policy: selectors.LowVolume) -> str:
    if not policy.is_set or policy.first_day is None:
        return "No number is on record: load the parameters first"
    said = (
        f"At {facility}: held since {day_text(policy.first_day)} or longer, with fewer than "
        f"{policy.cases.value} cases in {policy.months.value} months"
    )
    if policy.by_privilege:
        said += "; some privileges have a number of their own"
    if policy.unconfirmed:
        said += ". Nobody has confirmed these numbers yet"
    since = selectors.fed_since(facility)
    if since is None:
        return f"{said}. No feed has told of a case"
    return f"{said}. Cases are told only from {day_text(since)} on" if since > policy.first_day else said


# --- a delivery -----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def load_page(request: HttpRequest) -> HttpResponse:
    """A CSV of cases: looked at first, with every mistake by row and column, then loaded as a whole."""
    facility = facility_for(request, SEE)
    page: dict[str, Any] = {
        "title": "Load cases",
        "subtitle": str(facility),
        "crumbs": [Crumb(TITLE, reverse("privileging:cases")), Crumb("Load cases")],
        "deliveries": CaseDelivery.objects.filter(facility=facility).select_related("recorded_by")[:10],
        "codes_url": reverse("privileging:procedure_codes")
        if may(request.user, procedures.MANAGE, facility)
        else "",
        "submit": "Look at it first",
        "cancel_url": reverse("privileging:cases"),
    }

    def look(sent: dict[str, Any]) -> Looked:
        given, mistakes = read_cases_csv(sent["text"])
        if mistakes:
            return Looked(mistakes)
        looked = services.look_at_cases(
            actor=request.user, facility=facility, source=sent["source"], given=given
        )
        told = {
            "looked": looked,
            "corrected": len(looked.corrected),
            "new": len(looked.new),
            "preview": given[:5],
        }
        return Looked(looked.mistakes, told)

    def load(sent: dict[str, Any]) -> Done:
        given, mistakes = read_cases_csv(sent["text"])
        require_right(mistakes)
        made = services.load_cases(
            actor=request.user, facility=facility, source=sent["source"], name=sent["name"], given=given
        )
        return Done(
            f"Loaded: {made.added} new, {made.replaced} corrected, {made.unchanged} as they stood. Whether "
            "whoever did them was privileged is judged within minutes.",
            reverse("privileging:cases"),
        )

    return answer_delivery(
        request,
        page,
        "privileging/cases_load.html",
        form=CasesForm,
        look=look,
        load=load,
        sure=SureCasesForm,
    )


# --- one case -------------------------------------------------------------------------------------------


@login_required
@require_GET
def case_page(request: HttpRequest, uid) -> HttpResponse:
    """One case: what was told, whether who did it might, and what explains it where not."""
    case = _case(request, uid)
    _log(request, case, "A performed case", case.practitioner)
    return render_page(request, TEMPLATE, _page(request, case, ExplainForm()))


@login_required
@require_POST
def explain(request: HttpRequest, uid) -> HttpResponse:
    """What explains a case done without the privilege, or what follows from it."""
    case = _case(request, uid)
    require(request.user, EXPLAIN, case.facility)
    form = ExplainForm(request.POST)
    page = _page(request, case, form)
    if page["form"] is None:
        refused = Refused("There is nothing to explain here, or it was explained already.")
        return render_refused(request, refused, TEMPLATE, page)

    def act(values: dict[str, Any]) -> Done:
        services.explain_case(actor=request.user, judgement=page["judgement"], **values)
        return Done("Recorded. It no longer waits on Today.", reverse("privileging:case", args=[case.uid]))

    return answer_form(request, page, act, template=TEMPLATE, form=form)


def _log(request: HttpRequest, subject, what: str, practitioner=None) -> None:
    """What was done without the privilege, and how little, is peer review."""
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind=subject._meta.label_lower,
        subject_uid=subject.uid,
        practitioner=practitioner,
        reason=what,
    )


def _case(request: HttpRequest, uid) -> PerformedCase:
    require(request.user, SEE)
    return found(selectors.case(request.user, uid))


def _page(request: HttpRequest, case: PerformedCase, form: ExplainForm) -> dict[str, Any]:
    judgement = getattr(case, "judgement", None)
    explanation = getattr(judgement, "explanation", None)
    finding = judgement is not None and judgement.cover in selectors.UNCOVERED
    waits = finding and explanation is None and case.superseded_at is None
    return {
        "title": str(judgement.privilege) if judgement else f"{case.system} {case.code}",
        "subtitle": f"Performed at {case.facility} on {day_text(case.day)}",
        "crumbs": [Crumb(TITLE, reverse("privileging:cases")), Crumb(case.encounter)],
        "actions": _actions(request, case, judgement),
        "case": case,
        "judgement": judgement,
        "cover": CaseCover(judgement.cover) if judgement else None,
        "finding": finding,
        "explanation": explanation,
        "instead": selectors.standing_instead(case),
        "form": form if waits and may(request.user, EXPLAIN, case.facility) else None,
        "explain_url": reverse("privileging:case_explain", args=[case.uid]),
        "submit": "Record it",
    }


def _actions(request: HttpRequest, case: PerformedCase, judgement) -> list[Action]:
    if (
        judgement is None
        or case.practitioner is None
        or not may(request.user, "privileging.lookup", case.facility)
    ):
        return []
    moment = case.performed_at.astimezone(ZoneInfo(case.facility.time_zone))
    asked = address(
        reverse("privileging:lookup"),
        person=case.npi,
        privilege=judgement.privilege.code,
        facility=case.facility.code,
        on=case.day.isoformat(),
        known_at=moment.strftime("%Y-%m-%dT%H:%M"),
    )
    return [Action("What the lookup said then", asked, icon="search")]
