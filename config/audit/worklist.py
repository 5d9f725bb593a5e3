"""Work that failed, on the Today page of whoever reads the audit trail."""

from __future__ import annotations

from django.urls import reverse_lazy

from config.audit.choices import JobStatus
from config.audit.models import JobRun
from config.kernel.registries import Queue, WorkItem, queues


def _failed(user, facility, limit):
    rows = JobRun.objects.filter(status=JobStatus.FAILED).order_by("-started_at")
    return rows.count(), [
        WorkItem(
            title=f"{row.job} {row.key}",
            url=f"{reverse_lazy('audit:jobs')}?job={row.job}",
            detail=row.message[:200],
            since=row.started_at.date(),
            colour="bad",
        )
        for row in rows[:limit]
    ]


queues.register(
    Queue(
        code="failed_jobs",
        title="Scheduled work that failed",
        permission="audit.view",
        items=_failed,
        order=900,
        more_url="/audit/jobs/?status=failed",
    )
)
