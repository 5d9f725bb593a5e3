"""Records that should never have been made: what keeps them out of questions asked of other tables, and the
one page that shows them.

``Practitioner.objects`` leaves withdrawn records out by itself. Names, numbers and words are tables of their
own; whoever asks these without asking for people first says so here.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from config.audit.models import AuditEvent
from practitioners.models import CredentialPeriod, Practitioner
from practitioners.policies import may_view_all

#: The verb under which the trail says why.
WITHDRAWN = "practitioner.withdrawn"
#: Ids of withdrawn records, for ``NOT IN`` in statements of our own: few, and read by an index of their own.
WITHDRAWN_IDS = "(SELECT id FROM practitioners_practitioner WHERE withdrawn_at IS NOT NULL)"


def without_withdrawn(rows: QuerySet, path: str = "practitioner") -> QuerySet:
    """Only rows whose person, at ``path``, has a record that stands; part of the same statement."""
    gone = Practitioner.every.filter(withdrawn_at__isnull=False)
    return rows.exclude(**{f"{path}__in": gone.order_by().values("pk")})


@dataclass(frozen=True)
class WithdrawnRecord:
    """A withdrawn record with what it said, and why it was withdrawn."""

    practitioner: Practitioner
    reason: str
    claims: list[CredentialPeriod]


def withdrawn_record(*, viewer, uid: uuid.UUID) -> WithdrawnRecord | None:
    """A withdrawn record for people who see every file, None for everybody else and for one that stands; 7
    queries.
    """
    if not may_view_all(viewer):
        return None
    found = (
        Practitioner.every.filter(uid=uid, withdrawn_at__isnull=False)
        .select_related("withdrawn_by")
        .prefetch_related("names", "identifiers", "contact_points", "taxonomies__taxonomy")
        .first()
    )
    if found is None:
        return None
    why = AuditEvent.objects.filter(subject_uid=found.uid, verb=WITHDRAWN).order_by("-at", "-pk").first()
    claims = CredentialPeriod.objects.filter(
        identity__practitioner=found, superseded_at=found.withdrawn_at
    ).select_related("identity__credential_type")
    return WithdrawnRecord(
        found,
        why.reason if why is not None else "",
        list(claims.order_by("identity__credential_type__order", "identity_id", "valid")),
    )
