"""What is late although no date on a form says so: lapsed terms, queries of the data bank that are due."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from bylaws.models import AppointmentPeriod
from config.kernel.dates import add_months
from config.organization.models import Facility
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import resolve
from config.rulebook.verdicts import Outcome, Verdict
from credentialing import kinds
from credentialing.models import Application, NPDBQuery
from credentialing.models.applications import OPEN_STATUSES
from credentialing.parameters import NPDB_INTERVAL_MONTHS
from credentialing.rules.npdb import BL_NPDB_1, MONTHS_BY_LAW
from practitioners.models import Practitioner
from practitioners.selectors.canonical import persons, records_by_person


def reappointments_lapsed(applications: QuerySet[Application], *, on: dt.date) -> QuerySet[Application]:
    """Of these, open reappointments of people whose term at the facility ended and who have none on the day.

    ``lapsed_from`` is the first day without a term.
    """
    terms = AppointmentPeriod.objects.live().filter(
        practitioner=OuterRef("practitioner"), facility=OuterRef("facility")
    )
    ended = terms.filter(valid__endswith__lte=on).order_by("-valid__endswith")
    return (
        applications.filter(
            ~Exists(terms.filter(valid__contains=on)),
            kind__in=kinds.codes(renews=True),
            status__in=OPEN_STATUSES,
        )
        .annotate(lapsed_from=Subquery(ended.values("valid__endswith")[:1]))
        .filter(lapsed_from__isnull=False)
    )


def lapsed_since(application: Application, *, on: dt.date) -> dt.date | None:
    """The first day without a term of the person of this open reappointment; None where one holds."""
    if not application.rule.renews or not application.is_open:
        return None
    ends = list(
        AppointmentPeriod.objects.live()
        .filter(practitioner_id=application.practitioner_id, facility_id=application.facility_id)
        .filter(valid__startswith__lte=on)
        .order_by("-valid__endswith")
        .values_list("valid", flat=True)[:1]
    )
    if not ends or ends[0].upper is None or ends[0].upper > on:
        return None
    return ends[0].upper


def npdb_overdue(viewer, facility: Facility, *, on: dt.date) -> list[tuple[Practitioner, Verdict]]:
    """Members, and applicants for reappointment, who break BL-NPDB-1 on the day, the longest overdue first.

    Whoever was never queried as far as is recorded is no part of it: that is unknown, not overdue. Only those
    whose last query is too old are judged. Eight queries for any number of people.
    """
    members = AppointmentPeriod.objects.in_force(on).filter(facility=facility)
    applicants = Application.objects.filter(
        facility=facility, kind__in=kinds.codes(renews=True), status__in=OPEN_STATUSES
    )
    stale = _queried_too_long_ago(facility, on)
    if not stale:
        return []
    ids = set(members.filter(practitioner_id__in=stale).values_list("practitioner_id", flat=True)) | set(
        applicants.filter(practitioner_id__in=stale).values_list("practitioner_id", flat=True)
    )
    verdicts = {
        pk: verdict
        for pk, verdict in judge_many(BL_NPDB_1, facility=facility, on=on, practitioner_ids=ids).items()
        if verdict.outcome == Outcome.NOT_MET
    }
    people = Practitioner.objects.filter(pk__in=verdicts).exclude(user_id=viewer.pk)
    pairs = [(person, verdicts[person.pk]) for person in people]
    return sorted(pairs, key=lambda pair: (pair[1].due or on, pair[0].sort_name))


def _queried_too_long_ago(facility: Facility, on: dt.date) -> list[int]:
    """Every record of the people of whom a record was queried by the facility's entity, and none of those
    that were has a query within the time between two.
    """
    bound = resolve(NPDB_INTERVAL_MONTHS, facility=facility, on=on)
    months = int(bound.value) if bound.is_set else MONTHS_BY_LAW
    # A few days later than the rule's own limit, whatever the lengths of the months: the rule decides.
    since = add_months(on, -months) + dt.timedelta(days=4)
    old = (
        NPDBQuery.objects.filter(npdb_entity_id=facility.npdb_entity_id, queried_on__lte=on)
        .order_by()
        .values("practitioner_id")
        .annotate(last=Max("queried_on"))
        .filter(last__lt=since)
    )
    records = persons(old.values_list("practitioner_id", flat=True))
    return list(records_by_person(set(records.values())))
