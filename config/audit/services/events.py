"""Recording who did what and why, and who read what."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from config.accounts.choices import DataClass
from config.audit.context import note_class_read, request_id
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.copying import copy_rows


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
    event = Event(verb, subject, practitioner, data or {})
    (row,) = _rows(actor, [event], reason, facility, clock.now())
    row.save(force_insert=True)
    return row


@dataclass(frozen=True)
class Event:
    """One of many acts that are recorded together; for the fields see :func:`record_event`."""

    verb: str
    subject: Any
    practitioner: Any = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record_events(
    *, actor, events: Sequence[Event], reason: str = "", facility=None, at: dt.datetime | None = None
) -> None:
    """Many events at once, in their order; for services that write many things of a kind together."""
    copy_rows(AuditEvent, _rows(actor, events, reason, facility, at or clock.now()))


def _rows(actor, events: Sequence[Event], reason: str, facility, moment: dt.datetime) -> list[AuditEvent]:
    name, request = str(actor), request_id()
    return [
        AuditEvent(
            at=moment,
            actor_uid=actor.uid,
            actor_name=name,
            verb=event.verb,
            subject_kind=event.subject._meta.label_lower,
            subject_uid=event.subject.uid,
            subject_label=str(event.subject)[:300],
            practitioner_uid=getattr(event.practitioner, "uid", None),
            facility_code=getattr(facility, "code", ""),
            reason=reason,
            request_id=request,
            data=dict(event.data),
        )
        for event in events
    ]


def record_protected_read(
    *,
    actor,
    data_class: DataClass,
    subject_kind: str,
    subject_uid: uuid.UUID,
    practitioner=None,
    reason: str = "",
) -> None:
    """Log that ``actor`` saw data of a protected class; one statement. The page says that it shows some."""
    note_class_read(data_class)
    ProtectedRead.objects.create(
        at=clock.stamp(),
        actor_uid=actor.uid,
        actor_name=str(actor),
        data_class=data_class,
        subject_kind=subject_kind,
        subject_uid=subject_uid,
        practitioner_uid=getattr(practitioner, "uid", None),
        reason=reason,
        request_id=request_id(),
    )


@dataclass(frozen=True)
class Read:
    """One of many protected things shown together; ``practitioner_uid`` None: it is about nobody alone."""

    data_class: str
    practitioner_uid: uuid.UUID | None = None


@transaction.atomic
def record_protected_reads(
    *, actor, reads: Sequence[Read], subject_kind: str, subject_uid: uuid.UUID, reason: str = ""
) -> None:
    """As :func:`record_protected_read` of everything one paper shows, in one statement."""
    name, request, moment = str(actor), request_id(), clock.stamp()
    for each in reads:
        note_class_read(each.data_class)
    ProtectedRead.objects.bulk_create(
        ProtectedRead(
            at=moment,
            actor_uid=actor.uid,
            actor_name=name,
            data_class=each.data_class,
            subject_kind=subject_kind,
            subject_uid=subject_uid,
            practitioner_uid=each.practitioner_uid,
            reason=reason,
            request_id=request,
        )
        for each in reads
    )
