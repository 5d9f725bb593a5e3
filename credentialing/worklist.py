"""Queues of the Today page for those who work files and screenings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F
from django.urls import reverse
from django.utils.text import Truncator

from config.kernel import clock
from config.kernel.registries import Queue, WorkItem, queues
from credentialing import links, policies
from credentialing.choices import (
    ApplicationStatus,
    FlagStatus,
    ItemStatus,
    MatchClass,
    MatchStatus,
    MessageStatus,
)
from credentialing.models import Application, OutboxMessage, RedFlag, ScreeningMatch, VerificationItem
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors import expirables
from credentialing.tables import listed_name

Items = tuple[int, Sequence[WorkItem]]


def _files(queryset, limit: int, make) -> Items:
    total = queryset.count()
    return total, [make(row) for row in queryset[:limit]] if total else []


def _applications(user, facility, *statuses: str):
    return policies.visible_applications(user).filter(facility=facility, status__in=statuses)


def _since(application: Application) -> dt.date:
    return application.received_on or clock.date_at(application.opened_at, application.facility)


def new_applications(user, facility, limit: int) -> Items:
    """Submitted and waiting to be accepted, or in draft."""
    rows = _applications(user, facility, ApplicationStatus.SUBMITTED, ApplicationStatus.DRAFT).order_by(
        F("received_on").asc(nulls_last=True), "opened_at"
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.practitioner),
            url=links.application(row),
            detail=f"{row.get_kind_display()}, {row.department}",
            since=_since(row),
            colour=ApplicationStatus(row.status).colour,
            waiting_for="" if row.status == ApplicationStatus.SUBMITTED else "claims and submission",
        ),
    )


def to_review(user, facility, limit: int) -> Items:
    """Answers that wait for a person's review, and discrepancies."""
    rows = (
        VerificationItem.objects.filter(
            application__facility=facility,
            application__status__in=OPEN_STATUSES,
            status__in=(ItemStatus.RECEIVED, ItemStatus.DISCREPANT),
        )
        .filter(policies.not_own(user, "application__practitioner"))
        .select_related("application__practitioner")
        .order_by("verified_on", "pk")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.label,
            url=links.item(row),
            detail=str(row.application.practitioner),
            since=row.verified_on,
            colour=ItemStatus(row.status).colour,
        ),
    )


def to_chase(user, facility, limit: int) -> Items:
    """Sources that were asked and have not answered, the oldest first."""
    rows = (
        VerificationItem.objects.filter(
            application__facility=facility,
            application__status=ApplicationStatus.IN_VERIFICATION,
            status__in=(ItemStatus.REQUESTED, ItemStatus.AWAITING),
        )
        .filter(policies.not_own(user, "application__practitioner"))
        .select_related("application__practitioner")
        .annotate(tries=Count("attempts"))
        .order_by("requested_at", "pk")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.label,
            url=links.item(row),
            detail=f"{row.application.practitioner}, {row.tries} attempt{'s' if row.tries != 1 else ''}",
            since=row.requested_at and clock.date_at(row.requested_at, facility),
            colour=ItemStatus(row.status).colour,
        ),
    )


def in_verification(user, facility, limit: int) -> Items:
    """Files in verification, the oldest first, with how much is still open."""
    rows = (
        _applications(user, facility, ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE)
        .filter(coordinator=user)
        .order_by(F("scheduled_decision_on").asc(nulls_last=True), "opened_at")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.practitioner),
            url=links.application(row),
            detail=f"{row.get_status_display()}, {row.department}",
            due=row.scheduled_decision_on,
            since=_since(row),
            colour=ApplicationStatus(row.status).colour,
        ),
    )


def to_waive(user, facility, limit: int) -> Items:
    """Could not be verified: the director waives in writing, or sends it back."""
    rows = (
        VerificationItem.objects.filter(
            application__facility=facility, application__status__in=OPEN_STATUSES, status=ItemStatus.UNABLE
        )
        .filter(policies.not_own(user, "application__practitioner"))
        .select_related("application__practitioner")
        .order_by("requested_at", "pk")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=row.label,
            url=links.item(row),
            detail=f"{row.application.practitioner}: {row.note}"[:200],
            since=row.requested_at and clock.date_at(row.requested_at, facility),
            colour="warn",
        ),
    )


