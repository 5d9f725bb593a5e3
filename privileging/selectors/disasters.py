"""Volunteers in a disaster: their clocks in hours, and who waits for what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from config.kernel import clock
from config.kernel.dates import ONE_DAY
from credentialing.models import Activation, Application
from credentialing.rules.volunteers import Deadline, deadlines, ends_at
from credentialing.selectors.emergencies import GRANTED, hours_allowed, with_license
from privileging.models import GrantPeriod, VolunteerDecision


@dataclass(frozen=True)
class Volunteer:
    """A file of disaster privileges with its clocks; ``granted``: something of it is in force today."""

    application: Application
    verify: Deadline
    decide: Deadline
    granted: bool

    @property
    def open(self) -> list[Deadline]:
        """What is still to be done: the license by everybody, the decision where something is granted."""
        return [
            each
            for each in (self.verify, self.decide)
            if not each.done and (self.granted or each is self.verify)
        ]


def decision_due(application: Application) -> dt.datetime | None:
    """The last moment in which it is decided whether the volunteer continues; None where no source says how
    many hours there are. One query.
    """
    hours = hours_allowed(application.facility, clock.today(application.facility))
    if hours is None or application.arrived_at is None:
        return None
    return ends_at(application.arrived_at, hours)


def volunteer_of(application: Application) -> Volunteer | None:
    """The volunteer of the file with their clocks; None for every other kind. Three queries."""
    if application.arrived_at is None:
        return None
    found = with_clocks(Application.objects.filter(pk=application.pk), application.facility)
    return found[0] if found else None


def with_clocks(rows: QuerySet[Application], facility) -> list[Volunteer]:
    """The volunteers of these files of one facility, with their clocks; two queries."""
    today = clock.today(facility)
    hours = hours_allowed(facility, today)
    if hours is None:
        return []
    decided = VolunteerDecision.objects.filter(application=OuterRef("pk"))
    granted = GrantPeriod.objects.in_force(today).filter(
        identity__request_line__request__application=OuterRef("pk")
    )
    found = with_license(rows).annotate(decided=Exists(decided), granted=Exists(granted))
    return [
        _volunteer(each, hours)
        for each in found.select_related("practitioner", "activation", "facility").order_by(
            "arrived_at", "pk"
        )
    ]


def _volunteer(application, hours: int) -> Volunteer:
    verify, decide = deadlines(
        application.arrived_at,
        hours,
        under_control_at=application.activation.under_control_at,
        verified=not application.license_open,
        decided=application.decided,
    )
    return Volunteer(application, verify, decide, application.granted)


def due_soon(facility) -> list[Volunteer]:
    """Volunteers granted privileges for whom something falls due within hours, or is past; those due first in
    front. Two queries.
    """
    now = clock.now()
    rows = Application.objects.filter(
        facility=facility, arrived_at__isnull=False, status__in=GRANTED, activation__ended_at__isnull=True
    )
    found = [each for each in with_clocks(rows, facility) if any(line.near(now) for line in each.open)]
    return sorted(found, key=lambda each: min(line.due for line in each.open))


def undecided_past(now: dt.datetime) -> list[Application]:
    """Files of volunteers whose privileges run although the hours passed without a decision; one query, and
    one per facility with volunteers.
    """
    running = GrantPeriod.objects.live().filter(identity__request_line__request__application=OuterRef("pk"))
    rows = (
        Application.objects.filter(
            ~Exists(VolunteerDecision.objects.filter(application=OuterRef("pk"))),
            arrived_at__isnull=False,
            status__in=GRANTED,
        )
        .annotate(runs_before=Subquery(running.order_by("-valid__endswith").values("valid__endswith")[:1]))
        .filter(runs_before__gt=now.date() - ONE_DAY)
        .select_related("facility", "practitioner")
    )
    hours: dict[int, int | None] = {}
    late: list[Application] = []
    for each in rows:
        today = clock.date_at(now, each.facility)
        if each.facility_id not in hours:
            hours[each.facility_id] = hours_allowed(each.facility, today)
        allowed = hours[each.facility_id]
        if allowed is None or each.runs_before <= today or each.arrived_at is None:
            continue
        if now > ends_at(each.arrived_at, allowed):
            late.append(each)
    return late


def running_for(activation: Activation, on: dt.date) -> Sequence[GrantPeriod]:
    """What volunteers for the emergency hold on the day or later; one query."""
    return list(
        GrantPeriod.objects.live()
        .filter(identity__request_line__request__application__activation=activation, valid__endswith__gt=on)
        .select_related("identity__privilege", "identity__facility", "identity__practitioner")
        .order_by("practitioner_id", "pk")
    )
