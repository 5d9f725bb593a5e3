"""Whom this hospital granted privileges by proxy, whether what they rest on still holds, and what the distant
sites were told of their work (peer review).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, facilities_with_class
from config.organization.models import Facility
from credentialing import kinds
from credentialing.models import (
    Application,
    ListedPractitionerPeriod,
    ProxyAgreementPeriod,
)
from credentialing.rules.telemedicine import licensed_in
from credentialing.selectors.emergencies import GRANTED
from practitioners.models import Practitioner
from practitioners.selectors.canonical import own_records, persons, records_by_person
from privileging.choices import GrantKind
from privileging.models import DistantSiteFeedback, GrantPeriod

MANAGE = "privileging.manage_oppe"


# --- feedback ---------------------------------------------------------------------------------------------


def feedback_rows(viewer, facility: Facility | None = None) -> QuerySet[DistantSiteFeedback]:
    """What distant sites were or are to be told, where the viewer runs evaluations and their roles open peer
    review; never of the viewer's own work.
    """
    places = set(facilities_with(viewer, MANAGE)) & set(facilities_with_class(viewer, DataClass.PEER_REVIEW))
    rows = DistantSiteFeedback.objects.filter(application__facility_id__in=places)
    if facility is not None:
        rows = rows.filter(application__facility=facility)
    return rows.exclude(application__practitioner_id__in=own_records(viewer)).select_related(
        "application__practitioner",
        "application__facility",
        "application__agreement__site",
        "recorded_by",
        "sent_recorded_by",
    )


def to_send(viewer, facility: Facility) -> QuerySet[DistantSiteFeedback]:
    """What the distant site has not been told yet, the oldest first."""
    return feedback_rows(viewer, facility).filter(sent_on=None).order_by("happened_on", "pk")


def granted_by_proxy(viewer, facility: Facility) -> QuerySet[Application]:
    """The files by which privileges were granted on a distant site's decision, by name."""
    return (
        Application.objects.filter(
            facility=facility, kind__in=kinds.codes(evaluated_elsewhere=True), status__in=GRANTED
        )
        .exclude(practitioner_id__in=own_records(viewer))
        .select_related("practitioner", "facility", "agreement__site")
        .order_by("practitioner__sort_name", "-decided_on", "-pk")
    )


# --- what grants by proxy rest on -------------------------------------------------------------------------


@dataclass(frozen=True)
class Uncovered:
    """Somebody who holds privileges by proxy while something they rest on is missing."""

    application: Application
    why: tuple[str, ...]


def uncovered(viewer, facility: Facility, on: dt.date) -> list[Uncovered]:
    """Who holds privileges by proxy on the day although the agreement is not in force, the distant site does
    not list them any more, or its list names no license of the facility's state. Six queries for any number.
    """
    held = (
        GrantPeriod.objects.in_force(on)
        .filter(facility=facility, kind=GrantKind.TELEMEDICINE)
        .exclude(practitioner_id__in=own_records(viewer))
        .values("identity__request_line__request__application_id")
    )
    files = list(
        Application.objects.filter(pk__in=held, agreement__isnull=False)
        .select_related("practitioner", "agreement__site")
        .order_by("practitioner__sort_name", "pk")
    )
    if not files:
        return []
    agreements = {each.agreement_id for each in files}
    standing = set(
        ProxyAgreementPeriod.objects.in_force(on)
        .filter(identity__in=agreements)
        .values_list("identity_id", flat=True)
    )
    listed = {
        (row.identity.agreement_id, row.identity.npi): row
        for row in ListedPractitionerPeriod.objects.in_force(on)
        .filter(identity__agreement__in=agreements)
        .select_related("identity")
    }
    numbers = _numbers_of({each.practitioner_id for each in files})
    found = []
    for file in files:
        site = file.agreement.site if file.agreement is not None else None
        rows = [listed.get((file.agreement_id, npi)) for npi in numbers[file.practitioner_id]]
        row = next((each for each in rows if each is not None), None)
        why = []
        if file.agreement_id not in standing:
            why.append(f"the agreement with {site} is not in force")
        if row is None:
            why.append(f"not on the list of {site} any more")
        elif not licensed_in(row.licences, facility.state):
            why.append(f"the list of {site} names no license of {facility.state}")
        if why:
            found.append(Uncovered(file, tuple(why)))
    return found


def _numbers_of(records: Iterable[int]) -> dict[int, set[str]]:
    """The NPIs of each record's person, under any of their records; three queries."""
    person_of = persons(records)
    by_record = records_by_person(set(person_of.values()))
    numbers: dict[int, set[str]] = defaultdict(set)
    for record, npi in Practitioner.every.filter(pk__in=list(by_record), npi__isnull=False).values_list(
        "pk", "npi"
    ):
        numbers[by_record[record]].add(str(npi))
    return {record: numbers[person] for record, person in person_of.items()}
