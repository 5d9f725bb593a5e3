"""A body's acts recorded in bulk from the minutes of a meeting held on paper, or elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from bylaws.choices import (
    ALONE,
    AgendaStatus,
    CommitteeKind,
    LineOutcome,
    MeetingKind,
    MeetingStatus,
    outcomes_for,
)
from bylaws.models import AgendaItem, Attendance, Committee, Decision, Meeting, MinutesPaper, ReviewStep
from bylaws.policies import require_not_own_file
from bylaws.selectors.committees import who_may_sit
from bylaws.selectors.meetings import BODY_OF_KIND
from bylaws.services.decisions import lock_step, require_turn
from bylaws.services.meeting_guards import has_passed, locked_meeting, record_in_meeting
from bylaws.services.minutes import act_of_minutes, record_decision_from_minutes
from bylaws.subjects import LineAnswer, handler
from bylaws.workflow import AGENDA_ITEM, MEETING
from config.accounts.policies import permissions, require
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.display.words import plural_text
from config.kernel.errors import Conflict, Refused
from practitioners import store
from practitioners.models import Practitioner
from practitioners.rules.problems import Problem
from practitioners.rules.uploads import JPEG, PDF, PNG, inspect_upload
from practitioners.services.people import lock_practitioner

#: What minutes may be scanned to.
SCANS = frozenset({PDF, JPEG, PNG})
#: The most files one paper records; a body acts on fewer in an evening.
MOST_FILES = 200


@dataclass(frozen=True)
class Held:
    """The meeting as its minutes tell it. ``sure``: what contradicts itself is meant so. ``present``: the
    users the minutes name as there; how long each stayed, minutes do not tell.
    """

    starts_at: dt.datetime
    mover: str = ""
    seconder: str = ""
    votes_for: int = 0
    votes_against: int = 0
    abstentions: int = 0
    place: str = ""
    sure: bool = False
    present: Sequence[Any] = ()


@dataclass(frozen=True)
class Told:
    """What the minutes say of one file. ``answers`` None: everything as asked. ``votes_for`` where it was
    another number than for the rest, as where a member was recused (``recusals``: name and reason).
    """

    step: ReviewStep
    postponed: bool = False
    answers: Sequence[LineAnswer] | None = None
    votes_for: int | None = None
    recusals: Sequence[dict[str, str]] = ()


@dataclass
class Recorded:
    """What came of a paper: the meeting, the decisions, what was postponed, and of the others why not."""

    meeting: Meeting
    decisions: list[Decision] = field(default_factory=list)
    postponed: list[ReviewStep] = field(default_factory=list)
    left: list[tuple[ReviewStep, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Foretold:
    """What recording would do with one file, in a sentence; ``refused``: it would not be recorded."""

    step: ReviewStep
    sentence: str
    refused: bool = False


def foretell(
    *, actor, committee: Committee, held: Held, files: Sequence[Told], called: Meeting | None = None
) -> list[Foretold]:
    """What :func:`record_minutes` would do now, file by file. Writes nothing."""
    _check(actor, committee, held, files, called)
    found = []
    with transaction.atomic():  # the files are locked while they are looked at
        for told in sorted(files, key=_by_person):
            try:
                sentence = _foretold(actor, committee, held, told)
            except Refused as refused:
                found.append(Foretold(told.step, refused.sentence, refused=True))
            else:
                found.append(Foretold(told.step, sentence))
    return found


def _foretold(actor, committee: Committee, held: Held, told: Told) -> str:
    if told.postponed:
        lock_step(told.step)
        return "Postponed: the file stays with the body."
    answers = list(_answers(told, committee))
    act_of_minutes(actor=actor, step=told.step, **_given(committee, held, told, answers))
    words = outcomes_for(told.step.body)
    parts = [
        f"{words(outcome).label}: {plural_text(count, 'line')}"
        for outcome in LineOutcome
        if (count := sum(each.outcome == outcome for each in answers))
    ]
    return f"{'; '.join(parts)}."


@transaction.atomic
def record_minutes(
    *,
    actor,
    committee: Committee,
    held: Held,
    files: Sequence[Told],
    paper_name: str,
    paper: bytes,
    meeting: Meeting | None = None,
) -> Recorded:
    """Record one meeting with its signed minutes and what they say of each file.

    ``meeting`` is one that was called here, whose day has passed without a call to order: it is recorded as
    held, also where the minutes speak of no file; matters on its agenda they do not speak of are postponed.

    A file that cannot be recorded is named with its reason and hinders none of the others; refused where none
    can, where the paper is no scan, for a meeting to come, and a second time for the same meeting.
    """
    day = _check(actor, committee, held, files, called=meeting)
    people = {told.step.case.practitioner_id for told in files}
    for each in Practitioner.objects.filter(pk__in=people).order_by("pk"):
        lock_practitioner(each)  # files before meetings, always
    Committee.objects.select_for_update(of=("self",)).get(pk=committee.pk)
    _check_time(committee, held, day, meeting)  # a colleague may have recorded it since
    meeting = _record_meeting(actor, committee, held, meeting)
    _record_presence(meeting, committee, held, day)
    scan = _keep(actor, meeting, paper_name, paper)
    done = Recorded(meeting)
    last = meeting.agenda_items.aggregate(last=Max("order"))["last"] or 0
    for order, told in enumerate(files, start=last + 1):
        try:
            with transaction.atomic():
                _record(actor, committee, held, told, scan, order, done)
        except Refused as refused:
            done.left.append((told.step, refused.sentence))
    if files and not done.decisions and not done.postponed:
        why = " ".join(f"{step.case.practitioner}: {sentence}" for step, sentence in done.left)
        raise Refused(f"Nothing was recorded. {why}")
    for item in meeting.agenda_items.filter(status=AgendaStatus.OPEN):
        _settle(actor, committee, item, AgendaStatus.POSTPONED)
    record_in_meeting(
        actor=actor,
        verb="meeting.recorded_from_minutes",
        subject=meeting,
        data={"on": day.isoformat(), "sha256": scan.sha256, "decisions": len(done.decisions)},
    )
    return done


def _by_person(told: Told) -> int:
    return told.step.case.practitioner_id


def _check(
    actor, committee: Committee, held: Held, files: Sequence[Told], called: Meeting | None = None
) -> dt.date:
    """Permission, the body, the day and the number of files; answers the day at the facility."""
    facility = committee.facility
    require(actor, "bylaws.record_minutes", facility)
    body = BODY_OF_KIND.get(CommitteeKind(committee.kind))
    if files or called is None:
        if body is None or body in ALONE:
            raise Refused(f"No file waits for {committee.named}.", field="committee")
        if not files:
            raise Refused("Say of at least one file what the minutes say.")
        if not held.mover.strip():
            raise Refused("Say who moved.", field="mover")
        if not held.seconder.strip():
            raise Refused("Say who seconded.", field="seconder")
    if len(files) > MOST_FILES:
        raise Refused(f"{MOST_FILES} files at most are recorded in one act.")
    day = clock.date_at(held.starts_at, facility)
    if held.starts_at > clock.now():
        raise Refused("That is still to come; call the meeting instead.", field="starts_at")
    _check_time(committee, held, day, called)
    for told in files:
        if told.step.body != body or told.step.case.facility_id != facility.pk:
            raise Refused(f"{told.step.case.practitioner} does not wait for {committee.named}.")
    return day


def _check_time(committee: Committee, held: Held, day: dt.date, called: Meeting | None) -> None:
    if committee.closed_on is not None and day >= committee.closed_on:
        raise Refused(f"{committee} is closed from {day_text(committee.closed_on)} on.", field="committee")
    others = Meeting.objects.filter(committee=committee, starts_at=held.starts_at)
    if called is not None:
        others = others.exclude(pk=called.pk)
    if others.exists():
        raise Conflict(
            f"A meeting of {committee.named} at that time is on record already.", field="starts_at"
        )


def _given(committee: Committee, held: Held, told: Told, answers: Sequence[LineAnswer]) -> dict[str, Any]:
    """What the minutes say of one file, as it is recorded."""
    return {
        "decided_on": clock.date_at(held.starts_at, committee.facility),
        "mover": held.mover,
        "seconder": held.seconder,
        "votes_for": held.votes_for if told.votes_for is None else told.votes_for,
        "votes_against": held.votes_against,
        "abstentions": held.abstentions,
        "recusals": told.recusals,
        "lines": answers,
        "sure": held.sure,
    }


def _answers(told: Told, committee: Committee) -> Sequence[LineAnswer]:
    if told.answers is not None:
        return told.answers
    case = told.step.case
    lines = handler(case.subject_kind).lines(case.subject_uid, clock.today(committee.facility))
    return [LineAnswer(line.uid, LineOutcome.RECOMMEND) for line in lines]


def _record_meeting(actor, committee: Committee, held: Held, called: Meeting | None) -> Meeting:
    """The meeting, held: the one called here, or one nobody was invited to here; nobody's presence is known
    but what the paper says.
    """
    if called is None:
        meeting = Meeting.objects.create(
            committee=committee,
            kind=MeetingKind.REGULAR,
            starts_at=held.starts_at,
            place=held.place.strip()[:200],
        )
    else:
        meeting = locked_meeting(called)
        if meeting.committee_id != committee.pk or meeting.status != MeetingStatus.SCHEDULED:
            raise Refused("Only a meeting that was called and not yet opened is recorded from its minutes.")
        if not has_passed(meeting):
            raise Refused("The day of this meeting has not passed: call it to order.")
        meeting.starts_at, meeting.place = held.starts_at, held.place.strip()[:200]
        meeting.save(update_fields=["starts_at", "place"])
    allowed = permissions(actor, committee.facility)
    for status in (MeetingStatus.IN_SESSION, MeetingStatus.ADJOURNED):
        MEETING.check(meeting, status, allowed)
        meeting.status = status
        meeting.save(update_fields=["status"])
    return meeting


def _record_presence(meeting: Meeting, committee: Committee, held: Held, day: dt.date) -> None:
    """Who was there as the minutes say: a stretch without length, since they tell no times."""
    seats = who_may_sit(committee, day)
    for user in held.present:
        if user.pk not in seats:
            raise Refused(f"{user} had no seat on {committee.named} that day.", field="present")
    Attendance.objects.bulk_create(
        Attendance(meeting=meeting, user=user, present_from=held.starts_at, present_until=held.starts_at)
        for user in held.present
    )


def _keep(actor, meeting: Meeting, name: str, content: bytes) -> MinutesPaper:
    try:
        upload = inspect_upload(content, name, max_bytes=settings.STANDING_UPLOAD_LIMIT, allowed=SCANS)
    except Problem as problem:
        raise Refused(problem.sentence, field="scan") from None
    return MinutesPaper.objects.create(
        meeting=meeting,
        file_name=upload.display_name,
        media_type=upload.media_type,
        size=upload.size,
        sha256=store.put(content, encrypted=True),
        stored_at=clock.now(),
        stored_by=actor,
    )


def _record(
    actor, committee: Committee, held: Held, told: Told, scan: MinutesPaper, order: int, done: Recorded
) -> None:
    step = told.step
    decision = None
    if told.postponed:  # a colleague may have recorded what became of it since it was looked at
        require_not_own_file(actor, step.case.practitioner, doing="record a decision on")
        require_turn(lock_step(step))
    else:
        answers = _answers(told, committee)
        decision = record_decision_from_minutes(
            actor=actor, step=step, minutes=scan, **_given(committee, held, told, answers)
        )
    item = AgendaItem.objects.filter(meeting=scan.meeting, step=step).first() or AgendaItem.objects.create(
        meeting=scan.meeting,
        order=order,
        title=step.case.title[:300],
        step=step,
        practitioner=step.case.practitioner,
    )
    status = AgendaStatus.POSTPONED if decision is None else AgendaStatus.ACTED
    if item.status != status:  # on the agenda already, the decision has settled it
        _settle(actor, committee, item, status)
    if decision is None:
        done.postponed.append(step)
    else:
        done.decisions.append(decision)


def _settle(actor, committee: Committee, item: AgendaItem, status: str) -> None:
    AGENDA_ITEM.check(item, status, permissions(actor, committee.facility))
    item.status = status
    item.save(update_fields=["status"])
