"""What leaves the house as a file: recorded before the first byte goes."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event

PERMISSION = "practitioners.export"


@transaction.atomic
def record_roster_export(*, actor, file_format: str, count: int, filters: Mapping[str, str]) -> None:
    """Somebody takes the list of practitioners away: in which format, how many, narrowed by what."""
    require(actor, PERMISSION)
    record_event(
        actor=actor,
        verb="practitioner.roster_exported",
        subject=actor,
        data={"format": file_format, "count": count, "filters": dict(filters)},
    )
