"""Who is screened under which names, against which load of which list, and what waits for review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from bylaws.models import AppointmentPeriod
from config.kernel import clock
from credentialing.choices import ExclusionList, MatchClass, MatchStatus
from credentialing.models import Application, ListSnapshot, ScreeningMatch, ScreeningRun
from credentialing.models.applications import OPEN_STATUSES
from credentialing.rules.matching import ScreenedPerson
from credentialing.rules.screening_names import ScreenedName
from practitioners.choices import ContactKind
from practitioners.models import (
    ContactPoint,
    CredentialPeriod,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.selectors.canonical import among, persons, records_by_person

#: Contact points that are addresses.
POSTAL = (ContactKind.PRACTICE, ContactKind.MAILING, ContactKind.HOME)


def names_of(practitioner: Practitioner) -> list[ScreenedName]:
    """Every name the person uses or ever used, on any of their records."""
    names = PractitionerName.objects.filter(practitioner__in=among([practitioner.pk]))
    return [_name(row) for row in names.order_by("id")]


def _name(row: PractitionerName) -> ScreenedName:
    label = row.get_kind_display().lower()
    return ScreenedName(row.last_name, row.first_name, row.middle_name, label)


def screened_people(practitioner_ids: Iterable[int]) -> dict[int, ScreenedPerson]:
    """What screening knows of each person over all their records, in seven queries for any number of them."""
    ids = list(practitioner_ids)
    person_of = records_by_person(ids)
    records = list(person_of)
    names: dict[int, list[ScreenedName]] = {}
    for row in PractitionerName.objects.filter(practitioner_id__in=records).order_by("id").iterator():
        names.setdefault(person_of[row.practitioner_id], []).append(_name(row))
    states: dict[int, set[str]] = {}
    postal_codes: dict[int, set[str]] = {}
    addresses: dict[int, list[str]] = {}
    for owner, kind, line, city, state, code in ContactPoint.objects.filter(
        practitioner_id__in=records
    ).values_list("practitioner_id", "kind", "line_1", "city", "state", "postal_code"):
        if state:
            states.setdefault(person_of[owner], set()).add(state.upper())
        if code:
            postal_codes.setdefault(person_of[owner], set()).add(code)
        if kind in POSTAL:
            whole = ", ".join(part for part in (line, city, state, code) if part)
            addresses.setdefault(person_of[owner], []).append(whole)
    licences = CredentialPeriod.objects.live().filter(
        identity__practitioner_id__in=records, identity__credential_type__code="LICENSE"
    )
    for owner, state in licences.values_list("identity__practitioner_id", "identity__state"):
        if state:
            states.setdefault(person_of[owner], set()).add(state)
    specialties: dict[int, list[str]] = {}
    stated = PractitionerTaxonomy.objects.filter(practitioner_id__in=records)
    for owner, text in stated.values_list("practitioner_id", "taxonomy__display_name"):
        specialties.setdefault(person_of[owner], []).append(text)
    upins = {
        person_of[owner]: value
        for owner, value in Identifier.objects.filter(practitioner_id__in=records, kind="upin").values_list(
            "practitioner_id", "value"
        )
    }
    return {
        person.pk: ScreenedPerson(
            names=tuple(names.get(person.pk, ())),
            birth_date=person.birth_date,
            npi=person.npi or "",
            upin=upins.get(person.pk, ""),
            states=frozenset(states.get(person.pk, ())),
            postal_codes=frozenset(postal_codes.get(person.pk, ())),
            specialties=tuple(specialties.get(person.pk, ())),
            addresses=tuple(addresses.get(person.pk, ())),
        )
        for person in Practitioner.objects.filter(pk__in=ids).only("id", "birth_date", "npi").iterator()
    }


def current_snapshot(exclusion_list: str = ExclusionList.LEIE) -> ListSnapshot | None:
    """The newest load of a list."""
    return ListSnapshot.objects.filter(exclusion_list=exclusion_list).order_by("-number").first()


def to_screen(on: dt.date) -> list[int]:
    """Ids of everyone who is screened: with an appointment in force on the day, or an open application.

    A person with several records is screened once, under the names of all of them.
    """
    members = AppointmentPeriod.objects.in_force(on).values_list("practitioner_id", flat=True)
    applicants = Application.objects.filter(status__in=OPEN_STATUSES).values_list(
        "practitioner_id", flat=True
    )
    return sorted(set(persons(set(members) | set(applicants)).values()))


def last_screening(snapshot: ListSnapshot | None) -> dict[str, object]:
    """When anybody was last screened, how many people stand screened against ``snapshot`` (the newest load),
    and how many of those who are to be screened do not; five queries.
    """
    newest = ScreeningRun.objects.order_by("-screened_at").values_list("screened_at", flat=True).first()
    if snapshot is None:
        return {"at": newest, "people": 0, "missing": 0}
    wanted = set(to_screen(clock.today()))
    done = set(
        ScreeningRun.objects.filter(snapshot=snapshot).order_by().values_list("practitioner_id", flat=True)
    )
    return {"at": newest, "people": len(done), "missing": len(wanted - done)}


def gravity() -> Case:
    """Order of concern: strong candidates, possible, weak."""
    return Case(
        When(match_class=MatchClass.CONFIRMED_CANDIDATE, then=Value(0)),
        When(match_class=MatchClass.POSSIBLE, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )


def waiting_counts(queryset: QuerySet[ScreeningMatch]) -> dict[str, int]:
    """How many matches wait, by class (one query)."""
    return queryset.aggregate(
        strong=Count("id", filter=Q(status=MatchStatus.NEW, match_class=MatchClass.CONFIRMED_CANDIDATE)),
        possible=Count("id", filter=Q(status=MatchStatus.NEW, match_class=MatchClass.POSSIBLE)),
        weak=Count("id", filter=Q(status=MatchStatus.NEW, match_class=MatchClass.WEAK)),
    )
