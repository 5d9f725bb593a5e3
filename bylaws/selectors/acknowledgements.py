"""Whom a document concerns, who has acknowledged it, and who is still to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bylaws.choices import Acknowledgers, VersionStatus
from bylaws.models import AppointmentPeriod, PolicyAcknowledgement, PolicyVersion
from bylaws.selectors.membership import appointments_in_force
from bylaws.selectors.policies import in_force
from config.kernel import clock
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import own_records, person_id


def concerned(version: PolicyVersion, on: dt.date | None = None) -> dict[int, AppointmentPeriod]:
    """Who is asked to acknowledge the version, by practitioner: everybody with an appointment on the day
    (None: today); one query.
    """
    if version.acknowledged_by != Acknowledgers.MEMBERS:
        return {}
    facility = version.policy.facility
    rows = appointments_in_force(facility=facility, on=on or clock.today(facility))
    return {row.practitioner_id: row for row in rows.order_by("practitioner__sort_name", "pk")}


@dataclass(frozen=True)
class Acknowledger:
    """One member with what is on record of the acknowledgement."""

    practitioner: Practitioner
    department: str
    acknowledgement: PolicyAcknowledgement | None
    reached_here: bool  # has an account, so that Today reminds; else the office does

    @property
    def done(self) -> bool:
        """Whether it is acknowledged."""
        return self.acknowledgement is not None


def acknowledgers(version: PolicyVersion) -> list[Acknowledger]:
    """Everybody concerned today, by name; three queries. The account is that of the person, whichever of
    their records the appointment stands on.
    """
    rows = concerned(version)
    reached = set(
        AppointmentPeriod.objects.filter(pk__in=[row.pk for row in rows.values()])
        .annotate(person=person_id())
        .filter(person__in=Practitioner.every.filter(user__isnull=False).values("pk"))
        .values_list("practitioner_id", flat=True)
    )
    given = {
        each.practitioner_id: each
        for each in version.acknowledgements.select_related("recorded_by").filter(practitioner__in=rows)
    }
    return [
        Acknowledger(row.practitioner, row.department.name, given.get(pk), pk in reached)
        for pk, row in rows.items()
    ]


def mine_to_acknowledge(viewer, facility: Facility) -> Sequence[tuple[PolicyVersion, Practitioner]]:
    """Versions in force or ahead that the viewer, as a member, has not acknowledged; at most three "
    "queries."""
    own = list(
        appointments_in_force(facility=facility, on=clock.today(facility)).filter(
            practitioner__in=own_records(viewer)
        )
    )
    if not own:
        return []
    practitioner = own[0].practitioner
    today = clock.today(facility)
    asked = (
        PolicyVersion.objects.filter(
            policy__facility=facility, status=VersionStatus.PUBLISHED, in_force_from__isnull=False
        )
        .defer("body", "outline")
        .select_related("policy__facility")
        .order_by("policy__number", "-number")
    )
    by_policy: dict[int, list[PolicyVersion]] = {}
    for version in asked:
        by_policy.setdefault(version.policy_id, []).append(version)
    held = set(
        PolicyAcknowledgement.objects.filter(
            practitioner=practitioner, version__policy__facility=facility
        ).values_list("version_id", flat=True)
    )
    found = []
    for versions in by_policy.values():
        holding = in_force(versions, today)
        for version in versions:
            start = version.in_force_from
            counts = version == holding or (start is not None and start > today)
            if counts and version.acknowledged_by == Acknowledgers.MEMBERS and version.pk not in held:
                found.append((version, practitioner))
    return found
