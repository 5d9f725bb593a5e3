"""The one person who must act next on an application."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bylaws.choices import StepStatus
from bylaws.models import ReviewStep
from bylaws.selectors import reviews
from bylaws.selectors.reviews import NextActor, with_waiting
from config.audit.models import AuditEvent
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


def next_actor(
    application: Application, *, items: Sequence[VerificationItem] | None = None, met: bool | None = None
) -> NextActor:
    """Exactly one person or role, what they have to do, and since when it waits for them.

    ``items`` are those of its plan where they are read already; ``met`` says whether the gate to complete is
    met, where somebody judged it.
    """
    return next_actors([application], items=items, met=met)[application.pk]


def next_actors(
    applications: Sequence[Application],
    *,
    items: Sequence[VerificationItem] | None = None,
    chains: Mapping[uuid.UUID, Sequence[ReviewStep]] | None = None,
    met: bool | None = None,
) -> dict[int, NextActor]:
    """By application id, in at most seven queries for any number of them. See :func:`next_actor`.

    Applications need ``coordinator``, ``practitioner`` and ``facility``. ``items`` are all those of their
    plans, ``chains`` the steps of their open cases (:func:`chains_of`), where they are read already.
    """
    reviewing = [one for one in applications if one.status == ApplicationStatus.IN_REVIEW]
    steps = _live_steps(chains_of(reviewing) if chains is None else chains)
    acting = reviews.next_actors(list(steps.values())) if steps else {}
    left = _left([one for one in applications if one.status == ApplicationStatus.IN_VERIFICATION], items)
    answer = {}
    for one in applications:
        step = steps.get(one.uid)
        answer[one.pk] = acting[step.pk] if step is not None else _of(one, left.get(one.pk), met)
    return answer


@dataclass(frozen=True)
class _Left:
    """What is left of a file in verification: only items a director may settle, or nothing at all."""

    only_unable: bool
    since: dt.date | None  # when it came to that


def _of(application: Application, left: _Left | None, met: bool | None) -> NextActor:
    def coordinator(what: str, since=None) -> NextActor:
        return NextActor(str(application.coordinator), COORDINATOR, application.coordinator, since, what)

    opened = clock.date_at(application.opened_at, application.facility)
    status = application.status
    if status == ApplicationStatus.DRAFT:
        return coordinator("to record the claims and submit", opened)
    if status == ApplicationStatus.SUBMITTED and application.rule.threshold:
        return coordinator("to issue the application, or close it as not eligible", application.received_on)
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
        if left is not None and left.only_unable:
            return NextActor(
                "The director", "Director of medical staff services", None, left.since,
                "to waive what could not be verified",
            )  # fmt: skip
        if left is not None and met:
            return coordinator("to mark it complete", left.since)
        if left is not None and met is not False:
            return coordinator("to mark it complete, or to verify again what is too old", left.since)
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
        rows = with_waiting(
            ReviewStep.objects.filter(
                case__subject_uid__in=[one.uid for one in applications], case__status="open"
            )
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


def _left(applications: Sequence[Application], items: Sequence[VerificationItem] | None) -> dict[int, _Left]:
    """Of these, the files in which nothing waits for a coordinator's answer, by id; two queries at most."""
    if not applications:
        return {}
    if items is None:
        items = list(
            VerificationItem.objects.filter(application__in=[one.pk for one in applications])
            .exclude(status=ItemStatus.SUPERSEDED)
            .only("application_id", "status", "waivable", "reviewed_at", "uid")
        )
    by_file: dict[int, list[VerificationItem]] = {}
    for item in items:
        by_file.setdefault(item.application_id, []).append(item)
    settled = {
        one.pk: by_file[one.pk]
        for one in applications
        if by_file.get(one.pk)
        and not any(
            each.status in _OPEN_ITEMS or (each.status == ItemStatus.UNABLE and not each.waivable)
            for each in by_file[one.pk]
        )
    }
    given_up = moments_given_up(
        [each for rows in settled.values() for each in rows if each.status == ItemStatus.UNABLE]
    )
    answer = {}
    for one in applications:
        rows = settled.get(one.pk)
        if rows is None:
            continue
        unable = [each for each in rows if each.status == ItemStatus.UNABLE]
        moments = [given_up.get(each.uid) if unable else each.reviewed_at for each in unable or rows]
        last = max((moment for moment in moments if moment), default=None)
        answer[one.pk] = _Left(bool(unable), clock.date_at(last, one.facility) if last else None)
    return answer


def moments_given_up(items: Sequence[VerificationItem]) -> dict[uuid.UUID, dt.datetime]:
    """When each of these was recorded as unable to verify, by uid; one query."""
    if not items:
        return {}
    events = AuditEvent.objects.filter(
        verb="verification.unable", subject_uid__in=[each.uid for each in items]
    ).order_by("at")
    return dict(events.values_list("subject_uid", "at"))
