"""Files in review: the list, and one file before its body."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import ALONE, CHAIRS, Body, LineOutcome, StepStatus
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
from bylaws.forms.meetings import ReasonForm
from bylaws.models import AgendaItem, DecisionLine, ReviewStep
from bylaws.policies import permission_to_act
from bylaws.rules.answers import may_be_filled
from bylaws.selectors.committees import committee_of
from bylaws.selectors.meetings import (
    coming_item_of,
    coming_meetings_of,
    sees_meeting,
)
from bylaws.selectors.reviews import (
    LIVE,
    Reviewer,
    next_actor,
    reviewers_of,
    visible_steps,
    who_reviews,
)
from bylaws.services.chains import send_to_full_board
from bylaws.services.reviews import recommend
from bylaws.subjects import CasePage, LineAnswer, handler
from bylaws.tables import REVIEWS
from bylaws.views.case import TITLE, acts_of, chain_of, earlier_of, find_step, own_acts, own_answers
from bylaws.views.common import facility_for
from bylaws.wording import office_word
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    answer_form,
    go_to,
    is_part,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)

#: Over the board's page where the executive committee was against a line, and nothing holds the board now.
ADVERSE = (
    "The Medical Executive Committee does not recommend every line. Notice was given, and the right to a "
    "hearing is settled (42 USC 11112(b))."
)

#: The same while lines are held: the board acts on the others.
SPLIT = (
    "The Medical Executive Committee does not recommend every line. What it is against is held for the right "
    "to a hearing (42 USC 11112(b)); the other lines are decided now."
)

#: Over the board's page where the executive committee recommended a line only with a change or condition.
LIMITED = "The Medical Executive Committee recommends only with a change or condition"

#: Over a file that was sent the expedited way, while a committee of the board decides it.
EXPEDITED = (
    "The file was clean when it was sent. After the Medical Executive Committee a committee of the board "
    "decides in the place of the full board, which is told at its next meeting."
)

#: The same once the file went on to the full board.
EXPEDITED_NO_MORE = "The file was sent the expedited way. It left it: the full board decides."


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


def _body_name(step: ReviewStep) -> str:
    return step.case.department.name if step.body == Body.DEPARTMENT_CHAIR else step.get_body_display()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request, uid) -> HttpResponse:
    """One file before its body; the chair answers line by line, shown once more before it is signed."""
    step = find_step(request, uid)
    case = step.case
    today = clock.today(case.facility)
    subject = handler(case.subject_kind)
    shows_gate = request.GET.get("show") == "gate"
    gate = {"gate": subject.gate(case.subject_uid, today) if shows_gate else None, "gate_asked": shows_gate}
    if is_part(request, "gate"):
        return render(request, "bylaws/review_gate.html", gate)
    if signed := _signed_already(request, step):
        return signed
    file = subject.page(case.subject_uid, today, request.user)
    lines = file.lines
    page = _page(request, step, subject, today, file) | gate
    if not page["acts"]:
        if request.method == "POST":
            return render_refused(request, Refused(page["why_not"]), "bylaws/review.html", page)
        page["read_lines"] = shown_lines(
            line_forms(lines, step.body, on=today), earlier_of(step), page["comparison"].lines
        )
        return render_page(request, "bylaws/review.html", page)
    asks_absence = page["asks_absence"]
    if request.method != "POST":
        return render_page(
            request,
            "bylaws/review.html",
            page | _beginning(request, step, lines, asks_absence, page["comparison"].lines),
        )
    given = _given(request, step, lines)
    forms = line_forms(lines, step.body, on=today, data=given)
    form = RecommendForm(given, asks_absence=asks_absence, office=office_word(step.body))
    page |= _forms_of(forms, form, step, page["comparison"].lines)
    if not all([form.is_valid(), *(each.is_valid() for each in forms)]):
        return render_invalid(request, "bylaws/review.html", page)
    answers = [each.answer() for each in forms]
    if request.POST.get("stage") == "change":
        return render_page(request, "bylaws/review.html", page)
    if request.POST.get("stage") != "sign":
        return render_page(request, "bylaws/review_sign.html", page | _preview(given, step, forms))
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
        if signed := _signed_already(request, find_step(request, uid)):
            return signed
        return render_refused(request, refused, "bylaws/review.html", page, form=form)
    messages.success(request, "Signed and recorded.")
    return go_to(request, reverse("bylaws:decision", args=[decision.uid]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def full_board(request, uid) -> HttpResponse:
    """The full board decides in the place of its committee."""
    step = find_step(request, uid)
    require(request.user, "bylaws.run_meeting", step.case.facility)
    back = reverse("bylaws:review", args=[step.uid])
    form = ReasonForm(request.POST or None)
    page = {
        "title": "Send to the full board",
        "subtitle": str(step.case.practitioner),
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:reviews")),
            Crumb(str(step.case.practitioner), back),
            Crumb("Full board"),
        ],
        "intro": "The full board decides in a meeting, in the place of its committee.",
        "form": form,
        "submit": "Send to the full board",
        "cancel_url": back,
    }

    def send(given: dict) -> Done:
        instead = send_to_full_board(actor=request.user, step=step, **given)
        return Done("The full board decides.", reverse("bylaws:review", args=[instead.uid]))

    return answer_form(request, page, send)


def _signed_already(request, step: ReviewStep) -> HttpResponse | None:
    """The record, when the same signature arrives a second time: a double tap is no failure."""
    acts = own_acts(step)
    if request.POST.get("stage") != "sign" or "after" not in request.POST or not acts:
        return None
    if str(acts[-1].uid) == request.POST["after"] or acts[-1].acted_by_id != request.user.pk:
        return None
    messages.success(request, "Signed and recorded.")
    return go_to(request, reverse("bylaws:decision", args=[acts[-1].uid]))


def _beginning(request, step: ReviewStep, lines, asks_absence: bool, compared) -> dict[str, Any]:
    """The empty form; a file taken up again starts from what was said, and one button answers what is met."""
    given, today = own_answers(step), clock.today(step.case.facility)
    open_lines = [line for line in lines if line.uid not in given]
    fillable = [line for line in open_lines if may_be_filled(line)]
    filled = request.GET.get("fill") == "recommend"
    if filled:
        given |= {line.uid: LineAnswer(line.uid, LineOutcome.RECOMMEND) for line in fillable}
    acts = own_acts(step)
    said = {"rationale": acts[-1].rationale} if acts else None
    form = RecommendForm(initial=said, asks_absence=asks_absence, office=office_word(step.body))
    return _forms_of(line_forms(lines, step.body, on=today, given=given), form, step, compared) | {
        "filled": len(fillable) if filled else 0,
        "unfolded": filled,  # whoever fills the lines in comes to change some
        "fillable": len(fillable),
        "left": len(open_lines) - len(fillable),
        "taken_up": bool(acts),
    }


def _forms_of(forms, form, step: ReviewStep, compared) -> dict[str, Any]:
    return {
        "lines": shown_lines(forms, earlier_of(step), compared),
        "forms": [*forms, form],
        "form": form,
        "error_list": partial(error_list, form, forms),
        "condition_when": CONDITION_WHEN,
        "reason_when": REASON_WHEN,
    }


def _given(request, step: ReviewStep, lines) -> QueryDict:
    """What was sent; "recommend all" answers every line whose criteria leave no doubt, and leaves the others
    to be answered.
    """
    if request.POST.get("stage") != "all":
        return request.POST
    given, today = request.POST.copy(), clock.today(step.case.facility)
    for form in line_forms([line for line in lines if may_be_filled(line)], step.body, on=today):
        given[form.add_prefix("outcome")] = LineOutcome.RECOMMEND
    return given


def _preview(given: QueryDict, step: ReviewStep, forms) -> dict[str, Any]:
    """What signing will say, line by line, and what is sent again with it."""
    last = own_acts(step)[-1:]
    return {
        "said": said_lines(forms, step.body),
        "doubt": answers_doubt(forms),
        "defers": any(each.cleaned_data["outcome"] == LineOutcome.DEFER for each in forms),
        "hidden": [
            (name, value)
            for name in given
            if name not in ("csrfmiddlewaretoken", "stage", "after")
            for value in given.getlist(name)
        ]
        + [("after", str(last[0].uid) if last else "")],
        "next_body": next(
            (each.get_body_display() for each in step.case.steps.all() if each.order > step.order), ""
        ),
    }


def _page(request, step: ReviewStep, subject, today, file: CasePage) -> dict[str, Any]:
    """Head of the file, where it stands, and who may act."""
    case, summary = step.case, file.summary
    able = reviewers_of(step) if step.body in ALONE and step.status in LIVE else []
    acts, why_not, asks_absence = _may_recommend(request.user, step, able)
    signer = next((each for each in able if each.user == request.user), None)
    if summary.stopped and step.status in LIVE:
        acts, why_not = False, summary.stopped
    acted = own_acts(step)
    item = None if step.body in ALONE or step.status not in LIVE else coming_item_of(step)
    actor = next_actor(step, able=able, meeting=item.meeting if item else None)
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
            "is_person": actor.user is not None,
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
        "held_lines": summary.held,
        "comparison": subject.compared(file.lines, today),
        "expedited": _expedited(case),
        "adverse": _adverse(step, summary.stopped, summary.held),
        "limited": _limited(step),
        "sign": f"Check and sign as {_signs_as(step, signer)}",
    }


def _signs_as(step: ReviewStep, signer: Reviewer | None) -> str:
    """What the signature says of whoever signs."""
    if signer is None or not signer.stands_in:
        return "chair" if step.body in CHAIRS else office_word(step.body)
    if step.body in CHAIRS or signer.office.startswith("Alternate"):
        return signer.office.lower()
    return f"designee of the {office_word(step.body)}"


def _expedited(case) -> str:
    """What stands over a file that was sent the expedited way; empty over every other."""
    if not case.expedited:
        return ""
    bodies = {each.body for each in case.steps.all() if each.status != StepStatus.CANCELLED}
    return EXPEDITED if Body.BOARD_COMMITTEE in bodies else EXPEDITED_NO_MORE


def _adverse(step: ReviewStep, stopped: str, held) -> str:
    """What stands over the board's page where the executive committee was against a line."""
    against = _said_by_mec(step, LineOutcome.NOT_RECOMMEND)
    if not against:
        return ""
    if stopped or not any(each.why for each in held):
        return stopped or f"{ADVERSE} {_named('It is against', against)}"
    return SPLIT


