"""Scheduled work that was not done at its hour, on the Today page of whoever reads the audit trail."""

from __future__ import annotations

from django.urls import reverse_lazy

from config.home.timetable import late_jobs
from config.kernel import clock
from config.kernel.registries import Queue, WorkItem, queues


def late_work(user, facility, limit):
    """Jobs whose hour has passed without a row in the ledger. The tick queues them within a minute, so what
    stands here for longer says that the timer or the worker does not run.
    """
    rows = late_jobs()
    return len(rows), [
        WorkItem(
            title=row.name[:1].upper() + row.name[1:],
            url=reverse_lazy("audit:jobs"),
            detail=f"was due {row.key} and has not begun: look whether timer and worker run",
            since=clock.date_at(row.due, facility),
            colour="bad",
        )
        for row in rows[:limit]
    ]


queues.register(
    Queue(
        code="late_jobs",
        title="Scheduled work not done at its hour",
        permission="audit.view",
        items=late_work,
        order=899,
        more_url="/audit/jobs/",
        empty="Everything scheduled was done at its hour.",
    )
)
