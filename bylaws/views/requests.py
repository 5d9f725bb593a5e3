"""Requests to leaders, and the tasks of the office."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import WaitsFor
from bylaws.filters import OwnRequestFilter, RequestFilter, TaskFilter
from bylaws.forms.meetings import ReasonForm
from bylaws.forms.requests import AskForm, DoneForm, GiveForm, HeardAnswerForm, OwnAnswerForm, TaskForm
from bylaws.models import LeaderRequest, OfficeTask
from bylaws.selectors.requests import (
    ASK,
    TASKS,
    for_files,
    leaders,
    office_people,
    tasks_of,
    visible_requests,
    why_cannot_answer,
)
from bylaws.services.requests import (
    INSTEAD,
    answer_request,
    ask_leader,
    finish_task,
    give_task,
    remind_leader,
    set_task,
    withdraw_request,
)
from bylaws.tables import OFFICE_TASKS, OWN_REQUESTS, REQUESTS
from bylaws.views.common import facility_for, found, who_was_told
from config.accounts.choices import DataClass
from config.accounts.policies import may
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, render_list, render_page
from config.kernel.pages.lists import EXPORTS
from practitioners.selectors.people import find_by_npi

METHODS = ["GET", "HEAD", "POST"]
READ = "bylaws.read_documents"
REQUESTS_TITLE, TASKS_TITLE = "Requests to leaders", "Tasks of the office"
OWN_TITLE = "Asked of you"


# --- requests -------------------------------------------------------------------------------------------


@login_required
@require_safe
def request_list(request) -> HttpResponse:
    """What the office asked of leaders, and what is not answered; also as CSV, without peer review."""
    facility = facility_for(request, ASK)
    rows = visible_requests(request.user, facility)
    if request.GET.get("format") in EXPORTS:
        rows = for_files(rows)
    new = Action("Ask a leader", url=reverse("bylaws:request_new"), icon="plus", kind="primary")
    today = clock.today(facility)
    return render_list(
        request,
        REQUESTS,
        rows,
        filterset=RequestFilter(request.GET, queryset=rows, facility=facility, today=today),
        title=REQUESTS_TITLE,
        subtitle=f"Asked by the office of {facility}",
        noun="request",
        actions=[new],
        empty=Empty("Nothing waits for an answer.", "Ask a leader, and what is answered stands here.", new),
    )


@login_required
@require_safe
def own_requests(request) -> HttpResponse:
    """What the office asked of the viewer, answered or not."""
    facility = facility_for(request, "bylaws.view_reviews")
    rows = visible_requests(request.user, facility).filter(asked_of=request.user)
    if request.GET.get("format") in EXPORTS:
        rows = for_files(rows)
    today = clock.today(facility)
    return render_list(
        request,
        OWN_REQUESTS,
        rows,
        filterset=OwnRequestFilter(request.GET, queryset=rows, today=today),
        title=OWN_TITLE,
        subtitle=f"Asked by the office of {facility}",
        noun="request",
        empty=Empty("Nothing waits for your answer.", "What you answered stands under Answered."),
    )


@login_required
@require_http_methods(METHODS)
def request_new(request) -> HttpResponse:
    """Ask a leader."""
    facility = facility_for(request, ASK)
    page = {
        "title": "Ask a leader",
        "crumbs": [Crumb(REQUESTS_TITLE, reverse("bylaws:requests")), Crumb("Ask")],
        "form": AskForm(request.POST or None, people=leaders(facility)),
        "submit": "Ask",
        "cancel_url": reverse("bylaws:requests"),
        "intro": "It stands on the leader's Today page until it is answered; a mail says that it does. Once "
        "its day has passed they are reminded every week.",
    }

    def ask(given: dict) -> Done:
        npi = given.pop("npi").strip()
        person = find_by_npi(viewer=request.user, npi=npi) if npi else None
        if npi and person is None:
            raise Refused(f"Nobody with the NPI {npi} is on file.", field="npi")
        made = ask_leader(actor=request.user, facility=facility, practitioner=person, **given)
        return Done(f"{made.asked_of} is asked.", _url("request", made))

    return answer_form(request, page, ask)


def _request(request, uid, permission: str = READ) -> LeaderRequest:
    facility = facility_for(request, permission)
    one = found(visible_requests(request.user, facility).filter(uid=uid).first())
    if one.data_class != DataClass.GENERAL:
        record_protected_read(
            actor=request.user,
            data_class=DataClass(one.data_class),
            subject_kind=one._meta.label_lower,
            subject_uid=one.uid,
            practitioner=one.practitioner,
        )
    return one


def _url(name: str, thing) -> str:
    return reverse(f"bylaws:{name}", args=[thing.uid])


@login_required
@require_safe
def request_page(request, uid) -> HttpResponse:
    """One request: the question, the answer, and when the leader was reminded."""
    one = _request(request, uid)
    office = may(request.user, ASK, one.facility)
    answer = Action("Answer", url=_url("request_answer", one), icon="pencil", kind="primary")
    remind = Action("Remind", url=_url("request_remind", one), icon="bell")
    if office:
        crumbs = [Crumb(REQUESTS_TITLE, reverse("bylaws:requests"))]
    else:
        crumbs = [Crumb(OWN_TITLE, reverse("bylaws:own_requests"))]
    withdraw = Action("Withdraw", url=_url("request_withdraw", one), icon="x")
    why_not = why_cannot_answer(one) if office and one.answered_on is None else ""
    acts = [] if one.answered_on else [answer, *([remind] if office and not why_not else [])]
    if office and one.answered_on is None:
        acts.append(withdraw)
    if may(request.user, "bylaws.run_meeting", one.facility):
        acts.append(who_was_told(WaitsFor.REQUEST, one.uid))
    return render_page(
        request,
        "bylaws/leader_request.html",
        {
            "title": one.title,
            "subtitle": f"Asked of {one.asked_of}" + (f". {why_not} {INSTEAD}" if why_not else ""),
            "crumbs": [*crumbs, Crumb(one.title)],
            "one": one,
            "protected": one.data_class != DataClass.GENERAL,
            "reminders": one.reminders.select_related("reminded_by"),
            "actions": acts,
        },
    )


@login_required
@require_http_methods(METHODS)
def request_answer(request, uid) -> HttpResponse:
    """The answer: one's own, or as the office heard it."""
    one = _request(request, uid)
    theirs = one.asked_of_id == request.user.pk
    today = clock.today(one.facility)
    page = {
        "title": "Your answer" if theirs else "What was answered",
        "crumbs": [Crumb(one.title, _url("request", one)), Crumb("Answer")],
        "form": OwnAnswerForm(request.POST or None)
        if theirs
        else HeardAnswerForm(request.POST or None, initial={"day": today}),
        "submit": "Record the answer",
        "intro": one.question,
        "cancel_url": _url("request", one),
    }

    def answer(given: dict) -> Done:
        answer_request(actor=request.user, request=one, **given)
        return Done("The answer is on record.", _url("request", one))

    return answer_form(request, page, answer)


