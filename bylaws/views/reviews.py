"""Files in review: the list, one file before its body, the decision."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import Body, LineOutcome, SeatRole, StepStatus, outcomes_for
from bylaws.filters import ReviewFilter
from bylaws.forms.lines import (
    CONDITION_WHEN,
    REASON_WHEN,
    RecommendForm,
    answers_doubt,
    error_list,
    line_forms,
    said_lines,
    shown_lines,
)
from bylaws.forms.meetings import MinutesForm
from bylaws.models import AgendaItem, Decision, ReviewStep
from bylaws.rules.answers import may_be_filled
from bylaws.selectors.committees import committee_of, seated
from bylaws.selectors.decisions import frozen_record, get_decision, roll_of
from bylaws.selectors.meetings import (
    coming_item_of,
    coming_meetings_of,
    failed_votes,
    visible_meetings,
    vote_in_words,
)
from bylaws.selectors.reviews import (
    LIVE,
    department_reviewers,
    get_step,
    next_actor,
    visible_steps,
    with_history,
)
from bylaws.services.minutes import record_decision_from_minutes
from bylaws.services.reviews import recommend
from bylaws.subjects import LineAnswer, handler
from bylaws.tables import REVIEWS
from bylaws.views.common import facility_for, found
from bylaws.views.seen import seen_tree
from bylaws.wording import in_words
from config.accounts.choices import DataClass
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Doubtful, Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Empty,
    go_to,
    is_part,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from config.rulebook.parameters import definitions
from practitioners.services.documents import store_document

TITLE = "Files in review"


@login_required
@require_safe
def review_list(request) -> HttpResponse:
    """Files before a body: those that wait for me, and every other I may see."""
    facility = facility_for(request, "bylaws.view_reviews")
    steps = visible_steps(request.user).filter(case__facility=facility)
    return render_list(
        request,
        REVIEWS,
        steps,
        filterset=ReviewFilter(request.GET, queryset=steps, viewer=request.user, facility=facility),
        title=TITLE,
        subtitle=f"Before the bodies of {facility}",
        noun="file",
        empty=Empty(
            "No file waits before a body you belong to.",
            "A file comes here when verification is complete and it is sent to review.",
            icon="clipboard-check",
        ),
    )


def _step(request, uid) -> ReviewStep:
    return found(with_history(visible_steps(request.user)).filter(uid=uid).first())


def _body_name(step: ReviewStep) -> str:
    return step.case.department.name if step.body == Body.DEPARTMENT_CHAIR else step.get_body_display()


def _decisions(step: ReviewStep) -> list[tuple[ReviewStep, Decision]]:
    """Every act of the case, in order; prefetched."""
    return sorted(
        ((each, decision) for each in step.case.steps.all() for decision in each.decisions.all()),
        key=lambda pair: (pair[1].recorded_at, pair[1].pk),
    )


def _earlier(step: ReviewStep) -> dict[Any, list[dict[str, Any]]]:
    """What other bodies said of each line, by line uid."""
    said: dict[Any, list[dict[str, Any]]] = {}
    for each, decision in _decisions(step):
        words = outcomes_for(each.body)
        for line in decision.lines.all():
            said.setdefault(line.line_uid, []).append(
                {
                    "who": each.get_body_display(),
                    "outcome": words(line.outcome),
                    "note": line.conditions or line.reason,
                }
            )
    return said


def _own_acts(step: ReviewStep) -> list[Decision]:
    """What this body said so far, in order: more than once where it deferred."""
    return [decision for each, decision in _decisions(step) if each.pk == step.pk]


def last_answers(step: ReviewStep) -> dict[Any, LineAnswer]:
    """Where a motion or minutes start from: what the body before said of each line, and over it what this
    body said itself before it deferred. A line that was deferred wants an answer.
    """
    before = [decision for each, decision in _decisions(step) if each.order < step.order]
    return {
        line.line_uid: LineAnswer(line.line_uid, line.outcome, line.conditions, line.reason)
        for decision in (*before[-1:], *_own_acts(step)[-1:])
        for line in decision.lines.all()
        if line.outcome != LineOutcome.DEFER
    }


def own_answers(step: ReviewStep) -> dict[Any, LineAnswer]:
    """What this body said before it deferred, without the lines it deferred; empty the first time."""
    return {
        line.line_uid: LineAnswer(line.line_uid, line.outcome, line.conditions, line.reason)
        for decision in _own_acts(step)[-1:]
        for line in decision.lines.all()
        if line.outcome != LineOutcome.DEFER
    }


def starts_from(step: ReviewStep) -> str:
    """Where the lines of a motion or of minutes start from, as a sentence; empty: they start empty."""
    if _own_acts(step):
        return "Each line starts from what was said before the file was deferred."
    return "Each line starts from what the body before recommended." if last_answers(step) else ""


def chain_of(step: ReviewStep) -> list[dict[str, Any]]:
    """The steps of the case for ``partials/chain.html``."""
    states = {
        StepStatus.ACTED: "done",
        StepStatus.OPEN: "current",
        StepStatus.DEFERRED: "current",
        StepStatus.WAITING: "waiting",
        StepStatus.CANCELLED: "stopped",
    }
    shown = []
    for each in step.case.steps.all():
        decisions = sorted(each.decisions.all(), key=lambda decision: (decision.recorded_at, decision.pk))
        last = decisions[-1] if decisions else None
        shown.append(
            {
                "label": each.get_body_display(),
                "state": states[StepStatus(each.status)],
                "who": str(last.acted_by) if last and last.acted_by else "",
                "when": last.decided_on if last else None,
                "outcome": StepStatus.DEFERRED if each.status == StepStatus.DEFERRED else None,
                "note": _in_brief(each, last) if last else "",
                "url": reverse("bylaws:decision", args=[last.uid]) if last else "",
            }
        )
    return shown


def _in_brief(step: ReviewStep, decision: Decision) -> str:
    """``3 recommend, 1 do not recommend``."""
    words = outcomes_for(step.body)
    lines = [line.outcome for line in decision.lines.all()]
    return ", ".join(
        f"{lines.count(outcome)} {words(outcome).label.lower()}"
        for outcome in words.values
        if outcome in lines
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request, uid) -> HttpResponse:
    """One file before its body; the chair answers line by line, shown once more before it is signed."""
    step = _step(request, uid)
    case = step.case
    today = clock.today(case.facility)
    subject = handler(case.subject_kind)
    shows_gate = request.GET.get("show") == "gate"
    gate = {"gate": subject.gate(case.subject_uid, today) if shows_gate else None, "gate_asked": shows_gate}
    if is_part(request, "gate"):
        return render(request, "bylaws/review_gate.html", gate)
    lines = subject.lines(case.subject_uid, today)
    if signed := _signed_already(request, step):
        return signed
    page = _page(request, step, subject, today) | gate
    if not page["acts"]:
        if request.method == "POST":
            return render_refused(request, Refused(page["why_not"]), "bylaws/review.html", page)
        page["read_lines"] = shown_lines(line_forms(lines, step.body), _earlier(step))
        return render_page(request, "bylaws/review.html", page)
    asks_absence = page["asks_absence"]
    if request.method != "POST":
        return render_page(
            request, "bylaws/review.html", page | _beginning(request, step, lines, asks_absence)
        )
    forms = line_forms(lines, step.body, data=request.POST)
    form = RecommendForm(request.POST, asks_absence=asks_absence)
    page |= _forms_of(forms, form, step)
    if not all([form.is_valid(), *(each.is_valid() for each in forms)]):
        return render_invalid(request, "bylaws/review.html", page)
    answers = [each.answer() for each in forms]
    if request.POST.get("stage") == "change":
        return render_page(request, "bylaws/review.html", page)
    if request.POST.get("stage") != "sign":
        return render_page(request, "bylaws/review_sign.html", page | _preview(request, step, forms))
    try:
        decision = recommend(
            actor=request.user,
            step=step,
            lines=answers,
            rationale=form.cleaned_data["rationale"],
            absence=form.cleaned_data.get("absence", ""),
            after=request.POST.get("after"),
        )
    except Refused as refused:
        if signed := _signed_already(request, _step(request, uid)):
            return signed
        return render_refused(request, refused, "bylaws/review.html", page, form=form)
    messages.success(request, "Signed and recorded.")
    return go_to(request, reverse("bylaws:decision", args=[decision.uid]))


def _signed_already(request, step: ReviewStep) -> HttpResponse | None:
    """The record, when the same signature arrives a second time: a double tap is no failure."""
    acts = _own_acts(step)
    if request.POST.get("stage") != "sign" or "after" not in request.POST or not acts:
        return None
    if str(acts[-1].uid) == request.POST["after"] or acts[-1].acted_by_id != request.user.pk:
        return None
    messages.success(request, "Signed and recorded.")
    return go_to(request, reverse("bylaws:decision", args=[acts[-1].uid]))


def _beginning(request, step: ReviewStep, lines, asks_absence: bool) -> dict[str, Any]:
    """The empty form; a file taken up again starts from what was said, and one button answers what is met."""
    given = own_answers(step)
    open_lines = [line for line in lines if line.uid not in given]
    fillable = [line for line in open_lines if may_be_filled(line)]
    filled = request.GET.get("fill") == "recommend"
    if filled:
        given |= {line.uid: LineAnswer(line.uid, LineOutcome.RECOMMEND) for line in fillable}
    acts = _own_acts(step)
    said = {"rationale": acts[-1].rationale} if acts else None
    form = RecommendForm(initial=said, asks_absence=asks_absence)
    return _forms_of(line_forms(lines, step.body, given=given), form, step) | {
        "filled": len(fillable) if filled else 0,
        "fillable": len(fillable),
        "left": len(open_lines) - len(fillable),
        "taken_up": bool(acts),
    }


def _forms_of(forms, form, step: ReviewStep) -> dict[str, Any]:
    return {
        "lines": shown_lines(forms, _earlier(step)),
        "forms": [*forms, form],
        "form": form,
        "error_list": partial(error_list, form, forms),
        "condition_when": CONDITION_WHEN,
        "reason_when": REASON_WHEN,
    }


def _preview(request, step: ReviewStep, forms) -> dict[str, Any]:
    """What signing will say, line by line, and what is sent again with it."""
    last = _own_acts(step)[-1:]
    return {
        "said": said_lines(forms, step.body),
        "doubt": answers_doubt(forms),
        "defers": any(each.cleaned_data["outcome"] == LineOutcome.DEFER for each in forms),
        "hidden": [
            (name, value)
            for name in request.POST
            if name not in ("csrfmiddlewaretoken", "stage", "after")
            for value in request.POST.getlist(name)
        ]
        + [("after", str(last[0].uid) if last else "")],
        "next_body": next(
            (each.get_body_display() for each in step.case.steps.all() if each.order > step.order), ""
        ),
    }


def _page(request, step: ReviewStep, subject, today) -> dict[str, Any]:
    """Head of the file, where it stands, and who may act."""
    case = step.case
    summary = subject.summary(case.subject_uid, today, request.user)
    acts, why_not, asks_absence = _may_recommend(request.user, step)
    actor = next_actor(step)
    acted = _own_acts(step)
    item = None if step.body == Body.DEPARTMENT_CHAIR or step.status not in LIVE else coming_item_of(step)
    meeting_url = _meeting_url(request.user, item)
    return {
        "title": str(case.practitioner),
        "subtitle": summary.subtitle,
        "person": case.practitioner.display_name,
        "page_badge": StepStatus(step.status),
        "crumbs": [Crumb(TITLE, reverse("bylaws:reviews")), Crumb(str(case.practitioner))],
        "waiting_for": {
            "actor": "you" if actor.user == request.user else actor.name,
            "role": actor.role,
            "what": actor.what,
            "since": actor.since,
            "url": meeting_url,
        }
        if actor.name
        else None,
        "today": today,
        "step": step,
        "summary": summary,
        "steps": chain_of(step),
        "body_name": _body_name(step),
        "decision": acted[-1] if acted else None,
        "acts": acts,
        "why_not": f"{why_not} {_where_it_stands(step, item)}".rstrip(),
        "asks_absence": asks_absence,
        "paths": [] if acts else _ways_on(request.user, step, item, meeting_url),
        "file_url": summary.url if may(request.user, "credentialing.view", case.facility) else "",
        "red_flags": summary.red_flags,
        "adverse": step.body == Body.BOARD and _adverse_mec(step),
        "sign": f"Check and sign as {'vice chair' if asks_absence else 'chair'}",
    }


def _adverse_mec(step: ReviewStep) -> bool:
    """Whether the executive committee would not have a line granted: due process comes before the board."""
    acts = [decision for each, decision in _decisions(step) if each.body == Body.MEC]
    return bool(acts) and any(line.outcome == LineOutcome.NOT_RECOMMEND for line in acts[-1].lines.all())


def _may_recommend(user, step: ReviewStep) -> tuple[bool, str, bool]:
    """Whether the person signs here, else why not; and whether the chair's absence must be explained."""
    if step.status not in (StepStatus.OPEN, StepStatus.DEFERRED):
        return False, f"{StepStatus(step.status).label}: nothing is asked of anybody here now.", False
    if step.body != Body.DEPARTMENT_CHAIR:
        return (
            False,
            f"The {step.get_body_display()} acts by a motion in a meeting, or from its minutes.",
            False,
        )
    able = department_reviewers(step)
    for reviewer in able:
        if reviewer.user.pk == user.pk and may(user, "bylaws.recommend", step.case.facility):
            return True, "", reviewer.seat_role == SeatRole.VICE_CHAIR and not reviewer.why
    if not able:
        return False, f"{step.case.department} has no chair or vice chair who may act on this file.", False
    return False, f"{able[0].user} recommends for {step.case.department}.", False


