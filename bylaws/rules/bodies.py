"""What the rules of this room judge beside people: bodies and governing documents.

Which bodies and documents there are stands as it is on record now, also for a past day and as known then:
charters carry no two times. What is judged of them (seats, meetings, approvals) carries its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial

from django.db.models import Q
from django.urls import reverse

from bylaws.models import Committee, Policy
from bylaws.rules.population import remembered
from config.organization.models import Facility
from config.rulebook.subjects import Subject, SubjectKind, register_kind


def bodies_of(
    facility: Facility, on: dt.date, committee_ids: Iterable[int] | None = None
) -> Mapping[int, Committee]:
    """The bodies of the facility that exist on the day, by their id and by name; one query, and one for all
    rules while many are judged.
    """
    found = remembered(("bodies", facility.pk, on), partial(_bodies, facility, on))
    if committee_ids is None:
        return found
    wanted = set(committee_ids)
    return {pk: each for pk, each in found.items() if pk in wanted}


def _bodies(facility: Facility, on: dt.date) -> dict[int, Committee]:
    rows = Committee.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on), facility=facility)
    return {each.pk: each for each in rows.select_related("department").order_by("name", "uid")}


def _committees(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    return {
        pk: Subject(
            kind="committee",
            uid=each.uid,
            name=each.name,
            department=each.department.name if each.department else "",
            department_code=each.department.code if each.department else "",
        )
        for pk, each in bodies_of(facility, on).items()
    }


def _documents(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> dict[int, Subject]:
    return {
        pk: Subject(kind="document", uid=each.uid, name=str(each))
        for pk, each in documents_of(facility, known_at).items()
    }


def documents_of(
    facility: Facility, known_at: dt.datetime | None, document_ids: Iterable[int] | None = None
) -> Mapping[int, Policy]:
    """The governing documents of the facility known then, by their id and by number; one query, and one for
    all rules while many are judged.
    """
    found = remembered(("documents", facility.pk, known_at), partial(_all_documents, facility, known_at))
    if document_ids is None:
        return found
    wanted = set(document_ids)
    return {pk: each for pk, each in found.items() if pk in wanted}


def _all_documents(facility: Facility, known_at: dt.datetime | None) -> dict[int, Policy]:
    rows = Policy.objects.filter(facility=facility)
    if known_at is not None:
        rows = rows.filter(created_at__lte=known_at)
    return {each.pk: each for each in rows.order_by("number")}


COMMITTEE = register_kind(
    SubjectKind(
        code="committee",
        noun="body",
        plural="bodies",
        population=_committees,
        page=lambda uid: reverse("bylaws:committee", args=[uid]),
        permission="bylaws.view_reviews",
    )
)

DOCUMENT = register_kind(
    SubjectKind(
        code="document",
        noun="document",
        plural="documents",
        population=_documents,
        page=lambda uid: reverse("bylaws:policy", args=[uid]),
        permission="bylaws.read_documents",
    )
)
