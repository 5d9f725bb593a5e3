"""Work that failed, on the Today page of whoever reads the audit trail."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.urls import reverse_lazy

from config.audit.choices import JobStatus
from config.audit.models import JobRun
from config.kernel import clock
from config.kernel.registries import Queue, WorkItem, queues


def failed_work(user, facility, limit):
    """Runs that failed, the latest first, as long as the same work has not succeeded since. What somebody
    asked for and was refused (a file that cannot be loaded) was told to them.
    """
    since = JobRun.objects.filter(
        job=OuterRef("job"), status=JobStatus.DONE, started_at__gt=OuterRef("started_at")
    )
    rows = (
        JobRun.objects.filter(~Exists(since), status=JobStatus.FAILED)
        .exclude(counts__has_key="asked_by")
        .order_by("-started_at")
    )
    return rows.count(), [
        WorkItem(
            title=f"{row.job} {row.key}",
            url=f"{reverse_lazy('audit:jobs')}?job={row.job}",
            detail=row.message[:200],
            since=clock.date_at(row.started_at, facility),
            colour="bad",
        )
        for row in rows[:limit]
    ]


queues.register(
    Queue(
        code="failed_jobs",
        title="Scheduled work that failed",
        permission="audit.view",
        items=failed_work,
        order=900,
        more_url="/audit/jobs/?status=failed",
    )
)
