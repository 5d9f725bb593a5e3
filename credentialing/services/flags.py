"""Red flags: raised by what was found out, disposed of in writing."""

from __future__ import annotations

from django.db import transaction

from config.accounts.policies import permissions
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing import workflow
from credentialing.choices import FlagStatus, Severity
from credentialing.models import Application, RedFlag, VerificationItem
from credentialing.services.guards import begin_application


@transaction.atomic
def raise_flag(
    *,
    actor,
    application: Application,
    code: str,
    severity: Severity,
    sentence: str,
    item: VerificationItem | None = None,
) -> RedFlag:
    """Raise a flag once per item and code.

    Called within an act that already holds the practitioner's lock.
    """
    flag, created = RedFlag.objects.get_or_create(
        application=application,
        item=item,
        code=code,
        defaults={"severity": severity, "sentence": sentence, "opened_at": clock.now()},
    )
    if created:
        record_event(
            actor=actor,
            verb="red_flag.raised",
            subject=application,
            practitioner=application.practitioner,
            facility=application.facility,
            data={"code": code, "severity": str(severity), "flag": str(flag.uid)},
        )
    return flag


@transaction.atomic
def dispose(*, actor, flag: RedFlag, disposition: str) -> RedFlag:
    """Write what was made of a flag. It stays in the file and every reviewer sees both."""
    application = begin_application(actor, flag.application)
    locked = RedFlag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
    move = workflow.RED_FLAG.check(locked, FlagStatus.DISPOSED, permissions(actor, application.facility))
    text = disposition.strip()
    if not text:
        raise Refused("Write what was found and why the flag does not stand in the way.", field="disposition")
    locked.status, locked.disposition = FlagStatus.DISPOSED, text
    locked.disposed_at, locked.disposed_by = clock.now(), actor
    locked.save(update_fields=["status", "disposition", "disposed_at", "disposed_by"])
    record_event(
        actor=actor,
        verb=move.event,
        subject=application,
        reason=text,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"code": locked.code, "flag": str(locked.uid)},
    )
    return locked
