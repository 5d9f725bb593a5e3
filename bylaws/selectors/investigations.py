"""The record of investigations, for whoever may read peer review and follows the data bank."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db.models import QuerySet

from bylaws.models import Investigation, InvestigationPeriod
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may_see_class
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, own_records

KEEP = "bylaws.report_actions"


def investigations_on(
    practitioner: Practitioner, facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> list[InvestigationPeriod]:
    """The investigations of the person at the facility that were open on the day, as known at the moment
    (None: now), the earliest first; one query. For services: what it answers is peer review.
    """
    rows = InvestigationPeriod.objects.in_force(on, known_at).filter(
        identity__practitioner__in=among([practitioner.pk], known_at), identity__facility=facility
    )
    return list(rows.select_related("identity").order_by("valid", "pk"))


def follows(viewer: Any, facility: Facility) -> bool:
    """Whether the viewer follows the data bank at the facility and may read peer review there."""
    return facility.pk in facilities_with(viewer, KEEP) and may_see_class(
        viewer, DataClass.PEER_REVIEW, facility
    )


def investigations(viewer: Any, facility: Facility) -> QuerySet[InvestigationPeriod]:
    """Every investigation on record at the facility, those that are open first, then the newest; never one's
    own.
    """
    if not follows(viewer, facility):
        return InvestigationPeriod.objects.none()
    return (
        InvestigationPeriod.objects.live()
        .filter(identity__facility=facility)
        .exclude(identity__practitioner__in=own_records(viewer))
        .select_related("identity__practitioner")
        .order_by("-valid__upper_inf", "-valid__startswith", "-pk")
    )


def get_investigation(*, viewer: Any, uid: uuid.UUID) -> Investigation | None:
    """One of them, or None."""
    found = (
        Investigation.objects.select_related("facility", "practitioner")
        .filter(uid=uid)
        .exclude(practitioner__in=own_records(viewer))
        .first()
    )
    return found if found is not None and follows(viewer, found.facility) else None
