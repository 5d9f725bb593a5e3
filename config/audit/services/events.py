"""Recording who did what and why, and who read what."""

from __future__ import annotations

import uuid
from typing import Any

from config.accounts.choices import DataClass
from config.audit.context import request_id
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock


def record_event(
    *,
    actor,
    verb: str,
    subject,
    reason: str = "",
    data: dict[str, Any] | None = None,
    practitioner=None,
    facility=None,
) -> AuditEvent:
    """One audit event. ``subject`` is any row with a ``uid``; ``verb`` is "room.past_tense".

    ``data`` must hold nothing of a protected class: it is read by people without the class.
    """
    return AuditEvent.objects.create(
        at=clock.now(),
        actor_uid=actor.uid,
        actor_name=str(actor),
        verb=verb,
        subject_kind=subject._meta.label_lower,
        subject_uid=subject.uid,
        subject_label=str(subject)[:300],
        practitioner_uid=getattr(practitioner, "uid", None),
        facility_code=getattr(facility, "code", ""),
        reason=reason,
        request_id=request_id(),
        data=data or {},
    )


def record_protected_read(
    *,
    actor,
    data_class: DataClass,
    subject_kind: str,
    subject_uid: uuid.UUID,
    practitioner=None,
    reason: str = "",
):
    """Log that ``actor`` saw data of a protected class."""
    return ProtectedRead.objects.create(
        at=clock.now(),
        actor_uid=actor.uid,
        actor_name=str(actor),
        data_class=data_class,
        subject_kind=subject_kind,
        subject_uid=subject_uid,
        practitioner_uid=getattr(practitioner, "uid", None),
        reason=reason,
        request_id=request_id(),
    )
