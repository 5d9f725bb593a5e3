"""Pages of applications: the list, opening one, the file, and its acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bylaws.choices import Body
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may, require
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    Tab,
    answer_form,
    chosen_uids,
    go_to,
    is_part,
    render_list,
    render_page,
    render_refused,
)
from credentialing import kinds, links, policies, tables
from credentialing.choices import PacketStatus
from credentialing.filters import ApplicationFilter
from credentialing.forms.applications import (
    AssignForm,
    DispositionForm,
    IssueForm,
    NothingToFill,
    ReasonForm,
    SubmitForm,
    WithdrawForm,
)
from credentialing.forms.opening import PlanForm
from credentialing.models import Application, RedFlag
from credentialing.selectors import files
from credentialing.selectors.assessment import category_of
from credentialing.selectors.elsewhere import offered_to
from credentialing.selectors.overdue import lapsed_since
from credentialing.selectors.release import release_missing
from credentialing.selectors.runs import ASKABLE, visible_runs
from credentialing.selectors.standings import awaited_by
from credentialing.services import applications, flags, sharing, verification
from credentialing.views.summary import TEMPLATE as SUMMARY
from credentialing.views.summary import summary_page

MANAGE, VERIFY = "credentialing.manage_application", "credentialing.verify"


# --- the list -------------------------------------------------------------------------------------------


@login_required
@require_GET
def application_list(request: HttpRequest) -> HttpResponse:
    """Every application the reader may see, narrowed, sorted, exported."""
    require(request.user, policies.VIEW)
    filterset = ApplicationFilter(
        request.GET, queryset=policies.visible_applications(request.user), viewer=request.user
    )
    one_place = len(facilities_with(request.user, policies.VIEW)) == 1
    return render_list(
        request,
        tables.without(tables.APPLICATIONS, "facility") if one_place else tables.APPLICATIONS,
        filterset.qs,
        title="Applications",
        subtitle="The newest first, unless you sort them otherwise. Days count from the day it was received.",
        noun="application",
        filterset=filterset,
        actions=_to_templates(request),
        empty=Empty(
            "No applications yet.",
            "Find the practitioner first, then open an application in their file.",
            icon="folder",
        ),
    )


def _to_templates(request: HttpRequest) -> list[Action]:
    if not may(request.user, "credentialing.manage_application"):
        return []
    url = reverse("credentialing:packet_templates")
    return [Action("What packets ask", url=url, icon="list-details")]


@login_required
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Give the selected files to a coordinator: first what will change, then the change."""
    require(request.user, MANAGE)
    places = facilities_with(request.user, MANAGE)
    chosen = list(
        policies.visible_applications(request.user).filter(
            uid__in=chosen_uids(request.POST.getlist("selected")), facility_id__in=places
        )
    )
    back = reverse("credentialing:list")
    if not chosen:
        messages.warning(request, "Select at least one application first.")
        return go_to(request, back)
    form = AssignForm(request.POST if "coordinator" in request.POST else None, facility_ids=places)
    page = {
        "title": "Give to a coordinator",
        "crumbs": [Crumb("Applications", back), Crumb("Give to a coordinator")],
        "question": f"Who works {_these(chosen)} from now on?",
        "preview": [f"{each} (now: {each.coordinator})" for each in chosen],
        "hidden": [("selected", str(each.uid)) for each in chosen],
        "form": form,
        "submit": "Give the files",
        "cancel_url": back,
    }
    if not form.is_bound:
        return render_page(request, "pages/confirm.html", page)

    def give(given: dict) -> Done:
        changed = applications.assign(actor=request.user, applications=chosen, **given)
        return Done(f"{changed} file{'s' if changed != 1 else ''} given to {given['coordinator']}.", back)

    return answer_form(request, page, give, template="pages/confirm.html")


def _these(chosen: list[Application]) -> str:
    return "this file" if len(chosen) == 1 else f"these {len(chosen)} files"


