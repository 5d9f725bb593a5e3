"""Which departments are told of changes, and whether the last mail reached them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse

from config.accounts.policies import facilities_with
from config.organization.models import Facility
from credentialing.choices import MailStatus
from credentialing.selectors.returns import failing_addresses
from credentialing.services.outbox import MOST_ATTEMPTS
from privileging.models import ChangeNotice, NotifiedDepartment

MANAGE = "privileging.manage_notices"
FAILING, GIVEN_UP = "Mail to this address comes back.", "The last message could not be sent."


def list_address(after: int) -> str:
    """The whole address of the list of changes after a number."""
    return f"{settings.STANDING_SITE_URL.rstrip('/')}{reverse('privileging:changes')}?after={after}"


def departments(viewer: Any, facility: Facility) -> QuerySet[NotifiedDepartment]:
    """Departments of the facility that are told, for whoever says which; by name."""
    return NotifiedDepartment.objects.filter(
        facility=facility, facility__in=facilities_with(viewer, MANAGE), ended_at__isnull=True
    ).order_by("name", "pk")


def get_department(*, viewer: Any, uid: uuid.UUID) -> NotifiedDepartment | None:
    """One that is told, for whoever says so at its facility."""
    return (
        NotifiedDepartment.objects.select_related("facility")
        .filter(uid=uid, facility__in=facilities_with(viewer, MANAGE), ended_at__isnull=True)
        .first()
    )


def attach_last_notice(rows: Sequence[NotifiedDepartment]) -> None:
    """Attach to each its last mail (``last``, or None); one query."""
    found = ChangeNotice.objects.filter(department__in=rows).order_by("department_id", "-created_at", "-pk")
    newest = {each.department_id: each for each in found.distinct("department_id")}
    for row in rows:
        row.last = newest.get(row.pk)  # type: ignore[attr-defined]


def not_reached(viewer: Any, facility: Facility) -> list[tuple[NotifiedDepartment, str]]:
    """Departments that are not told what they should be, each with why, by name; one query."""
    last = ChangeNotice.objects.filter(department=OuterRef("pk")).order_by("-created_at", "-pk")
    comes_back = failing_addresses().filter(address=OuterRef("address"))
    rows = (
        departments(viewer, facility)
        .annotate(
            failing=Subquery(comes_back.values("pk")[:1]),
            status=Subquery(last.values("status")[:1]),
            attempts=Subquery(last.values("attempts")[:1]),
        )
        .filter(Q(failing__isnull=False) | Q(status=MailStatus.FAILED, attempts__gte=MOST_ATTEMPTS))
    )
    return [(row, FAILING if row.failing else GIVEN_UP) for row in rows]
