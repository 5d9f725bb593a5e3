"""Applying and undoing imports without anybody waiting: a ledger row first, then a task, a sweep behind it.

A thousand rows take a minute or so, longer than a page may. The ledger keeps who asked, when, and how it
ended; what was refused stands there in the words of the refusal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from celery import current_app
from django.db import transaction

from config.accounts.models import User
from config.accounts.policies import require
from config.audit.choices import JobStatus
from config.audit.context import request_context
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.errors import Refused
from practitioners.choices import ImportKind, ImportStatus
from practitioners.importing.rejections import UnusableFile
from practitioners.models import ImportBatch
from practitioners.selectors.imports import APPLY_JOB, PERMISSION, UNDO_JOB, work_on
from practitioners.services.roster_import import apply_roster, lock_batch
from practitioners.services.roster_undo import undo_import

#: Work asked for this long ago and not finished was lost; a task may run for an hour.
LOST_AFTER = dt.timedelta(minutes=65)
#: What applies an import of a kind; the composition adds what a lower room cannot know.
_APPLIERS: dict[str, Callable[..., ImportBatch]] = {str(ImportKind.ROSTER): apply_roster}


def register_applier(kind: str, apply: Callable[..., ImportBatch]) -> None:
    """Let ``apply(actor=, batch=)`` write the imports of a kind."""
    _APPLIERS[str(kind)] = apply


@transaction.atomic
def ask_to_apply(*, actor, batch: ImportBatch) -> JobRun:
    """Have the import applied by a worker; the page that waits shows how far it is."""
    return _ask(actor, batch, APPLY_JOB, ImportStatus.APPLIED, "")


@transaction.atomic
def ask_to_undo(*, actor, batch: ImportBatch, reason: str) -> JobRun:
    """Have the import undone by a worker, for a reason."""
    if not reason.strip():
        raise Refused("Say why the import is undone.", field="reason")
    if batch.kind != ImportKind.ROSTER:
        raise Refused("Only rosters are undone as a whole; end or correct the terms and grants one by one.")
    return _ask(actor, batch, UNDO_JOB, ImportStatus.UNDONE, reason.strip())


def _ask(actor, batch: ImportBatch, job: str, target: str, reason: str) -> JobRun:
    require(actor, PERMISSION[ImportKind(batch.kind)], batch.facility)
    batch = lock_batch(actor, batch, target)
    running = work_on(batch)
    if running is not None and running.status == JobStatus.RUNNING:
        raise Refused("This import is being worked on already.")
    run, _ = JobRun.objects.update_or_create(
        job=job,
        key=str(batch.uid),
        defaults={
            "status": JobStatus.RUNNING,
            "started_at": clock.now(),
            "finished_at": None,
            "message": "",
            "counts": {"asked_by": str(actor.uid), "reason": reason},
        },
    )
    _send(str(run.uid))
    return run


def _send(uid: str) -> None:
    """A queue that cannot be reached loses nothing: the sweep takes it up."""
    transaction.on_commit(
        lambda: current_app.send_task("practitioners.tasks.work_on_import", args=[uid], retry=False),
        robust=True,
    )


def carry_out(run_uid: str) -> str:
    """Do what was asked for, once; answers in a word what came of it. Safe to repeat at any moment."""
    run = JobRun.objects.filter(uid=run_uid, job__in=(APPLY_JOB, UNDO_JOB)).first()
    if run is None or run.status != JobStatus.RUNNING:
        return "nothing to do"
    batch = ImportBatch.objects.get(uid=run.key)
    actor = User.objects.get(uid=run.counts["asked_by"])
    wanted = ImportStatus.APPLIED if run.job == APPLY_JOB else ImportStatus.UNDONE
    try:
        with request_context(f"{run.job}:{run.key}"):
            if run.job == APPLY_JOB:
                _APPLIERS[batch.kind](actor=actor, batch=batch)
            else:
                undo_import(actor=actor, batch=batch, reason=run.counts["reason"])
    except (Refused, UnusableFile) as refused:
        batch.refresh_from_db()
        if batch.status == wanted:  # another worker did it first
            return _finish(run, JobStatus.DONE, "")
        return _finish(run, JobStatus.FAILED, refused.sentence)
    return _finish(run, JobStatus.DONE, "")


def _finish(run: JobRun, status: str, message: str) -> str:
    run.status, run.message, run.finished_at = status, message[:4000], clock.now()
    run.save(update_fields=["status", "message", "finished_at"])
    return str(status)


def sweep_lost() -> int:
    """Send again what was asked for long ago and never finished; answers how many."""
    lost = JobRun.objects.filter(
        job__in=(APPLY_JOB, UNDO_JOB), status=JobStatus.RUNNING, started_at__lt=clock.now() - LOST_AFTER
    )
    uids = [str(uid) for uid in lost.values_list("uid", flat=True)]
    for uid in uids:
        _send(uid)
    return len(uids)