# --- the file -------------------------------------------------------------------------------------------


@login_required
@require_GET
def application_file(request: HttpRequest, uid) -> HttpResponse:
    """The file: whose turn it is, how far it is, what is still to be found out."""
    application = policies.application_or_404(request.user, uid)
    if is_part(request, "machine"):
        part = {"machine": _machine(request, application), "application": application}
        return render_page(request, "credentialing/parts/machine.html", part)
    if is_part(request, "elsewhere"):
        return render(request, "credentialing/parts/elsewhere.html", _elsewhere(request, application))
    if is_part(request, "category"):
        may_raise = may(request.user, MANAGE, application.facility) and application.is_open
        part = {
            "category": category_of(application, viewer=request.user),
            "raise_url": reverse("credentialing:raise_category", args=[application.uid]) if may_raise else "",
        }
        return render(request, "credentialing/parts/category.html", part)
    return render_page(request, "credentialing/application.html", _file_context(request, application))


def _file_context(request: HttpRequest, application: Application) -> dict[str, Any]:
    file = files.read_file(request.user, application)
    may_manage = may(request.user, MANAGE, application.facility)
    return head_of(request, application, file.waiting_for) | {
        "file": file,
        "summary_url": links.summary(application),
        "late": _late(application),
        "panels": [
            {
                "code": panel.code,
                "title": panel.title,
                "html": render_to_string(
                    panel.template, {**panel.context, "today": clock.today(application.facility)}, request
                ),
            }
            for panel in file.panels
        ],
        "actions": _actions(application, file, may_manage),
        "gate_action": _gate_action(application, may_manage),
        "gate_heading": _gate_heading(application),
        "may_manage": may_manage,
        "may_verify": may(request.user, VERIFY, application.facility),
        "disposition_form": DispositionForm(auto_id="disposition_%s"),
    }


def _elsewhere(request: HttpRequest, application: Application) -> dict[str, Any]:
    """What another application of the person has verified and this one still waits for; two queries."""
    workable = application.is_workable
    return {
        "offered": offered_to(request.user, application) if workable else [],
        "url": reverse("credentialing:act", args=[application.uid, "take_over"]),
        "may_take": may(request.user, VERIFY, application.facility),
    }


def _machine(request: HttpRequest, application: Application) -> dict[str, Any]:
    """The newest run over this file, and whether a machine could check something now or why not; six
    queries at most.
    """
    if not may(request.user, VERIFY, application.facility):
        return {}
    run: Any = visible_runs(request.user).filter(application=application).first()
    under_way = run is not None and run.ended_at is None
    why_not = "" if under_way else _why_no_machine(application)
    return {
        "run": run,
        "under_way": under_way,
        "done": run.number - run.number_open if run else 0,
        "may_start": not under_way and not why_not,
        "why_not": why_not,
    }


def _why_no_machine(application: Application) -> str:
    """Why no machine can check anything of the file now, in a sentence; empty where one can."""
    if not application.is_workable:
        return "A machine checks a file between its acceptance and the decision to complete it."
    if not application.items.exclude(automatic_source="").exists():
        return "Nothing in this file has a source that is asked by machine."
    if not application.items.filter(status__in=ASKABLE).exclude(automatic_source="").exists():
        return "Everything a machine can check in this file is answered."
    return release_missing(application)


def _late(application: Application) -> str:
    """That the term ran out while its renewal is worked on, in a sentence; empty where it did not."""
    since = lapsed_since(application, on=clock.today(application.facility))
    if since is None:
        return ""
    last = since - ONE_DAY
    return (
        f"The appointment lapsed on {last.day} {last:%b} {last.year}, before the board decided. "
        "Nothing may be done under it until the board appoints again."
    )


