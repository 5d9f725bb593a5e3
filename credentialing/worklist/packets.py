"""Packets, and what applicants owe."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.text import Truncator

from config.kernel import clock
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links, policies
from credentialing.choices import (
    ApplicationStatus,
    PacketStatus,
    SectionStatus,
)
from credentialing.models import (
    Deficiency,
    Packet,
)
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.corrections import answered_discrepancies
from credentialing.selectors.packets import terms_of
from credentialing.worklist.shared import (
    MANAGE,
    VERIFY,
)


@queue(
    code="credentialing-packets",
    title="Packets to review",
    permission=MANAGE,
    order=28,
    empty="Every signed packet is reviewed.",
)
def packets_to_review(user, facility, limit: int) -> Waiting:
    """Signed packets with sections nobody has reviewed, the longest waiting first."""
    rows = (
        _packets(user, facility)
        .filter(status=PacketStatus.SIGNED)
        .annotate(
            left=Count("sections", filter=Q(sections__status=SectionStatus.COMPLETE), distinct=True),
            signed=Max("signatures__signed_at"),
        )
        .order_by("signed", "pk")
    )
    total = rows.count()
    return total, [
        WorkItem(
            title=str(row.application.practitioner),
            url=reverse("credentialing:packet", args=[row.uid]),
            detail=f"{row.application.get_kind_display()}, {row.left} "
            f"section{'s' if row.left != 1 else ''} to review",
            since=row.signed and clock.date_at(row.signed, facility),
            colour="warn",
        )
        for row in (rows[:limit] if total else ())
    ]


@queue(
    code="credentialing-packets-late",
    title="Packets not signed in time",
    permission=MANAGE,
    order=46,
    empty="Every packet that is out is still in time.",
)
def packets_late(user, facility, limit: int) -> Waiting:
    """Packets not signed by the day they were due."""
    rows = (
        _packets(user, facility)
        .filter(
            status__in=(PacketStatus.INVITED, PacketStatus.OPEN),
            due_on__lt=clock.today(facility),
            application__status__in=OPEN_STATUSES,
        )
        .order_by("due_on", "pk")
    )
    total = rows.count()
    return total, [
        WorkItem(
            title=str(row.application.practitioner),
            url=reverse("credentialing:packet", args=[row.uid]),
            detail=f"{row.application.get_kind_display()}, {row.get_status_display().lower()}",
            due=row.due_on,
            colour="warn",
            waiting_for="" if row.on_paper else "the applicant",
        )
        for row in (rows[:limit] if total else ())
    ]


@queue(
    code="credentialing-deficiencies",
    title="Owed by applicants, overdue",
    permission=MANAGE,
    order=45,
    empty="No applicant owes anything that is overdue.",
)
def deficiencies_overdue(user, facility, limit: int) -> Waiting:
    """What an applicant owes and has not sent in time; and what the bylaws let follow."""
    today = clock.today(facility)
    rows = (
        Deficiency.objects.filter(
            application__facility=facility,
            application__status__in=OPEN_STATUSES,
            answered_at__isnull=True,
            withdrawn_at__isnull=True,
            due_on__lt=today,
        )
        .filter(policies.not_own(user, "application__practitioner"))
        .select_related("application__practitioner", "item")
        .order_by("due_on", "pk")
    )
    total = rows.count()
    if not total:
        return 0, []
    terms = terms_of(facility, today)
    end = dt.timedelta(days=terms.incomplete_days)

    def over(row: Deficiency) -> bool:
        return row.application.status == ApplicationStatus.INCOMPLETE and row.asked_on + end < today

    return total, [
        WorkItem(
            title=str(row.application.practitioner),
            url=reverse("credentialing:never_completed", args=[row.application.uid])
            if over(row)
            else links.item(row.item)
            if row.item is not None
            else links.application(row.application),
            detail=Truncator(row.what).chars(120)
            + (f" (incomplete for more than {terms.incomplete_days} days)" if over(row) else ""),
            due=row.due_on,
            since=row.asked_on,
            colour="bad" if row.asked_on + end < today else "warn",
        )
        for row in rows[:limit]
    ]


@queue(
    code="credentialing-corrections",
    title="Discrepancies the practitioner answered",
    permission=VERIFY,
    order=29,
    empty="No answer to a discrepancy waits to be read.",
)
def corrections_answered(user, facility, limit: int) -> Waiting:
    """Discrepancies the practitioner has answered, which somebody resolves now; two queries."""
    rows = answered_discrepancies(user, facility)
    total = rows.count()
    return total, [
        WorkItem(
            title=str(row.application.practitioner),
            url=links.item(row),
            detail=row.label,
            colour="warn",
        )
        for row in (rows[:limit] if total else ())
    ]


def _packets(user, facility):
    return (
        Packet.objects.filter(application__facility=facility)
        .filter(policies.not_own(user, "application__practitioner"))
        .select_related("application__practitioner")
    )
