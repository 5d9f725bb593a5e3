"""Whom the rules judge at a facility on a day: its members, and whoever holds privileges that rest on no
appointment (locum tenens, temporary, by proxy, in a disaster).

The lookup judges both, so the nightly run, the compliance page and Today have to.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from django.db.models import Max, Min, OuterRef, Subquery

from bylaws.held import held_without_appointment
from bylaws.models import AppointmentPeriod
from bylaws.rules.population import asking_once, tell_appointed, tell_professions
from bylaws.selectors.membership import appointments_in_force
from config.organization.models import Facility
from config.rulebook.subjects import PRACTITIONER, Subject, subject_kind
from practitioners.models import Practitioner
from practitioners.selectors.canonical import person_id, with_canonical


@dataclass(frozen=True)
class Judged:
    """One person the rules judge. ``first_day`` is the first day of the term, or where there is none of the
    privileges; ``alone``: privileges are held that rest on no appointment, so that a category which carries
    none excuses nobody. The term itself may have begun earlier, in another category, and go on in another:
    ``appointment`` has its first day and the day after its last as ``term_first`` and ``term_after``.
    """

    practitioner: Practitioner
    first_day: dt.date
    appointment: AppointmentPeriod | None
    alone: bool

    @property
    def kind(self) -> str:
        """A person, and no body or document."""
        return PRACTITIONER

    @property
    def uid(self) -> uuid.UUID:
        """The uid of the person."""
        return self.practitioner.uid

    @property
    def name(self) -> str:
        """The person as shown."""
        return self.practitioner.display_name

    @property
    def sort_name(self) -> str:
        """What the person is sorted by."""
        return self.practitioner.sort_name

    @property
    def category(self) -> str:
        """The category of the member in words."""
        return self.appointment.category.name if self.appointment else "No appointment"

    @property
    def department(self) -> str:
        """The department of the member; empty without an appointment."""
        return self.appointment.department.name if self.appointment else ""

    @property
    def category_code(self) -> str:
        """Code of the category; empty without an appointment."""
        return self.appointment.category.code if self.appointment else ""

    @property
    def department_code(self) -> str:
        """Code of the department; empty without an appointment."""
        return self.appointment.department.code if self.appointment else ""


def judged_people(facility: Facility, on: dt.date, known_at: dt.datetime | None = None) -> dict[int, Judged]:
    """Everybody the rules judge at the facility on the day, by the id of the person and by name; two queries,
    one more where records were merged, one more where somebody holds privileges without an appointment.
    """
    term = (
        AppointmentPeriod.objects.known_at(known_at)
        .filter(identity_id=OuterRef("identity_id"))
        .order_by()
        .values("identity_id")
    )
    appointed = list(
        appointments_in_force(facility=facility, on=on, known_at=known_at).annotate(
            person=person_id(known_at=known_at),
            term_first=Subquery(term.annotate(first=Min("valid__startswith")).values("first")),
            term_after=Subquery(term.annotate(after=Max("valid__endswith")).values("after")),
        )
    )
    # Asked only where somebody's records were merged: most days of most facilities have no such member.
    with_canonical([row for row in appointed if row.person != row.practitioner_id], known_at=known_at)
    without = held_without_appointment(facility, on, known_at)
    found = [
        Judged(row.practitioner, row.valid.lower, row, row.practitioner_id in without) for row in appointed
    ]
    others = set(without) - {each.practitioner.pk for each in found}
    if others:
        found += [
            Judged(one, without[one.pk], None, True) for one in Practitioner.every.filter(pk__in=others)
        ]
    found.sort(key=lambda each: (each.practitioner.sort_name, str(each.practitioner.uid)))
    return {each.practitioner.pk: each for each in found}


def alone_of(population: Mapping[int, Judged | Subject]) -> set[int]:
    """Ids of those of them who hold privileges that rest on no appointment."""
    return {pk for pk, each in population.items() if isinstance(each, Judged) and each.alone}


@contextmanager
def judged_of(
    kind: str, facility: Facility, on: dt.date, known_at: dt.datetime | None = None
) -> Iterator[Mapping[int, Judged | Subject]]:
    """Everything of a kind that the rules judge at the facility on the day, by its id and by name. While they
    judge it, each kind of fact is asked for once (:func:`asking_once`), and what is known already not at all.
    """
    if kind != PRACTITIONER:
        with asking_once(()):
            yield subject_kind(kind).population(facility, on, known_at)
        return
    people = judged_people(facility, on, known_at)
    with asking_once(people):
        tell_professions({pk: each.practitioner.provider_type for pk, each in people.items()})
        tell_appointed(facility, on, known_at, {pk: each.appointment for pk, each in people.items()})
        yield people