@login_required
@require_http_methods(METHODS)
def request_withdraw(request, uid) -> HttpResponse:
    """The office needs no answer any more."""
    one = _request(request, uid, ASK)
    page = {
        "title": "Withdraw the request",
        "crumbs": [Crumb(one.title, _url("request", one)), Crumb("Withdraw")],
        "form": ReasonForm(request.POST or None),
        "submit": "Withdraw",
        "intro": f"It waits for {one.asked_of} no more, and stays on record with your reason.",
        "cancel_url": _url("request", one),
    }

    def withdraw(given: dict) -> Done:
        withdraw_request(actor=request.user, request=one, **given)
        return Done("The request is withdrawn.", _url("request", one))

    return answer_form(request, page, withdraw)


@login_required
@require_http_methods(METHODS)
def request_remind(request, uid) -> HttpResponse:
    """Remind the leader."""
    one = _request(request, uid, ASK)
    page = {
        "title": "Remind",
        "crumbs": [Crumb(one.title, _url("request", one)), Crumb("Remind")],
        "form": forms.Form(request.POST or None),
        "submit": "Remind",
        "intro": f"It stands as reminded on the Today page of {one.asked_of}, and here with the day. A mail "
        "says that you wait for an answer, and nothing of the question; there is one in a day, "
        "so none where one went out today.",
        "cancel_url": _url("request", one),
    }

    def remind(given: dict) -> Done:
        remind_leader(actor=request.user, request=one)
        return Done(f"{one.asked_of} is reminded.", _url("request", one))

    return answer_form(request, page, remind)


