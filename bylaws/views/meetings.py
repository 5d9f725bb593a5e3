"""Meetings: the list, calling one, and the page on which one is run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bylaws.choices import AttendanceMode, MeetingStatus, VoteChoice
from bylaws.filters import MeetingFilter
from bylaws.forms.lines import CONDITION_WHEN, REASON_WHEN, error_list, line_forms, shown_lines
from bylaws.forms.meetings import (
    AgendaForm,
    MotionForm,
    PlaceForm,
    PresenceForm,
    ReasonForm,
    RecuseForm,
    ScheduleForm,
    VoteForm,
)
from bylaws.matters import may_know
from bylaws.models import AgendaItem, Meeting, Motion, ReviewStep
from bylaws.policies import is_own_file
from bylaws.selectors.meetings import (
    MeetingView,
    get_meeting,
    meeting_view,
    movers_of,
    postponed_business,
    state_stamp,
    visible_meetings,
    with_counts,
)
from bylaws.selectors.reviews import get_step, visible_steps, with_history
from bylaws.services.agendas import add_again, add_other_business, add_step_to_agenda, postpone, put_in_place
from bylaws.services.consent import (
    close_consent,
    propose_for_consent,
    pull_from_consent,
    vote_on_consent,
    withdraw_consent,
)
from bylaws.services.duties import WITH_A_SHEET
from bylaws.services.meeting_guards import has_passed
from bylaws.services.meetings import adjourn, call_to_order, cancel_meeting, schedule_meeting
from bylaws.services.motions import IS_REPORT, cast_vote, close_vote, move, withdraw_motion
from bylaws.services.presence import mark_left, mark_present, recuse
from bylaws.subjects import handler
from bylaws.tables import MEETINGS
from bylaws.views.case import last_answers, starts_from
from bylaws.views.common import facility_for, found
from config.accounts.models import User
from config.accounts.policies import may, require
from config.kernel import clock
from config.kernel.display.dates import day_text, moment
from config.kernel.display.words import plural_text
from config.kernel.errors import Doubtful, Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    Tab,
    address,
    answer_form,
    go_to,
    is_part,
    render_invalid,
    render_list,
    render_page,
    render_refused,
    with_toast,
)

TITLE = "Meetings"
#: A meeting called to order earlier than this before its time is asked about first.
EARLY = dt.timedelta(minutes=30)


def tabs(active: str) -> list[Tab]:
    """Meetings, the committees that hold them, what follows from them, and who stands in."""
    return [
        Tab("Meetings", reverse("bylaws:meetings"), active == "meetings", icon="calendar"),
        Tab("Committees", reverse("bylaws:committees"), active == "committees", icon="users-group"),
        Tab("Officers", reverse("bylaws:officers"), active == "officers", icon="user"),
        Tab("Follow-ups", reverse("bylaws:follow_ups"), active == "follow_ups", icon="list-check"),
        Tab("Alternates", reverse("bylaws:alternates"), active == "alternates", icon="users"),
    ]


@login_required
@require_safe
def meeting_list(request) -> HttpResponse:
    """Meetings of the committees the person sits on, or runs."""
    facility = facility_for(request, "bylaws.view_reviews")
    meetings = with_counts(visible_meetings(request.user).filter(committee__facility=facility))
    runs = may(request.user, "bylaws.run_meeting", facility)
    call = Action("Call a meeting", url=reverse("bylaws:meeting_new"), icon="calendar-plus", kind="primary")
    return render_list(
        request,
        MEETINGS,
        meetings,
        filterset=MeetingFilter(request.GET, queryset=meetings, facility=facility),
        title=TITLE,
        subtitle=f"Of the bodies of {facility}",
        noun="meeting",
        actions=[
            *([call] if runs else []),
            Action("In your calendar", url=reverse("bylaws:calendar_feed"), icon="calendar"),
            Action("Written consents", url=reverse("bylaws:written_consents"), icon="file-certificate"),
        ],
        tabs=tabs("meetings"),
        empty=Empty(
            "No meeting yet.",
            "Call one, then put files on its agenda." if runs else "Meetings of your committees appear here.",
            call if runs else None,
            icon="calendar",
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_new(request) -> HttpResponse:
    """Call a meeting."""
    facility = facility_for(request, "bylaws.run_meeting")
    form = ScheduleForm(request.POST or None, facility=facility)
    page = {
        "title": "Call a meeting",
        "crumbs": [Crumb(TITLE, reverse("bylaws:meetings")), Crumb("Call a meeting")],
        "form": form,
        "submit": "Call the meeting",
        "cancel_url": reverse("bylaws:meetings"),
    }

    def call(given: dict) -> Done:
        meeting = schedule_meeting(actor=request.user, **given)
        return Done("The meeting is called.", reverse("bylaws:meeting", args=[meeting.uid]))

    return answer_form(request, page, call)


# --- one meeting ----------------------------------------------------------------------------------------


def _meeting(request, uid) -> Meeting:
    return found(get_meeting(viewer=request.user, uid=uid))


def _page(request, meeting: Meeting) -> dict[str, Any]:
    view = meeting_view(viewer=request.user, meeting=meeting)
    facility = meeting.committee.facility
    return {
        "title": f"{meeting.committee.name}, {day_text(view.day)}",
        "subtitle": " · ".join(part for part in (meeting.get_kind_display(), meeting.place) if part),
        "page_badge": MeetingStatus(meeting.status),
        "crumbs": [Crumb(TITLE, reverse("bylaws:meetings")), Crumb(str(meeting.committee))],
        "meeting": meeting,
        "view": view,
        "stamp": state_stamp(meeting),
        "today": clock.today(facility),
        "actions_here": [*_actions(meeting, view, facility), *_letters(request.user, meeting, view)],
        "modes": AttendanceMode.choices,
        "vote_choices": [(each.value, each.label, each.colour) for each in VoteChoice],
        "in_session": meeting.status == MeetingStatus.IN_SESSION,
        "live": meeting.status in (MeetingStatus.SCHEDULED, MeetingStatus.IN_SESSION),
        "may_check_in": view.me_seated and may(request.user, "bylaws.vote", facility),
    }


def _actions(meeting: Meeting, view: MeetingView, facility) -> list[Action]:
    """What can be done with the meeting as a whole, or why not."""
    if meeting.status != MeetingStatus.SCHEDULED:
        if not view.runs:
            return []
        return [*_moves(meeting, view, facility), *_sheet(meeting, facility), *_paper(meeting)]
    ics = reverse("bylaws:meeting_calendar", args=[meeting.uid])
    calendar = Action("For your calendar", url=ics, icon="download")
    if not view.runs:
        return [calendar]
    url = reverse("credentialing:meeting_invitations", args=[meeting.uid])
    invitations = Action("Invitations", url=url, icon="mail")
    if has_passed(meeting):
        return [*_moves(meeting, view, facility), *_sheet(meeting, facility), invitations]
    return [*_moves(meeting, view, facility), *_sheet(meeting, facility), invitations, calendar]


def _paper(meeting: Meeting) -> list[Action]:
    """The signed minutes of a meeting that was held elsewhere: it was never called to order here."""
    if meeting.status != MeetingStatus.ADJOURNED or meeting.called_to_order_at is not None:
        return []
    if getattr(meeting, "minutes_paper", None) is None:
        return []
    url = reverse("bylaws:minutes_paper", args=[meeting.uid])
    return [Action("Signed minutes", url=url, icon="file-description")]


def _letters(viewer, meeting: Meeting, view: MeetingView) -> list[Action]:
    """The letters of what was decided, for whoever writes them."""
    decided = any(each.decision is not None for each in (*view.items, *view.consent))
    if not decided or not may(viewer, "practitioners.log_contact", meeting.committee.facility):
        return []
    url = reverse("credentialing:meeting_letters", args=[meeting.uid])
    return [Action("Letters of the meeting", url=url, icon="mail")]


def _sheet(meeting: Meeting, facility) -> list[Action]:
    """The sheet of who was there, from the day of a meeting of the staff or of a department on."""
    day = clock.date_at(meeting.starts_at, facility)
    if meeting.committee.kind not in WITH_A_SHEET or clock.today(facility) < day:
        return []
    if meeting.status == MeetingStatus.CANCELLED:
        return []
    url = reverse("bylaws:staff_sheet", args=[meeting.uid])
    return [Action("Attendance of the staff", url=url, icon="users")]


def _moves(meeting: Meeting, view: MeetingView, facility) -> list[Action]:
    url = reverse("bylaws:meeting_act", args=[meeting.uid])
    if meeting.status == MeetingStatus.SCHEDULED and has_passed(meeting):
        minutes = reverse("bylaws:bulk_minutes", args=[meeting.committee.uid])
        return [
            Action(
                "Record it from minutes",
                url=address(minutes, meeting=meeting.uid),
                icon="file-description",
                kind="primary",
            ),
            Action("Move it", url=reverse("bylaws:meeting_move", args=[meeting.uid]), icon="calendar"),
            Action(
                "It was not held",
                url=reverse("bylaws:meeting_cancel", args=[meeting.uid]),
                icon="x",
                kind="danger",
            ),
        ]
    if meeting.status == MeetingStatus.SCHEDULED:
        day = clock.date_at(meeting.starts_at, facility)
        early = clock.today(facility) < day
        asked = []
        if meeting.starts_at - clock.now() > EARLY:
            asked.append(f"It is called for {moment(meeting.starts_at)}.")
        if view.quorum is not None and not view.quorum.met:
            asked.append(f"There is no quorum: {view.quorum.sentence} Nothing is decided until there is.")
        if asked:
            asked.append("Call it to order now?")
        return [
            Action(
                "Call to order",
                url=url,
                method="post",
                kind="primary",
                icon="gavel",
                name="act",
                value="call_to_order",
                refusal=f"It is on {day_text(day)}; it opens that day." if early else "",
                confirm=" ".join(asked),
                confirm_label="Call to order" if asked else "",
            ),
            Action("Move", url=reverse("bylaws:meeting_move", args=[meeting.uid]), icon="calendar"),
            Action(
                "Cancel", url=reverse("bylaws:meeting_cancel", args=[meeting.uid]), icon="x", kind="danger"
            ),
        ]
    if meeting.status == MeetingStatus.IN_SESSION:
        return [
            Action(
                "Adjourn",
                url=url,
                method="post",
                icon="gavel",
                name="act",
                value="adjourn",
                confirm="Adjourn the meeting? What was not acted on is postponed.",
                confirm_label="Adjourn",
            )
        ]
    return []


@login_required
@require_safe
def meeting(request, uid) -> HttpResponse:
    """Presence, quorum, agenda, motions and votes, as they stand.

    An open page asks again with the stamp of what it shows; while nothing has happened the answer is empty.
    """
    shown = _meeting(request, uid)
    if is_part(request, "meeting") and request.GET.get("seen") == state_stamp(shown):
        return HttpResponse(status=204)
    return _answer(request, shown)


def _answer(request, meeting: Meeting, *, said: str = "", refused: Refused | None = None) -> HttpResponse:
    """The page of the meeting; for htmx its live part, with a message or with the sentence of a refusal."""
    if request.method == "POST" and not is_part(request, "meeting") and refused is None:
        if said:
            messages.success(request, said)
        return go_to(request, reverse("bylaws:meeting", args=[meeting.uid]))
    page = _page(request, meeting)
    if refused is not None:
        page |= {"part_refusal": refused.sentence}
    response = render_page(
        request,
        "bylaws/meeting.html",
        page,
        part="meeting",
        part_template="bylaws/meeting_live.html",
        status=refused.status_code if refused is not None and not is_part(request, "meeting") else 200,
    )
    if refused is not None and is_part(request, "meeting"):
        response.status_code = 409 if refused.status_code == 409 else 422
    return with_toast(response, said) if said and is_part(request, "meeting") else response


def _do(request, uid, act: Callable[[Meeting], str]) -> HttpResponse:
    """Run one act on a meeting and show the meeting as it is then; a refusal stands above it."""
    meeting = _meeting(request, uid)
    try:
        said = act(meeting)
    except Refused as refused:
        return _answer(request, _meeting(request, uid), refused=refused)
    return _answer(request, _meeting(request, uid), said=said)


def _valid(form) -> dict[str, Any]:
    """The form's values, or a refusal with its first sentence."""
    if form.is_valid():
        return form.cleaned_data
    raise Refused(next(iter(form.errors.values()))[0])


