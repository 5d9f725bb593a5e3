"""Asking a leader of the medical staff and recording the answer; setting, giving and doing tasks."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange

from django.db import transaction
from django.db.models import Exists, OuterRef

from bylaws.announced import Waits, call_for
from bylaws.choices import AnsweredHow, Repeats, WaitsFor
from bylaws.models import LeaderRequest, OfficeTask, RequestReminder
from bylaws.selectors.requests import ASK, TASKS, answerable, leaders, office_people, why_cannot_answer
from config.accounts.choices import DataClass
from config.accounts.models import User
from config.accounts.policies import may, may_see_class, require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import add_months
from config.kernel.errors import Forbidden, Refused
from config.kernel.texts import needed, within
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.policies import is_own_record

LONGEST_TITLE, LONGEST_ABOUT, LONGEST_WORDS = 200, 300, 4000
#: What the office does where the leader cannot answer.
INSTEAD = "Withdraw it and ask somebody else, or record what you heard from them."
#: How often a leader is reminded of a request that is overdue.
EACH = dt.timedelta(days=7)
#: Months from one time to the next.
MONTHS = {Repeats.MONTHLY: 1, Repeats.YEARLY: 12}


# --- requests -------------------------------------------------------------------------------------------


@transaction.atomic
def ask_leader(
    *,
    actor,
    facility: Facility,
    asked_of: User,
    title: str,
    question: str,
    due: dt.date,
    practitioner: Practitioner | None = None,
    peer_review: bool = False,
) -> LeaderRequest:
    """A question to a leader, answered by ``due``. ``peer_review``: it is about the quality of somebody's
    work; only who may see peer review is asked and reads it.
    """
    require(actor, ASK, facility)
    if not leaders(facility).filter(pk=asked_of.pk).exists():
        raise Refused(f"{asked_of} is no leader of {facility} today.", field="asked_of")
    if peer_review:
        require_class(actor, DataClass.PEER_REVIEW, facility)
        if practitioner is None:
            raise Refused("Say whose work it is about.", field="practitioner")
        if not may_see_class(asked_of, DataClass.PEER_REVIEW, facility):
            raise Refused(f"{asked_of} may not see peer review.", field="asked_of")
    if practitioner is not None:
        if is_own_record(asked_of, practitioner):
            raise Refused(f"{asked_of} is not asked about themselves.", field="asked_of")
        if is_own_record(actor, practitioner):
            raise Forbidden("Nobody asks about their own file; a colleague does.")
    if due < clock.today(facility):
        raise Refused("The day by which it is answered lies in the past.", field="due")
    made = LeaderRequest.objects.create(
        facility=facility,
        asked_of=asked_of,
        title=needed(title, LONGEST_TITLE, field="title", otherwise="Say in a few words what it is about."),
        question=needed(question, LONGEST_WORDS, field="question", otherwise="Write the question."),
        practitioner=practitioner,
        data_class=DataClass.PEER_REVIEW if peer_review else DataClass.GENERAL,
        due=due,
        asked_at=clock.now(),
        asked_by=actor,
    )
    _record(actor, made, "leader_request.asked", due=due.isoformat())
    _call(actor, made)
    return made


def _call(actor, request: LeaderRequest) -> None:
    """The leader is told by mail that the office waits for an answer; not of what."""
    call_for(actor, Waits(WaitsFor.REQUEST, request.uid, request.facility, [request.asked_of]))


@transaction.atomic
def answer_request(
    *, actor, request: LeaderRequest, answer: str, how: str = AnsweredHow.HERE, day: dt.date | None = None
) -> LeaderRequest:
    """The answer: of the leader here, or as the office heard it on the phone or in person on the day."""
    request = _locked(request)
    facility = request.facility
    today = clock.today(facility)
    _check_reads(actor, request)
    if how not in AnsweredHow.values or how == AnsweredHow.DROPPED:
        raise Refused("Say how it was answered.", field="how")
    if how == AnsweredHow.HERE:
        if actor.pk != request.asked_of_id:
            raise Refused(f"Only {request.asked_of} answers here; say how you heard it.", field="how")
        day = today
    else:
        require(actor, ASK, facility)
    day = day or today
    if not clock.date_at(request.asked_at, facility) <= day <= today:
        raise Refused("It was answered between the day it was asked and today.", field="day")
    if request.answered_on is not None:
        raise Refused("This request is answered already.")
    request.answer = needed(answer, LONGEST_WORDS, field="answer", otherwise="Write the answer.")
    request.answered_how, request.answered_on, request.recorded_by = how, day, actor
    request.save(update_fields=["answer", "answered_how", "answered_on", "recorded_by"])
    _record(actor, request, "leader_request.answered", how=str(how))
    return request


@transaction.atomic
def withdraw_request(*, actor, request: LeaderRequest, reason: str) -> LeaderRequest:
    """The office needs no answer any more, or asks somebody else: it waits for nobody, and stays on record
    with the reason.
    """
    request = _locked(request)
    require(actor, ASK, request.facility)
    _check_reads(actor, request)
    if request.answered_on is not None:
        raise Refused("This request is answered already.")
    request.answer = needed(reason, LONGEST_WORDS, field="reason", otherwise="Say why.")
    request.answered_how, request.recorded_by = AnsweredHow.DROPPED, actor
    request.answered_on = clock.today(request.facility)
    request.save(update_fields=["answer", "answered_how", "answered_on", "recorded_by"])
    _record(actor, request, "leader_request.withdrawn")
    return request


@transaction.atomic
def remind_leader(*, actor, request: LeaderRequest) -> RequestReminder:
    """The leader is reminded: it stands first on their Today page, with how often. Refused where they can
    answer here no more.
    """
    request = _locked(request)
    require(actor, ASK, request.facility)
    _check_reads(actor, request)
    if request.answered_on is not None:
        raise Refused("This request is answered already.")
    if why := why_cannot_answer(request):
        raise Refused(f"{why} {INSTEAD}")
    made = RequestReminder.objects.create(request=request, reminded_at=clock.now(), reminded_by=actor)
    _record(actor, request, "leader_request.reminded")
    _call(actor, request)
    return made


@transaction.atomic
def remind_overdue(*, actor, facility: Facility) -> int:
    """Remind of every request whose day has passed without an answer, once in :data:`EACH` days, whether or
    not the nightly work ran in between; nobody who can answer here no more. Answers how many. Repeated, also
    at the same time, it reminds nobody again.
    """
    # Whom to remind is read once a second worker can no longer be writing it.
    list(Facility.objects.select_for_update(no_key=True).filter(pk=facility.pk).values_list("pk"))
    now = clock.now()
    lately = RequestReminder.objects.filter(request=OuterRef("pk"), reminded_at__gt=now - EACH)
    late = LeaderRequest.objects.filter(
        ~Exists(lately), facility=facility, answered_on__isnull=True, due__lt=clock.today(facility)
    )
    overdue = (
        answerable(late, facility)
        .select_for_update(of=("self",))
        .select_related("facility", "asked_of", "practitioner")
        .order_by("pk")
    )
    rows = list(overdue)
    RequestReminder.objects.bulk_create(
        RequestReminder(request=each, reminded_at=now, reminded_by=actor) for each in rows
    )
    for each in rows:
        _record(actor, each, "leader_request.reminded")
        _call(actor, each)
    return len(rows)


def _check_reads(actor, request: LeaderRequest) -> None:
    if not may(actor, ASK, request.facility) and actor.pk != request.asked_of_id:
        raise Forbidden("This request was made to somebody else.")
    require_class(actor, request.data_class, request.facility)
    if request.practitioner is not None and is_own_record(actor, request.practitioner):
        raise Forbidden("This request is about you.")


def _locked(request: LeaderRequest) -> LeaderRequest:
    rows = LeaderRequest.objects.select_for_update(of=("self",))
    return rows.select_related("facility", "asked_of", "practitioner").get(pk=request.pk)


def _record(actor, request: LeaderRequest, verb: str, **data: str) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=request,
        facility=request.facility,
        practitioner=request.practitioner,
        data={"of": str(request.asked_of), **data},
    )


# --- tasks ----------------------------------------------------------------------------------------------


@transaction.atomic
def set_task(
    *,
    actor,
    facility: Facility,
    title: str,
    owner: User,
    due: dt.date,
    about: str = "",
    repeats: str = Repeats.NEVER,
) -> OfficeTask:
    """Something the office is to do; where it repeats, the next one is set when this one is done."""
    require(actor, TASKS, facility)
    _check_owner(owner, facility)
    if repeats not in Repeats.values:
        raise Refused("Say whether it comes again: never, every month or every year.", field="repeats")
    if due < clock.today(facility):
        raise Refused("The day by which it is done lies in the past.", field="due")
    made = OfficeTask.objects.create(
        facility=facility,
        title=needed(title, LONGEST_TITLE, field="title", otherwise="Say what is to be done."),
        about=within(about, LONGEST_ABOUT, field="about"),
        owner=owner,
        due=due,
        day_of_month=due.day,
        repeats=repeats,
        made_at=clock.now(),
        made_by=actor,
    )
    _record_task(actor, made, "office_task.set")
    return made


@transaction.atomic
def give_task(*, actor, task: OfficeTask, owner: User, due: dt.date) -> OfficeTask:
    """Another owner, or another day."""
    task = _locked_task(actor, task)
    _check_owner(owner, task.facility)
    if due != task.due and due < clock.today(task.facility):
        raise Refused("The day by which it is done lies in the past.", field="due")
    before = str(task.owner)
    if due != task.due:
        task.day_of_month = due.day
    task.owner, task.due = owner, due
    task.save(update_fields=["owner", "due", "day_of_month"])
    _record_task(actor, task, "office_task.given", was=before)
    return task


@transaction.atomic
def finish_task(*, actor, task: OfficeTask, note: str) -> OfficeTask | None:
    """It is done, with what was done; answers the next one where it comes again. The next one is due a month
    or a year after this one was, or after today where that day has passed as well.
    """
    task = _locked_task(actor, task)
    task.note = needed(note, LONGEST_WORDS, field="note", otherwise="Say what was done.")
    task.done_at, task.done_by = clock.now(), actor
    task.save(update_fields=["note", "done_at", "done_by"])
    _record_task(actor, task, "office_task.done")
    if task.repeats == Repeats.NEVER:
        return None
    months, today = MONTHS[Repeats(task.repeats)], clock.today(task.facility)
    due = add_months(task.due, months)
    due = due.replace(day=min(task.day_of_month, monthrange(due.year, due.month)[1]))
    made = OfficeTask.objects.create(
        facility=task.facility,
        title=task.title,
        about=task.about,
        owner=task.owner,
        due=due if due > today else add_months(today, months),
        day_of_month=task.day_of_month if due > today else today.day,
        repeats=task.repeats,
        before=task,
        made_at=clock.now(),
        made_by=actor,
    )
    _record_task(actor, made, "office_task.set")
    return made


def _check_owner(owner: User, facility: Facility) -> None:
    if not office_people(facility).filter(pk=owner.pk).exists():
        raise Refused(f"{owner} does not work in the office of {facility}.", field="owner")


def _locked_task(actor, task: OfficeTask) -> OfficeTask:
    require(actor, TASKS, task.facility)
    rows = OfficeTask.objects.select_for_update(of=("self",)).select_related("facility", "owner")
    task = rows.get(pk=task.pk)
    if task.done_at is not None:
        raise Refused("This task is done already.")
    return task


def _record_task(actor, task: OfficeTask, verb: str, **data: str) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=task,
        facility=task.facility,
        data={"owner": str(task.owner), "due": task.due.isoformat(), **data},
    )
