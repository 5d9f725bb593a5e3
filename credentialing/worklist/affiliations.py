"""Requests for affiliation letters."""

from __future__ import annotations

from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links, policies
from credentialing.choices import AffiliationStatus
from credentialing.tables import asked_on
from credentialing.worklist.shared import (
    VERIFY,
    list_of,
)


@queue(
    code="credentialing-affiliations",
    title="Affiliation letters to answer",
    permission=VERIFY,
    order=24,
    more_url=list_of("credentialing:affiliations", status="open"),
    empty="Every request for an affiliation letter is answered.",
)
def affiliations_to_answer(user, facility, limit: int) -> Waiting:
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