def _member(uid) -> User:
    user = User.objects.filter(uid=uid, is_system=False).first()
    if user is None:
        raise Refused("Choose a member of the committee.")
    return user


@login_required
@require_POST
def meeting_act(request, uid) -> HttpResponse:
    """Call to order, or adjourn."""

    def act(meeting: Meeting) -> str:
        asked = request.POST.get("act")
        if asked == "call_to_order":
            call_to_order(actor=request.user, meeting=meeting)
            return "The meeting is in session."
        if asked == "adjourn":
            adjourn(actor=request.user, meeting=meeting)
            return "The meeting is adjourned."
        raise Refused("Choose what to do with the meeting.")

    return _do(request, uid, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def meeting_cancel(request, uid) -> HttpResponse:
    """The meeting does not take place."""
    meeting = _meeting(request, uid)
    require(request.user, "bylaws.run_meeting", meeting.committee.facility)
    back = reverse("bylaws:meeting", args=[meeting.uid])
    form = ReasonForm(request.POST or None)
    passed = has_passed(meeting)
    title = "The meeting was not held" if passed else "Cancel the meeting"
    page = {
        "title": title,
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:meetings")),
            Crumb(str(meeting.committee), back),
            Crumb("Not held" if passed else "Cancel"),
        ],
        "intro": "Its matters go to another agenda. It counts as no meeting, and nobody is written to."
        if passed
        else "Its matters go to another agenda. Whoever was invited is told by mail.",
        "form": form,
        "submit": "It was not held" if passed else "Cancel the meeting",
        "danger": True,
        "cancel_url": back,
    }

    def cancel_it(given: dict) -> Done:
        cancel_meeting(actor=request.user, meeting=meeting, **given)
        return Done("It is on record as not held." if passed else "The meeting is canceled.", back)

    return answer_form(request, page, cancel_it)


