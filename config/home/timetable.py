"""Whether scheduled work was done at its hour: a ledger row for each due time, and a tick that looks for it.

The timer keeps nothing: stopped over the hour of a daily job, it does not make good for it. Whenever a job of
:data:`config.schedule.LEDGERED` begins, its row is written under the due time; each minute a tick asks which
row is missing, writes it, and queues the work once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from celery import current_app
from celery.schedules import crontab
from celery.signals import task_postrun, task_prerun
from django.db import transaction

from config.audit.choices import JobStatus
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.errors import Refused
from config.schedule import BEAT_SCHEDULE, LEDGERED

#: How long the timer and the queue have before a job counts as late.
GRACE = dt.timedelta(minutes=5)
#: A row that is still running after so long was written by a worker that died, or the queue lost its task.
LOST_AFTER = dt.timedelta(hours=2)
#: Days back a due time is looked for; entries of the schedule come at least once a week.
DAYS_BACK = 8
ONE_MINUTE = dt.timedelta(minutes=1)
QUEUED_AGAIN = "It was not done at its hour and is queued again."

_ledgered: dict[str, str] = {BEAT_SCHEDULE[name]["task"]: name for name in LEDGERED}
_under_way: dict[str, int] = {}  # id of the task this process is doing -> its row


@dataclass(frozen=True)
class Late:
    """A job whose hour has passed: its name in the schedule, its task, when it was due."""

    name: str
    task: str
    due: dt.datetime

    @property
    def key(self) -> str:
        """Under which it stands in the ledger."""
        return _key(self.due)


def last_due(schedule: crontab, before: dt.datetime) -> dt.datetime | None:
    """The last whole minute (UTC) at or before ``before`` at which the schedule comes; None: not lately."""
    moment = before.astimezone(dt.UTC).replace(second=0, microsecond=0)
    for _ in range(DAYS_BACK * 24 * 60):
        if _comes_at(schedule, moment):
            return moment
        moment -= ONE_MINUTE
    return None


def _comes_at(schedule: crontab, moment: dt.datetime) -> bool:
    return (
        moment.minute in schedule.minute
        and moment.hour in schedule.hour
        and moment.isoweekday() % 7 in schedule.day_of_week
        and moment.day in schedule.day_of_month
        and moment.month in schedule.month_of_year
    )


def _key(due: dt.datetime) -> str:
    return f"{due:%Y-%m-%d %H:%M} UTC"


def late_jobs() -> list[Late]:
    """Scheduled jobs that have no row for the last time they were due; one query."""
    before = clock.now() - GRACE
    due = [
        Late(name, BEAT_SCHEDULE[name]["task"], moment)
        for name in LEDGERED
        if (moment := last_due(BEAT_SCHEDULE[name]["schedule"], before)) is not None
    ]
    rows = JobRun.objects.filter(job__in=[each.name for each in due], key__in=[each.key for each in due])
    there = set(rows.values_list("job", "key"))
    return [each for each in due if (each.name, each.key) not in there]


# --- the tick -------------------------------------------------------------------------------------------


def queue_late_jobs() -> list[str]:
    """Queue each late job once, and again what was queued or begun and lost. Answers their names."""
    return [*(each.name for each in late_jobs() if _queue(each)), *_queue_lost()]


@transaction.atomic
def _queue(late: Late) -> bool:
    _, made = JobRun.objects.get_or_create(
        job=late.name, key=late.key, defaults={"started_at": clock.now(), "message": QUEUED_AGAIN}
    )
    if made:
        _send(late.task)
    return made


@transaction.atomic
def _queue_lost() -> Sequence[str]:
    """Rows that have been running for too long, each of the newest due time of its job."""
    now = clock.now()
    lost = JobRun.objects.select_for_update(skip_locked=True).filter(
        job__in=LEDGERED, status=JobStatus.RUNNING, started_at__lt=now - LOST_AFTER
    )
    names = []
    for row in lost:
        later = JobRun.objects.filter(job=row.job, started_at__gt=row.started_at).exists()
        if later:  # the work was done since, under a later hour
            row.status, row.finished_at, row.message = JobStatus.FAILED, now, "It was cut off."
        else:
            row.started_at, row.message = now, QUEUED_AGAIN
            names.append(row.job)
            _send(BEAT_SCHEDULE[row.job]["task"])
        row.save(update_fields=["status", "started_at", "finished_at", "message"])
    return names


def _send(task: str) -> None:
    transaction.on_commit(lambda: current_app.send_task(task, retry=False), robust=True)


# --- what a worker does -----------------------------------------------------------------------------------


@task_prerun.connect
def _begin(task_id: str = "", task: Any = None, **_: Any) -> None:
    """A worker begins with a job of the ledger: its row is there before the work."""
    name = _ledgered.get(getattr(task, "name", ""))
    due = last_due(BEAT_SCHEDULE[name]["schedule"], clock.now()) if name else None
    if name is None or due is None:
        return
    row, made = JobRun.objects.get_or_create(
        job=name, key=_key(due), defaults={"started_at": clock.now(), "status": JobStatus.RUNNING}
    )
    if not made:
        row.status, row.started_at, row.finished_at = JobStatus.RUNNING, clock.now(), None
        row.save(update_fields=["status", "started_at", "finished_at"])
    _under_way[task_id] = row.pk


@task_postrun.connect
def _end(task_id: str = "", retval: Any = None, state: str | None = None, **_: Any) -> None:
    """The job is over. What it refused to do for a reason (no list to screen against) is no failure."""
    pk = _under_way.pop(task_id, None)
    if pk is None:
        return
    row = JobRun.objects.get(pk=pk)
    row.finished_at, row.message = clock.now(), ""
    if isinstance(retval, Refused):
        row.status, row.counts = JobStatus.DONE, {"not_done": retval.sentence}
    elif state == "SUCCESS":
        row.status, row.counts = JobStatus.DONE, retval if isinstance(retval, dict) else {}
    else:
        row.status, row.message = JobStatus.FAILED, str(retval)[:2000]
    row.save(update_fields=["status", "counts", "message", "finished_at"])
