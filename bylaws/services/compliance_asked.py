"""Runs of compliance that somebody asks for: a ledger row first, then a task, a sweep behind it.

Thousands of people under every rule take a minute or so, longer than a page may. The ledger keeps who asked,
when, and how it ended. There is one row for a facility: one run at a time.
"""

from __future__ import annotations

import datetime as dt

from celery import current_app
from django.db import transaction

from bylaws.selectors.findings import ASKED_JOB, note_progress
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
NO_MORE = "Who asked for it may run compliance no more. Nothing was judged."
STOPPED = (
    "It stopped because of an error in the program. What was found before stands as it was; run it again, or "
    "tell the administrator."
)


@transaction.atomic
def ask_for_run(*, actor, facility: Facility) -> JobRun:
    """Have a worker record a run of compliance; the page of findings shows how far it is.

    Refused: whoever may not manage findings; while one that was asked for is not finished.
    """
    require(actor, MANAGE, facility)
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)  # two who ask at once
    now = clock.now()
    if JobRun.objects.filter(job=ASKED_JOB, key=facility.code, status=JobStatus.RUNNING).exists():
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
    facility = Facility.objects.get(code=run.key)
    actor = User.objects.get(uid=run.counts["asked_by"])

    def tell(done: int, rules: int) -> None:
        note_progress(facility, (done, rules))

    try:
        with request_context(f"{run.job}:{run.key}"):
            recorded = record_run(actor=actor, facility=facility, progress=tell)
    except Forbidden:
        return _finish(run, JobStatus.FAILED, message=NO_MORE)
    except Exception:
        _finish(run, JobStatus.FAILED, message=STOPPED)
        raise
    return _finish(run, JobStatus.DONE, counts={**run.counts, **recorded.as_counts()})


def _finish(run: JobRun, status: str, **more) -> str:
    run.status, run.finished_at = status, clock.now()
    for name, value in more.items():
        setattr(run, name, value)
    run.save(update_fields=["status", "finished_at", *more])
    return str(status)


def sweep_lost() -> int:
    """Send again what was asked for long ago and never finished; answers how many."""
    lost = JobRun.objects.filter(
        job=ASKED_JOB, status=JobStatus.RUNNING, started_at__lt=clock.now() - LOST_AFTER
    )
    uids = [str(uid) for uid in lost.values_list("uid", flat=True)]
    for uid in uids:
        _send(uid)
    return len(uids)
