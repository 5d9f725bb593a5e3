"""Papers of a meeting: the packet for the member who asks, minutes, and what is to be done after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bylaws.choices import MeetingStatus, MinutesStatus, SignedAs, WaitsFor
from bylaws.forms.meetings import ReasonForm
from bylaws.forms.papers import DoneForm, FollowUpForm, GiveFollowUpForm, MinutesForm
from bylaws.models import FollowUp, Meeting, MeetingMinutes
from bylaws.papers import minutes_paper
from bylaws.selectors.follow_ups import follow_ups, get_follow_up
from bylaws.selectors.meetings import get_meeting, meeting_view
from bylaws.selectors.minutes_of_meeting import MinutesView, minutes_of, minutes_view
from bylaws.services.follow_ups import OPENS, add_follow_up, finish_follow_up, give_follow_up
from bylaws.services.minutes_of_meeting import (
    circulate_minutes,
    correct_minutes,
    draft_minutes,
    edit_minutes,
    sign_minutes,
    take_minutes_back,
)
from bylaws.services.packets import make_packet
from bylaws.tables import FOLLOW_UPS
from bylaws.views.common import facility_for, found, who_was_told
from bylaws.views.meetings import TITLE, tabs
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
    go_to,
    render_list,
    render_page,
    render_refused,
)
from config.kernel.pages.stored import stored

PDF = "application/pdf"
RUN = "bylaws.run_meeting"
MINUTES_PAGE = "bylaws/meeting_minutes.html"


def _meeting(request, uid) -> Meeting:
    return found(get_meeting(viewer=request.user, uid=uid))


def _crumbs(meeting: Meeting, *more: Crumb) -> list[Crumb]:
    return [
        Crumb(TITLE, reverse("bylaws:meetings")),
        Crumb(str(meeting.committee), reverse("bylaws:meeting", args=[meeting.uid])),
        *more,
    ]


@login_required
@require_safe
def meeting_packet(request, uid) -> HttpResponse:
    """Agenda and files of the meeting in one PDF, as far as the reader may have them."""
    meeting = _meeting(request, uid)
    return stored(make_packet(actor=request.user, meeting=meeting).content, PDF)


# --- minutes --------------------------------------------------------------------------------------------


def _log_peer_review(request, minutes: MeetingMinutes, view: MinutesView) -> None:
    """That somebody read what of the minutes is peer review."""
    if view.shows_peer_review:
        record_protected_read(
            actor=request.user,
            data_class=DataClass.PEER_REVIEW,
            subject_kind=minutes._meta.label_lower,
            subject_uid=minutes.uid,
        )


def _number(request) -> int | None:
    asked = request.GET.get("version", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None


def _minutes_page(request, meeting: Meeting) -> dict[str, Any]:
    minutes = minutes_of(meeting)
    view = None
    if minutes is not None:
        minutes.meeting = meeting
        view = minutes_view(viewer=request.user, minutes=minutes, number=_number(request))
        if view is None and _number(request) is not None:
            raise Http404
    if minutes is not None and view is not None:
        _log_peer_review(request, minutes, view)
    runs = may(request.user, RUN, meeting.committee.facility)
    return {
        "title": "Minutes",
        "subtitle": str(meeting),
        "page_badge": MinutesStatus(minutes.status) if minutes is not None and view is not None else None,
        "crumbs": _crumbs(meeting, Crumb("Minutes")),
        "meeting": meeting,
        "minutes": minutes,
        "view": view,
        "runs": runs,
        "actions": [who_was_told(WaitsFor.MINUTES, meeting.uid)]
        if runs and minutes is not None and minutes.status != MinutesStatus.DRAFT
        else [],
        "over": meeting.status == MeetingStatus.ADJOURNED,
        "may_edit": runs and view is not None and view.is_newest,
        "sign_as": [(each, SignedAs(each).label) for each in view.may_sign_as] if view else [],
    }


@login_required
@require_safe
def meeting_minutes(request, uid) -> HttpResponse:
    """The minutes of the meeting as far as the reader may have them, or how they come to be."""
    return render_page(request, MINUTES_PAGE, _minutes_page(request, _meeting(request, uid)))


@login_required
@require_safe
def minutes_pdf(request, uid) -> HttpResponse:
    """The same on paper."""
    meeting = _meeting(request, uid)
    minutes = found(minutes_of(meeting))
    minutes.meeting = meeting
    view = found(minutes_view(viewer=request.user, minutes=minutes, number=_number(request)))
    _log_peer_review(request, minutes, view)
    return stored(minutes_paper(view, read_by=str(request.user), made_at=clock.now()), PDF)


@login_required
@require_POST
def minutes_act(request, uid) -> HttpResponse:
    """Draft, circulate, or sign."""
    meeting = _meeting(request, uid)
    asked = request.POST.get("act", "")
    try:
        said = _act(request, meeting, asked)
    except Refused as refused:
        return render_refused(request, refused, MINUTES_PAGE, _minutes_page(request, meeting))
    messages.success(request, said)
    return go_to(request, reverse("bylaws:meeting_minutes", args=[meeting.uid]))


def _act(request, meeting: Meeting, asked: str) -> str:
    if asked == "draft":
        draft_minutes(actor=request.user, meeting=meeting)
        return "The minutes are drafted from what is on record. Read them before you circulate them."
    minutes = found(minutes_of(meeting))
    if asked == "circulate":
        circulate_minutes(actor=request.user, minutes=minutes)
        return "Members can read the minutes; the next meeting is asked to approve them."
    if asked in SignedAs.values:
        number = request.POST.get("version", "")
        if not (number.isascii() and number.isdigit() and len(number) < 6):
            raise Refused("Say which version you have read.")
        sign_minutes(actor=request.user, minutes=minutes, signed_as=asked, number=int(number))
        return "You have signed the minutes."
    raise Refused("Choose what to do with the minutes.")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def minutes_edit(request, uid) -> HttpResponse:
    """Other words, by section."""
    meeting = _meeting(request, uid)
    require(request.user, RUN, meeting.committee.facility)
    minutes = found(minutes_of(meeting))
    minutes.meeting = meeting
    view = found(minutes_view(viewer=request.user, minutes=minutes))
    _log_peer_review(request, minutes, view)
    back = reverse("bylaws:meeting_minutes", args=[meeting.uid])
    form = MinutesForm(request.POST or None, sections=view.sections, initial={"seen": view.version.number})
    drafting = minutes.status == MinutesStatus.DRAFT
    page = {
        "title": "Edit the minutes",
        "subtitle": str(meeting),
        "crumbs": _crumbs(meeting, Crumb("Minutes", back), Crumb("Edit")),
        "intro": "What you save is a version of its own; the one before stays.",
        "why_not": ""
        if drafting
        else "Only a draft is edited. Take the minutes back, or begin a correction.",
        "form": form,
        "submit": "Save as a new version",
        "cancel_url": back,
    }

    def save(given: dict) -> Done:
        edit_minutes(
            actor=request.user, minutes=minutes, texts=form.texts, seen=given["seen"], why=given["why"]
        )
        return Done("Saved as a new version.", back)

    return answer_form(request, page, save)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def minutes_back(request, uid) -> HttpResponse:
    """Take circulated minutes back, or begin a correction of approved ones."""
    meeting = _meeting(request, uid)
    require(request.user, RUN, meeting.committee.facility)
    minutes = found(minutes_of(meeting))
    back = reverse("bylaws:meeting_minutes", args=[meeting.uid])
    correcting = minutes.status in (MinutesStatus.APPROVED, MinutesStatus.SIGNED)
    act: Callable[..., MeetingMinutes] = correct_minutes if correcting else take_minutes_back
    page = {
        "title": "Correct the minutes" if correcting else "Take the minutes back",
        "subtitle": str(meeting),
        "crumbs": _crumbs(meeting, Crumb("Minutes", back), Crumb("Correct" if correcting else "Take back")),
        "intro": "A new version, which the body approves again. What it approved stays, and who signed it."
        if correcting
        else "They are a draft again, members no longer read them, and they leave the agenda.",
        "why_not": "They are a draft already." if minutes.status == MinutesStatus.DRAFT else "",
        "form": ReasonForm(request.POST or None),
        "submit": "Begin the correction" if correcting else "Take them back",
        "cancel_url": back,
    }

    def do(given: dict) -> Done:
        act(actor=request.user, minutes=minutes, why=given["reason"])
        return Done("The minutes are a draft again.", back)

    return answer_form(request, page, do)


# --- follow-ups -----------------------------------------------------------------------------------------


@login_required
@require_safe
def follow_up_list(request) -> HttpResponseBase:
    """What is to be done after meetings: one's own, and for who runs them everybody's."""
    facility = facility_for(request, OPENS)
    rows = follow_ups(request.user, facility)
    return render_list(
        request,
        FOLLOW_UPS,
        rows,
        title="Follow-ups from meetings",
        subtitle=f"After meetings of the bodies of {facility}",
        noun="follow-up",
        # Whoever sits on no body owns follow-ups all the same, and may not open what stands beside them.
        tabs=tabs("follow_ups") if may(request.user, "bylaws.view_reviews", facility) else (),
        empty=Empty(
            "Nothing is to be done.", "Follow-ups are given on the page of a meeting.", icon="list-check"
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_new(request, uid) -> HttpResponse:
    """Give somebody something to do after a matter of the meeting."""
    meeting = _meeting(request, uid)
    facility = meeting.committee.facility
    require(request.user, RUN, facility)
    view = meeting_view(viewer=request.user, meeting=meeting)
    items = [each.item for each in (*view.items, *view.consent) if not each.aside]
    back = reverse("bylaws:meeting", args=[meeting.uid])
    page = {
        "title": "Give a follow-up",
        "subtitle": str(meeting),
        "crumbs": _crumbs(meeting, Crumb("Follow-up")),
        "intro": "It stands on Today of whom you choose until they say what came of it.",
        "why_not": "" if items else "Nothing is on the agenda yet.",
        "form": FollowUpForm(request.POST or None, items=items, facility=facility),
        "submit": "Give it",
        "cancel_url": back,
    }

    def give(given: dict) -> Done:
        made = add_follow_up(actor=request.user, **given)
        return Done(f"{made.owner} has it on Today.", reverse("bylaws:follow_ups"))

    return answer_form(request, page, give)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_done(request, uid) -> HttpResponse:
    """It is done, with what came of it."""
    facility = facility_for(request, OPENS)
    shown = found(get_follow_up(viewer=request.user, facility=facility, uid=uid))
    back = reverse("bylaws:follow_ups")
    if shown.item.subject_kind:
        record_protected_read(
            actor=request.user,
            data_class=DataClass.PEER_REVIEW,
            subject_kind=FollowUp._meta.label_lower,
            subject_uid=shown.uid,
        )
    change = Action("Change who or when", url=reverse("bylaws:follow_up_give", args=[shown.uid]), icon="user")
    page = {
        "title": "Follow-up",
        "subtitle": shown.what,
        "crumbs": [Crumb(TITLE, reverse("bylaws:meetings")), Crumb("Follow-ups", back), Crumb("Done")],
        "intro": f"For {shown.owner}, by {day_text(shown.due)}, after {shown.item.meeting}. "
        "Said once; it leaves Today.",
        "why_not": f"Done: {shown.done_note}" if shown.done_at else "",
        "form": DoneForm(request.POST or None),
        "submit": "It is done",
        "cancel_url": back,
        "cancel_label": "Back to the follow-ups",
        "actions": [change] if may(request.user, RUN, facility) and not shown.done_at else [],
    }

    def finish(given: dict) -> Done:
        finish_follow_up(actor=request.user, follow_up=shown, **given)
        return Done("Recorded as done.", back)

    return answer_form(request, page, finish)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up_give(request, uid) -> HttpResponse:
    """Another owner, or another day."""
    facility = facility_for(request, RUN)
    shown = found(get_follow_up(viewer=request.user, facility=facility, uid=uid))
    here = reverse("bylaws:follow_up_done", args=[shown.uid])
    page = {
        "title": "Change who does it, or when",
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:meetings")),
            Crumb("Follow-ups", reverse("bylaws:follow_ups")),
            Crumb("Follow-up", here),
            Crumb("Change"),
        ],
        "why_not": f"Done: {shown.done_note}" if shown.done_at else "",
        "form": GiveFollowUpForm(
            request.POST or None,
            facility=facility,
            initial={"owner": shown.owner.uid, "due": shown.due},
        ),
        "submit": "Save",
        "cancel_url": here,
    }

    def give(given: dict) -> Done:
        made = give_follow_up(actor=request.user, follow_up=shown, **given)
        return Done(f"{made.owner} has it on Today.", reverse("bylaws:follow_ups"))

    return answer_form(request, page, give)
