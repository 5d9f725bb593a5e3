"""Agreements of supervision that end because the one who supervises leaves."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.audit.services.events import record_event
from config.kernel.display.dates import day_text
from config.kernel.periods import end_before
from practitioners.models import Credential, CredentialPeriod
from practitioners.services.people import lock_record


@transaction.atomic
def end_agreement(*, actor, agreement: Credential, day: dt.date, reason: str) -> None:
    """The agreement no longer holds from ``day`` on (the first day without it); what a source confirmed of
    earlier days stays. Follows from another act, which asked who may; told in the file of whoever is
    supervised.
    """
    lock_record(agreement.practitioner)
    end_before(CredentialPeriod, agreement, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="supervision.ended",
        subject=agreement,
        practitioner=agreement.practitioner,
        reason=f"The supervising practitioner leaves, from {day_text(day)} on.",
        data={"from": day.isoformat()},
    )