def open_flags(user, facility, limit: int) -> Items:
    """Red flags without a written disposition, the gravest first."""
    rows = (
        RedFlag.objects.filter(
            application__facility=facility,
            application__status__in=OPEN_STATUSES,
            status=FlagStatus.OPEN,
        )
        .filter(policies.not_own(user, "application__practitioner"))
        .select_related("application__practitioner")
        .order_by("-severity", "opened_at")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=f"{row.code}: {row.application.practitioner}",
            url=f"{links.application(row.application)}#flags",
            detail=Truncator(row.sentence).chars(160),
            since=clock.date_at(row.opened_at, facility),
            colour="bad" if row.severity == "serious" else "warn",
        ),
    )


def matches(user, facility, limit: int) -> Items:
    """Possible exclusions to be reviewed, the strongest first."""
    rows = (
        policies.visible_matches(user)
        .filter(status=MatchStatus.NEW, row__removed_in__isnull=True)
        .exclude(match_class=MatchClass.WEAK)
        .order_by("gravity", "pk")
    )

    def make(row: ScreeningMatch) -> WorkItem:
        second = row.proposed_by_id is not None
        return WorkItem(
            title=f"{row.practitioner} and {listed_name(row)}",
            url=links.match(row),
            detail=MatchClass(row.match_class).label + (", a second person has to agree" if second else ""),
            since=clock.date_at(row.run.screened_at, facility),
            colour=MatchClass(row.match_class).colour,
            waiting_for="a second person" if second else "",
        )

    return _files(rows, limit, make)


def expiring_soon(user, facility, limit: int) -> Items:
    """Credentials of members and applicants that run out within 30 days, or did."""
    today = clock.today(facility)
    rows = expirables.expiring([facility.pk], on=today, days_ahead=30, days_past=30)
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.identity.practitioner),
            url=links.practitioner(row.identity.practitioner),
            detail=f"{row.identity.credential_type.name} {row.identity.state}".strip(),
            due=row.end,
            runs_out=True,
            colour="bad" if row.end < today else "warn",
        ),
    )


def failed_mail(user, facility, limit: int) -> Items:
    """Reminders the mail system refused."""
    rows = (
        OutboxMessage.objects.filter(
            status=MessageStatus.FAILED, practitioner_id__in=expirables.people_ids([facility.pk])
        )
        .select_related("practitioner")
        .order_by("created_at")
    )
    return _files(
        rows,
        limit,
        lambda row: WorkItem(
            title=f"{row.practitioner} ({row.recipient})",
            url=f"{reverse('credentialing:reminders')}?status=failed",
            detail=row.problem[:160],
            since=clock.date_at(row.created_at, facility),
            colour="bad",
        ),
    )


def _queue(code: str, title: str, permission: str, items: Any, order: int, more: str = "", empty: str = ""):
    queues.register(
        Queue(
            code=f"credentialing-{code}",
            title=title,
            permission=permission,
            items=items,
            order=order,
            more_url=more,
            empty=empty or "Nothing waits here.",
        )
    )


MANAGE, VERIFY = "credentialing.manage_application", "credentialing.verify"
_queue(
    "matches",
    "Possible exclusions",
    "credentialing.screen",
    matches,
    10,
    "/screening/",
    "No match waits for review.",
)
_queue("review", "Answers to review", VERIFY, to_review, 20, empty="Every answer is reviewed.")
_queue(
    "new",
    "New applications",
    MANAGE,
    new_applications,
    30,
    "/applications/?status=submitted",
    "No application waits to be accepted.",
)
_queue(
    "mine",
    "My files in verification",
    MANAGE,
    in_verification,
    40,
    "/applications/?waiting=coordinator",
    "You have no file in verification.",
)
_queue("chase", "Sources to chase", VERIFY, to_chase, 50, empty="No source owes an answer.")
_queue(
    "waive", "Could not be verified", "credentialing.waive", to_waive, 25, empty="Nothing waits for a waiver."
)
_queue("flags", "Open red flags", MANAGE, open_flags, 60, empty="Every red flag is disposed of.")
_queue(
    "expiring",
    "Running out",
    "credentialing.send_reminders",
    expiring_soon,
    70,
    "/expirables/",
    "Nothing runs out in the next 30 days.",
)
_queue("failed-mail", "Reminders that could not be sent", "credentialing.send_reminders", failed_mail, 80,
       "/reminders/?status=failed", "Every reminder went out.")  # fmt: skip
