"""Questions for the data bank, for whoever follows it and may read peer review."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from bylaws.models import DataBankQuestion
from bylaws.selectors.investigations import follows
from config.organization.models import Facility
from practitioners.selectors.canonical import own_records

#: How many of those answered a page shows.
SHOWN = 50


def open_questions(viewer: Any, facility: Facility) -> QuerySet[DataBankQuestion]:
    """Those nobody answered, asked longest ago first; never about oneself."""
    return _visible(viewer, facility).filter(answer="").order_by("raised_at", "pk")


def answered_questions(viewer: Any, facility: Facility) -> list[DataBankQuestion]:
    """The last ones that were answered, the newest first; one query."""
    rows = _visible(viewer, facility).exclude(answer="").select_related("answered_by", "action")
    return list(rows.order_by("-answered_at", "-pk")[:SHOWN])


def get_question(*, viewer: Any, uid: uuid.UUID) -> DataBankQuestion | None:
    """One of them, or None."""
    found = (
        DataBankQuestion.objects.select_related(
            "facility", "practitioner", "raised_by", "answered_by", "action", "investigation"
        )
        .filter(uid=uid)
        .exclude(practitioner__in=own_records(viewer))
        .first()
    )
    return found if found is not None and follows(viewer, found.facility) else None


def _visible(viewer: Any, facility: Facility) -> QuerySet[DataBankQuestion]:
    if not follows(viewer, facility):
        return DataBankQuestion.objects.none()
    return (
        DataBankQuestion.objects.filter(facility=facility)
        .exclude(practitioner__in=own_records(viewer))
        .select_related("practitioner")
    )
