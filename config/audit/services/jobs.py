"""The ledger of scheduled work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction

from config.audit.choices import JobStatus
from config.audit.context import request_context
from config.audit.models import JobRun
from config.kernel import clock


def run_job(job: str, key: str, work: Callable[[], dict[str, Any]], *, again: bool = False) -> JobRun:
    """Run ``work`` as the job ``job`` under ``key`` (mostly a date), with a ledger row made before it starts.

    A run that is already done is not repeated unless ``again``; one that failed or was cut off is taken up
    again. ``work`` must be safe to repeat. Its result (counts) is stored; what it raises is recorded and
    raised on.
    """
    with transaction.atomic():
        run, created = JobRun.objects.select_for_update().get_or_create(
            job=job, key=key, defaults={"started_at": clock.now()}
        )
        if not created:
            if run.status == JobStatus.DONE and not again:
                return run
            run.status, run.started_at, run.finished_at = JobStatus.RUNNING, clock.now(), None
            run.save()
    try:
        with request_context(f"{job}:{key}"):
            counts = work()
    except Exception as problem:
        run.status, run.message, run.finished_at = JobStatus.FAILED, str(problem)[:2000], clock.now()
        run.save()
        raise
    run.status, run.counts, run.message, run.finished_at = JobStatus.DONE, counts, "", clock.now()
    run.save()
    return run