def _limited(step: ReviewStep) -> str:
    """What stands over the board's page where the executive committee recommended a line only with a change
    or condition; names each with what it asks.
    """
    lines = _said_by_mec(step, LineOutcome.MODIFY)
    return _named(LIMITED, lines) if lines else ""


def _named(said: str, lines: Sequence[DecisionLine]) -> str:
    """The lines by name after what was said, each with its condition where it has one."""
    named = [
        f"{line.label} ({' '.join(line.conditions.split()).rstrip('.')})" if line.conditions else line.label
        for line in lines
    ]
    return f"{said}: {'; '.join(named)}."


def _said_by_mec(step: ReviewStep, outcome: str) -> list[DecisionLine]:
    """On the board's page: the lines of which the executive committee's newest act says this; prefetched."""
    acts = [decision for each, decision in acts_of(step) if each.body == Body.MEC]
    if step.body != Body.BOARD or not acts:
        return []
    return [line for line in acts[-1].lines.all() if line.outcome == outcome]


def _may_recommend(user, step: ReviewStep, able: Sequence[Reviewer]) -> tuple[bool, str, bool]:
    """Whether the person signs here, else why not; and whether the chair's absence must be said.
    ``able`` are those who may act alone on the step.
    """
    if step.status not in LIVE:
        return False, f"{StepStatus(step.status).label}: nothing is asked of anybody here now.", False
    if step.body not in ALONE:
        return (
            False,
            f"The {step.get_body_display()} acts by a motion in a meeting, or from its minutes.",
            False,
        )
    for reviewer in able:
        if reviewer.user.pk == user.pk and may(user, permission_to_act(step.body), step.case.facility):
            return True, "", reviewer.stands_in and not reviewer.why
    return False, who_reviews(step, able), False


