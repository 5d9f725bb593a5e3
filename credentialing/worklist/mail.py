"""Mail that did not arrive."""

from __future__ import annotations

from django.urls import reverse

from config.kernel import clock
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing.choices import MailStatus
from credentialing.models import OutboxMessage
from credentialing.return_list import address_page
from credentialing.selectors import expirables
from credentialing.selectors.returns import failing_accounts, failing_points
from credentialing.worklist.shared import (
    REMIND,
    as_items,
)


@queue(
    code="credentialing-failed-mail",
    title="Reminders that could not be sent",
    permission=REMIND,
    order=80,
    more_url="/reminders/?status=failed",
    empty="Every reminder went out.",
)
def failed_mail(user, facility, limit: int) -> Waiting:
    """Reminders the mail system refused."""
    rows = (
        OutboxMessage.objects.filter(
            status=MailStatus.FAILED, practitioner_id__in=expirables.people_ids([facility.pk])
        )
        .select_related("practitioner")
        .order_by("created_at")
    )
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=f"{row.practitioner} ({row.recipient})",
            url=f"{reverse('credentialing:reminders')}?status=failed",
            detail=row.problem[:160],
            since=clock.date_at(row.created_at, facility),
            colour="bad",
        ),
    )


@queue(
    code="credentialing-addresses",
    title="Addresses that do not work",
    permission=REMIND,
    order=79,
    more_url=lambda user, facility: reverse("credentialing:addresses"),
    empty="No mail came back.",
    slow=True,
)
def addresses_failing(user, facility, limit: int) -> Waiting:
    """Addresses of the facility's people and of accounts from which mail comes back, the longest first; five
    queries.
    """
    points = failing_points(user, [facility.pk]).order_by("since", "practitioner__sort_name", "pk")
    accounts = failing_accounts(user, [facility.pk]).order_by("since", "pk")
    shown = [(row, str(row.practitioner)) for row in points[:limit]]
    shown += [(row, f"Account of {row}") for row in accounts[:limit]]
    shown.sort(key=lambda pair: pair[0].since)
    return points.count() + accounts.count(), [
        WorkItem(
            title=title,
            url=address_page(row),
            detail=f"{row.address}: {row.reason}"[:200],
            since=clock.date_at(row.since, facility),
            colour="bad",
        )
        for row, title in shown[:limit]
    ]