@login_required
@require_POST
def presence(request, uid) -> HttpResponse:
    """A member is here, or has left."""

    def act(meeting: Meeting) -> str:
        given = _valid(PresenceForm(request.POST))
        user = _member(given["user"])
        if given["here"]:
            mark_present(
                actor=request.user, meeting=meeting, user=user, mode=given["mode"] or AttendanceMode.IN_PERSON
            )
            return f"{user} is here."
        mark_left(actor=request.user, meeting=meeting, user=user)
        return f"{user} has left."

    return _do(request, uid, act)


@login_required
@require_POST
def agenda_add(request, uid) -> HttpResponse:
    """Put a file, or another matter, on the agenda."""

    def act(meeting: Meeting) -> str:
        given = _valid(AgendaForm(request.POST))
        if given["step"]:
            step = get_step(viewer=request.user, uid=given["step"])
            if step is None:
                raise Refused("Choose a file that waits for this body.")
            item = add_step_to_agenda(actor=request.user, meeting=meeting, step=step)
        elif given["again"]:
            before = next(
                (
                    each
                    for each in postponed_business(meeting.committee, request.user)
                    if each.uid == given["again"]
                ),
                None,
            )
            if before is None:
                raise Refused("Choose a matter that was postponed and is on no agenda since.")
            item = add_again(actor=request.user, meeting=meeting, item=before)
        else:
            item = add_other_business(actor=request.user, meeting=meeting, title=given["title"])
        return f"{item.title} is on the agenda."

    return _do(request, uid, act)


