"""Recording why nothing is on file for some time, and taking such an explanation back."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from practitioners.choices import SaidBy
from practitioners.models import Document, GapExplanation, Practitioner
from practitioners.policies import require_change
from practitioners.services.people import lock_practitioner

EDIT = "practitioners.edit"
LONGEST = 4000
#: A source confirms work; it does not explain its absence.
MAY_SAY = (SaidBy.APPLICANT, SaidBy.COORDINATOR, SaidBy.CAQH, SaidBy.ROSTER)


@transaction.atomic
def explain_gap(
    *,
    actor,
    practitioner: Practitioner,
    first_day: dt.date,
    last_day: dt.date,
    explanation: str,
    in_writing: bool,
    document: Document | None = None,
    said_by: str = SaidBy.APPLICANT,
) -> GapExplanation:
    """Record what was said about the days from ``first_day`` to ``last_day``, both counted.

    ``in_writing``: the practitioner gave it in writing; a document shows so. Refuses an empty explanation,
    days that are to come, days explained already word for word, and another person's document.
    """
    require_change(actor, EDIT, practitioner)
    practitioner = lock_practitioner(practitioner)
    text = (explanation or "").strip()
    if not text:
        raise Refused("Say what the time was for.", field="explanation")
    if len(text) > LONGEST:
        raise Refused(f"The explanation is longer than {LONGEST} characters.", field="explanation")
    if last_day < first_day:
        raise Refused("The last day lies before the first.", field="last_day")
    if last_day > clock.today():
        raise Refused("Days to come cannot be explained yet.", field="last_day")
    if said_by not in MAY_SAY:
        raise Refused("Choose who gave the explanation.", field="said_by")
    if document is not None:
        _check_document(document, practitioner)
        in_writing = True
    same = practitioner.gap_explanations.filter(
        first_day=first_day, last_day=last_day, withdrawn_at__isnull=True, explanation=text,
        in_writing=in_writing,
    )  # fmt: skip
    if same.exists():
        raise Refused("This explanation is on file already.", field="explanation")
    row = GapExplanation(
        practitioner=practitioner,
        first_day=first_day,
        last_day=last_day,
        explanation=text,
        in_writing=in_writing,
        document=document,
        said_by=said_by,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    row.save(force_insert=True)
    record_event(
        actor=actor,
        verb="gap.explained",
        subject=row,
        practitioner=practitioner,
        data={
            "first_day": first_day.isoformat(),
            "last_day": last_day.isoformat(),
            "in_writing": in_writing,
            "said_by": str(said_by),
            "document": str(document.uid) if document else "",
        },
    )
    return row


@transaction.atomic
def withdraw_explanation(*, actor, explanation: GapExplanation, reason: str) -> GapExplanation:
    """The explanation no longer counts. It stays on file, with the reason."""
    require_change(actor, EDIT, explanation.practitioner)
    practitioner = lock_practitioner(explanation.practitioner)
    row = GapExplanation.objects.select_for_update(of=("self",)).get(pk=explanation.pk)
    if row.withdrawn_at is not None:
        raise Refused("This explanation was withdrawn already.")
    if not (reason or "").strip():
        raise Refused("Say why the explanation is withdrawn.", field="reason")
    row.withdrawn_at, row.withdrawn_by = clock.now(), actor
    row.withdrawal_reason = reason.strip()[:LONGEST]
    row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    record_event(
        actor=actor,
        verb="gap.explanation_withdrawn",
        subject=row,
        practitioner=practitioner,
        reason=row.withdrawal_reason,
    )
    return row


def _check_document(document: Document, practitioner: Practitioner) -> None:
    if document.practitioner_id != practitioner.pk:
        raise Refused("This document belongs to another practitioner.", field="document")
    if document.redacted_at is not None:
        raise Refused("The content of this document was removed; choose another.", field="document")