def head_of(
    request: HttpRequest, application: Application, waiting_for=None, tab: str = "file"
) -> dict[str, Any]:
    """Title, path and tabs of every page of an application's file."""
    address = links.application(application)
    return {
        "title": str(application.practitioner),
        "person": str(application.practitioner),
        "subtitle": (
            f"{application.get_kind_display()} at {application.facility}, "
            + ", ".join(filter(None, (str(application.department), str(application.category or ""))))
        ),
        "application": application,
        "today": clock.today(application.facility),
        "badges": [files.status_of(application)],
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(f"{application.practitioner}, {application.get_kind_display().lower()}"),
        ],
        "tabs": [
            Tab("File", address, active=tab == "file", icon="checklist"),
            Tab("Summary", links.summary(application), icon="id-badge-2"),
            Tab(
                "Audit file",
                reverse("credentialing:audit", args=[application.uid]),
                active=tab == "audit",
                icon="clipboard-check",
            ),
            Tab(
                "History",
                reverse("credentialing:history", args=[application.uid]),
                active=tab == "history",
                icon="history",
            ),
        ],
        "waiting_for": waiting_for,
    }


@login_required
@require_GET
def history(request: HttpRequest, uid) -> HttpResponse:
    """What happened to the file and to its items, newest first."""
    application = policies.application_or_404(request.user, uid)
    events = files.events_of(application)
    return render_page(
        request,
        "credentialing/history.html",
        head_of(request, application, tab="history") | {"events": files.timeline(events)},
    )


# --- acts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Act:
    """One thing a coordinator does with the file. ``form`` None: a button alone."""

    label: str
    run: Callable[..., Any]
    done: str
    form: type | None = None
    question: str = ""
    submit: str = ""
    hint: str = ""
    danger: bool = False
    explain: Callable[[Application], dict[str, str]] | None = None  # more of its page: intro, why_not


def _expedited_in_words(application: Application) -> dict[str, str]:
    """What the expedited way is, for its page, and why the file cannot go it."""
    way = applications.expedited_way(application)
    bodies = ", then the ".join(str(Body(each).label).lower() for each in way.bodies)
    return {
        "intro": (
            f"For a clean file: the {bodies}. The committee of the board grants in the place of the full "
            "board, which is told at its next meeting. What is not recommended, or is clean no more, goes to "
            "the full board."
        )
        if way.bodies
        else "",
        "why_not": way.why_not,
    }


