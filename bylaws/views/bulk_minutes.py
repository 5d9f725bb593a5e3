"""Everything a body decided in a meeting held elsewhere, recorded at once from its signed minutes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from bylaws.choices import MeetingStatus
from bylaws.forms.lines import (
    CONDITION_WHEN,
    REASON_WHEN,
    LineForm,
    error_list,
    line_forms,
    shown_lines,
)
from bylaws.forms.meetings import PaperFileForm, PaperMeetingForm
from bylaws.models import Committee, Meeting, MinutesPaper, ReviewStep
from bylaws.selectors.alternates import StandIns
from bylaws.selectors.committees import seated
from bylaws.selectors.meetings import get_meeting, steps_on, steps_waiting_for
from bylaws.services.bulk_minutes import Held, Recorded, Told, foretell, record_minutes
from bylaws.subjects import handler
from bylaws.views.case import earlier_of, last_answers
from bylaws.views.common import found
from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.display.words import plural_text
from config.kernel.errors import Doubtful, Forbidden, Refused
from config.kernel.pages import (
    Crumb,
    chosen_uids,
    download,
    go_to,
    is_part,
    render_invalid,
    render_page,
    render_refused,
)
from practitioners import store
from practitioners.selectors.canonical import own_records

TEMPLATE, PART, PART_TEMPLATE = (
    "bylaws/bulk_minutes.html",
    "foretold",
    "bylaws/bulk_minutes_foretold.html",
)


@dataclass
class Row:
    """One file that waits: what is said of it, and its lines where there are exceptions."""

    step: ReviewStep
    form: PaperFileForm
    lines: list[LineForm]
    shown: list[dict[str, Any]]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_minutes(request, uid) -> HttpResponse:
    """What the minutes say of each file that waits for the body; looked at, then recorded in one act."""
    committee = found(Committee.objects.select_related("facility").filter(uid=uid).first())
    facility = committee.facility
    require(request.user, "bylaws.record_minutes", facility)
    today = clock.today(facility)
    sent = request.method == "POST"
    called = _called(request, committee)
    form = _form(request, committee, called, sent)
    rows = _rows(request, committee, called, today, sent)
    back = (
        reverse("bylaws:meeting", args=[called.uid])
        if called
        else reverse("bylaws:committee", args=[committee.uid])
    )
    page: dict[str, Any] = {
        "title": "Record a meeting from its minutes",
        "subtitle": f"{committee}, {facility}",
        "crumbs": [
            Crumb("Committees", reverse("bylaws:committees")),
            Crumb(str(called or committee), back),
            Crumb("Minutes"),
        ],
        "committee": committee,
        "form": form,
        "rows": rows,
        "error_list": partial(error_list, form, _forms(rows)),
        "called": called,
        "condition_when": CONDITION_WHEN,
        "reason_when": REASON_WHEN,
        "today": today,
        "back": back,
        "in_part": is_part(request, PART),
    }
    part = {"part": PART, "part_template": PART_TEMPLATE}
    if not sent:
        return render_page(request, TEMPLATE, page)
    right = all([form.is_valid(), *(each.is_valid() for each in _forms(rows))])
    if any(row.form.cleaned_data.get("say") for row in rows):
        form.require_movers()
    if not right or form.errors:
        return render_invalid(request, TEMPLATE, page, **part)
    files = [told for row in rows if (told := _told(row)) is not None]
    scan = form.cleaned_data["scan"]
    try:
        if request.POST.get("do") != "record":
            page["foretold"] = foretell(
                actor=request.user, committee=committee, held=_held(form), files=files, called=called
            )
            page["looked"] = True
            return render_page(request, TEMPLATE, page, **part)
        if scan is None:
            raise Refused("Add the scan of the signed minutes.", field="scan")
        done = record_minutes(
            actor=request.user,
            committee=committee,
            held=_held(form),
            files=files,
            paper_name=scan.name,
            paper=scan.read(),
            meeting=called,
        )
    except Refused as refused:
        if isinstance(refused, Doubtful):
            form.ask()
        return render_refused(request, refused, TEMPLATE, page, form=form, **part)
    _say(request, done)
    return go_to(request, reverse("bylaws:meeting", args=[done.meeting.uid]))


def _called(request, committee: Committee) -> Meeting | None:
    """The meeting that was called here and whose day has passed, where it is that one; else None."""
    uid = request.GET.get("meeting")
    if not uid:
        return None
    meeting = get_meeting(viewer=request.user, uid=uid) if chosen_uids([uid]) else None
    if meeting is None or meeting.committee_id != committee.pk or meeting.status != MeetingStatus.SCHEDULED:
        raise Http404
    return meeting


def _form(request, committee: Committee, called: Meeting | None, sent: bool) -> PaperMeetingForm:
    """The form with those who had a seat on the day it names; alternates may move as well."""
    facility = committee.facility
    on = clock.date_at(called.starts_at, facility) if called else clock.today(facility)
    if sent:
        with suppress(ValidationError):
            field = PaperMeetingForm(facility=facility, seated=(), movers=()).fields["starts_at"]
            on = clock.date_at(field.clean(request.POST.get("starts_at", "")), facility)
    seats = list(seated(committee, on))
    ids = {seat.identity_id for seat in seats}
    alternates = [
        row.identity.user for row in StandIns({facility.pk: on}).rows if row.identity.seat_id in ids
    ]
    voting = [seat.identity.user for seat in seats if seat.votes]
    everybody = {user.pk: user for user in [*(seat.identity.user for seat in seats), *alternates]}
    return PaperMeetingForm(
        request.POST if sent else None,
        request.FILES if sent else None,
        facility=facility,
        seated=list(everybody.values()),
        movers=[*voting, *alternates],
        initial={"starts_at": called.starts_at, "place": called.place} if called else None,
    )


def _rows(request, committee: Committee, called: Meeting | None, today, sent: bool) -> list[Row]:
    """The files that wait for the body, those on the agenda of the meeting first; the lines of those with
    exceptions, as sent or as reviewed.
    """
    rows = []
    on_it = steps_on(called, request.user) if called else []
    for step in [*on_it, *steps_waiting_for(committee, request.user, in_writing=True)]:
        form = PaperFileForm(request.POST if sent else None, prefix=str(step.uid))
        row = Row(step, form, [], [])
        if sent and form["say"].value() == PaperFileForm.EXCEPTIONS:
            lines = handler(step.case.subject_kind).lines(step.case.subject_uid, today)
            stated = f"{step.uid}-stated" in request.POST
            row.lines = line_forms(
                lines,
                step.body,
                on=today,
                data=request.POST if stated else None,
                given=None if stated else last_answers(step),
            )
            row.shown = shown_lines(row.lines, earlier_of(step))
        rows.append(row)
    return rows


def _forms(rows: list[Row]) -> list[Any]:
    """Every form of the files that was filled in."""
    return [form for row in rows for form in (row.form, *(each for each in row.lines if each.is_bound))]


def _held(form: PaperMeetingForm) -> Held:
    given = {name: value for name, value in form.cleaned_data.items() if name != "scan"}
    return Held(**given | {"votes_for": given["votes_for"] or 0})


def _told(row: Row) -> Told | None:
    """What was chosen of a file; None where the minutes say nothing of it."""
    given = row.form.cleaned_data
    say = given["say"]
    if say == PaperFileForm.NOT:
        return None
    if say == PaperFileForm.POSTPONED:
        return Told(row.step, postponed=True)
    answers = None
    if say == PaperFileForm.REVIEWED or (row.lines and not row.lines[0].is_bound):
        answers = list(last_answers(row.step).values())
    elif say == PaperFileForm.EXCEPTIONS:
        answers = [each.answer() for each in row.lines]
    return Told(row.step, answers=answers, votes_for=given["votes_for"], recusals=given["recusals"])


def _say(request, done: Recorded) -> None:
    said = f"{plural_text(len(done.decisions), 'decision')} recorded, {len(done.postponed)} postponed."
    if not done.decisions and not done.postponed:
        said = "The meeting is on record as held, with its minutes."
    messages.success(request, said)
    for step, why in done.left:
        messages.warning(request, f"{step.case.practitioner} is not recorded: {why}")


@login_required
@require_safe
def minutes_paper(request, uid) -> HttpResponse:
    """The scan of a meeting's minutes, which tell of everybody in them: for those who record minutes."""
    meeting = found(get_meeting(viewer=request.user, uid=uid))
    facility = meeting.committee.facility
    require(request.user, "bylaws.record_minutes", facility)
    require_class(request.user, DataClass.PEER_REVIEW, facility)
    paper = MinutesPaper.objects.filter(meeting=meeting).first()
    if paper is None:
        raise Http404
    if meeting.agenda_items.filter(practitioner__in=own_records(request.user)).exists():
        raise Forbidden("These minutes tell of your own file.")
    record_protected_read(
        actor=request.user,
        data_class=DataClass.PEER_REVIEW,
        subject_kind="bylaws.minutespaper",
        subject_uid=paper.uid,
    )
    return download(store.get(paper.sha256, encrypted=True), paper.media_type, file_name=paper.file_name)