def _meeting_url(user, item: AgendaItem | None) -> str:
    """The meeting on whose agenda the file stands, where the person may see it; at the matter itself."""
    if item is None or not sees_meeting(user, item.meeting):
        return ""
    return f"{reverse('bylaws:meeting', args=[item.meeting.uid])}#item-{item.uid}"


def _where_it_stands(step: ReviewStep, item: AgendaItem | None) -> str:
    """The next step after a closed box, as a sentence."""
    if step.status not in LIVE:
        ahead = next((each for each in step.case.steps.all() if each.status in LIVE), None)
        return f"The file is now with the {ahead.get_body_display()}." if ahead else ""
    if step.body in ALONE:
        return ""
    if item is None:
        return "It is on no agenda yet; the medical staff coordinator puts it there."
    on = clock.date_at(item.meeting.starts_at, step.case.facility)
    day = day_text(on)
    if item.vote_open:
        return f"The vote is open in the meeting of {day}."
    if on < clock.today(step.case.facility):
        return f"It was on the agenda of {day}, and what came of it is not recorded yet."
    return f"It is on the agenda of {day}."


def _ways_on(user, step: ReviewStep, item: AgendaItem | None, meeting_url: str) -> list[Action]:
    """Where a member goes from a committee's step, and whoever runs the meetings."""
    facility = step.case.facility
    if step.body in ALONE or step.status not in LIVE:
        return []
    ways = []
    if item is not None and meeting_url:
        day = day_text(clock.date_at(item.meeting.starts_at, facility))
        label = f"Go to the open vote of {day}" if item.vote_open else f"Open the meeting of {day}"
        ways.append(Action(label, url=meeting_url, icon="gavel", kind="primary"))
    if not may(user, "bylaws.run_meeting", facility):
        return ways
    committee = committee_of(step.body, facility=facility) if item is None else None
    for meeting in coming_meetings_of(committee)[:3] if committee else ():
        day = day_text(clock.date_at(meeting.starts_at, facility))
        ways.append(
            Action(f"Meeting of {day}", url=reverse("bylaws:meeting", args=[meeting.uid]), icon="calendar")
        )
    if not ways:
        ways.append(Action("Call a meeting", url=reverse("bylaws:meeting_new"), icon="calendar-plus"))
    if step.body == Body.BOARD_COMMITTEE:
        url = reverse("bylaws:full_board", args=[step.uid])
        ways.append(Action("Send to the full board", url=url, icon="gavel"))
    ways.append(
        Action(
            "Record from minutes",
            url=reverse("bylaws:minutes", args=[step.uid]),
            icon="file-description",
            refusal="" if may(user, "bylaws.record_minutes", facility) else "Your role does not include it.",
        )
    )
    return ways
