"""Handing work to the queue. The row comes first; a sweeper finds whatever the queue lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from celery import current_app
from django.db import transaction

_resting: ContextVar[bool] = ContextVar("standing_queue_rests", default=False)


@contextmanager
def resting() -> Iterator[None]:
    """Inside, nothing is handed over: whoever builds a past does the work itself, at its own moment."""
    token = _resting.set(True)
    try:
        yield
    finally:
        _resting.reset(token)


def enqueue(task: str, *arguments: str, after: dt.timedelta = dt.timedelta(0)) -> None:
    """Send the task (its short name in ``credentialing.tasks``, or the whole name of one of a higher room)
    once the transaction is committed, to be done ``after`` so long.

    A queue that cannot be reached is logged and does not undo what was written: the sweepers take it up.
    """
    _send(task if "." in task else f"credentialing.tasks.{task}", *arguments, after=after)


def judge_standing_conditions() -> None:
    """Let the bylaws room judge its standing conditions once the transaction is committed.

    A licence was found out: what the night recorded may be over, or a suspension may be due. The hourly run
    finds whatever the queue lost.
    """
    _send("bylaws.record_standing_conditions")


def _send(name: str, *arguments: str, after: dt.timedelta = dt.timedelta(0)) -> None:
    if _resting.get():
        return
    wait = after.total_seconds() or None
    transaction.on_commit(
        lambda: current_app.send_task(name, args=list(arguments), countdown=wait, retry=False), robust=True
    )
