"""Practice groups, who works there now and formerly, and where one person works."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from practitioners.models import PracticeAffiliationPeriod, PracticeGroup, PracticeLocation
from practitioners.policies import may_view
from practitioners.selectors.canonical import Records, person_id
from practitioners.selectors.photos import photo_key

NOW, FORMERLY = "now", "formerly"


def groups(on: dt.date) -> QuerySet[PracticeGroup]:
    """Every group with the number of its open ``offices`` and of the ``people`` who work there on the day;
    a person with several records counts once.
    """
    there = (
        PracticeAffiliationPeriod.objects.in_force(on)
        .filter(identity__location__group=OuterRef("pk"))
        .annotate(person=person_id("identity__practitioner_id"))
        .order_by()
        .values("identity__location__group")
        .annotate(number=Count("person", distinct=True))
    )
    offices = (
        PracticeLocation.objects.filter(group=OuterRef("pk"), active=True)
        .order_by()
        .values("group")
        .annotate(number=Count("pk"))
    )
    return PracticeGroup.objects.annotate(
        people=Coalesce(Subquery(there.values("number")), 0, output_field=IntegerField()),
        offices=Coalesce(Subquery(offices.values("number")), 0, output_field=IntegerField()),
    )


def get_group(uid: uuid.UUID) -> PracticeGroup | None:
    """The group of that uid, with its ``offices`` read."""
    return PracticeGroup.objects.prefetch_related("locations").filter(uid=uid).first()


def get_location(uid: uuid.UUID) -> PracticeLocation | None:
    """The location of that uid with its group."""
    return PracticeLocation.objects.select_related("group").filter(uid=uid).first()


def people_of(group: PracticeGroup, on: dt.date, when: str = NOW) -> QuerySet[PracticeAffiliationPeriod]:
    """Who works at the group's locations on the day or later (``now``), or ended before it (``formerly``)."""
    rows = (
        PracticeAffiliationPeriod.objects.live()
        .filter(identity__location__group=group)
        .select_related("identity__practitioner", "identity__location")
        .annotate(photo_key=photo_key("identity__practitioner__photo_id"))
    )
    if when == FORMERLY:
        return rows.filter(valid__endswith__lte=on)
    return rows.filter(Q(valid__endswith__isnull=True) | Q(valid__endswith__gt=on))


def open_locations() -> QuerySet[PracticeLocation]:
    """Locations that take people, by group and name."""
    rows = PracticeLocation.objects.filter(active=True, group__active=True)
    return rows.select_related("group").order_by("group__name", "name")


def at_group(group_uid: str, on: dt.date) -> QuerySet[PracticeAffiliationPeriod]:
    """Periods of people who work at the group on the day."""
    return PracticeAffiliationPeriod.objects.in_force(on).filter(identity__location__group__uid=group_uid)


# --- one person -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One stretch of a person's work at a location, with what follows from the day."""

    period: PracticeAffiliationPeriod
    on: dt.date
    merged_from: str = ""

    @property
    def location(self) -> PracticeLocation:
        """Where."""
        return self.period.identity.location

    @property
    def over(self) -> bool:
        """Whether the last day lies behind us."""
        return self.period.end is not None and self.period.end < self.on

    @property
    def ahead(self) -> bool:
        """Whether the first day lies ahead."""
        return self.period.start is not None and self.period.start > self.on


def places_of(records: Records, on: dt.date) -> list[Place]:
    """Where the person works and worked: the main place first, what is over last; one query."""
    rows = (
        PracticeAffiliationPeriod.objects.live()
        .filter(identity__practitioner__in=records.ids)
        .select_related("identity__location__group")
        .order_by("identity__location__group__name", "identity__location__name", "-valid")
    )
    places = [Place(row, on, records.label(row.identity.practitioner_id)) for row in rows]
    return sorted(places, key=lambda place: (place.over, not place.period.main))


def get_place(*, viewer, uid: uuid.UUID) -> PracticeAffiliationPeriod | None:
    """One live entry of a file the viewer may see; None when there is none for them."""
    rows = PracticeAffiliationPeriod.objects.live().filter(uid=uid)
    found = rows.select_related("identity__practitioner", "identity__location__group").first()
    return found if found is not None and may_view(viewer, found.identity.practitioner) else None
