"""Reading credentials as claimed and as confirmed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import QuerySet

from practitioners.models import CredentialPeriod
from practitioners.selectors.canonical import among

LICENSE = "LICENSE"


def periods_of(
    practitioner_ids: Iterable[int],
    *,
    on: dt.date | None = None,
    known_at: dt.datetime | None = None,
    type_codes: Iterable[str] | None = None,
) -> QuerySet[CredentialPeriod]:
    """What is said of these people's credentials on all of their records, one row per period, in one query.

    ``on`` keeps the periods that cover the day; ``known_at`` answers as known then; ``type_codes`` keeps
    those kinds.
    """
    rows = CredentialPeriod.objects.filter(identity__practitioner_id__in=among(practitioner_ids, known_at))
    rows = rows.in_force(on, known_at) if on is not None else rows.known_at(known_at)
    if type_codes is not None:
        rows = rows.filter(identity__credential_type__code__in=list(type_codes))
    return rows.select_related("identity__credential_type", "identity__practitioner", "evidence").order_by(
        "identity__practitioner_id", "identity__credential_type__order", "identity_id", "valid"
    )


def licence_periods(
    practitioner_ids: Iterable[int], state: str, known_at: dt.datetime | None = None
) -> QuerySet[CredentialPeriod]:
    """Periods of these people's licences of one state, of any day, as known at ``known_at``."""
    return periods_of(practitioner_ids, known_at=known_at, type_codes=[LICENSE]).filter(identity__state=state)
