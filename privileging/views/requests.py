"""The page on which an application asks for privileges."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from bylaws.policies import is_own_file
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import (
    Crumb,
    Done,
    Tab,
    address,
    answer_form,
    go_to,
    render_invalid,
    render_page,
    render_refused,
)
from credentialing.models import Application
from credentialing.policies import application_or_404
from privileging.choices import FormLineKind
from privileging.forms.requests import CaseVolumeForm, PrivilegeChoiceForm
from privileging.models import PrivilegeFormVersion
from privileging.rules.criteria_words import procedure_groups
from privileging.rules.settings import settings_in_words
from privileging.selectors.criteria import evaluate_form
from privileging.selectors.performed import fed_totals
from privileging.selectors.remappings import instead_of_held
from privileging.selectors.requests import (
    NOT_ASKED,
    case_volumes,
    requests_of,
    version_lines,
    versions_offered,
)
from privileging.selectors.resources import lacking_at, not_offered
from privileging.services.requests import drop_form, request_with_cases, why_not_changeable
from privileging.services.volumes import record_case_volume

TEMPLATE = "privileging/request.html"
MANAGE = "credentialing.manage_application"


@login_required
@require_http_methods(["GET", "POST"])
def request_page(request: HttpRequest, uid) -> HttpResponse:
    """Choose a form, strike from its core, add special privileges; criteria are shown per line."""
    application = _application(request, uid)
    page = _page(request, application)
    if request.method == "GET":
        return render_page(request, TEMPLATE, page)
    require(request.user, MANAGE, application.facility)
    version, form = page["form_version"], page["form"]
    if version is None or form is None:
        raise Http404
    cases = page["cases_form"]
    if cases.is_bound and not cases.is_valid():
        return render_invalid(request, TEMPLATE, page)

    def ask(given: dict) -> Done:
        request_with_cases(
            actor=request.user,
            application=application,
            version=version,
            struck=form.struck,
            special=given["special"],
            cases=cases.cleaned_data if cases.is_bound else None,
        )
        return Done(
            f"{len(given['core']) + len(given['special'])} privileges are asked for on the form {version}.",
            reverse("credentialing:file", args=[application.uid]),
        )

    return answer_form(request, page, ask, template=TEMPLATE)


@login_required
@require_POST
def drop(request: HttpRequest, uid) -> HttpResponse:
    """Ask for nothing on one form any more."""
    application = _application(request, uid)
    chosen = next(
        (each for each in requests_of(application) if str(each.version.uid) == request.POST.get("form")), None
    )
    if chosen is None:
        raise Http404
    here = reverse("privileging:request", args=[application.uid])
    try:
        drop_form(actor=request.user, request=chosen)
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, _page(request, application))
    messages.success(request, f"Nothing is asked for on the form {chosen.version} any more.")
    return go_to(request, here)


@login_required
@require_POST
def add_cases(request: HttpRequest, uid) -> HttpResponse:
    """State a number of cases; it counts as a claim until the case log is verified."""
    application = _application(request, uid)
    require(request.user, "practitioners.edit", application.facility)
    page = _page(request, application)
    if page["form_version"] is None:
        raise Http404
    today = clock.today(application.facility)
    form = CaseVolumeForm(request.POST, groups=page["groups"], today=today, prefix="cases")
    page["cases_form"] = form
    # What is ticked and not saved yet comes back ticked; without a box there is still the word for "none".
    ticked = [box["line"].privilege.code for box in (*page["core"], *page["special"]) if box["checked"]]
    here = address(
        reverse("privileging:request", args=[application.uid]),
        form=page["form_version"].uid,
        ticked=(ticked or [""]) if "choose" in request.POST else None,
    )

    def state(given: dict) -> Done:
        record_case_volume(actor=request.user, practitioner=application.practitioner, today=today, **given)
        return Done("Recorded. It counts as claimed until the case log is verified.", f"{here}#cases")

    return answer_form(request, page, state, template=TEMPLATE, form=form)


def _application(request: HttpRequest, uid) -> Application:
    application = application_or_404(request.user, uid)
    require(request.user, "privileging.view", application.facility)
    return application


def _page(request: HttpRequest, application: Application) -> dict:
    """What the page shows: tabs of forms, the choice, criteria, case numbers."""
    here = reverse("privileging:request", args=[application.uid])
    requests = requests_of(application)
    asked_on = [each for each in requests if any(line.status not in NOT_ASKED for line in each.lines.all())]
    offered = list(versions_offered(application.facility))
    wanted = request.POST.get("form") or request.GET.get("form", "")
    version = _chosen(wanted, requests, asked_on, offered)
    fixed = why_not_changeable(application)
    page = {
        "title": "Privileges requested",
        "subtitle": str(application),
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(str(application.practitioner), reverse("credentialing:file", args=[application.uid])),
            Crumb("Privileges"),
        ],
        "application": application,
        "fixed": fixed,
        "may_change": not fixed
        and may(request.user, MANAGE, application.facility)
        and not is_own_file(request.user, application.practitioner),
        "form_version": version,
        "form": None,
        "offered": [each for each in offered if each.pk not in {one.version_id for one in asked_on}],
        "tabs": [
            Tab(str(each.version), address(here, form=each.version.uid), active=each.version == version)
            for each in asked_on
        ],
        "here": here,
        "groups": {},
    }
    if version is not None:
        page |= _form_part(request, application, version, requests)
    return page


def _chosen(wanted: str, requests, asked_on, offered) -> PrivilegeFormVersion | None:
    known = {str(version.uid): version for version in offered}
    known |= {str(each.version.uid): each.version for each in requests}
    if wanted:
        return known.get(wanted)
    return asked_on[0].version if asked_on else None


def _form_part(
    request: HttpRequest, application: Application, version: PrivilegeFormVersion, requests
) -> dict:
    today = clock.today(application.facility)
    lines = version_lines(version)
    missing = lacking_at(lines, application.facility, today)
    left_out = [
        not_offered(line, application.facility, missing[line.pk]) for line in lines if line.pk in missing
    ]
    held = next((each for each in requests if each.version_id == version.pk), None)
    statuses = {line.form_line_id: line.status for line in held.lines.all()} if held else {}
    # What is asked for already stays in sight, also where the resources for it have gone since.
    asked_lines = {pk for pk, status in statuses.items() if status not in NOT_ASKED}
    lines = [line for line in lines if line.pk not in missing or line.pk in asked_lines]
    asked = {line.privilege.code for line in lines if line.pk in asked_lines}
    core = [line.privilege.code for line in lines if line.kind == FormLineKind.CORE]
    dropped = bool(statuses) and not asked
    initial = {
        "core": core if not statuses or dropped else [code for code in core if code in asked],
        "special": [code for code in asked if code not in core],
    }
    form = PrivilegeChoiceForm(
        request.POST if request.method == "POST" and "choose" in request.POST else None,
        lines=lines,
        initial=initial,
    )
    verdicts = evaluate_form(lines, application, today, requested=asked)
    groups = procedure_groups(version, lines, application.kind)
    instead = instead_of_held(application, [version], today)
    chosen = set(form.data.getlist("core") + form.data.getlist("special")) if form.is_bound else None
    if chosen is None and "ticked" in request.GET:
        chosen = set(request.GET.getlist("ticked"))
    typed = (
        CaseVolumeForm(request.POST, groups=groups, today=today, prefix="cases") if form.is_bound else None
    )
    boxes = [
        {
            "line": line,
            "verdict": verdicts[line.pk],
            "settings": settings_in_words(line.settings),
            "checked": (line.privilege.code in chosen)
            if chosen is not None
            else line.privilege.code in {*initial["core"], *initial["special"]},
        }
        for line in lines
    ]
    return {
        "form": form,
        "core": [box for box in boxes if box["line"].kind == FormLineKind.CORE],
        "special": [box for box in boxes if box["line"].kind == FormLineKind.SPECIAL],
        "core_verdict": next(
            (box["verdict"] for box in boxes if box["line"].kind == FormLineKind.CORE), None
        ),
        "held": held if asked else None,
        "instead": instead.get(version.pk, []),
        "left_out": left_out,
        "groups": groups,
        "volumes": case_volumes(application.practitioner, groups) if groups else [],
        "fed": fed_totals(application.practitioner, groups) if groups else [],
        "cases_form": typed
        if typed and typed.typed
        else CaseVolumeForm(groups=groups, today=today, prefix="cases"),
    }
