"""Due process for whoever runs it: the list, one track, its steps, notices and final action."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import (
    SETTLED_TRACKS,
    STANDING_GROUNDS,
    FinalAction,
    Measure,
    TrackEventKind,
    TrackGround,
    TrackStatus,
)
from bylaws.forms.due_process import (
    AgendaForm,
    FinalForm,
    NoticeForm,
    OpenForm,
    ReasonForm,
    StepForm,
    paper_of,
)
from bylaws.held import held_privileges
from bylaws.models import DueProcess, DueProcessEvent
from bylaws.orders import Ordered
from bylaws.rules.due_process import Dates, final_actions, next_steps
from bylaws.selectors.due_process import (
    RUN,
    dates_on,
    events_of,
    get_part,
    get_track,
    grounds_of,
    late,
    seats_of,
    standing_of,
    tracks,
)
from bylaws.selectors.meetings import coming_meetings_at
from bylaws.services.due_process import (
    Happened,
    conclude,
    correct_step,
    open_track,
    record_step,
    take_back_step,
)
from bylaws.services.due_process_agendas import DECIDING, put_before
from bylaws.services.due_process_notices import draft_notice, issue_notice, notices_due
from bylaws.services.hearings import HEARING
from bylaws.views.actions import log_read
from bylaws.views.common import facility_for, found
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.pages import Action, Crumb, Done, answer_form, render_page
from practitioners.models import Practitioner
from practitioners.selectors.addressing import address_lines
from practitioners.selectors.canonical import own_records

TITLE = "Due process"
PEER = [DataClass.PEER_REVIEW]


def facility_of(request: HttpRequest):
    """The facility at which the reader runs due process and may read peer review; else a refusal."""
    facility = facility_for(request, RUN)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    return facility


def track_for(request: HttpRequest, uid) -> DueProcess:
    """The track, where the reader runs due process there; "not found" otherwise. The reading is logged."""
    require(request.user, RUN)
    track = found(get_track(viewer=request.user, uid=uid))
    log_read(request, track, track.practitioner)
    return track


def part_for(request: HttpRequest, model: Any, uid, path: str = "track") -> Any:
    """A row of a track, where the reader runs due process there. The reading is logged."""
    require(request.user, RUN)
    part = found(get_part(model, viewer=request.user, uid=uid, path=path))
    track = part
    for name in path.split("__"):
        track = getattr(track, name)
    log_read(request, track, track.practitioner)
    return part


def page_of(track: DueProcess, title: str, **more: Any) -> dict[str, Any]:
    """What a page with a form about a track shows beside it."""
    return {
        "title": title,
        "subtitle": f"{track.practitioner}, at {track.facility}",
        "person": track.practitioner.display_name,
        "badges": PEER,
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:due_processes")),
            Crumb(str(track.practitioner), address_of(track)),
            Crumb(title),
        ],
        "submit": "Record it",
        "cancel_url": address_of(track),
        **more,
    }


def address_of(track: DueProcess) -> str:
    """Where the track is read."""
    return reverse("bylaws:due_process", args=[track.uid])


@login_required
@require_safe
def track_list(request: HttpRequest) -> HttpResponse:
    """Every track at the facility; read by few, and the reading is logged."""
    facility = facility_of(request)
    log_read(request, facility)
    rows = list(tracks(request.user, facility))
    return render_page(
        request,
        "bylaws/due_processes.html",
        {
            "title": TITLE,
            "subtitle": f"At {facility}: from the notice of something adverse to the final action",
            "badges": PEER,
            "crumbs": [Crumb(TITLE)],
            "open": [each for each in rows if each.status not in SETTLED_TRACKS],
            "settled": [each for each in rows if each.status in SETTLED_TRACKS],
            "actions": [Action("Investigations", url=reverse("bylaws:investigations"), icon="search")],
        },
    )


@login_required
@require_safe
def track_page(request: HttpRequest, uid) -> HttpResponse:
    """One track: where it is, its clocks, what can happen next, what happened, and its hearing."""
    track = track_for(request, uid)
    events = events_of(track)
    standing = standing_of(events)
    dates = dates_on(track, standing)
    today = clock.today(track.facility)
    steps = next_steps(track.status, has_right=track.has_right, of_file=track.ground == TrackGround.DECISION)
    replaced = {each.replaces_id for each in events}
    counting = {each.pk for each in standing}
    seats = seats_of(track)
    return render_page(
        request,
        "bylaws/due_process.html",
        {
            "title": f"{track.get_measure_display()}: due process",
            "subtitle": f"{track.practitioner}, at {track.facility}",
            "person": track.practitioner.display_name,
            "badges": PEER,
            "page_badge": TrackStatus(track.status),
            "crumbs": [
                Crumb(TITLE, reverse("bylaws:due_processes")),
                Crumb(str(track.practitioner)),
            ],
            "track": track,
            "late": late(track, dates, today),
            "facts": _facts(track, dates),
            "grounds": _grounds(track),
            "steps": [_step_link(track, kind) for kind in steps],
            "notice": notices_due(track),
            "events": [
                {"event": each, "counts": each.pk in counting, "replaced": each.pk in replaced}
                for each in reversed(events)
            ],
            "may_take_back": bool(standing),
            "hearing": track.has_right,
            "preparing": track.status in HEARING,
            "in_session": track.status == TrackStatus.HEARING_NOTICE,
            "seats": seats,
            "witnesses": list(track.witnesses.select_related("taken_back_by")),
            "exhibits": list(track.exhibits.select_related("evidence")),
            "sessions": list(track.sessions.prefetch_related("presences__member")),
            "notices": list(track.notices.select_related("letter")),
            "actions": [
                Action(
                    "Open the file",
                    url=reverse("practitioners:file", args=[track.practitioner.uid]),
                    icon="folder",
                )
            ]
            + (
                [
                    Action(
                        "Put on an agenda",
                        url=reverse("bylaws:due_process_agenda", args=[track.uid]),
                        icon="calendar",
                        kind="secondary",
                    )
                ]
                if track.status not in SETTLED_TRACKS
                else []
            ),
        },
    )


def _step_link(track: DueProcess, kind: TrackEventKind) -> dict[str, Any]:
    url = (
        reverse("bylaws:due_process_final", args=[track.uid])
        if kind == TrackEventKind.FINAL
        else reverse("bylaws:due_process_step", args=[track.uid, str(kind)])
    )
    return {"label": kind.label, "url": url, "quiet": kind == TrackEventKind.CLOSED}


def _facts(track: DueProcess, dates: Dates) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": "Ground", "value": track.get_ground_display()},
        {"label": "Proposed by", "value": track.get_body_display()},
        {"label": "On", "day": track.proposed_on},
        {"label": "Written in", "value": track.authority},
        {"label": "Reaches", "value": _reach(track)},
        {
            "label": "Right to a hearing",
            "value": "Yes" if track.has_right else "No: what the bylaws give instead",
        },
    ]
    named = (
        ("Notice sent", dates.sent_on),
        ("Received", dates.delivered_on),
        ("Last day to ask", dates.last_day_to_ask),
        ("Asked for", dates.requested_on),
        ("Notice of the hearing by", dates.notice_by if dates.hearing_noticed_on is None else None),
        ("Notice of the hearing", dates.hearing_noticed_on),
        ("Hearing", dates.hearing_on),
        ("Held", dates.held_on),
        ("Final action", dates.final_on),
    )
    return facts + [{"label": label, "day": day} for label, day in named if day is not None]


def _reach(track: DueProcess) -> str:
    if track.measure in (Measure.FILE, Measure.NON_RENEWAL):
        return "What was asked for" if track.measure == Measure.FILE else "The appointment"
    return ", ".join(track.privilege_codes) or "All privileges"


def _grounds(track: DueProcess) -> list[dict[str, str]]:
    """Where what it is about is read."""
    links = []
    if track.bar is not None:
        links.append(
            {"label": track.bar.get_kind_display(), "url": reverse("bylaws:bar", args=[track.bar.uid])}
        )
    if track.investigation is not None:
        links.append(
            {
                "label": "Investigation",
                "url": reverse("bylaws:investigation", args=[track.investigation.uid]),
            }
        )
    if track.decision is not None:
        links.append(
            {"label": "Act of the body", "url": reverse("bylaws:decision", args=[track.decision.uid])}
        )
    return links


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def track_new(request: HttpRequest, uid) -> HttpResponse:
    """Open due process about somebody."""
    facility = facility_of(request)
    # Nobody learns here what is proposed against them before its notice.
    others = Practitioner.objects.exclude(pk__in=own_records(request.user))
    person = found(others.filter(uid=uid).first())
    log_read(request, person, person)
    today = clock.today(facility)
    grounds = grounds_of(person, facility)
    form = OpenForm(
        request.POST or None,
        initial={"proposed_on": today},
        grounds=[(key, label) for key, label, _ in grounds],
        held=held_privileges(person, facility, today, None),
    )
    page = {
        "title": "Open due process",
        "subtitle": f"{person}, at {facility}",
        "person": person.display_name,
        "badges": PEER,
        "crumbs": [
            Crumb(TITLE, reverse("bylaws:due_processes")),
            Crumb(str(person), reverse("practitioners:file", args=[person.uid])),
            Crumb("Open"),
        ],
        "form": form,
        "intro": "Nothing goes out by this. The next step is the special notice: what is proposed, why, and "
        "the right to ask for a hearing.",
        "submit": "Open it",
        "cancel_url": reverse("practitioners:file", args=[person.uid]),
    }

    def act(given: dict[str, Any]) -> Done:
        about = given.pop("about")
        thing = next((each for key, _, each in grounds if key == about), None)
        ground = about.split(":")[0]
        track = open_track(
            actor=request.user,
            practitioner=person,
            facility=facility,
            ground=ground,
            bar=thing if ground in STANDING_GROUNDS else None,
            investigation=thing if ground == TrackGround.INVESTIGATION else None,
            **given,
        )
        return Done("Due process is open: the notice is owed.", address_of(track))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def track_step(request: HttpRequest, uid, kind: str) -> HttpResponse:
    """Record one step that can happen now."""
    track = track_for(request, uid)
    offered = next_steps(
        track.status, has_right=track.has_right, of_file=track.ground == TrackGround.DECISION
    )
    if kind not in TrackEventKind.values or kind in (TrackEventKind.TAKEN_BACK, TrackEventKind.FINAL):
        raise Http404
    step = TrackEventKind(kind)
    form = StepForm(
        request.POST or None,
        request.FILES or None,
        initial={"day": clock.today(track.facility)},
        kind=step,
    )
    page = page_of(
        track,
        str(step.label),
        form=form,
        upload="proof" in form.fields,
        intro=_said_before(track, step),
        why_not=""
        if step in offered or request.method == "POST"
        else f'The track is at "{track.get_status_display()}": this does not follow from there.',
    )

    def act(given: dict[str, Any]) -> Done:
        record_step(actor=request.user, track=track, kind=step, happened=Happened(**form.given()))
        return Done("Recorded.", address_of(track))

    return answer_form(request, page, act)


def _said_before(track: DueProcess, step: TrackEventKind) -> str:
    """What the clocks say of the step."""
    dates = dates_on(track, standing_of(track.events.order_by("number")))
    last = dates.last_day_to_ask
    if step == TrackEventKind.DELIVERED and dates.request_days is not None:
        return f"The {dates.request_days} days to ask for a hearing run from the day of receipt."
    if step in (TrackEventKind.REQUESTED, TrackEventKind.OVER) and last is not None:
        return f"A hearing can be asked for through {day_text(last)}."
    if step == TrackEventKind.SCHEDULED and dates.notice_days is not None:
        return (
            f"Its notice goes out {dates.notice_days} days before it at least: sent today, the hearing is on "
            f"{day_text(clock.today(track.facility) + dt.timedelta(days=dates.notice_days))} or later."
        )
    if step == TrackEventKind.HEARING_NOTICE and dates.notice_by is not None:
        hearing, by = day_text(dates.hearing_on), day_text(dates.notice_by)
        return f"The hearing is on {hearing}: its notice goes out by {by}."
    if step == TrackEventKind.CLOSED:
        return "Nothing adverse follows by this; what stands, stands until it is lifted."
    return ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def event_correct(request: HttpRequest, uid) -> HttpResponse:
    """A step happened, but otherwise than recorded."""
    event: DueProcessEvent = part_for(request, DueProcessEvent, uid)
    if event.kind in (TrackEventKind.TAKEN_BACK, TrackEventKind.FINAL):
        raise Http404
    form = StepForm(
        request.POST or None,
        request.FILES or None,
        initial={
            name: getattr(event, name)
            for name in ("day", "hearing_on", "place", "told_by", "authority", "outcome", "words")
        },
        kind=event.kind,
        correcting=True,
    )
    page = page_of(
        event.track,
        "Correct what is recorded",
        form=form,
        upload="proof" in form.fields,
        intro=f"{event.get_kind_display()}, {day_text(event.day)}. What is recorded "
        "stays, marked as corrected.",
    )

    def act(given: dict[str, Any]) -> Done:
        correct_step(
            actor=request.user, event=event, happened=Happened(**form.given()), reason=given["reason"]
        )
        return Done("Corrected.", address_of(event.track))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def track_back(request: HttpRequest, uid) -> HttpResponse:
    """Take back the newest step; of a final action also what it did."""
    track = track_for(request, uid)
    standing = standing_of(events_of(track))
    last = standing[-1] if standing else None
    page = page_of(
        track,
        "Take back the newest step",
        form=ReasonForm(request.POST or None),
        submit="Take it back",
        danger=True,
        intro=""
        if last is None
        else f"{last.get_kind_display()}, {day_text(last.day)}."
        + (" What the final action did is taken back too." if last.action else "")
        + " The row stays, marked as taken back.",
        why_not="" if last is not None else "Nothing is recorded that could be taken back.",
    )

    def act(given: dict[str, Any]) -> Done:
        take_back_step(actor=request.user, track=track, **given)
        return Done("Taken back.", address_of(track))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def track_notice(request: HttpRequest, uid) -> HttpResponse:
    """The special notice that is owed now: its draft, and issuing it."""
    track = track_for(request, uid)
    kind = notices_due(track)
    form = NoticeForm(request.POST or None, initial={"to": "\n".join(address_lines(track.practitioner))})
    page = page_of(
        track,
        "Special notice",
        form=form,
        submit="Issue the notice",
        draft=draft_notice(track, kind, signed_by=str(request.user)) if kind else None,
        why_not=""
        if kind
        else "No notice is owed now: what is proposed is noticed first, the hearing once it is scheduled.",
    )

    def act(given: dict[str, Any]) -> Done:
        letter = issue_notice(actor=request.user, track=track, kind=kind, **given)
        return Done(
            "Issued. Record how it goes out: by certified mail, courier or by hand.",
            reverse("credentialing:letter", args=[letter.uid]),
        )

    return answer_form(request, page, act, template="bylaws/due_process_notice.html")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def track_agenda(request: HttpRequest, uid) -> HttpResponse:
    """Put it on the agenda of the body that decides."""
    track = track_for(request, uid)
    meetings = coming_meetings_at(track.facility, DECIDING)
    page = page_of(
        track,
        "Put on an agenda",
        form=AgendaForm(request.POST or None, meetings=meetings),
        submit="Put it on the agenda",
        why_not="" if track.status not in SETTLED_TRACKS else "It has ended: nothing is left to decide.",
    )

    def act(given: dict[str, Any]) -> Done:
        item = put_before(actor=request.user, track=track, **given)
        return Done(f"It is on the agenda: {item.meeting}.", address_of(track))

    return answer_form(request, page, act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def track_final(request: HttpRequest, uid) -> HttpResponse:
    """The board's final action, which does what was decided."""
    track = track_for(request, uid)
    today = clock.today(track.facility)
    allowed = final_actions(track.ground, track.measure)
    offered = next_steps(
        track.status, has_right=track.has_right, of_file=track.ground == TrackGround.DECISION
    )
    form = FinalForm(
        request.POST or None,
        request.FILES or None,
        initial={
            "decided_on": today,
            "day": today,
            "scope": track.scope,
            "privilege_codes": track.privilege_codes,
        },
        actions=allowed,
        held=held_privileges(track.practitioner, track.facility, today, None),
        of_file=FinalAction.FILE in allowed,
    )
    page = page_of(
        track,
        "Final action",
        form=form,
        upload=True,
        submit="Take the final action",
        confirm="Take the final action? What it does is done at once, and the lookup answers by it.",
        intro="It does what was decided, at once: what stands is lifted or goes on, a restriction takes its "
        "place, privileges are revoked. The data bank counts from its first day. It can be taken back with a "
        "reason.",
        why_not=""
        if TrackEventKind.FINAL in offered or request.method == "POST"
        else f'The track is at "{track.get_status_display()}": the final action does not follow from there.',
    )

    def act(given: dict[str, Any]) -> Done:
        action = given.pop("action")
        conclude(
            actor=request.user,
            track=track,
            action=action,
            ordered=Ordered(
                decided_on=given["decided_on"],
                authority=given["authority"],
                day=given["day"],
                words=given["words"],
                scope=given.get("scope") or track.scope,
                privilege_codes=tuple(given.get("privilege_codes") or ()),
                condition=given.get("condition") or "",
                paper=paper_of(given["proof"]),
            ),
        )
        return Done(f"The final action is taken: {FinalAction(action).label.lower()}.", address_of(track))

    return answer_form(request, page, act)
