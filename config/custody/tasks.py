"""Making exports without anybody waiting. Thin: each task calls one service and can be run twice."""

from __future__ import annotations

from celery import shared_task

from config.accounts.services.users import system_user
from config.custody.services import exports, making


@shared_task(acks_late=True, reject_on_worker_lost=True, time_limit=24 * 3600)
def make_export(uid: str) -> str:
    """Make one approved export."""
    return making.make_export(actor=system_user(), uid=uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_exports() -> int:
    """Take up exports the queue lost, and remove files whose time is over."""
    return exports.sweep_exports(actor=system_user())
