"""Approved exceptions: who approved, why, until when."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import end_before, half_open, rewrite, void
from config.organization.models import Facility
from config.rulebook.choices import ExceptionKind
from config.rulebook.models import Waiver, WaiverPeriod
from config.rulebook.waivability import check_waivable

PERMISSION = "credentialing.waive"


@transaction.atomic
def grant_waiver(
    *,
    actor,
    facility: Facility,
    rule_code: str,
    subject_kind: str,
    subject_uid: uuid.UUID,
    valid: DateRange,
    justification: str,
    kind: str = ExceptionKind.WAIVER,
    practitioner=None,
) -> Waiver:
    """Set the rule aside for one subject at the facility over the days of ``valid``, which must end: no
    exception is for ever. ``kind`` says whether it is waived or does not hold for the subject.

    ``actor`` approves it. Refused for rules that can never be waived (licence, data bank, exclusion,
    identity), without a justification, and for one's own file.
    """
    require(actor, PERMISSION, facility)
    title = check_waivable(rule_code)
    if not justification.strip():
        raise Refused("Say why the exception is justified.", field="justification")
    days_of_it = half_open(valid)
    if days_of_it.upper is None:
        raise Refused("Say until when the waiver holds.", field="valid")
    if practitioner is not None and getattr(practitioner, "user_id", None) == actor.pk:
        raise Refused("Nobody waives a rule for their own file.")
    if kind not in ExceptionKind.values:
        raise Refused("Say whether it is a waiver or an exemption.", field="kind")
    waiver, _ = Waiver.objects.get_or_create(
        facility=facility,
        rule_code=rule_code,
        subject_kind=subject_kind,
        subject_uid=subject_uid,
        defaults={"created_at": clock.now(), "created_by": actor},
    )
    rewrite(
        WaiverPeriod,
        waiver,
        valid=days_of_it,
        actor=actor,
        reason="Waiver granted",
        content={
            "kind": str(kind),
            "approved_by_name": str(actor),
            "justification": justification.strip(),
        },
    )
    record_event(
        actor=actor,
        verb="rulebook.waiver_granted",
        subject=waiver,
        reason=justification,
        practitioner=practitioner,
        facility=facility,
        data={
            "rule": rule_code,
            "title": title,
            "kind": str(kind),
            "subject": f"{subject_kind} {subject_uid}",
            "from": days_of_it.lower.isoformat() if days_of_it.lower else None,
            "before": days_of_it.upper.isoformat(),
        },
    )
    return waiver


@transaction.atomic
def end_waiver(
    *, actor, facility: Facility, waiver: Waiver, day: dt.date, reason: str, practitioner=None
) -> None:
    """The exception no longer holds from ``day`` on."""
    require(actor, PERMISSION, facility)
    _demand_reason(reason)
    end_before(WaiverPeriod, waiver, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="rulebook.waiver_ended",
        subject=waiver,
        reason=reason,
        practitioner=practitioner,
        facility=facility,
        data={"rule": waiver.rule_code, "from": day.isoformat()},
    )


@transaction.atomic
def void_waiver(*, actor, facility: Facility, waiver: Waiver, reason: str, practitioner=None) -> None:
    """The exception was recorded by mistake; it never held."""
    require(actor, PERMISSION, facility)
    _demand_reason(reason)
    void(WaiverPeriod, waiver, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="rulebook.waiver_voided",
        subject=waiver,
        reason=reason,
        practitioner=practitioner,
        facility=facility,
        data={"rule": waiver.rule_code},
    )


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why.", field="reason")