ACTS: dict[str, Act] = {
    "submit": Act("Submit", applications.submit, "Submitted.", SubmitForm, submit="Submit"),
    "accept": Act(
        "Accept and plan verification",
        applications.accept,
        "Accepted. The verification plan stands and automatic sources are being asked.",
    ),
    "plan": Act(
        "Plan verification again",
        verification.plan,
        "The verification plan is up to date.",
    ),
    "take_over": Act(
        "Take over verifications",
        sharing.take_over,
        "Taken over, with the evidence and the day of the other application.",
    ),
    "complete": Act("Mark complete", applications.complete, "Complete. It can go to review."),
    "review": Act("Send to review", applications.send_to_review, "Sent to review."),
    "expedite": Act(
        "Send the expedited way",
        applications.send_expedited,
        "Sent the expedited way: a committee of the board decides what the Medical Executive Committee "
        "recommends.",
        NothingToFill,
        submit="Send the expedited way",
        explain=_expedited_in_words,
    ),
    "answer": Act("Record the answer", applications.record_answer, "The applicant's answer is recorded."),
    "issue": Act(
        "Issue the application",
        applications.issue,
        "The application is issued: this is its file. Invite the applicant, or record what they state.",
        IssueForm,
        submit="Issue the application",
    ),
    "incomplete": Act(
        "Return as incomplete",
        applications.return_incomplete,
        "Returned to the applicant.",
        ReasonForm,
        question="What does the applicant have to add?",
        submit="Return as incomplete",
    ),
    "ineligible": Act(
        "Close as not eligible",
        applications.close_ineligible,
        "Closed.",
        ReasonForm,
        question="Which threshold criterion is not met?",
        submit="Close as not eligible",
        hint="Closed without a decision: no hearing right arises, nothing is reported to the data bank.",
        danger=True,
    ),
    "reopen": Act(
        "Reopen verification",
        applications.reopen,
        "Reopened.",
        ReasonForm,
        question="What has to be verified again?",
        submit="Reopen",
    ),
    "return": Act(
        "Take back into verification",
        applications.return_to_verification,
        "Back in verification.",
        ReasonForm,
        question="What has to be verified before the bodies go on?",
        submit="Take back",
        hint="The chain starts again from its first body once the file is sent to review again.",
    ),
    "withdraw": Act(
        "Withdraw",
        applications.withdraw,
        "Withdrawn.",
        WithdrawForm,
        submit="Withdraw the application",
        danger=True,
    ),
    "change": Act(
        "Change what is applied for", applications.change_plan, "Changed.", PlanForm, submit="Save"
    ),
}


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, uid, name: str) -> HttpResponse:
    """One act on the file: at once, or after its form."""
    application = policies.application_or_404(request.user, uid)
    if name not in ACTS:
        raise Http404
    chosen = ACTS[name]
    require(request.user, MANAGE, application.facility)
    address = links.application(application)
    if chosen.form is None:
        if request.method != "POST":
            return go_to(request, address)
        try:
            chosen.run(actor=request.user, application=application)
        except Refused as refused:
            application.refresh_from_db()
            return render_refused(
                request, refused, "credentialing/application.html", _file_context(request, application)
            )
        messages.success(request, chosen.done)
        return go_to(request, address)
    form = _form(chosen, application, request)
    page = {
        "title": chosen.label,
        "subtitle": str(application),
        "crumbs": [
            Crumb("Applications", reverse("credentialing:list")),
            Crumb(str(application.practitioner), address),
            Crumb(chosen.label),
        ],
        "form": form,
        "submit": chosen.submit,
        "danger": chosen.danger,
        "cancel_url": address,
        **(chosen.explain(application) if chosen.explain else {}),
    }

    def run(given: dict) -> Done:
        given = form.plan if isinstance(form, PlanForm) else given
        result = chosen.run(actor=request.user, application=application, **given)
        # What is issued has a file of its own.
        shown = result if isinstance(result, Application) else application
        return Done(chosen.done, links.application(shown))

    return answer_form(request, page, run)


def _form(chosen: Act, application: Application, request: HttpRequest):
    data = request.POST if request.method == "POST" else None
    if chosen.form is ReasonForm:
        return ReasonForm(data, label=chosen.question, hint=chosen.hint)
    if chosen.form is WithdrawForm:
        return WithdrawForm(data, application=application)
    if chosen.form in (IssueForm, NothingToFill):
        return chosen.form(data)
    if chosen.form is PlanForm:
        asks_for_one = kinds.AWAITS in application.rule.asks
        return PlanForm(
            data,
            application=application,
            awaited=awaited_by(application.practitioner, application.facility) if asks_for_one else (),
        )
    return SubmitForm(data, initial={"received_on": clock.today(application.facility)})


@login_required
@require_POST
def dispose_flag(request: HttpRequest, uid) -> HttpResponse:
    """Write what was made of a red flag."""
    require(request.user, policies.VIEW)
    flag = get_object_or_404(
        RedFlag.objects.select_related("application__practitioner", "application__facility"), uid=uid
    )
    application = policies.application_or_404(request.user, flag.application.uid)
    require(request.user, MANAGE, application.facility)
    confidential = flag.data_class == DataClass.HEALTH
    form = DispositionForm(request.POST, auto_id="disposition_%s")
    problem = "Write what was found and how it bears on the application."
    try:
        if not form.is_valid():
            raise Refused(problem)
        flags.dispose(actor=request.user, flag=flag, disposition=form.cleaned_data["disposition"])
    except Refused as refused:
        if confidential:
            return render_refused(request, refused, SUMMARY, summary_page(request, application))
        return render_refused(
            request, refused, "credentialing/application.html", _file_context(request, application)
        )
    messages.success(request, "The disposition is in the file.")
    where = links.summary(application) if confidential else links.application(application)
    return go_to(request, f"{where}#flags")


