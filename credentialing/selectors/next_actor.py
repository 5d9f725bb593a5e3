"""The one person who must act next on an application."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from bylaws.choices import StepStatus
from bylaws.models import ReviewStep
from bylaws.selectors import reviews
from bylaws.selectors.reviews import NextActor
from config.kernel import clock
from credentialing.choices import ApplicationStatus, ItemStatus
from credentialing.models import Application, VerificationItem

COORDINATOR = "Credentialing coordinator"
#: What stands in the way of a director's waiver when it is the only thing left.
_OPEN_ITEMS = (
    ItemStatus.NOT_STARTED,
    ItemStatus.REQUESTED,
    ItemStatus.AWAITING,
    ItemStatus.RECEIVED,
    ItemStatus.DISCREPANT,
)


def next_actor(application: Application, *, items: Sequence[VerificationItem] | None = None) -> NextActor:
    """Exactly one person or role, what they have to do, and since when it waits for them.

    ``items`` are those of its plan where they are read already.
    """
    return next_actors([application], items=items)[application.pk]


def next_actors(
    applications: Sequence[Application],
    *,
    items: Sequence[VerificationItem] | None = None,
    chains: Mapping[uuid.UUID, Sequence[ReviewStep]] | None = None,
) -> dict[int, NextActor]:
    """By application id, in at most six queries for any number of them.

    Applications need ``coordinator``, ``practitioner`` and ``facility``. ``items`` are all those of their
    plans, ``chains`` the steps of their open cases (:func:`chains_of`), where they are read already.
    """
    reviewing = [one for one in applications if one.status == ApplicationStatus.IN_REVIEW]
    steps = _live_steps(chains_of(reviewing) if chains is None else chains)
    acting = reviews.next_actors(list(steps.values())) if steps else {}
    unable = _only_unable(
        [one for one in applications if one.status == ApplicationStatus.IN_VERIFICATION], items
    )
    answer = {}
    for one in applications:
        step = steps.get(one.uid)
        answer[one.pk] = acting[step.pk] if step is not None else _of(one, unable)
    return answer


def _of(application: Application, unable: set[int]) -> NextActor:
    def coordinator(what: str, since=None) -> NextActor:
        return NextActor(str(application.coordinator), COORDINATOR, application.coordinator, since, what)

    opened = clock.date_at(application.opened_at, application.facility)
    status = application.status
    if status == ApplicationStatus.DRAFT:
        return coordinator("to record the claims and submit", opened)
    if status == ApplicationStatus.SUBMITTED:
        return coordinator("to accept it or return it as incomplete", application.received_on)
    if status == ApplicationStatus.INCOMPLETE:
        return NextActor(
            str(application.practitioner),
            "Applicant",
            None,
            application.received_on,
            "to add what is missing",
        )
    if status == ApplicationStatus.IN_VERIFICATION:
        if application.pk in unable:
            return NextActor(
                "The director", "Director of medical staff services", None, application.received_on,
                "to waive what could not be verified",
            )  # fmt: skip
        return coordinator("to verify what is open", application.received_on)
    if status == ApplicationStatus.COMPLETE:
        return coordinator("to send it to review", application.complete_on)
    if status == ApplicationStatus.IN_REVIEW:
        return NextActor("The Medical Staff Office", "Medical staff coordinator", None, None, "")
    return NextActor("", "", None, None, "")


def chains_of(applications: Sequence[Application]) -> dict[uuid.UUID, list[ReviewStep]]:
    """The steps of the open case of each application, in their order; one query, none without any."""
    chains: dict[uuid.UUID, list[ReviewStep]] = {}
    if applications:
        rows = ReviewStep.objects.filter(
            case__subject_uid__in=[one.uid for one in applications], case__status="open"
        ).select_related("case__practitioner", "case__facility", "case__department")
        for row in rows.order_by("case", "order"):
            chains.setdefault(row.case.subject_uid, []).append(row)
    return chains


def _live_steps(chains: Mapping[uuid.UUID, Sequence[ReviewStep]]) -> dict[uuid.UUID, ReviewStep]:
    return {
        uid: step
        for uid, steps in chains.items()
        for step in steps
        if step.status in (StepStatus.OPEN, StepStatus.DEFERRED)
    }


def _only_unable(applications: Sequence[Application], items: Sequence[VerificationItem] | None) -> set[int]:
    """Applications where everything is found out but for items only a director can settle."""
    if not applications:
        return set()
    unsettled = (*_OPEN_ITEMS, ItemStatus.UNABLE)
    rows = (
        VerificationItem.objects.filter(application__in=[one.pk for one in applications])
        .filter(status__in=unsettled)
        .values_list("application_id", "status", "waivable")
        if items is None
        else [(each.application_id, each.status, each.waivable) for each in items if each.status in unsettled]
    )
    states: dict[int, list[tuple[str, bool]]] = {}
    for application_id, status, waivable in rows:
        states.setdefault(application_id, []).append((status, waivable))
    return {
        pk
        for pk, found in states.items()
        if all(status == ItemStatus.UNABLE and waivable for status, waivable in found)
    }
