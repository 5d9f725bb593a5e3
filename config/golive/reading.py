"""What the database says that a load is compared with, read for all rows at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from bylaws.models import AppointmentPeriod, StaffCategory
from bylaws.services.appointments import longest_term_end
from config.kernel import clock
from config.organization.models import Department, Facility
from credentialing.models import NPDBQuery
from privileging.choices import VersionStatus
from privileging.models import FormLine, GrantPeriod


@dataclass
class OnFile:
    """Codes of the house, and what the people of the file already hold."""

    facilities: dict[str, Facility]
    categories: dict[str, StaffCategory]
    departments: dict[tuple[int, str], Department]
    lines: dict[tuple[int, str], FormLine]
    privileges: set[str]
    appointments: dict[tuple[int, int], list[AppointmentPeriod]]
    grants: dict[tuple[int, int, str], list[GrantPeriod]]
    queries: set[tuple[int, int, dt.date]]

    def __post_init__(self):
        self._limits: dict[tuple[int, dt.date], dt.date | None] = {}

    def longest_term(self, facility: Facility, start: dt.date) -> dt.date | None:
        """The open bound of the longest term that may begin that day; None: no limit is recorded."""
        key = (facility.pk, start)
        if key not in self._limits:
            self._limits[key] = longest_term_end(facility=facility, start=start)
        return self._limits[key]


def read_on_file(people: Iterable[int]) -> OnFile:
    """Everything a load is compared with; 7 queries. Codes and names are found in any capitals."""
    keys = set(people)
    on_file = OnFile({}, {}, {}, {}, set(), {}, {}, set())
    for facility in Facility.objects.all():
        on_file.facilities |= {facility.name.casefold(): facility, facility.code.casefold(): facility}
    for category in StaffCategory.objects.all():
        on_file.categories |= {category.name.casefold(): category, category.code.casefold(): category}
    for department in Department.objects.all():
        for word in (department.name, department.code):
            on_file.departments[department.facility_id, word.casefold()] = department
    lines = (
        FormLine.objects.filter(
            version__status=VersionStatus.PUBLISHED, version__offered__contains=clock.today()
        )
        .select_related("privilege", "version__form")
        .prefetch_related("version__form__facilities")
        .order_by("version__number", "pk")
    )
    for line in lines:
        on_file.privileges.add(line.privilege.code)
        for facility in line.version.form.facilities.all():
            on_file.lines[facility.pk, line.privilege.code] = line
    held = (
        AppointmentPeriod.objects.live()
        .filter(practitioner__in=keys)
        .select_related("category", "department")
    )
    for term in held:
        on_file.appointments.setdefault((term.practitioner_id, term.facility_id), []).append(term)
    grants = GrantPeriod.objects.live().filter(practitioner__in=keys).select_related("privilege")
    for grant in grants:
        key = (grant.practitioner_id, grant.facility_id, grant.privilege.code)
        on_file.grants.setdefault(key, []).append(grant)
    on_file.queries = set(
        NPDBQuery.objects.filter(practitioner__in=keys).values_list(
            "practitioner_id", "npdb_entity_id", "queried_on"
        )
    )
    return on_file
