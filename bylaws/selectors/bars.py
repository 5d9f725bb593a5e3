"""Suspensions, leaves and restrictions on record."""

from __future__ import annotations

from django.db.models import QuerySet

from bylaws.models import Bar, BarPeriod
from bylaws.policies import is_own_file
from config.accounts.policies import facilities_with
from practitioners.models import Letter


def visible_bars(viewer, facility) -> QuerySet[BarPeriod]:
    """What is known now of the bars of a facility, for people who keep them there."""
    return (
        BarPeriod.objects.live()
        .filter(
            identity__facility=facility,
            identity__facility_id__in=facilities_with(viewer, "bylaws.manage_bars"),
        )
        .exclude(identity__practitioner__user=viewer)
        .select_related("identity__practitioner", "identity__facility")
    )


def get_bar(*, viewer, uid) -> Bar | None:
    """The bar with everything ever recorded of it, if the person keeps the bars of its facility."""
    bar = (
        Bar.objects.select_related("practitioner", "facility", "credential__credential_type", "created_by")
        .prefetch_related("periods__recorded_by", "periods__superseded_by")
        .filter(uid=uid, facility_id__in=facilities_with(viewer, "bylaws.manage_bars"))
        .first()
    )
    return None if bar is None or is_own_file(viewer, bar.practitioner) else bar


def letters_of(bar: Bar) -> QuerySet[Letter]:
    """Letters that told the practitioner of the bar."""
    return Letter.objects.filter(subject_uid=bar.uid).order_by("issued_at", "pk")
