"""Suspensions and restrictions whose cause is protected, as the rules about them read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from bylaws.choices import PROTECTED_CAUSES
from bylaws.models import BarPeriod, BarReview, DataBankRecord
from bylaws.rules.population import remembered
from config.kernel.periods import EndKind, Period, known_at_q
from config.organization.models import Facility
from practitioners.models import PractitionerAliasPeriod
from practitioners.selectors.canonical import among, person_id


def protected_bars(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> QuerySet[BarPeriod]:
    """All their periods at the facility, as known at the moment (None: now), each with the ``person``, their
    ``profession``, the first day it was ``reviewed_on`` and the kind of what was ``last`` done about the data
    bank by ``on``.

    What was recorded by mistake (:func:`taken_back`) is among them where something was done about the data
    bank: a report on record is still to be voided.
    """
    seen = Q() if known_at is None else Q(recorded_at__lte=known_at)
    reviews = BarReview.objects.filter(seen, bar=OuterRef("identity"), reviewed_on__lte=on)
    records = DataBankRecord.objects.filter(seen, day__lte=on, bar=OuterRef("identity"))
    return (
        BarPeriod.objects.filter(identity__facility=facility, identity__kind__in=PROTECTED_CAUSES)
        .select_related("identity__practitioner", "identity__facility")
        .annotate(
            person=person_id("identity__practitioner_id", known_at),
            profession=profession_of("identity__practitioner", known_at),
            reviewed_on=Subquery(reviews.order_by("reviewed_on").values("reviewed_on")[:1]),
            last=Subquery(records.order_by("-recorded_at", "-pk").values("kind")[:1]),
        )
        .filter(known_at_q(known_at) | mistaken_q(known_at) & Q(last__isnull=False))
        .order_by("identity_id", "valid")
    )


def profession_of(path: str, known_at: dt.datetime | None) -> Coalesce:
    """The provider type of the person whose record ``path`` names: what their own record says, not one that
    was merged into it.
    """
    alias = PractitionerAliasPeriod.objects.known_at(known_at).filter(practitioner_id=OuterRef(f"{path}_id"))
    return Coalesce(Subquery(alias.values("canonical__provider_type")[:1]), F(f"{path}__provider_type"))


def mistaken_q(known_at: dt.datetime | None) -> Q:
    """Rows that were recorded by mistake, as known at the moment (None: now)."""
    mistaken = Q(end_kind=EndKind.MISTAKE)
    return mistaken if known_at is None else mistaken & Q(superseded_at__lte=known_at)


def taken_back(row: Period, known_at: dt.datetime | None) -> bool:
    """Whether a row found with :func:`mistaken_q` is one recorded by mistake, and not one that holds."""
    return row.superseded_at is not None and (known_at is None or row.superseded_at <= known_at)


def protected_bars_of(
    people: Sequence[int], facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> list[Any]:
    """Those of these people; one query for all rules that are judged together."""

    def ask() -> list[Any]:
        rows = protected_bars(facility, on, known_at)
        return list(rows.filter(identity__practitioner_id__in=among(people, known_at)))

    return remembered(("protected bars", facility.pk, on, known_at, tuple(people)), ask)
