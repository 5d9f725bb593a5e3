"""How a written consent comes to its end, whatever ends it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from bylaws.choices import ConsentStatus
from bylaws.models import ReviewStep, WrittenConsent
from bylaws.workflow import WRITTEN_CONSENT
from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock

#: What is said where another body has the file, or none.
WAITS_NO_MORE = "The file waits for this body no more."


@transaction.atomic
def finish_consent(
    *, actor, consent: WrittenConsent, status: str, outcome: str, allowed_by: Any = None
) -> WrittenConsent:
    """It follows from an answer, a day or another act, so that only withdrawing asks for a permission of its
    own. The caller holds the lock on its file and on it.
    """
    may = permissions(allowed_by or system_user(), consent.committee.facility)
    move = WRITTEN_CONSENT.check(consent, status, may)
    consent.status, consent.closed_at, consent.outcome = status, clock.now(), outcome
    consent.save(update_fields=["status", "closed_at", "outcome", "decision"])
    record_consent(actor=actor, consent=consent, verb=move.event)
    return consent


@transaction.atomic
def end_consents(
    *, actor, step: ReviewStep, why: str = WAITS_NO_MORE, but: WrittenConsent | None = None
) -> None:
    """Nobody is asked for written consent on the step any more: its body acted otherwise, or the file is
    gone. ``but`` is the one the act comes from. The caller holds the lock on the step.
    """
    rows = WrittenConsent.objects.filter(step=step, status=ConsentStatus.OPEN)
    if but is not None:
        rows = rows.exclude(pk=but.pk)
    # One at most: the database has it so.
    for consent in rows.select_for_update(of=("self",)).select_related(
        "committee__facility", "step__case__practitioner"
    ):
        finish_consent(actor=actor, consent=consent, status=ConsentStatus.ENDED, outcome=why)


@transaction.atomic
def record_consent(*, actor, consent: WrittenConsent, verb: str, **data: str) -> None:
    """That it happened; what is asked and how somebody answered stands in the consent alone."""
    record_event(
        actor=actor,
        verb=verb,
        subject=consent,
        facility=consent.committee.facility,
        practitioner=consent.step.case.practitioner if consent.step is not None else None,
        data=data,
    )
