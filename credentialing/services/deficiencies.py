"""What an applicant still owes, as rows: asked, due, answered or withdrawn."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.models import Application, Deficiency, PacketSection, VerificationItem
from credentialing.selectors.packets import terms_of
from practitioners.models import Document

LONGEST = 4000


@transaction.atomic
def write_deficiency(
    *,
    actor,
    application: Application,
    what: str,
    due_on: dt.date | None = None,
    section: PacketSection | None = None,
    item: VerificationItem | None = None,
) -> Deficiency:
    """Write down what is missing, or which discrepancy (``item``) is to be corrected. ``due_on`` (inclusive):
    as many days from today as the hospital gives.

    The caller holds the application's lock and has asked who may.
    """
    today = clock.today(application.facility)
    text = (what or "").strip()
    if not text:
        raise Refused("Write what the applicant has to add.", field="reason")
    if due_on is not None and due_on < today:
        raise Refused("The day it is due lies in the past.", field="due_on")
    row = Deficiency.objects.create(
        application=application,
        section=section,
        item=item,
        what=text[:LONGEST],
        asked_on=today,
        asked_at=clock.now(),
        asked_by=actor,
        due_on=due_on or today + dt.timedelta(days=terms_of(application.facility, today).deficiency_days),
    )
    _record(actor, row, "deficiency.asked", application)
    return row


@transaction.atomic
def close_answered(
    *,
    actor,
    deficiency: Deficiency,
    application: Application,
    answer: str = "",
    document: Document | None = None,
) -> None:
    """It was answered, with ``document`` where one came. The caller holds the application's lock and has
    asked who may.
    """
    deficiency.answered_at, deficiency.answered_by = clock.now(), actor
    deficiency.answer, deficiency.document = answer.strip()[:LONGEST], document
    deficiency.save(update_fields=["answered_at", "answered_by", "answer", "document"])
    _record(actor, deficiency, "deficiency.answered", application)


@transaction.atomic
def close_withdrawn(*, actor, deficiency: Deficiency, application: Application, reason: str) -> None:
    """It is asked no more. The caller holds the application's lock and has asked who may."""
    deficiency.withdrawn_at, deficiency.withdrawn_by = clock.now(), actor
    deficiency.withdrawal_reason = reason.strip()[:LONGEST]
    deficiency.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    _record(actor, deficiency, "deficiency.withdrawn", application, reason=deficiency.withdrawal_reason)


@transaction.atomic
def settle_corrections(*, actor, item: VerificationItem, application: Application) -> None:
    """A discrepancy that is resolved is asked about no more. The caller holds the application's lock."""
    for row in item.corrections.select_for_update(of=("self",)).filter(
        answered_at__isnull=True, withdrawn_at__isnull=True
    ):
        close_withdrawn(
            actor=actor, deficiency=row, application=application, reason="The discrepancy is resolved."
        )


def _record(actor, row: Deficiency, verb: str, application: Application, *, reason: str = "") -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=row,
        reason=reason,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"application": str(application.uid), "due_on": row.due_on.isoformat()},
    )
