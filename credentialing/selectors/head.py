"""What the head of a practitioner's file says of open applications: who acts, since when, until when."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

from bylaws.choices import Body, StepStatus
from bylaws.models import Meeting, ReviewStep
from bylaws.selectors.committees import KIND_OF_BODY
from bylaws.selectors.reviews import COMING, NextActor
from config.accounts.policies import facilities_with
from config.kernel import clock
from config.kernel.registries import HeadFact
from config.organization.models import Facility
from credentialing import links, policies
from credentialing.choices import ApplicationStatus
from credentialing.models import Application
from credentialing.models.applications import OPEN_STATUSES
from credentialing.rules.projection import Projection, project
from credentialing.selectors.next_actor import chains_of, next_actors
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among

AHEAD = (StepStatus.WAITING, StepStatus.OPEN, StepStatus.DEFERRED)


def applications_of(viewer, practitioner: Practitioner) -> list[Application]:
    """The applications of a person at the facilities where the viewer may see them, or all of one's own, the
    latest first; one query, kept on the object because several parts of the file ask.
    """
    kept = practitioner.__dict__
    if "_applications" not in kept:
        own = practitioner.user_id is not None and practitioner.user_id == viewer.pk
        rows = Application.objects.filter(practitioner__in=among([practitioner.pk]))
        if not own:
            rows = rows.filter(facility__in=facilities_with(viewer, policies.VIEW))
        kept["_applications"] = list(
            rows.select_related(
                "practitioner", "facility__npdb_entity", "department", "category", "coordinator"
            ).order_by("-opened_at", "-pk")
        )
    return kept["_applications"]


def application_head(viewer, practitioner: Practitioner, on: dt.date) -> list[HeadFact]:
    """The open applications at the facilities the viewer knows, who must act next, the day to expect.

    One's own file says only how it stands. Two queries for a file in verification, five at most in review.
    """
    own = practitioner.user_id is not None and practitioner.user_id == viewer.pk
    rows = [row for row in applications_of(viewer, practitioner) if row.status in OPEN_STATUSES]
    rows.sort(key=lambda row: row.facility.code)
    chains = chains_of([row for row in rows if row.status == ApplicationStatus.IN_REVIEW and not own])
    acting = {} if own else next_actors(rows, chains=chains)
    expected = {} if own else projections(rows, chains)
    facts = []
    for row in rows:
        facts.append(_status(row, linked=not own))
        if not own:
            facts += [_waiting(row, acting[row.pk]), _expected(row, expected[row.pk])]
    return facts


def projections(
    applications: Sequence[Application], chains: Mapping[uuid.UUID, Sequence[ReviewStep]]
) -> dict[int, Projection]:
    """When each may be decided, by its id; one query, none when no chain has begun."""
    meetings = coming_meetings({step.case.facility_id for steps in chains.values() for step in steps})
    return {one.pk: _projection(one, chains.get(one.uid, []), meetings) for one in applications}


def _projection(application: Application, steps: Sequence[ReviewStep], meetings) -> Projection:
    if not steps:
        return Projection(None, "Not known: the file is not before the bodies yet.")
    ahead = bodies_ahead(steps)
    called = days_called([body for body, _ in ahead], meetings, application.facility)
    return project(ahead, called, clock.today(application.facility))


def bodies_ahead(steps: Sequence[ReviewStep]) -> list[tuple[str, str]]:
    """The bodies of a chain that have still to act, in order: (code, name)."""
    return [(step.body, step.get_body_display()) for step in steps if step.status in AHEAD]


def days_called(
    bodies: Sequence[str], meetings: Sequence[Meeting], facility: Facility
) -> dict[str, list[dt.date]]:
    """The days on which each of these bodies that meets is called at the facility, by its code."""
    return {
        body: [
            clock.date_at(meeting.starts_at, facility)
            for meeting in meetings
            if meeting.committee.facility_id == facility.pk
            and meeting.committee.kind == KIND_OF_BODY[Body(body)]
        ]
        for body in bodies
        if Body(body) in KIND_OF_BODY
    }


def coming_meetings(facility_ids: set[int]) -> list[Meeting]:
    """Meetings of the bodies of the chain that are called at these facilities, the next first; one query."""
    if not facility_ids:
        return []
    return list(
        Meeting.objects.filter(
            committee__facility__in=facility_ids,
            committee__kind__in=list(KIND_OF_BODY.values()),
            status__in=COMING,
        )
        .select_related("committee")
        .order_by("starts_at")
    )


def _status(row: Application, *, linked: bool) -> HeadFact:
    status = ApplicationStatus(row.status)
    return HeadFact(
        row.facility.code,
        row.facility.name,
        value=f"{row.get_kind_display()}: {status.label.lower()}",
        colour=status.colour,
        url=links.application(row) if linked else "",
        rank=40,
    )


def _waiting(row: Application, actor: NextActor) -> HeadFact:
    told = ", ".join(part for part in (actor.role, actor.what) if part)
    return HeadFact(
        row.facility.code, row.facility.name, label="Waiting for", value=actor.name, detail=told,
        since=actor.since, rank=60,
    )  # fmt: skip


def _expected(row: Application, expected: Projection) -> HeadFact:
    planned = row.scheduled_decision_on
    detail = expected.sentence.replace("Not known: ", "")
    detail = detail[:1].upper() + detail[1:]
    if planned:
        detail = f"Planned for {planned.day} {planned:%b %Y}. {detail}"
    return HeadFact(
        row.facility.code, row.facility.name, label="Decision expected", day=expected.on,
        value="" if expected.on else "Not known", detail=detail, rank=70,
    )  # fmt: skip