def _meeting_url(user, item: AgendaItem | None) -> str:
    """The meeting on whose agenda the file stands, where the person may see it; at the matter itself."""
    if item is None or not visible_meetings(user).filter(pk=item.meeting_id).exists():
        return ""
    return f"{reverse('bylaws:meeting', args=[item.meeting.uid])}#item-{item.uid}"


def _where_it_stands(step: ReviewStep, item: AgendaItem | None) -> str:
    """The next step after a closed box, as a sentence."""
    if step.status not in LIVE:
        ahead = next((each for each in step.case.steps.all() if each.status in LIVE), None)
        return f"The file is now with the {ahead.get_body_display()}." if ahead else ""
    if step.body == Body.DEPARTMENT_CHAIR:
        return ""
    if item is None:
        return "It is on no agenda yet; the medical staff coordinator puts it there."
    day = day_text(clock.date_at(item.meeting.starts_at, step.case.facility))
    return (
        f"The vote is open in the meeting of {day}." if item.vote_open else f"It is on the agenda of {day}."
    )


def _ways_on(user, step: ReviewStep, item: AgendaItem | None, meeting_url: str) -> list[Action]:
    """Where a member goes from a committee's step, and whoever runs the meetings."""
    facility = step.case.facility
    if step.body == Body.DEPARTMENT_CHAIR or step.status not in LIVE:
        return []
    ways = []
    if item is not None and meeting_url:
        day = day_text(clock.date_at(item.meeting.starts_at, facility))
        label = f"Go to the open vote of {day}" if item.vote_open else f"Open the meeting of {day}"
        ways.append(Action(label, url=meeting_url, icon="gavel", kind="primary"))
    if not may(user, "bylaws.run_meeting", facility):
        return ways
    committee = committee_of(step.body, facility=facility)
    for meeting in coming_meetings_of(committee)[:3] if committee and item is None else ():
        day = day_text(clock.date_at(meeting.starts_at, facility))
        ways.append(
            Action(f"Meeting of {day}", url=reverse("bylaws:meeting", args=[meeting.uid]), icon="calendar")
        )
    if not ways:
        ways.append(Action("Call a meeting", url=reverse("bylaws:meeting_new"), icon="calendar-plus"))
    ways.append(
        Action(
            "Record from minutes",
            url=reverse("bylaws:minutes", args=[step.uid]),
            icon="file-description",
            refusal="" if may(user, "bylaws.record_minutes", facility) else "Your role does not include it.",
        )
    )
    return ways


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def minutes(request, uid) -> HttpResponse:
    """What a body decided, taken from its minutes with their scan."""
    step = _step(request, uid)
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
    forms = line_forms(
        lines,
        step.body,
        data=request.POST if sent else None,
        given=None if sent else last_answers(step),
    )
    page = {
        "title": f"Decision of the {step.get_body_display()} from its minutes",
        "subtitle": f"{case.practitioner}, {case.title}",
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:reviews")),
            Crumb(str(case.practitioner), back),
            Crumb("Minutes"),
        ],
        "step": step,
        "form": form,
        "forms": [form, *forms],
        "lines": shown_lines(forms, _earlier(step)),
        "error_list": partial(error_list, form, forms),
        "starts_from": starts_from(step),
        "doubts": doubts,
        "members": [seat.identity.user for seat in seated(committee, today, voting=True)]
        if committee and step.body != Body.DEPARTMENT_CHAIR
        else [],
        "condition_when": CONDITION_WHEN,
        "reason_when": REASON_WHEN,
        "cancel_url": back,
        "today": today,
        "refused_because": ""
        if step.status in (StepStatus.OPEN, StepStatus.DEFERRED) and step.body != Body.DEPARTMENT_CHAIR
        else _may_recommend(request.user, step)[1] or "A department chair recommends in person.",
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


@login_required
@require_safe
def decision(request, uid) -> HttpResponse:
    """A body's act: what it said of each line, how it was taken, and what the deciders saw."""
    act = found(get_decision(viewer=request.user, uid=uid))
    record = frozen_record(act)
    words = outcomes_for(act.body)
    step = act.step
    sees_file = get_step(viewer=request.user, uid=step.uid) is not None
    return render_page(
        request,
        "bylaws/decision.html",
        {
            "title": f"{act.get_body_display()}: {act.get_kind_display().lower()}",
            "subtitle": f"{act.practitioner}, {step.case.title}",
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
            "said": [
                {
                    "label": line.label,
                    "outcome": words(line.outcome),
                    "note": line.conditions or line.reason,
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
