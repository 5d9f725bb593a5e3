"""Who would be launched, whom the invitation goes to, who is left out and why; and how far a batch is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from bylaws.choices import BarKind
from bylaws.models import AppointmentPeriod, BarPeriod
from config.kernel import clock
from config.kernel.dates import ONE_DAY, month_first
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from credentialing import links
from credentialing.choices import (
    ApplicationStatus,
    MailStatus,
    PacketMailKind,
    PacketRole,
    PacketStage,
    PacketStatus,
)
from credentialing.models import (
    Application,
    PacketLink,
    PacketMail,
    ReappointmentBatch,
    ReappointmentLaunch,
)
from credentialing.rules.reappointments import Launchable, why_left_out
from credentialing.selectors.packets import written_name
from credentialing.selectors.reappointments import packets_of
from practitioners.choices import ContactKind
from practitioners.models import ContactPoint
from practitioners.selectors.canonical import persons

#: Stages of a packet that has been signed at least once.
SIGNED = (PacketStage.SIGNED, PacketStage.RETURNED, PacketStage.ACCEPTED)
#: What stands in the way of asking somebody with the others. An automatic suspension does not.
ASKED_BY_HAND = (BarKind.LEAVE, BarKind.PRECAUTIONARY_SUSPENSION)


# --- whom a launch would ask ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Candidate:
    """One term of a launch: what is opened, whom the invitation goes to, or why it is left out."""

    term: AppointmentPeriod
    name: str
    email: str
    problem: str

    @property
    def last_day(self) -> dt.date:
        """The last day of the term."""
        return self.term.valid.upper - ONE_DAY

    @property
    def key(self) -> str:
        """The term as a form sends it."""
        return str(self.term.identity.uid)

    @property
    def url(self) -> str:
        """Where what keeps somebody out is looked at."""
        return links.practitioner(self.term.practitioner)


def candidates(terms: Iterable[Any], *, facility: Facility, today: dt.date) -> list[Candidate]:
    """Each of these terms (from ``ending_terms``), by name; five queries for any number of them."""
    rows = sorted(terms, key=lambda row: (row.practitioner.sort_name, row.pk))
    people = [row.practitioner_id for row in rows]
    emails = _emails(people)
    bars = _bars(people, facility, today)
    applications = Application.objects.in_bulk([row.application_id_now for row in rows])
    shortened = _ended_early([row.identity_id for row in rows])
    standing = persons(people)
    found = []
    for row in rows:
        application = applications.get(row.application_id_now)
        email = emails.get(row.practitioner_id, "")
        facts = Launchable(
            next_from=row.next_from,
            ends_early=shortened.get(row.identity_id),
            open_application=_in_words(application) if application and application.is_open else "",
            closed_application=_closed(application) if application and not application.is_open else "",
            bar=bars.get(row.practitioner_id, ""),
            email=email,
            not_asked=row.practitioner.withdrawn_at is not None
            or standing.get(row.practitioner_id, row.practitioner_id) != row.practitioner_id,
        )
        found.append(Candidate(row, written_name(row.practitioner), email, why_left_out(facts)))
    return found


def chosen(terms: QuerySet[AppointmentPeriod], keys: Iterable[uuid.UUID]) -> QuerySet[AppointmentPeriod]:
    """Of these terms those that were ticked."""
    return terms.filter(identity__uid__in=list(keys))


def _emails(people: Sequence[int]) -> dict[int, str]:
    """The address an invitation goes to, by practitioner: the first on file that is one; one query."""
    found: dict[int, str] = {}
    rows = ContactPoint.objects.filter(practitioner__in=people, kind=ContactKind.EMAIL).order_by("pk")
    for person, given in rows.values_list("practitioner_id", "line_1"):
        if person not in found and _is_address(given.strip()):
            found[person] = given.strip()
    return found


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _bars(people: Sequence[int], facility: Facility, today: dt.date) -> dict[int, str]:
    """The leave or precautionary suspension that stands, by practitioner, without its cause; one query."""
    rows = BarPeriod.objects.in_force(today).filter(
        identity__practitioner__in=people, identity__facility=facility, identity__kind__in=ASKED_BY_HAND
    )
    return {
        row.identity.practitioner_id: f"{row.identity.get_kind_display()} since {day_text(row.valid.lower)}"
        for row in rows.select_related("identity").order_by("-valid", "pk")
    }


def _ended_early(identities: Sequence[int]) -> dict[int, str]:
    """Terms that were cut short (a resignation, a death) with the reason, by identity; one query."""
    live = AppointmentPeriod.objects.live().filter(identity=OuterRef("identity"))
    rows = (
        AppointmentPeriod.objects.filter(
            identity__in=identities, superseded_at__isnull=False, end_kind="amended"
        )
        .annotate(now_ends=Subquery(live.order_by("-valid").values("valid__endswith")[:1]))
        .filter(valid__endswith__gt=F("now_ends"))
        .order_by("superseded_at")
    )
    return {identity: reason or "" for identity, reason in rows.values_list("identity_id", "end_reason")}


def _in_words(application: Application) -> str:
    return f"{application.get_kind_display().lower()}, {application.get_status_display().lower()}"


def _closed(application: Application) -> str:
    status = application.get_status_display().lower()
    return f"{status}: {application.closing_reason}" if application.closing_reason else status


# --- how far a batch is ---------------------------------------------------------------------------------


def batches_at(facility: Facility) -> QuerySet[ReappointmentBatch]:
    """The batches of a facility, counted: launched, opened, signed (as far as came), taken back."""
    packet = "launches__application__packets__"
    came = Q(**{f"{packet}signatures__isnull": False})
    return (
        ReappointmentBatch.objects.filter(facility=facility)
        .select_related("facility", "launched_by")
        .annotate(
            launched=Count("launches", distinct=True),
            taken_back=Count("launches", filter=Q(launches__taken_back_at__isnull=False), distinct=True),
            opened=Count(
                "launches", filter=Q(**{f"{packet}opened_at__isnull": False}), distinct=True
            ),
            signed=Count("launches", filter=came, distinct=True),
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How many a batch launched; of those not taken back, how many remain and came how far."""

    launched: int
    remain: int
    sent: int
    opened: int
    signed: int
    accepted: int
    taken_back: int


