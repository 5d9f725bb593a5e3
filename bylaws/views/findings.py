"""Recorded findings: their list, each with its life, and notices of many in one act."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bylaws.choices import FindingStatus
from bylaws.filters import FindingFilter
from bylaws.forms.findings import (
    AnswerForm,
    AskAboutForm,
    NoteForm,
    ReasonForm,
    TaskAboutForm,
    WaiverForm,
)
from bylaws.models import Finding
from bylaws.selectors.compliance import rules_shown, standing_rules
from bylaws.selectors.findings import (
    Provisions,
    bound_of,
    earlier_findings,
    get_finding,
    latest_run,
    of_uids,
    provisions,
    steps_of,
    unsent_among,
    verdict_of,
    visible_findings,
    waiver_of,
    ways_of_letters,
)
from bylaws.selectors.requests import ASK, TASKS
from bylaws.services.findings import (
    WAIVE,
    apply_consequence,
    ask_about,
    consequence_problem,
    end_waiving,
    note_finding,
    notice_problem,
    record_answer,
    reverse_consequence,
    send_notice,
    send_notices,
    set_task_about,
    waive,
    waiver_problem,
)
from bylaws.tables import FINDINGS
from bylaws.views.common import facility_for, found
from bylaws.views.compliance import MANAGE, TITLE, asked_state, log_protected, run_actions, tabs
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
    answer_form,
    chosen_uids,
    go_to,
    render_list,
    render_page,
    render_refused,
)
from config.kernel.pages.lists import EXPORTS
from config.kernel.registries import finding_acts
from config.rulebook.rules import rule
from config.rulebook.subjects import subject_kind
from practitioners.policies import is_own_record


@login_required
@require_safe
def finding_list(request) -> HttpResponse:
    """What runs of compliance recorded and has not been closed, with what became of each."""
    facility = facility_for(request, "bylaws.view_compliance")
    rows = visible_findings(request.user, facility)
    if request.GET.get("format") in EXPORTS:
        rows = rows.filter(data_class=DataClass.GENERAL)
    shown = rules_shown(request.user, facility)
    log_protected(request.user, facility, rows.order_by().values_list("data_class", flat=True).distinct())
    last = latest_run(facility)
    manages = may(request.user, MANAGE, facility)
    notify = Action("Send notices", url=reverse("bylaws:finding_notices"), method="post", icon="mail")
    return render_list(
        request,
        dataclasses.replace(FINDINGS, bulk=(notify,) if manages else ()),
        rows,
        filterset=FindingFilter(
            request.GET, queryset=rows, facility=facility, rules=shown, today=clock.today(facility)
        ),
        title="Findings",
        subtitle=f"Recorded by the runs of compliance at {facility}"
        + (f", the last on {day_text(last.on)}" if last else ""),
        noun="finding",
        tabs=tabs("findings"),
        actions=run_actions(request.user, facility),
        template="bylaws/findings.html",
        context={"last": last, **asked_state(facility)},
        empty=Empty(
            "Nothing stands." if last else "Compliance was not recorded yet.",
            "The last run found every rule met." if last else "It is every night; or run it now.",
            icon="circle-check" if last else "clock",
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def finding_page(request, uid) -> HttpResponse:
    """One finding: why, what would change it, what the bylaws provide, its history, and what can be done."""
    one = found(get_finding(viewer=request.user, uid=uid))
    facility = one.facility
    require(request.user, "bylaws.view_compliance", facility)
    if not one.is_general:
        record_protected_read(
            actor=request.user,
            data_class=DataClass(one.data_class),
            subject_kind=one._meta.label_lower,
            subject_uid=one.uid,
            practitioner=one.practitioner,
        )
    sent = request.POST.get("act", "") if request.method == "POST" else ""
    forms = {
        name: form_class(request.POST if sent == name else None, prefix=name)
        for name, form_class in (
            ("answer", AnswerForm),
            ("waive", WaiverForm),
            ("end_waiver", ReasonForm),
            ("consequence", ReasonForm),
            ("reverse", ReasonForm),
            ("note", NoteForm),
            ("ask", partial(AskAboutForm, facility=facility)),
            ("task", partial(TaskAboutForm, facility=facility)),
        )
    }
    page = _page(request.user, one, forms)
    if not sent:
        return render_page(request, "bylaws/finding.html", page)
    here = reverse("bylaws:finding", args=[one.uid])
    if sent == "notice":
        try:
            send_notice(actor=request.user, finding=one)
        except Refused as refused:
            return render_refused(request, refused, "bylaws/finding.html", page)
        messages.success(request, "The letter is issued; send it from its page, and record how it went out.")
        return go_to(request, here)
    if sent not in forms:
        return render_refused(request, Refused("Choose what to do."), "bylaws/finding.html", page)
    service, said = _ACTS[sent]

    def act(given: dict[str, Any]) -> Done:
        service(actor=request.user, finding=one, **given)
        return Done(said, here)

    return answer_form(request, page, act, template="bylaws/finding.html", form=forms[sent])


#: What each form of the page does, and what is said once it is done.
_ACTS: dict[str, tuple[Callable[..., Any], str]] = {
    "answer": (record_answer, "The answer is recorded."),
    "waive": (waive, "The rule is set aside; the outcome stays what it is."),
    "end_waiver": (end_waiving, "The exception is over; the finding is open again."),
    "consequence": (apply_consequence, "The suspension stands, and the letter is issued."),
    "note": (note_finding, "The note is written."),
    "ask": (ask_about, "It is asked, and stands on the leader's Today page until it is answered."),
    "task": (set_task_about, "The task is set, and stands among the tasks of the office."),
    "reverse": (reverse_consequence, "The suspension is taken back, and the letter is issued."),
}


def _page(viewer: Any, one: Finding, forms: dict[str, Any]) -> dict[str, Any]:
    facility, person = one.facility, one.practitioner
    today = clock.today(facility)
    own = person is not None and is_own_record(viewer, person)
    manages = may(viewer, MANAGE, facility) and not own and not one.is_closed
    waives = may(viewer, WAIVE, facility) and not own and not one.is_closed
    waiver = waiver_of(one, today)
    said = provisions(facility=facility, on=today)
    verdict = verdict_of(one)
    settle = finding_acts.get(one.rule_code)
    standing_open = (FindingStatus.OPEN, FindingStatus.NOTIFIED, FindingStatus.ANSWERED)
    stopped = one.status == FindingStatus.CONSEQUENCE
    steps = steps_of(one)
    ways = ways_of_letters(step.letter_id for step in steps if step.letter_id is not None)
    for step in steps:
        step.way = ways[step.letter_id][0] if step.letter_id in ways else None
    unsent = unsent_among(one, steps, ways)
    actions = []
    if person is not None and may(viewer, "practitioners.view", facility):
        actions.append(
            Action("Open the file", url=reverse("practitioners:file", args=[person.uid]), icon="folder")
        )
    if not one.about_person:
        kind = subject_kind(one.subject_kind)
        if kind.page is not None and may(viewer, kind.permission, facility):
            actions.append(
                Action(f"Open the {kind.noun}", url=kind.page(one.subject_uid), icon="arrow-right")
            )
    return {
        "title": rule(one.rule_code).title,
        "subtitle": f"{one.about}, at {facility}",
        "person": person.display_name if person else "",
        "badges": [DataClass(one.data_class)] if not one.is_general else [],
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:compliance")),
            Crumb("Findings", reverse("bylaws:findings")),
            Crumb(f"{one.rule_code}, {one.about}"),
        ],
        "actions": actions,
        "finding": one,
        "verdict": verdict,
        "overdue": one.status == FindingStatus.NOTIFIED and one.answer_by and one.answer_by < today,
        "bound": bound_of(one, today),
        "provided": said.rows(one.rule_code),
        "follows": _follows(one, said, today),
        "settle": settle(viewer, facility, person, verdict)
        if settle and person is not None and not one.is_closed
        else None,
        "waiver": waiver,
        "steps": steps,
        "unsent": unsent,
        "earlier": earlier_findings(one),
        "today": today,
        "opens_letters": may(viewer, "practitioners.view", facility),
        "may_manage": manages,
        "may_waive": waives and not stopped and waiver is None,
        "may_end_waiver": waives and waiver is not None,
        "never_waived": waiver_problem(one),
        "no_notice": notice_problem(one),
        "no_consequence": consequence_problem(one, unsent=unsent is not None)
        if manages and not stopped
        else "",
        "may_answer": manages and one.about_person and one.is_general and one.status in standing_open,
        "may_ask": manages and one.is_general and may(viewer, ASK, facility),
        "may_set_task": manages and one.is_general and may(viewer, TASKS, facility),
        "opens_tasks": may(viewer, TASKS, facility),
        "opens_requests": may(viewer, ASK, facility),
        "may_reverse": manages and stopped and one.bar is not None and not one.bar.rule_code,
        "acts": forms,
    }


def _follows(one: Finding, said: Provisions, today: dt.date) -> str:
    """What comes of the finding if nothing is done about it, in a sentence."""
    if not one.about_person:
        return "Nothing follows by itself: it stays among the findings until a run finds it met."
    if rule(one.rule_code).by_law:
        return "The law keeps privileges from being used, by itself."
    if one.rule_code in {each.rule.code for each in standing_rules(facility=one.facility, on=today)}:
        return "It is a standing condition of the bylaws: what is not met suspends by itself."
    return f"{said.mode(one.rule_code).label}."


@login_required
@require_POST
def finding_notices(request) -> HttpResponse:
    """Notices of many findings: looked at first, with whom none can be written to; then sent in one act."""
    facility = facility_for(request, MANAGE)
    chosen = of_uids(request.user, facility, chosen_uids(request.POST.getlist("selected")))
    rows = [(each, notice_problem(each) or _own(request.user, each)) for each in chosen]
    ready = [each for each, problem in rows if not problem]
    days = provisions(facility=facility, on=clock.today(facility))
    page = {
        "title": "Send notices",
        "subtitle": f"Letters to practitioners at {facility}",
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:compliance")),
            Crumb("Findings", reverse("bylaws:findings")),
            Crumb("Send notices"),
        ],
        "ready": [(each, days.answer_days(each.rule_code)) for each in ready],
        "left_out": [(each, problem) for each, problem in rows if problem],
    }
    if request.POST.get("act") != "send":
        return render_page(request, "bylaws/finding_notices.html", page)
    try:
        letters = send_notices(actor=request.user, findings=ready)
    except Refused as refused:
        return render_refused(request, refused, "bylaws/finding_notices.html", page)
    many = f"{len(letters)} letters are" if len(letters) != 1 else "1 letter is"
    messages.success(request, f"{many} issued; send them from Letters, and record how they went out.")
    return go_to(request, reverse("bylaws:findings"))


def _own(viewer: Any, one: Finding) -> str:
    own = one.practitioner is not None and is_own_record(viewer, one.practitioner)
    return "It is your own file." if own else ""
