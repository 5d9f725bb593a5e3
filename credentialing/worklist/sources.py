"""Sources that do not answer, and what a machine checked."""

from __future__ import annotations

from django.urls import reverse

from config.kernel import clock
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links
from credentialing.run_list import subject
from credentialing.selectors.runs import runs_left
from credentialing.selectors.sources import silent_sources
from credentialing.worklist.shared import VERIFY


@queue(
    code="credentialing-sources",
    title="Sources that do not answer",
    permission=VERIFY,
    order=24,
    more_url=lambda user, facility: reverse("credentialing:sources"),
    empty="Every source that is asked by machine answers.",
)
def silent(user, facility, limit: int) -> Waiting:
    """Sources left alone after failures while files wait for them."""
    rows = silent_sources()
    return len(rows), [
        WorkItem(
            title=str(each.source),
            url=reverse("credentialing:source", args=[each.source.code]),
            detail=f"{each.waiting} item{'s' if each.waiting != 1 else ''} wait for it",
            since=each.last_failure.ended_at and clock.date_at(each.last_failure.ended_at, facility)
            if each.last_failure
            else None,
            colour="bad",
        )
        for each in rows[:limit]
    ]


@queue(
    code="credentialing-runs",
    title="Checked by machine, for you to go on with",
    permission=VERIFY,
    order=23,
    more_url=lambda user, facility: reverse("credentialing:runs"),
    empty="No run has left anything open.",
)
def runs_to_go_on_with(user, facility, limit: int) -> Waiting:
    """Ended runs with something a person has to go on with, the newest first; two queries."""
    rows = runs_left(user, facility)
    total = rows.count()
    return total, [_to_do(row, facility) for row in (rows[:limit] if total else ())]


def _to_do(row, facility) -> WorkItem:
    return WorkItem(
        title=subject(row),
        url=links.run(row),
        detail=_left(row.unchecked, row.to_confirm),
        since=clock.date_at(row.ended_at, facility),
        colour="warn" if row.unchecked else "info",
    )


def _left(unchecked: int, to_confirm: int) -> str:
    parts = []
    if unchecked:
        parts.append(f"{unchecked} could not be checked")
    if to_confirm:
        parts.append(f"{to_confirm} answer{'s' if to_confirm != 1 else ''} to confirm")
    return ", ".join(parts)