def launches_of(batch: ReappointmentBatch) -> list[Any]:
    """The members of a batch by name, each with its packet, its invitation and who got it; four queries."""
    rows: list[Any] = list(
        batch.launches.select_related(
            "application__practitioner", "application__department", "application__facility", "taken_back_by"
        ).order_by("application__practitioner__sort_name", "pk")
    )
    packets = packets_of([row.application_id for row in rows])
    links_now = {
        each.packet.application_id: each
        for each in PacketLink.objects.filter(
            packet__application__in=[row.application_id for row in rows], role=PacketRole.APPLICANT
        )
        .select_related("packet")
        .order_by("created_at", "pk")
    }
    mails = {
        each.link_id: each
        for each in PacketMail.objects.filter(
            link__in=[each.pk for each in links_now.values()], kind=PacketMailKind.INVITATION
        ).order_by("created_at", "pk")
    }
    for row in rows:
        packet, link = packets.get(row.application_id), links_now.get(row.application_id)
        mail = mails.get(link.pk) if link else None
        row.packet_now = packet
        row.stage = packet.stage if packet else PacketStage.NONE
        row.percent = packet.percent if packet else 0
        row.again_url = packet.again_url if packet else ""
        row.sent_to = link.email if link else ""
        row.mail = MailStatus(mail.status) if mail else None
        row.status = ApplicationStatus(row.application.status)
        row.was_opened = bool(link and link.packet.opened_at)
        row.can_be_taken_back = row.taken_back_at is None and _is_unopened(row, link)
    return rows


def progress_of(rows: Sequence[Any]) -> Progress:
    """Counted over what :func:`launches_of` answers. Pure."""
    live = [row for row in rows if row.taken_back_at is None]
    return Progress(
        launched=len(rows),
        remain=len(live),
        sent=sum(row.mail == MailStatus.SENT for row in live),
        opened=sum(row.was_opened for row in live),
        signed=sum(
            row.stage in (PacketStage.SIGNED, PacketStage.RETURNED, PacketStage.ACCEPTED) for row in live
        ),
        accepted=sum(row.stage == PacketStage.ACCEPTED for row in live),
        taken_back=len(rows) - len(live),
    )


def _is_unopened(row: Any, link: PacketLink | None) -> bool:
    """As :func:`not_opened` asks the database."""
    return (
        row.application.status == ApplicationStatus.DRAFT
        and link is not None
        and link.packet.status == PacketStatus.INVITED
    )


def takings_of(rows: Sequence[Any]) -> list[str]:
    """Who took back how many of a batch, when and why, the latest first. Pure."""
    groups: dict[tuple[Any, str, str], int] = {}
    for row in rows:
        if row.taken_back_at is not None:
            day = day_text(clock.date_at(row.taken_back_at, row.application.facility))
            key = (day, str(row.taken_back_by), row.taken_back_reason)
            groups[key] = groups.get(key, 0) + 1
    return [f"{count} taken back on {day} by {who}: {reason}" for (day, who, reason), count in groups.items()]


def not_opened(batch: ReappointmentBatch) -> QuerySet[ReappointmentLaunch]:
    """Those whose packet nobody has opened, so that they can still be taken back."""
    return batch.launches.filter(
        taken_back_at__isnull=True,
        application__status=ApplicationStatus.DRAFT,
        application__packets__status=PacketStatus.INVITED,
    )


def months_of(terms: Iterable[AppointmentPeriod]) -> set[dt.date]:
    """First days of the months in which these terms end. Pure."""
    return {month_first(row.valid.upper - ONE_DAY) for row in terms}
