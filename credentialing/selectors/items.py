"""Verification items across files: what waits for a review, an answer, a waiver."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from credentialing.choices import ApplicationStatus, ItemStatus
from credentialing.elements import ONLY_CLEARANCE
from credentialing.models import VerificationItem
from credentialing.models.applications import OPEN_STATUSES

#: Statuses of items by what they wait for.
WAITING: dict[str, tuple[ItemStatus, ...]] = {
    "review": (ItemStatus.RECEIVED, ItemStatus.DISCREPANT),
    "chase": (ItemStatus.REQUESTED, ItemStatus.AWAITING),
    "unable": (ItemStatus.UNABLE,),
    "new": (ItemStatus.NOT_STARTED,),
}
UNSETTLED = tuple(status for statuses in WAITING.values() for status in statuses)


def items_waiting(items: QuerySet[VerificationItem], what: str) -> QuerySet[VerificationItem]:
    """Of these, the items of open files that wait for ``what`` (a key of :data:`WAITING`).

    Sources are chased while the file is in verification only.
    """
    if what == "chase":
        items = items.filter(application__status=ApplicationStatus.IN_VERIFICATION)
    else:
        items = items.filter(application__status__in=OPEN_STATUSES)
    return items.filter(status__in=WAITING[what])


def unsettled(items: QuerySet[VerificationItem]) -> QuerySet[VerificationItem]:
    """Of these, what is still to be found out for open files; ``tries`` counts the attempts."""
    return (
        items.filter(application__status__in=OPEN_STATUSES, status__in=UNSETTLED)
        .select_related("application__practitioner", "application__facility", "application__coordinator")
        .annotate(tries=Count("attempts"))
    )


def shown_status(item: VerificationItem) -> ItemStatus:
    """The status as the bodies read it: of a clearance only that it was found out. The rest is of the class
    health and stands in its flag.
    """
    if item.element in ONLY_CLEARANCE and item.status == ItemStatus.VERIFIED_ADVERSE:
        return ItemStatus.VERIFIED
    return ItemStatus(item.status)