def _item(request, uid) -> AgendaItem:
    item = (
        AgendaItem.objects.select_related("meeting__committee__facility", "practitioner", "step")
        .filter(uid=uid, meeting__in=visible_meetings(request.user))
        .first()
    )
    found(item)
    own = bool(item.subject_kind) and is_own_file(request.user, item.practitioner)
    if own or not may_know(request.user, item):
        raise Http404
    return item


@login_required
@require_POST
def item_act(request, uid) -> HttpResponse:
    """Recuse a member from a matter, postpone it, put it elsewhere on the agenda, on the consent agenda or
    off it.
    """
    item = _item(request, uid)

    def act(meeting: Meeting) -> str:
        asked = request.POST.get("act")
        if asked == "postpone":
            postpone(actor=request.user, item=item, reason=request.POST.get("reason", "")[:300])
            return "The matter is postponed."
        if asked == "place":
            place = _valid(PlaceForm(request.POST))["place"]
            put_in_place(actor=request.user, item=item, place=place)
            return "The agenda has another order."
        if asked == "consent":
            propose_for_consent(actor=request.user, item=item)
            return "It is on the consent agenda."
        if asked == "pull":
            pull_from_consent(actor=request.user, item=item, reason=request.POST.get("reason", "")[:300])
            return "It is off the consent agenda, and dealt with by itself."
        given = _valid(RecuseForm(request.POST))
        user = _member(given["user"])
        recuse(actor=request.user, item=item, user=user, reason=given["reason"])
        return f"{user} takes no part in this matter."

    return _do(request, item.meeting.uid, act)


