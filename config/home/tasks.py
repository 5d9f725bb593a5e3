"""The minute tick."""

from __future__ import annotations

from celery import shared_task

from config.home import timetable


@shared_task(ignore_result=True)
def tick() -> list[str]:
    """Queue scheduled work that was not done at its hour. The next tick makes good for one that is lost."""
    return timetable.queue_late_jobs()
