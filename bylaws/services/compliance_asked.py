"""Runs of compliance that somebody asks for: a ledger row first, then a task, a sweep behind it.

Thousands of people under every rule take a minute or so, longer than a page may. The ledger keeps who asked,
when, and how it ended. There is one row for a facility: one run at a time.
"""

from __future__ import annotations

import datetime as dt

from celery import current_app
from django.db import transaction

from bylaws.selectors.findings import ASKED_JOB, note_progress, run_heard_of
from bylaws.services.compliance_runs import MANAGE, record_run
from config.accounts.models import User
from config.accounts.policies import require
from config.audit.choices import JobStatus
from config.audit.context import request_context
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.organization.models import Facility

#: What was asked for so long ago and is not finished was lost; the task may run for an hour.
LOST_AFTER = dt.timedelta(minutes=65)
#: Without a word of a worker for so long it may be asked for anew: the message may be lost, or the worker.
QUIET = dt.timedelta(minutes=10)
#: How often a run is begun. One that was cut off twice, by its time or the memory, will be again.
MOST_TRIES = 2
GAVE_UP = (
    "It was begun twice and cut off both times, by the time it may take or the memory there is. Tell the "
    "administrator."
)
NO_MORE = "Who asked for it may run compliance no more. Nothing was judged."
STOPPED = (
    "It stopped because of an error in the program. What was found before stands as it was; run it again, or "
    "tell the administrator."
)


@transaction.atomic
def ask_for_run(*, actor, facility: Facility) -> JobRun:
    """Have a worker record a run of compliance; the page of findings shows how far it is.

    Refused: whoever may not manage findings; while one that was asked for is not finished, unless no worker
    has been heard of it for :data:`QUIET`.
    """
    require(actor, MANAGE, facility)
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)  # two who ask at once
    now = clock.now()
    going = JobRun.objects.filter(job=ASKED_JOB, key=facility.code, status=JobStatus.RUNNING).first()
    if going is not None and max(going.started_at, run_heard_of(facility) or going.started_at) > now - QUIET:
        raise Refused("A run of compliance was asked for already and is not finished yet.")
    run, _ = JobRun.objects.update_or_create(
        job=ASKED_JOB,
        key=facility.code,
        defaults={
            "status": JobStatus.RUNNING,
            "started_at": now,
            "finished_at": None,
            "message": "",
            "counts": {"asked_by": str(actor.uid), "asked_by_name": str(actor)},
        },
    )
    note_progress(facility, None)
    _send(str(run.uid))
    return run


def _send(uid: str) -> None:
    """A queue that cannot be reached loses nothing: the sweep takes it up."""
    transaction.on_commit(
        lambda: current_app.send_task("bylaws.record_compliance_asked", args=[uid], retry=False), robust=True
    )


def carry_out(run_uid: str) -> str:
    """Record the run that was asked for, once; answers in a word what came of it. Safe to repeat: what was
    recorded already is found to be the same. What goes wrong is told on the page, and raised.
    """
    run = JobRun.objects.filter(uid=run_uid, job=ASKED_JOB).first()
    if run is None or run.status != JobStatus.RUNNING:
        return "nothing to do"
    tries = run.counts.get("tries", 0) + 1
    if tries > MOST_TRIES:
        return _finish(run, JobStatus.FAILED, message=GAVE_UP)
    # Kept before the work: a worker that is killed in the middle can say nothing after it.
    _note(run, counts={**run.counts, "tries": tries})
    try:
        facility = Facility.objects.get(code=run.key)
        actor = User.objects.get(uid=run.counts["asked_by"])
        with request_context(f"{run.job}:{run.key}"):
            recorded = record_run(
                actor=actor,
                facility=facility,
                progress=lambda done, rules: note_progress(facility, (done, rules)),
            )
    except Forbidden:
        return _finish(run, JobStatus.FAILED, message=NO_MORE)
    except Exception:
        _finish(run, JobStatus.FAILED, message=STOPPED)
        raise
    return _finish(run, JobStatus.DONE, counts={**run.counts, **recorded.as_counts()})


def _finish(run: JobRun, status: str, **more) -> str:
    _note(run, status=status, finished_at=clock.now(), **more)
    return str(status)


def _note(run: JobRun, **more) -> None:
    for name, value in more.items():
        setattr(run, name, value)
    run.save(update_fields=list(more))


def sweep_lost() -> int:
    """Send again what was asked for long ago and never finished, and give up what was begun too often;
    answers how many were sent. What is sent again has its time anew.
    """
    now = clock.now()
    lost = JobRun.objects.filter(job=ASKED_JOB, status=JobStatus.RUNNING, started_at__lt=now - LOST_AFTER)
    sent = 0
    for run in lost.order_by("pk"):
        if run.counts.get("tries", 0) >= MOST_TRIES:
            _finish(run, JobStatus.FAILED, message=GAVE_UP)
            continue
        _note(run, started_at=now)
        _send(str(run.uid))
        sent += 1
    return sent
