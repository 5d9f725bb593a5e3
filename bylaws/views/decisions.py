"""What a body decided: taken from its minutes, and the record of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import ALONE, LineOutcome, StepStatus, outcomes_for
from bylaws.forms.lines import (
    CONDITION_WHEN,
    REASON_WHEN,
    error_list,
    line_forms,
    shown_lines,
)
from bylaws.forms.meetings import MinutesForm
from bylaws.models import Decision, ReviewStep
from bylaws.selectors.committees import committee_of, seated
from bylaws.selectors.decisions import frozen_record, get_decision, roll_of
from bylaws.selectors.meetings import (
    failed_votes,
    vote_in_words,
)
from bylaws.selectors.reviews import (
    LIVE,
    get_step,
)
from bylaws.services.minutes import record_decision_from_minutes
from bylaws.subjects import handler
from bylaws.tables import asked_in, asked_of
from bylaws.views.case import TITLE, earlier_of, find_step, last_answers, said_of, starts_from
from bylaws.views.common import found
from bylaws.views.seen import seen_tree
from bylaws.wording import in_words, verb_of
from config.accounts.choices import DataClass
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Doubtful, Refused
from config.kernel.pages import (
    Crumb,
    go_to,
    render_invalid,
    render_page,
    render_refused,
)
from config.rulebook.parameters import definitions
from practitioners.selectors.evidence import may_read_content
from practitioners.services.documents import store_document


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def minutes(request, uid) -> HttpResponse:
    """What a body decided, taken from its minutes with their scan."""
    step = find_step(request, uid)
    case = step.case
    require(request.user, "bylaws.record_minutes", case.facility)
    today = clock.today(case.facility)
    lines = handler(case.subject_kind).lines(case.subject_uid, today)
    back = reverse("bylaws:review", args=[step.uid])
    sent = request.method == "POST"
    form = MinutesForm(request.POST if sent else None, request.FILES if sent else None)
    doubts = [vote_in_words(motion) for motion in failed_votes(step)]
    if doubts:
        form.ask()
    committee = committee_of(step.body, facility=case.facility)
    # Conditions are judged on the day the body acted, as the minutes say it.
    decided_on = form.cleaned_data.get("decided_on") if sent and not form.errors.get("decided_on") else None
    forms = line_forms(
        lines,
        step.body,
        on=decided_on or today,
        data=request.POST if sent else None,
        given=None if sent else last_answers(step),
    )
    page = {
        "title": f"Decision of the {step.get_body_display()} from its minutes",
        "subtitle": f"{case.practitioner}, {asked_in(step)} at {case.facility}",
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:reviews")),
            Crumb(str(case.practitioner), back),
            Crumb("Minutes"),
        ],
        "step": step,
        "form": form,
        "forms": [form, *forms],
        "lines": shown_lines(forms, earlier_of(step)),
        "error_list": partial(error_list, form, forms),
        "starts_from": starts_from(step),
        "doubts": doubts,
        "members": [seat.identity.user for seat in seated(committee, today, voting=True)]
        if committee and step.body not in ALONE
        else [],
        "condition_when": CONDITION_WHEN,
        "reason_when": REASON_WHEN,
        "cancel_url": back,
        "today": today,
        "refused_because": _refused_because(step),
    }
    if not sent:
        return render_page(request, "bylaws/minutes.html", page)
    if not all([form.is_valid(), *(each.is_valid() for each in forms)]):
        return render_invalid(request, "bylaws/minutes.html", page)
    given = dict(form.cleaned_data)
    scan = given.pop("scan")
    try:
        with transaction.atomic():
            document = store_document(
                actor=request.user,
                practitioner=case.practitioner,
                title=f"Minutes of the {step.get_body_display()}, {day_text(given['decided_on'])}",
                file_name=scan.name,
                content=scan.read(),
                data_class=DataClass.PEER_REVIEW,
            )
            decision = record_decision_from_minutes(
                actor=request.user,
                step=step,
                lines=[each.answer() for each in forms],
                minutes=document,
                **given,
            )
    except Refused as refused:
        if isinstance(refused, Doubtful):
            form.ask()
        return render_refused(request, refused, "bylaws/minutes.html", page, form=form)
    messages.success(request, "The decision is recorded.")
    return go_to(request, reverse("bylaws:decision", args=[decision.uid]))


def _refused_because(step: ReviewStep) -> str:
    """Why no decision can be recorded for the step; empty where one can."""
    if step.status not in LIVE:
        return f"{StepStatus(step.status).label}: nothing is asked of anybody here now."
    if step.body in ALONE:
        return f"The {step.get_body_display().lower()} {verb_of(step.body)} in person."
    return ""


@login_required
@require_safe
def decision(request, uid) -> HttpResponse:
    """A body's act: what it said of each line, how it was taken, and what the deciders saw."""
    act = found(get_decision(viewer=request.user, uid=uid))
    record = frozen_record(act)
    words = outcomes_for(act.body)
    asked = asked_of(act.step.case, act.practitioner, act.facility)
    step = act.step
    sees_file = get_step(viewer=request.user, uid=step.uid) is not None
    return render_page(
        request,
        "bylaws/decision.html",
        {
            "title": f"{act.get_body_display()}: {act.get_kind_display().lower()}",
            "subtitle": f"{act.practitioner}, {asked} at {act.facility}",
            "person": act.practitioner.display_name,
            "page_badge": StepStatus.DEFERRED
            if any(line.outcome == LineOutcome.DEFER for line in act.lines.all())
            else StepStatus.ACTED,
            "crumbs": [
                Crumb(TITLE, reverse("bylaws:reviews")),
                Crumb(str(act.practitioner), reverse("bylaws:review", args=[step.uid]) if sees_file else ""),
                Crumb(act.get_body_display()),
            ],
            "decision": act,
            "reads_minutes": act.minutes is not None and may_read_content(request.user, act.minutes),
            "scan_url": _scan_url(request.user, act),
            "said": [
                {
                    "label": line.label,
                    "outcome": words(line.outcome),
                    "note": said_of(line),
                }
                for line in act.lines.all()
            ],
            "capacity": record.get("capacity", ""),
            "tally": _tally(act, record),
            "roll": roll_of(act, request.user),
            "recusals": act.recusals,
            "seen": seen_tree(record.get("seen", {})),
            "parameters": [
                {**each, "title": _title_of(each["code"]), "words": in_words(each["code"], each["value"])}
                for each in record.get("parameters", [])
            ],
            "today": clock.today(act.facility),
        },
    )


def _scan_url(viewer, act: Decision) -> str:
    """Where the minutes of the whole meeting are read it was recorded from; empty for whoever may not."""
    meeting = act.meeting if act.motion_id is None else None
    if meeting is None or not may(viewer, "bylaws.record_minutes", act.facility):
        return ""
    return reverse("bylaws:minutes_paper", args=[meeting.uid])


def _title_of(code: str) -> str:
    """What a parameter is called; the code itself when no room declares it any more."""
    declared = definitions().get(code)
    return declared.title if declared else code


def _tally(act: Decision, record: dict[str, Any]) -> dict[str, Any] | None:
    """The vote for ``partials/tally.html``; None for a chair acting alone."""
    if act.votes_for is None:
        return None
    quorum = record.get("quorum") or {}
    return {
        "for_count": act.votes_for,
        "against_count": act.votes_against,
        "abstain_count": act.abstentions,
        "recused": [each["name"] for each in act.recusals],
        "present_count": quorum.get("present", 0),
        "quorum_count": quorum.get("needed", 0),
        "quorum_met": quorum.get("met", False),
        "carried": True,
        "rule": quorum.get("sentence", ""),
    }
