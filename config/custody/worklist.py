"""An export that waits for the second person, on that person's Today page."""

from __future__ import annotations

from django.urls import reverse

from config.custody.policies import APPROVE
from config.custody.selectors.exports import waiting_for_second
from config.kernel.registries import Queue, WorkItem, queues


def _waiting(user, facility, limit):
    rows = waiting_for_second(user)[: limit + 1]
    found = list(rows)
    return len(found), [
        WorkItem(
            title=f"{export.asked_by} asks to export everything",
            url=reverse("custody:export", args=[export.uid]),
            detail=export.reason[:200],
            since=export.asked_at.date(),
            colour="warn",
        )
        for export in found[:limit]
    ]


queues.register(
    Queue(
        code="custody_to_approve",
        title="Exports of everything that wait for you",
        permission=APPROVE,
        items=_waiting,
        order=850,
        more_url="/custody/",
        empty="Nobody asks for an export of everything.",
    )
)
