"""Continuous Query enrollments that end."""

from __future__ import annotations

from django.urls import reverse

from config.kernel import clock
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import policies
from credentialing.selectors.enrolments import ending_enrolments, renewal_steps


@queue(
    code="credentialing-enrolments",
    title="Continuous Query that ends",
    permission="credentialing.log_npdb",
    order=66,
    empty="No enrollment ends soon.",
)
def enrolments_ending(user, facility, limit: int) -> Waiting:
    """Enrolments by the facility's entity of its people that end within the ladder's longest step, or ended
    and were not renewed; three queries.
    """
    today = clock.today(facility)
    steps = renewal_steps(facility, today)
    rows = ending_enrolments(facility, on=today, days_ahead=steps[0] if steps else 0).filter(
        policies.not_own(user, "identity__practitioner")
    )
    total = rows.count()
    return total, [
        WorkItem(
            title=str(row.identity.practitioner),
            url=reverse("credentialing:npdb_renew", args=[row.identity.practitioner.uid]),
            detail=f"Continuous Query by {row.identity.npdb_entity}: renew it with the data bank",
            due=row.end,
            runs_out=True,
            colour="bad" if row.end and row.end < today else "warn",
        )
        for row in (rows[:limit] if total else ())
    ]
