"""Applications, from the first day to the last."""

from __future__ import annotations

from django.db.models import F
from django.utils.text import Truncator

from config.accounts.choices import DataClass
from config.accounts.policies import data_classes
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.registries import Waiting, WorkItem, queue
from credentialing import links, policies
from credentialing.choices import (
    ApplicationStatus,
    FlagStatus,
)
from credentialing.models import RedFlag
from credentialing.models.applications import OPEN_STATUSES
from credentialing.rules import red_flags
from credentialing.selectors.overdue import reappointments_lapsed
from credentialing.worklist.shared import (
    MANAGE,
    applications_of,
    as_items,
    list_of,
    my_list,
    waits_since,
)


@queue(
    code="credentialing-new",
    title="New applications",
    permission=MANAGE,
    order=30,
    more_url=list_of("credentialing:list", status="new"),
    empty="No application waits to be accepted.",
)
def new_applications(user, facility, limit: int) -> Waiting:
    """Submitted and waiting to be accepted, or in draft."""
    rows = applications_of(user, facility, ApplicationStatus.SUBMITTED, ApplicationStatus.DRAFT).order_by(
        F("received_on").asc(nulls_last=True), "opened_at"
    )
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.practitioner),
            url=links.application(row),
            detail=f"{row.get_kind_display()}, {row.department}",
            since=waits_since(row),
            colour=ApplicationStatus(row.status).colour,
            waiting_for="" if row.status == ApplicationStatus.SUBMITTED else "claims and submission",
        ),
    )


@queue(
    code="credentialing-mine",
    title="My files in verification",
    permission=MANAGE,
    order=40,
    more_url=my_list,
    empty="You have no file in verification.",
)
def in_verification(user, facility, limit: int) -> Waiting:
    """Files in verification, the oldest first, with how much is still open."""
    rows = (
        applications_of(user, facility, ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE)
        .filter(coordinator=user)
        .order_by(F("scheduled_decision_on").asc(nulls_last=True), "opened_at")
    )
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.practitioner),
            url=links.application(row),
            detail=f"{row.get_status_display()}, {row.department}",
            due=row.scheduled_decision_on,
            since=waits_since(row),
            colour=ApplicationStatus(row.status).colour,
        ),
    )


@queue(
    code="credentialing-lapsed",
    title="Lapsed before reappointment",
    permission=MANAGE,
    order=15,
    more_url=list_of("credentialing:list", status="lapsed"),
    empty="No appointment lapsed while its renewal was worked on.",
)
def lapsed(user, facility, limit: int) -> Waiting:
    """Members whose appointment ran out before the board decided on their reappointment."""
    rows = reappointments_lapsed(
        applications_of(user, facility, *OPEN_STATUSES), on=clock.today(facility)
    ).order_by("lapsed_from", "pk")
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.practitioner),
            url=links.application(row),
            detail=f"The appointment lapsed; the reappointment is {row.get_status_display().lower()}",
            due=row.lapsed_from - ONE_DAY,
            runs_out=True,
            colour="bad",
        ),
    )


@queue(
    code="credentialing-flags",
    title="Open red flags",
    permission=MANAGE,
    order=60,
    empty="Every red flag is disposed of.",
)
def open_flags(user, facility, limit: int) -> Waiting:
    """Red flags without a written disposition, the gravest first."""
    rows = (
        RedFlag.objects.filter(
            application__facility=facility,
            application__status__in=OPEN_STATUSES,
            status=FlagStatus.OPEN,
            # Others do not even learn that there is one.
            data_class__in=data_classes(user, facility),
        )
        .filter(policies.not_own(user, "application__practitioner"))
        .select_related("application__practitioner")
        .order_by("-severity", "opened_at")
    )
    return as_items(
        rows,
        limit,
        lambda row: WorkItem(
            title=str(row.application.practitioner),
            url=f"{_where_of(row)}#flags",
            detail=_told_of(row),
            since=clock.date_at(row.opened_at, facility),
            colour="bad" if row.severity == "serious" else "warn",
        ),
    )


def _told_of(flag: RedFlag) -> str:
    """What a queue says of a flag: of a protected class its kind, of health nothing but that it waits."""
    if flag.data_class == DataClass.GENERAL:
        return Truncator(flag.sentence).chars(160)
    if flag.data_class == DataClass.HEALTH:
        return "A confidential matter is routed to you."
    title = red_flags.RULES[flag.code].title if flag.code in red_flags.RULES else flag.code
    return f"{title}. Open it to read what it says: {flag.get_data_class_display().lower()}."


def _where_of(flag: RedFlag) -> str:
    """Where the flag is read and disposed of: a matter of health stands on the summary alone."""
    if flag.data_class == DataClass.HEALTH:
        return links.summary(flag.application)
    return links.application(flag.application)
