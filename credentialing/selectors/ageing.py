"""What was verified in time today and will not be by the day of the decision."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from config.kernel.dates import last_good_day, within_days
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_cases
from credentialing.choices import ApplicationStatus, Element, ItemStatus
from credentialing.models import ContinuousQueryPeriod, VerificationItem
from credentialing.parameters import MAX_AGE_DAYS
from credentialing.selectors.delegated_standards import standards_of
from credentialing.selectors.requirements import decision_day
from practitioners.selectors.canonical import records_by_person

#: Files whose decision is still to come, and whose verifications can be made anew.
AHEAD = (ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE, ApplicationStatus.IN_REVIEW)
FOUND_OUT = (ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE)


@dataclass(frozen=True)
class Ageing:
    """One verification too old on the day of the decision. ``counts_through`` is its last good day."""

    item: VerificationItem
    decision_on: dt.date
    counts_through: dt.date


def too_old_by_decision(items: QuerySet[VerificationItem], facility: Facility) -> list[Ageing]:
    """Of these, what was found out and is too old for the decision its file is planned for, soonest first.

    Derived anew every time: with a meeting that moves forth an item comes up, with one that moves back it is
    gone. Screenings are not among them, since everybody is screened again with each new list; nor is the data
    bank of somebody whose Continuous Query runs on the day. Five queries for any number of files.
    """
    rows = list(
        items.filter(application__facility=facility, application__status__in=AHEAD, status__in=FOUND_OUT)
        .exclude(element=Element.EXCLUSION)
        .select_related("application__practitioner", "application__facility")
    )
    files = {row.application_id: row.application for row in rows}
    days = {pk: decision_day(one) for pk, one in files.items()}
    further = standards_of([(one, days[pk]) for pk, one in files.items()])
    cases = {pk: (facility.pk, day, further.get(pk, ())) for pk, day in days.items()}
    bounds = resolve_cases([MAX_AGE_DAYS], cases.values()) if cases else {}
    found = []
    for row in rows:
        on, seen = days[row.application_id], row.verified_on
        limit = bounds[cases[row.application_id]].get((MAX_AGE_DAYS, row.element))
        if seen is None or limit is None or within_days(seen, on, int(limit.value)):
            continue
        found.append(Ageing(row, on, last_good_day(seen, int(limit.value))))
    enrolled = _enrolled(found, facility)
    return sorted(
        (
            each
            for each in found
            if each.item.element != Element.NPDB
            or not any(each.decision_on in valid for valid in enrolled.get(each.item.application_id, ()))
        ),
        key=lambda each: (each.decision_on, each.counts_through, each.item.pk),
    )


def _enrolled(found: list[Ageing], facility: Facility) -> dict[int, list]:
    """The days of Continuous Query by application, of those with a query that is too old."""
    people = {
        each.item.application.practitioner_id: each.item.application_id
        for each in found
        if each.item.element == Element.NPDB
    }
    if not people:
        return {}
    person_of = records_by_person(people)
    rows = ContinuousQueryPeriod.objects.live().filter(
        identity__practitioner_id__in=list(person_of), identity__npdb_entity_id=facility.npdb_entity_id
    )
    answer: dict[int, list] = {}
    for person, valid in rows.values_list("identity__practitioner_id", "valid"):
        answer.setdefault(people[person_of[person]], []).append(valid)
    return answer
