"""What runs out, and renewals."""

from __future__ import annotations

from django.urls import reverse

from config.kernel import clock
from config.kernel.pages import address
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links, policies
from credentialing.selectors import expirables
from credentialing.worklist.shared import (
    REMIND,
    VERIFY,
    as_items,
)

#: What runs out soon is counted so far: more than a day's work, and few enough to read by themselves.
MOST = 200


@queue(
    code="credentialing-expiring",
    title="Running out",
    permission=REMIND,
    order=70,
    more_url=lambda user, facility: address(reverse("credentialing:expirables"), window="now"),
    empty="Nothing runs out in the next 30 days.",
    slow=True,
    counts_to=MOST,
)
def expiring_soon(user, facility, limit: int) -> Waiting:
    """Credentials of members and applicants that run out within 30 days, or did; counted to :data:`MOST`, so
    that it costs what is shown and not what a large staff holds.
    """
    today = clock.today(facility)
    rows = expirables.expiring([facility.pk], on=today, first=True).filter(expirables.near(today))
    total = len(rows.order_by("valid__endswith").values_list("pk")[:MOST])
    return total, [
        WorkItem(
            title=str(row.identity.practitioner),
            url=links.practitioner(row.identity.practitioner),
            detail=f"{_which(row)}: renewal claimed, not confirmed" if row.renewal_claimed else _which(row),
            due=row.end,
            runs_out=True,
            colour="bad" if row.end and row.end < today else "warn",
        )
        for row in (rows[:limit] if total else ())
    ]


@queue(
    code="credentialing-renewals",
    title="Renewals to verify",
    permission=VERIFY,
    order=22,
    more_url=lambda user, facility: address(reverse("credentialing:expirables"), standing="renewal"),
    empty="No renewal waits to be verified.",
    slow=True,
)
def renewals_to_verify(user, facility, limit: int) -> Waiting:
    """Renewals somebody claims and no source has confirmed, the first to run out in front."""
    today = clock.today(facility)
    rows = (
        expirables.expiring([facility.pk], on=today)
        .filter(expirables.renewal_waits())
        .filter(policies.not_own(user, "identity__practitioner"))
    )
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.identity.practitioner),
            url=links.verify(row.identity, back="/"),
            detail=f"{_which(row)}: ask the source whether it is renewed",
            due=row.end,
            runs_out=True,
            colour="bad" if row.end < today else "warn",
        ),
    )


def _which(row) -> str:
    """Which credential it is: ``State licence IL 036.168655``."""
    return str(row.identity)