# --- tasks ----------------------------------------------------------------------------------------------


@login_required
@require_safe
def task_list(request) -> HttpResponse:
    """The tasks of the office; also as CSV."""
    facility = facility_for(request, TASKS)
    rows = tasks_of(facility)
    new = Action("Set a task", url=reverse("bylaws:task_new"), icon="plus", kind="primary")
    return render_list(
        request,
        OFFICE_TASKS,
        rows,
        filterset=TaskFilter(request.GET, queryset=rows, facility=facility, today=clock.today(facility)),
        title=TASKS_TITLE,
        subtitle=f"At {facility}",
        noun="task",
        actions=[new],
        empty=Empty("No task is open.", "Set one, once or to come again every month or year.", new),
    )


@login_required
@require_http_methods(METHODS)
def task_new(request) -> HttpResponse:
    """Set a task."""
    facility = facility_for(request, TASKS)
    page = {
        "title": "Set a task",
        "crumbs": [Crumb(TASKS_TITLE, reverse("bylaws:tasks")), Crumb("Set")],
        "form": TaskForm(
            request.POST or None, people=office_people(facility), initial={"owner": request.user.uid}
        ),
        "submit": "Set it",
        "cancel_url": reverse("bylaws:tasks"),
    }

    def make(given: dict) -> Done:
        made = set_task(actor=request.user, facility=facility, **given)
        return Done("The task is set.", _url("task", made))

    return answer_form(request, page, make)


def _task(request, uid) -> OfficeTask:
    return found(tasks_of(facility_for(request, TASKS)).filter(uid=uid).first())


@login_required
@require_http_methods(METHODS)
def task_page(request, uid) -> HttpResponse:
    """One task, and saying that it is done."""
    one = _task(request, uid)
    page = {
        "title": one.title,
        "subtitle": f"Task of {one.owner}",
        "crumbs": [Crumb(TASKS_TITLE, reverse("bylaws:tasks")), Crumb(one.title)],
        "one": one,
        "form": DoneForm(request.POST or None),
        "submit": "It is done",
        "cancel_url": reverse("bylaws:tasks"),
        # "Cancel" beside "It is done" reads as if the task were canceled.
        "cancel_label": "Back to the tasks",
        "actions": []
        if one.done_at
        else [Action("Change who or when", url=_url("task_give", one), icon="user")],
    }

    def finish(given: dict) -> Done:
        coming = finish_task(actor=request.user, task=one, **given)
        return Done("Done. The next one is set." if coming else "Done.", reverse("bylaws:tasks"))

    return answer_form(request, page, finish, template="bylaws/office_task.html")


@login_required
@require_http_methods(METHODS)
def task_give(request, uid) -> HttpResponse:
    """Another owner or day."""
    one = _task(request, uid)
    page = {
        "title": "Change who does it, or when",
        "crumbs": [Crumb(one.title, _url("task", one)), Crumb("Change")],
        "form": GiveForm(
            request.POST or None,
            people=office_people(one.facility),
            initial={"owner": one.owner.uid, "due": one.due},
        ),
        "submit": "Save",
        "cancel_url": _url("task", one),
    }

    def give(given: dict) -> Done:
        give_task(actor=request.user, task=one, **given)
        return Done("Saved.", _url("task", one))

    return answer_form(request, page, give)
