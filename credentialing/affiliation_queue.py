"""The queue of the Today page for requests for affiliation letters."""

from __future__ import annotations

from collections.abc import Sequence

from config.kernel.registries import WorkItem
from credentialing import links, policies
from credentialing.choices import AffiliationStatus
from credentialing.tables import asked_on


def affiliations_to_answer(user, facility, limit: int) -> tuple[int, Sequence[WorkItem]]:
    """Requests nobody has answered, and replies that came back, the oldest first; two queries."""
    waiting = (AffiliationStatus.TO_ANSWER, AffiliationStatus.CAME_BACK)
    rows = (
        policies.visible_affiliations(user)
        .filter(facility=facility, status__in=waiting)
        .order_by("received_at", "pk")
    )
    total = rows.count()
    return total, [
        WorkItem(
            title=str(row.practitioner or row.about),
            url=links.affiliation(row),
            detail=f"{row.asker_organization}: {_state(row)}",
            since=asked_on(row),
            colour=AffiliationStatus(row.status).colour,
        )
        for row in (rows[:limit] if total else ())
    ]


def _state(row) -> str:
    if row.status == AffiliationStatus.CAME_BACK:
        return "the reply came back"
    if row.practitioner_id is None:
        return "nobody recognized"
    return "with a release" if row.has_release else "without a release"