# --- what can be done -----------------------------------------------------------------------------------


def _to(application: Application, name: str, *, kind: str = "secondary", icon: str = "") -> Action:
    chosen = ACTS[name]
    return Action(
        chosen.label,
        url=reverse("credentialing:act", args=[application.uid, name]),
        method="get" if chosen.form else "post",
        kind=kind,
        icon=icon,
    )


#: What stands in the head of the file, by its status; what leads through the gate stands at the gate.
HEAD_ACTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "draft": (("submit", "primary", "send"),),
    "threshold": (("issue", "primary", "check"), ("ineligible", "secondary", "ban")),
    "submitted": (("accept", "primary", "check"), ("incomplete", "secondary", "arrow-back-up"),
                  ("ineligible", "secondary", "ban")),
    "incomplete": (("answer", "primary", "mail-check"),),
    "in_verification": (("plan", "secondary", "refresh"),),
    "complete": (("reopen", "secondary", "arrow-back-up"),),
    "in_review": (("return", "secondary", "arrow-back-up"),),
}  # fmt: skip


def _actions(application: Application, file, may_manage: bool) -> list[Action]:
    if not may_manage or not application.is_open:
        return []
    actions = [
        _to(application, name, kind=kind, icon=icon)
        for name, kind, icon in HEAD_ACTS.get(_stage(application), ())
    ]
    if application.status == "draft" and file.submission_problems:
        actions[0] = Action("Submit", refusal=" ".join(file.submission_problems))
    if _stage(application) == "submitted" and (packet := _packet_to_review(file)):
        actions[0] = Action("Review the packet", url=packet, kind="primary", icon="list-check")
    if application.status == "in_verification":
        forms = reverse("credentialing:enquiry_send_all", args=[application.uid])
        actions.append(Action("Send the forms", url=forms, icon="send"))
    if application.status == "incomplete":
        close = reverse("credentialing:never_completed", args=[application.uid])
        actions.append(Action("Close as never completed", url=close, icon="clock-pause"))
    if application.status == "complete" and Body.BOARD in application.rule.final:
        actions.append(_to(application, "expedite", icon="send"))
    if application.status == "in_review":
        url = reverse("credentialing:nudge", args=[application.uid])
        actions.append(Action("Remind whoever must act", url=url, method="post", icon="send"))
    actions.append(_to(application, "change", icon="edit"))
    actions.append(_to(application, "withdraw", kind="danger", icon="x"))
    return actions


def _packet_to_review(file) -> str:
    """The page of a signed packet whose sections are not all in the file yet; empty without one."""
    for panel in file.panels:
        if panel.code == "packet" and panel.context["packet"].status == PacketStatus.SIGNED:
            return panel.context["url"]
    return ""


def _stage(application: Application) -> str:
    """Which acts stand in the head: by the status, but a pre-application is not verified."""
    threshold = application.rule.threshold and application.status == "submitted"
    return "threshold" if threshold else str(application.status)


def _gate_heading(application: Application) -> str:
    if application.rule.threshold:
        return "May an application be issued?"
    if application.status == "complete":
        return "Send to review"
    return "Mark complete" if application.status == "in_verification" else "Everything found out?"


def _gate_action(application: Application, may_manage: bool) -> Action | None:
    name = {"in_verification": "complete", "complete": "review"}.get(application.status)
    if name is None:
        return None
    if not may_manage:
        return Action(ACTS[name].label, refusal="The credentialing coordinator does this.")
    return _to(application, name, kind="primary", icon="check" if name == "complete" else "send")
