"""What changes hands with a person's work, and what changed hands before."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from config.accounts.models import User
from config.accounts.policies import facilities_with, may
from config.organization.models import Facility
from credentialing.models import Application, HandedOver, Handover
from credentialing.models.applications import OPEN_STATUSES
from practitioners.models import ContactLogEntry

MANAGE, LOG = "credentialing.manage_application", "practitioners.log_contact"


@dataclass(frozen=True)
class Holding:
    """What is to change hands: open files with all that belongs to them, and follow-ups."""

    files: Sequence[Application]
    follow_ups: Sequence[ContactLogEntry]

    @property
    def things(self) -> list[Application | ContactLogEntry]:
        """Files and follow-ups together."""
        return [*self.files, *self.follow_ups]

    def __bool__(self) -> bool:
        return bool(self.things)


def everything_of(holder: User, facility: Facility) -> Holding:
    """All open work of a person at the facility; two queries."""
    return Holding(
        list(_files(facility).filter(coordinator=holder)),
        list(_follow_ups(facility).filter(follow_up_for=holder)),
    )


def chosen(uids: Sequence[uuid.UUID], facility: Facility) -> Holding:
    """The open files and follow-ups of the facility among these; two queries."""
    return Holding(
        list(_files(facility).filter(uid__in=uids)), list(_follow_ups(facility).filter(uid__in=uids))
    )


def _files(facility: Facility) -> QuerySet[Application]:
    rows = Application.objects.filter(facility=facility, status__in=OPEN_STATUSES)
    return rows.select_related("practitioner", "facility", "coordinator").order_by("practitioner_id", "pk")


def _follow_ups(facility: Facility) -> QuerySet[ContactLogEntry]:
    rows = ContactLogEntry.objects.filter(facility=facility, follow_up_on__isnull=False, done_at__isnull=True)
    return rows.select_related("practitioner", "follow_up_for").order_by("practitioner_id", "pk")


def why_not(taker: User, facility: Facility, thing: Application | ContactLogEntry) -> str:
    """Why the person cannot take over a file or follow-up, in a sentence; empty where they can."""
    if thing.practitioner.user_id == taker.pk:
        return f"{taker} cannot work on their own file."
    permission = MANAGE if isinstance(thing, Application) else LOG
    if not may(taker, permission, facility):
        what = "files" if isinstance(thing, Application) else "follow-ups"
        return f"{taker} works no {what} at {facility}."
    return ""


# --- handed over before -----------------------------------------------------------------------------------


def visible_handovers(viewer) -> QuerySet[Handover]:
    """Handovers at the facilities where the person works files, with how much each was, the newest first."""
    return (
        Handover.objects.filter(facility_id__in=facilities_with(viewer, MANAGE))
        .select_related("facility", "everything_of", "taker", "made_by", "taken_back_by")
        .annotate(
            files=Count("things", filter=Q(things__application__isnull=False)),
            follow_ups=Count("things", filter=Q(things__follow_up__isnull=False)),
        )
    )


@dataclass(frozen=True)
class Returning:
    """What of a handover would go back to whom, and what stays, each with the reason."""

    back: Sequence[HandedOver]
    stays: Sequence[tuple[HandedOver, str]]


def returning(handover: Handover, viewer) -> Returning:
    """What taking a handover back would do today; without the viewer's own file. One query, and one per
    person who had something.
    """
    back: list[HandedOver] = []
    stays: list[tuple[HandedOver, str]] = []
    for row in things_of(handover):
        if row.thing.practitioner.user_id == viewer.pk:
            continue
        why = _stays(row, handover)
        if why:
            stays.append((row, why))
        else:
            back.append(row)
    return Returning(back, stays)


def things_of(handover: Handover) -> list[HandedOver]:
    """What changed hands, in the order in which their people are locked; one query."""
    rows = handover.things.select_related(
        "giver",
        "application__practitioner",
        "application__facility",
        "application__coordinator",
        "follow_up__practitioner",
        "follow_up__follow_up_for",
    )
    return sorted(rows, key=lambda row: row.thing.practitioner_id)


def holder_of(thing: Application | ContactLogEntry) -> User | None:
    """Who works a file, or said they would come back to it."""
    return thing.coordinator if isinstance(thing, Application) else thing.follow_up_for


def is_settled(thing: Application | ContactLogEntry) -> str:
    """Why nobody has to do anything any more, in a sentence; empty while somebody has."""
    if isinstance(thing, Application):
        return "" if thing.is_open else "The application is closed."
    return "" if thing.done_at is None else "It has been followed up."


def _stays(row: HandedOver, handover: Handover) -> str:
    settled = is_settled(row.thing)
    if settled:
        return settled
    if holder_of(row.thing) != handover.taker:
        return f"{holder_of(row.thing)} has it by now."
    return why_not(row.giver, handover.facility, row.thing)
