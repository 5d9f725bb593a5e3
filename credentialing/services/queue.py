"""Handing work to the queue. The row comes first; a sweeper finds whatever the queue lost."""

from __future__ import annotations

from celery import current_app
from django.db import transaction


def enqueue(task: str, *arguments: str) -> None:
    """Send the task (its short name in ``credentialing.tasks``) once the transaction is committed.

    A queue that cannot be reached is logged and does not undo what was written: the sweepers take it up.
    """
    transaction.on_commit(
        lambda: current_app.send_task(f"credentialing.tasks.{task}", args=list(arguments), retry=False),
        robust=True,
    )


def judge_standing_conditions() -> None:
    """Let the bylaws room judge its standing conditions once the transaction is committed.

    A licence was found out: what the night recorded may be over, or a suspension may be due. The hourly run
    finds whatever the queue lost.
    """
    transaction.on_commit(
        lambda: current_app.send_task("bylaws.record_standing_conditions", retry=False), robust=True
    )
