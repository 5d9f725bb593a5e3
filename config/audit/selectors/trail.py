"""Reading the audit trail. Rows hold text and uids, so each list is one query over one table."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from config.accounts.policies import facilities_with, require
from config.audit.models import AuditEvent, JobRun, ProtectedRead
from config.organization.models import Facility

PERMISSION = "audit.view"


def events(*, viewer) -> QuerySet[AuditEvent]:
    """Acts at the facilities where the viewer may read the trail, and acts of no facility; newest first."""
    require(viewer, PERMISSION)
    codes = Facility.objects.filter(pk__in=facilities_with(viewer, PERMISSION)).values_list("code", flat=True)
    return AuditEvent.objects.filter(Q(facility_code="") | Q(facility_code__in=list(codes)))


def event(*, viewer, uid: uuid.UUID) -> AuditEvent | None:
    """One act, or None when there is none the viewer may see."""
    return events(viewer=viewer).filter(uid=uid).first()


def acts_of_request(*, viewer, request_id: str) -> QuerySet[AuditEvent]:
    """Everything done in one request or job, in order."""
    return events(viewer=viewer).filter(request_id=request_id).order_by("at", "id")


def protected_reads(*, viewer) -> QuerySet[ProtectedRead]:
    """Who saw data of a protected class; newest first."""
    require(viewer, PERMISSION)
    return ProtectedRead.objects.all()


def job_runs(*, viewer) -> QuerySet[JobRun]:
    """The ledger of scheduled and long-running work; newest first."""
    require(viewer, PERMISSION)
    return JobRun.objects.all()


def attach_whose(reads: Sequence[Any]) -> None:
    """The name of the practitioner whose file was read, as ``whose``; one query. The trail holds text and
    uids only, so the name is that of today.
    """
    people = apps.get_model("practitioners.practitioner").objects
    names = dict(
        people.filter(uid__in={row.practitioner_uid for row in reads if row.practitioner_uid}).values_list(
            "uid", "display_name"
        )
    )
    for row in reads:
        row.whose = names.get(row.practitioner_uid, "")
