"""Reading what was published: changes of what people may do at a facility."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from config.organization.models import Facility
from privileging.models import Privilege, PublishedChange

#: The most changes one answer holds; ask again after the last of them.
MOST_AT_ONCE = 1000


def published(facility: Facility, *, newest_first: bool = True) -> QuerySet[PublishedChange]:
    """Everything published at the facility, the newest first or in its order."""
    rows = PublishedChange.objects.filter(facility=facility)
    return rows.order_by("-number" if newest_first else "number")


def changes_after(facility: Facility, number: int, *, limit: int = MOST_AT_ONCE) -> QuerySet[PublishedChange]:
    """What was published at the facility after the change of that number, in its order: at most ``limit``
    of them, and never more than :data:`MOST_AT_ONCE`; one query.
    """
    rows = PublishedChange.objects.filter(facility=facility, number__gt=number)
    return rows.select_related("practitioner").order_by("number")[: max(0, min(limit, MOST_AT_ONCE))]


def as_data(change: PublishedChange) -> dict[str, Any]:
    """A change as plain data, for the API and the CSV."""
    return {
        "number": change.number,
        "published_at": change.published_at.isoformat(),
        "happened_at": change.happened_at.isoformat(),
        "change": change.kind,
        "practitioner": str(change.practitioner.uid) if change.practitioner else "",
        "npi": change.npi,
        "name": change.name,
        "privileges": list(change.privileges),
        "first_day": change.first_day.isoformat() if change.first_day else "",
        "last_day": change.last_day.isoformat() if change.last_day else "",
        "told": change.told,
    }


def attach_privilege_names(changes: Sequence[Any]) -> None:
    """The names of the privileges of each change, as the catalog has them now; one query."""
    codes = {code for change in changes for code in change.privileges}
    names = dict(Privilege.objects.filter(code__in=codes).values_list("code", "name"))
    for change in changes:
        told = [names.get(code, code) for code in change.privileges]
        change.privilege_names = told
