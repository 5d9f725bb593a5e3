"""Runs: asking by machine whatever a machine can check, of one application or of a whole facility.

A run and its steps are written in one transaction before anything is asked (ADR 0016). A step of a file rides
on its item, which is asked like any other (:mod:`.automatic`). A licence outside of a file has no item: the
step itself keeps the answer until a person confirms it (:mod:`.renewals`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from config.accounts import policies
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_many
from credentialing import parameters
from credentialing.choices import CallOutcome, ItemStatus, RunKind, StepState
from credentialing.models import Application, RunStep, VerificationItem, VerificationRun
from credentialing.models.applications import workable_q
from credentialing.selectors.release import release_missing
from credentialing.selectors.requirements import attempts_before_unable
from credentialing.selectors.runs import due_licences, licences_to_reverify, machine_can_ask
from credentialing.selectors.sources import answering, resting_codes
from credentialing.services import sources, verification
from credentialing.services.connectors import CONNECTORS, Subject
from credentialing.services.guards import begin_application
from credentialing.services.queue import enqueue
from credentialing.services.steps import end_step
from credentialing.sources.base import Reply, ReplyKind
from practitioners.choices import Method, SourceKind
from practitioners.models import Credential, Evidence
from practitioners.services.evidence import add_evidence
from practitioners.services.people import lock_practitioner

VERIFY = "credentialing.verify"
#: A source that is asked too often is asked again after so long by the same worker; else by the sweep.
SHORT_WAIT = dt.timedelta(minutes=1)
#: The most licences of one run; the next run takes the rest.
MOST_STEPS = 500


# --- starting -------------------------------------------------------------------------------------------


@transaction.atomic
def check_application(*, actor, application: Application) -> VerificationRun:
    """Ask by machine about everything in the file a machine can check and nobody has answered.

    What is asked already is taken into the run as it is; it is not asked twice. Raises ``Refused`` when the
    file is not worked on, the applicant's release is not on file, a run is under way, or nothing is left to
    ask.
    """
    application = begin_application(actor, application, VERIFY)
    if not application.is_workable:
        raise Refused("A file is checked by machine once its application is accepted.")
    if application.runs.filter(ended_at__isnull=True).exists():
        raise Refused("This file is being checked already.")
    if missing := release_missing(application):
        raise Refused(missing)
    items = list(machine_can_ask(application).select_for_update(of=("self",)))
    if not items:
        raise Refused("Nothing in this file is left for a machine to check.")
    run = _start(actor, application.facility, RunKind.APPLICATION, application)
    RunStep.objects.bulk_create(RunStep(run=run, item=item, source=item.automatic_source) for item in items)
    for item in items:
        if item.status == ItemStatus.REQUESTED:  # its task may be lost; a second one finds it answered
            enqueue("verify_automatically", str(item.uid))
        else:
            verification.request(actor=actor, item=item)
    _record(actor, run, "verification_run.started", steps=len(items))
    return run


@transaction.atomic
def check_due(*, actor, facility: Facility, days: int) -> VerificationRun:
    """Ask the boards about every licence of the facility's people that ends within so many days, or ended in
    the last ninety, where a board is asked by machine.

    Raises ``Refused`` when such a run is under way or nothing is to be asked.
    """
    policies.require(actor, VERIFY, facility)
    _refuse_two(facility)
    boards = answering().boards
    due = list(due_licences(facility, days=days, states=list(boards), viewer=actor)[:MOST_STEPS])
    if not due:
        raise Refused(f"No license that ends within {days} days can be asked about by machine.", field="days")
    return _ask_about(actor, facility, due, boards, days)


@transaction.atomic
def check_ending(*, actor, facility: Facility) -> dict[str, int | str]:
    """The night's run: ask the boards about the licences that end within the days of the parameter, and about
    every one that ended without a renewal on file, on that day and every so often after it.

    What is missing is asked for and nothing else follows from it: an answer waits for a person, and whether
    authority stops the bylaws say. Answers how many are asked about, or why not now.
    """
    policies.require(actor, VERIFY, facility)
    codes = (parameters.REVERIFY_DAYS, parameters.REVERIFY_AGAIN_DAYS)
    bound = resolve_many(codes, facility=facility, on=clock.today(facility))
    if not all((code, "") in bound and bound[code, ""].is_set for code in codes):
        return {"not_done": "No days are recorded for it."}
    days, again = (int(bound[code, ""].value) for code in codes)
    boards = answering().boards
    due = list(
        licences_to_reverify(facility, days=days, again_days=again, states=list(boards), viewer=actor)[
            :MOST_STEPS
        ]
    )
    if not due:
        return {"asked": 0}
    try:
        _refuse_two(facility)
        _ask_about(actor, facility, due, boards, days)
    except Refused as refused:  # a run is under way; what it does not ask about is asked the next time
        return {"not_done": refused.sentence}
    return {"asked": len(due)}


def _refuse_two(facility: Facility) -> None:
    if VerificationRun.objects.filter(facility=facility, kind=RunKind.DUE, ended_at__isnull=True).exists():
        raise Refused("The licenses that run out are being checked already.")


def _ask_about(
    actor, facility: Facility, due: Sequence[Credential], boards: Mapping[str, str], days: int
) -> VerificationRun:
    try:
        run = _start(actor, facility, RunKind.DUE, None)
    except IntegrityError:
        raise Refused("The licenses that run out are being checked already.") from None
    steps = RunStep.objects.bulk_create(
        RunStep(run=run, credential=licence, source=boards[licence.state]) for licence in due
    )
    for step in steps:
        enqueue("ask_step", str(step.uid))
    _record(actor, run, "verification_run.started", steps=len(steps), days=days)
    return run


def _start(actor, facility: Facility, kind: RunKind, application: Application | None) -> VerificationRun:
    with transaction.atomic():
        return VerificationRun.objects.create(
            facility=facility, kind=kind, application=application, started_at=clock.now(), started_by=actor
        )


def _record(actor, run: VerificationRun, verb: str, **data) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=run,
        practitioner=run.application.practitioner if run.application else None,
        facility=run.facility,
        data={"kind": str(run.kind), **data},
    )


# --- cancelling -----------------------------------------------------------------------------------------


@transaction.atomic
def cancel_run(*, actor, run: VerificationRun) -> VerificationRun:
    """Ask nothing more. What was answered stays; items that were still waiting are for a person now.

    An answer that is under way meanwhile is not taken. Raises ``Refused`` when the run is over.
    """
    policies.require(actor, VERIFY, run.facility)
    application = begin_application(actor, run.application, VERIFY) if run.application else None
    run = (
        VerificationRun.objects.select_for_update(of=("self",))
        .select_related("facility", "application__practitioner")
        .get(pk=run.pk)
    )
    if run.ended_at is not None:
        raise Refused("This run is over already: there is nothing left to cancel.")
    now = clock.now()
    waiting = list(run.steps.filter(outcome="").select_related("item").select_for_update(of=("self",)))
    run.steps.filter(pk__in=[step.pk for step in waiting]).update(
        outcome=StepState.CANCELLED, ended_at=now, sentence="Canceled before it was answered."
    )
    run.ended_at, run.cancelled_at, run.cancelled_by = now, now, actor
    run.save(update_fields=["ended_at", "cancelled_at", "cancelled_by"])
    for step in waiting:
        if step.item is not None and application is not None and application.is_workable:
            step.item.application = application
            _hand_to_a_person(actor, step.item)
    _record(actor, run, "verification_run.cancelled", not_asked=len(waiting))
    return run


def _hand_to_a_person(actor, item: VerificationItem) -> None:
    if item.status == ItemStatus.REQUESTED:
        verification.give_up_asking(actor=actor, item=item, note="The check by machine was canceled.")


# --- a licence outside of a file --------------------------------------------------------------------------


def ask_step(step_uid: uuid.UUID | str) -> str:
    """Ask the board about the licence of an open step and write its answer. Answers what came of it."""
    step = (
        RunStep.objects.select_related("credential__practitioner", "run__facility")
        .filter(uid=step_uid, outcome="", credential__isnull=False)
        .first()
    )
    if step is None:
        return "nothing to ask"
    source = sources.known_source(step.source)
    if source is None or not source.active:
        end_step(
            actor=system_user(),
            step=step,
            outcome=StepState.COULD_NOT_CHECK,
            sentence=f"{source or step.source} is not asked by machine any more.",
        )
        return "left to a person"
    subject = Subject(step.credential.practitioner, step.run.facility, step.credential)
    reply = sources.ask(source, CONNECTORS[source.connector].query(subject), step=step)
    if isinstance(reply, sources.Held):
        if reply.wait is not None and reply.wait <= SHORT_WAIT:
            enqueue("ask_step", str(step.uid), after=reply.wait)
        return "held"
    return write_step_reply(actor=system_user(), step=step, reply=reply)


@transaction.atomic
def write_step_reply(*, actor, step: RunStep, reply: Reply) -> str:
    """Write the board's answer once: with evidence, for a person to confirm.

    After as many failed tries as the parameter asks for the step ends; before, the sweep asks again.
    """
    practitioner = lock_practitioner(step.credential.practitioner)
    step = (
        RunStep.objects.select_for_update(of=("self",))
        .select_related("credential__credential_type", "run__facility")
        .get(pk=step.pk)
    )
    if step.outcome:
        return "answered meanwhile"
    source = sources.known_source(reply.source)
    if source is None:
        raise ValueError(f"No source is called {reply.source!r}.")
    subject = Subject(practitioner, step.run.facility, step.credential)
    asked = CONNECTORS[source.connector]
    if not reply.checked:
        tries = step.calls.filter(outcome=CallOutcome.COULD_NOT_CHECK).count()
        limit = attempts_before_unable(subject.facility, on=clock.today(subject.facility))
        if tries >= limit:
            outcome = StepState.COULD_NOT_CHECK
            end_step(actor=actor, step=step, outcome=outcome, sentence=reply.sentence)
        return "could not be checked"
    evidence = _evidence(actor, subject, f"{source}: answer for {asked.about(subject)}", source.name, reply)
    end_step(
        actor=actor,
        step=step,
        outcome=StepState.ANSWERED,
        sentence=reply.sentence,
        evidence=evidence,
        findings=asked.findings(subject, reply),
    )
    record_event(
        actor=actor,
        verb="verification_run.answered",
        subject=step.credential,
        practitioner=practitioner,
        facility=subject.facility,
        data={"found": reply.kind is ReplyKind.FOUND, "evidence": evidence.hash},
    )
    return "answered"


def _evidence(actor, subject: Subject, title: str, name: str, reply: Reply) -> Evidence:
    return add_evidence(
        actor=actor,
        practitioner=subject.practitioner,
        title=title[:200],
        source=reply.url[:200] or name,
        source_kind=SourceKind.PRIMARY,
        method=Method.API,
        content=reply.raw,
        media_type=reply.media_type,
        source_date=reply.source_date,
        summary=reply.sentence,
    )


# --- the sweep ------------------------------------------------------------------------------------------


def sweep_runs(*, older_than: dt.timedelta) -> int:
    """Send open steps without an item to the queue again that were not asked for so long, and end those whose
    item no longer waits for a machine. Answers how many were sent.

    A question whose worker was killed has no end; it keeps the step waiting only that long.
    """
    for step in _left_behind().select_related("item"):
        end_step(
            actor=system_user(),
            step=step,
            outcome=StepState.OVERTAKEN,
            sentence="Its file stopped waiting for a machine.",
        )
    lost = (
        RunStep.objects.filter(outcome="", credential__isnull=False)
        .exclude(source__in=resting_codes())
        .annotate(asked=Coalesce(Max("calls__asked_at"), F("run__started_at")))
        .filter(asked__lt=clock.now() - older_than)
    )
    uids = list(lost.values_list("uid", flat=True))
    for uid in uids:
        enqueue("ask_step", str(uid))
    return len(uids)


def _left_behind() -> QuerySet[RunStep]:
    """Open steps of items nobody asks a machine about any more: the application was withdrawn, or decided."""
    asked = Q(item__status=ItemStatus.REQUESTED) & workable_q("item__application__")
    return RunStep.objects.filter(outcome="", item__isnull=False).exclude(asked)
