"""What changes hands with a person's work, and what changed hands before."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from config.accounts.models import User
from config.accounts.policies import facilities_with, may
from config.organization.models import Facility
from credentialing.choices import PaperStatus
from credentialing.models import AffiliationRequest, Application, HandedOver, Handover, IncomingPaper
from credentialing.models.applications import OPEN_STATUSES
from credentialing.models.handovers import Work
from credentialing.selectors.open_work import UNANSWERED
from practitioners.models import ContactLogEntry, Practitioner

MANAGE, LOG = "credentialing.manage_application", "practitioners.log_contact"
VERIFY = "credentialing.verify"


@dataclass(frozen=True)
class Holding:
    """What is to change hands: open files with all that belongs to them, follow-ups, papers to file, and
    letters to answer.
    """

    files: Sequence[Application]
    follow_ups: Sequence[ContactLogEntry]
    papers: Sequence[IncomingPaper] = ()
    letters: Sequence[AffiliationRequest] = ()

    @property
    def things(self) -> list[Work]:
        """All of it together."""
        return [*self.files, *self.follow_ups, *self.papers, *self.letters]

    def __bool__(self) -> bool:
        return bool(self.things)


def everything_of(holder: User, facility: Facility) -> Holding:
    """All open work of a person at the facility; four queries."""
    return Holding(
        list(_files(facility).filter(coordinator=holder)),
        list(_follow_ups(facility).filter(follow_up_for=holder)),
        list(_papers(facility).filter(coordinator=holder)),
        list(_letters(facility).filter(coordinator=holder)),
    )


def chosen(uids: Sequence[uuid.UUID], facility: Facility) -> Holding:
    """What is open at the facility among these; four queries."""
    return Holding(
        list(_files(facility).filter(uid__in=uids)),
        list(_follow_ups(facility).filter(uid__in=uids)),
        list(_papers(facility).filter(uid__in=uids)),
        list(_letters(facility).filter(uid__in=uids)),
    )


def _files(facility: Facility) -> QuerySet[Application]:
    rows = Application.objects.filter(facility=facility, status__in=OPEN_STATUSES)
    return rows.select_related("practitioner", "facility", "coordinator").order_by("practitioner_id", "pk")


def _follow_ups(facility: Facility) -> QuerySet[ContactLogEntry]:
    rows = ContactLogEntry.objects.filter(facility=facility, follow_up_on__isnull=False, done_at__isnull=True)
    return rows.select_related("practitioner", "follow_up_for").order_by("practitioner_id", "pk")


def _papers(facility: Facility) -> QuerySet[IncomingPaper]:
    rows = IncomingPaper.objects.filter(facility=facility, status=PaperStatus.TO_FILE)
    return rows.select_related("coordinator").order_by("pk")


def _letters(facility: Facility) -> QuerySet[AffiliationRequest]:
    rows = AffiliationRequest.objects.filter(facility=facility, status__in=UNANSWERED)
    return rows.select_related("practitioner", "coordinator").order_by("practitioner_id", "pk")


#: What each kind of work asks of whoever takes it over, and what it is called.
_TAKES: dict[type, tuple[str, str]] = {
    Application: (MANAGE, "files"),
    ContactLogEntry: (LOG, "follow-ups"),
    IncomingPaper: (VERIFY, "papers"),
    AffiliationRequest: (VERIFY, "affiliation letters"),
}


def person_of(thing: Work) -> Practitioner | None:
    """Whom it is about, where that is known: a paper is nobody's until it is filed."""
    return None if isinstance(thing, IncomingPaper) else thing.practitioner


def why_not(taker: User, facility: Facility, thing: Work) -> str:
    """Why the person cannot take over a piece of work, in a sentence; empty where they can."""
    if is_about(thing, taker):
        return f"{taker} cannot work on their own file."
    permission, what = _TAKES[type(thing)]
    return "" if may(taker, permission, facility) else f"{taker} works no {what} at {facility}."


def is_about(thing: Work, user: User) -> bool:
    """Whether it is about the person themselves."""
    person = person_of(thing)
    return person is not None and person.user_id is not None and person.user_id == user.pk


# --- handed over before -----------------------------------------------------------------------------------


def visible_handovers(viewer) -> QuerySet[Handover]:
    """Handovers at the facilities where the person works files, with how much each was, the newest first."""
    return (
        Handover.objects.filter(facility_id__in=facilities_with(viewer, MANAGE))
        .select_related("facility", "everything_of", "taker", "made_by", "taken_back_by")
        .annotate(
            files=Count("things", filter=Q(things__application__isnull=False)),
            follow_ups=Count("things", filter=Q(things__follow_up__isnull=False)),
            others=Count("things", filter=Q(things__paper__isnull=False) | Q(things__request__isnull=False)),
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
        if is_about(row.thing, viewer):
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
        "paper__coordinator",
        "request__practitioner",
        "request__coordinator",
    )
    return sorted(rows, key=lambda row: getattr(person_of(row.thing), "pk", 0))


def holder_of(thing: Work) -> User | None:
    """Who works it, or said they would come back to it; nobody where none has it yet."""
    return thing.follow_up_for if isinstance(thing, ContactLogEntry) else thing.coordinator


def is_settled(thing: Work) -> str:
    """Why nobody has to do anything any more, in a sentence; empty while somebody has."""
    if isinstance(thing, Application):
        return "" if thing.is_open else "The application is closed."
    if isinstance(thing, IncomingPaper):
        return "" if thing.status == PaperStatus.TO_FILE else "The paper is done with."
    if isinstance(thing, AffiliationRequest):
        return "" if thing.status in UNANSWERED else "The request is answered."
    return "" if thing.done_at is None else "It has been followed up."


def _stays(row: HandedOver, handover: Handover) -> str:
    settled = is_settled(row.thing)
    if settled:
        return settled
    if holder_of(row.thing) != handover.taker:
        return f"{holder_of(row.thing)} has it by now."
    return why_not(row.giver, handover.facility, row.thing) if row.giver is not None else ""
