"""Screenings of the whole staff: the one that is open, how far each is, what stands in the way of a
certificate.
"""

from __future__ import annotations

import datetime as dt

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from credentialing.choices import RunState, ScreeningScope
from credentialing.models import ScreeningPart, StaffScreening


def open_screening() -> StaffScreening | None:
    """The run that is under way; one query."""
    return StaffScreening.objects.filter(ended_at__isnull=True).first()


def newest_of_everyone() -> StaffScreening | None:
    """The last run over everyone, however it ended; one query."""
    return StaffScreening.objects.filter(scope=ScreeningScope.EVERYONE).order_by("-started_at", "-pk").first()


def staff_screenings() -> QuerySet[StaffScreening]:
    """Every run with ``to_meet`` (a person and a list each), how many are ``met``, and ``found``."""
    return StaffScreening.objects.select_related("started_by", "cancelled_by").annotate(
        to_meet=_sum("people"), met=_sum("done"), found=_sum("matches")
    )


def _sum(field: str) -> Coalesce:
    parts = ScreeningPart.objects.filter(run=OuterRef("pk")).order_by().values("run")
    return Coalesce(
        Subquery(parts.annotate(total=Sum(field)).values("total"), output_field=IntegerField()), 0
    )


def state_of(run: StaffScreening) -> RunState:
    """How far a run is. Pure."""
    if run.ended_at is None:
        return RunState.UNDER_WAY
    return RunState.CANCELLED if run.cancelled_at is not None else RunState.DONE


def runs_begun(begins: dt.datetime, until: dt.datetime, *, at: dt.datetime) -> list[StaffScreening]:
    """Runs over everyone that began in this time, as known at ``at``, the newest first; one query."""
    rows = StaffScreening.objects.filter(
        scope=ScreeningScope.EVERYONE, started_at__gte=begins, started_at__lt=until, started_at__lte=at
    )
    return list(rows.order_by("-started_at", "-pk"))
