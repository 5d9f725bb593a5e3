"""Categories of the medical staff: what their members may and owe on a day, as the parameters say."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count

from bylaws.models import AppointmentPeriod, StaffCategory
from config.organization.models import Facility
from config.rulebook.parameters import ParameterDefinition, definitions
from config.rulebook.selectors.parameters import Bound, resolve_many
from practitioners.selectors.canonical import person_id

#: What members of a category may or owe, by the parameter that lists the categories; in the order shown.
RIGHTS: dict[str, str] = {
    "bylaws.voting_categories": "Votes",
    "bylaws.office_categories": "May hold office",
    "bylaws.attendance_categories": "Attends meetings",
    "bylaws.call_categories": "Takes call",
    "bylaws.dues_categories": "Pays dues",
}


@dataclass(frozen=True)
class Right:
    """Something members of some categories may or owe, and what binds on the day."""

    definition: ParameterDefinition
    label: str
    bound: Bound

    @property
    def code(self) -> str:
        """The parameter that lists the categories."""
        return self.definition.code

    def has(self, category: StaffCategory) -> bool | None:
        """Whether the category has it; None: no source says."""
        return category.code in self.bound.value if self.bound.is_set else None


@dataclass(frozen=True)
class CategoryRow:
    """One category with its members of the day and, for each right in their order, whether it has it."""

    category: StaffCategory
    members: int
    rights: tuple[tuple[Right, bool | None], ...]


def rights_on(facility: Facility, on: dt.date) -> list[Right]:
    """What the parameters say of categories at the facility on the day; one query."""
    declared = definitions()
    codes = [code for code in RIGHTS if code in declared]
    found = resolve_many(codes, facility=facility, on=on)
    return [
        Right(declared[code], RIGHTS[code], found.get((code, ""), Bound(code, "", None))) for code in codes
    ]


def category_rows(facility: Facility, on: dt.date) -> tuple[list[Right], list[CategoryRow]]:
    """The rights, and every category with them; three queries. A person is counted once."""
    rights = rights_on(facility, on)
    counted = dict(
        AppointmentPeriod.objects.in_force(on)
        .filter(facility=facility)
        .annotate(person=person_id())
        .values("category")
        .annotate(number=Count("person", distinct=True))
        .values_list("category", "number")
    )
    return rights, [
        CategoryRow(each, counted.get(each.pk, 0), tuple((right, right.has(each)) for right in rights))
        for each in StaffCategory.objects.order_by("name")
    ]
