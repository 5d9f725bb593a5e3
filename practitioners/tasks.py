"""Work of this room done without anybody waiting. Thin: each task calls one service and can be run twice."""

from __future__ import annotations

from celery import shared_task

from practitioners.services import import_work


@shared_task(acks_late=True, reject_on_worker_lost=True, time_limit=3600)
def work_on_import(run_uid: str) -> str:
    """Apply or undo one import, as the ledger says."""
    return import_work.carry_out(run_uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_imports() -> int:
    """Take up imports the queue lost."""
    return import_work.sweep_lost()
