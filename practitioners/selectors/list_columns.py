"""What the list of practitioners can show besides its usual columns: one value a person, also to sort by.

Each column is one expression over the person's row, so that the same words sort the list and fill the page.
A page asks for all that is chosen in one query, for every record of its people; the order looks at the record
that stands for the person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from config.kernel.periods import last_day
from practitioners.choices import ContactKind
from practitioners.models import (
    ContactPoint,
    CredentialPeriod,
    PracticeAffiliationPeriod,
    Practitioner,
)

SORTED_BY = "sort_value"


def _main_place(on: dt.date, *path: str) -> Subquery:
    """Of the places of work on the day the main one, else the first by name."""
    places = PracticeAffiliationPeriod.objects.in_force(on).filter(identity__practitioner=OuterRef("pk"))
    ordered = places.order_by("-main", "identity__location__group__name", "identity__location__name")
    return Subquery(ordered.values("__".join(("identity", "location", *path)))[:1])


def _contact(kind: str) -> Subquery:
    points = ContactPoint.objects.filter(practitioner=OuterRef("pk"), kind=kind).order_by("pk")
    return Subquery(points.values("line_1")[:1])


def _licence_numbers() -> Subquery:
    """Numbers of the licences something is said of, with their states."""
    licences = CredentialPeriod.objects.live().filter(
        identity__practitioner=OuterRef("pk"), identity__credential_type__code="LICENSE"
    )
    named = licences.order_by().values("identity__practitioner")
    said = Concat("identity__state", Value(" "), "identity__number")
    return Subquery(
        named.annotate(numbers=StringAgg(said, delimiter="; ", distinct=True, order_by=said)).values(
            "numbers"
        )[:1]
    )


def _next_end(on: dt.date) -> Subquery:
    """Where the first of the credentials that are renewed ends after the day, unless it goes on by then."""
    goes_on = CredentialPeriod.objects.live().filter(
        identity=OuterRef("identity"), valid__endswith__isnull=True
    ) | CredentialPeriod.objects.live().filter(
        identity=OuterRef("identity"), valid__endswith__gt=OuterRef("valid__endswith")
    )
    ends = (
        CredentialPeriod.objects.live()
        .filter(
            ~Exists(goes_on),
            identity__practitioner=OuterRef("pk"),
            identity__credential_type__expires=True,
            valid__endswith__gt=on,
        )
        .order_by()
        .values("identity__practitioner")
        .annotate(end=Min("valid__endswith"))
    )
    return Subquery(ends.values("end")[:1])


#: What a column's value is, by its name, on a day.
VALUES: dict[str, Callable[[dt.date], Any]] = {
    "group": lambda on: _main_place(on, "group", "name"),
    "office": lambda on: _main_place(on, "name"),
    "email": lambda on: _contact(ContactKind.EMAIL),
    "phone": lambda on: _contact(ContactKind.PHONE),
    "number": lambda on: _licence_numbers(),
    "next": lambda on: _next_end(on),
}


def sortable_by(people: QuerySet[Practitioner], order: str, on: dt.date) -> QuerySet[Practitioner]:
    """The people with what the asked order (``-next``) sorts by as ``sort_value``, where it needs that."""
    value = VALUES.get(order.removeprefix("-"))
    return people.annotate(**{SORTED_BY: value(on)}) if value is not None else people


def attach_columns(people: Sequence[Any], names: Sequence[str], on: dt.date) -> None:
    """Give each person ``more``: the values of the named columns, all their records included; one query."""
    asked = [name for name in names if name in VALUES]
    rows: dict[int, dict[str, Any]] = {}
    if asked and people:
        ids = [pk for person in people for pk in (person.pk, *person.merged_ids)]
        found = Practitioner.objects.filter(pk__in=ids).annotate(
            **{f"shown_{name}": VALUES[name](on) for name in asked}
        )
        rows = {row["pk"]: row for row in found.values("pk", *(f"shown_{name}" for name in asked))}
    for person in people:
        told = [rows[pk] for pk in (person.pk, *person.merged_ids) if pk in rows]
        person.more = {name: _of_all(name, [row[f"shown_{name}"] for row in told]) for name in asked}


def _of_all(name: str, values: Sequence[Any]) -> Any:
    """One value of a person's records: numbers of all, the day that comes first, else the first said."""
    said = [value for value in values if value]
    if name == "number":
        return "; ".join(said)
    if name == "next":
        return last_day(min(said)) if said else None
    return said[0] if said else ""