@login_required
@require_POST
def consent_act(request, uid) -> HttpResponse:
    """Vote on the consent agenda that is put to the vote, close that vote, or take the motion back."""

    def act(meeting: Meeting) -> str:
        asked = request.POST.get("act")
        if asked == "close":
            done = close_consent(actor=request.user, meeting=meeting)
            left = "".join(f" {item.practitioner or item.title} stays open: {why}" for item, why in done.left)
            return f"{plural_text(len(done.carried), 'item')} carried by one motion.{left}"
        if asked == "withdraw":
            withdraw_consent(actor=request.user, meeting=meeting)
            return "The motion is withdrawn."
        given = _valid(VoteForm(request.POST))
        user = _member(given["user"]) if given["user"] else request.user
        votes = vote_on_consent(actor=request.user, meeting=meeting, user=user, choice=given["choice"])
        return f"{user}: {votes[0].get_choice_display().lower()}, {plural_text(len(votes), 'item')}."

    return _do(request, uid, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def motion_new(request, uid) -> HttpResponse:
    """A motion on one matter; its lines start from what the body before recommended."""
    item = _item(request, uid)
    meeting = item.meeting
    require(request.user, "bylaws.run_meeting", meeting.committee.facility)
    if item.reports_id is not None:
        raise Refused(IS_REPORT)
    step: ReviewStep | None = None
    lines: list[Any] = []
    if item.step is not None:
        step = found(with_history(visible_steps(request.user)).filter(pk=item.step_id).first())
        lines = handler(step.case.subject_kind).lines(
            step.case.subject_uid, clock.today(meeting.committee.facility)
        )
    members = movers_of(item)
    sent = request.method == "POST"
    form = MotionForm(request.POST if sent else None, members=members, has_lines=bool(lines))
    body = step.body if step else ""
    forms = line_forms(
        lines,
        body,
        on=clock.today(meeting.committee.facility),
        data=request.POST if sent else None,
        given=None if sent or step is None else last_answers(step),
    )
    back = reverse("bylaws:meeting", args=[meeting.uid])
    page = {
        "title": "Put a motion",
        "subtitle": " · ".join(str(part) for part in (item.practitioner, item.title) if part),
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:meetings")),
            Crumb(str(meeting.committee), back),
            Crumb("Motion"),
        ],
        "form": form,
        "forms": [form, *forms],
        "lines": shown_lines(forms, {}),
        "starts_from": starts_from(step) if step else "",
        "error_list": partial(error_list, form, forms),
        "condition_when": CONDITION_WHEN,
        "reason_when": REASON_WHEN,
        "cancel_url": back,
        "today": clock.today(meeting.committee.facility),
    }
    if not sent:
        return render_page(request, "bylaws/motion.html", page)
    if not all([form.is_valid(), *(each.is_valid() for each in forms)]):
        return render_invalid(request, "bylaws/motion.html", page)
    try:
        move(actor=request.user, item=item, lines=[each.answer() for each in forms], **form.cleaned_data)
    except Refused as refused:
        if isinstance(refused, Doubtful):
            form.ask()
        return render_refused(request, refused, "bylaws/motion.html", page, form=form)
    messages.success(request, "The motion is before the meeting.")
    return go_to(request, back)


@login_required
@require_POST
def motion_act(request, uid) -> HttpResponse:
    """Vote on a motion, close the vote, or withdraw the motion."""
    motion = (
        Motion.objects.select_related("agenda_item__meeting")
        .filter(uid=uid, agenda_item__meeting__in=visible_meetings(request.user))
        .first()
    )
    if motion is None:
        raise Http404

    def act(meeting: Meeting) -> str:
        asked = request.POST.get("act")
        if asked == "close":
            closed = close_vote(actor=request.user, motion=motion)
            return f"The motion {closed.get_status_display().lower()}."
        if asked == "withdraw":
            withdraw_motion(actor=request.user, motion=motion)
            return "The motion is withdrawn."
        given = _valid(VoteForm(request.POST))
        user = _member(given["user"]) if given["user"] else request.user
        vote = cast_vote(actor=request.user, motion=motion, user=user, choice=given["choice"])
        return f"{user}: {vote.get_choice_display().lower()}."

    return _do(request, motion.agenda_item.meeting.uid, act)
