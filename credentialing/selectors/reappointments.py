"""The calendar of reappointments: terms that end, how far each renewal is, whether the board is in time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from bylaws.choices import Body
from bylaws.models import AppointmentPeriod
from bylaws.parameters import APPROVAL_CHAIN
from config.kernel import clock
from config.kernel.dates import ONE_DAY, add_months, month_first
from config.kernel.periods import EndKind
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_many
from credentialing import kinds, parameters
from credentialing.choices import (
    ApplicationKind,
    ApplicationStatus,
    Outlook,
    PacketRole,
    PacketStage,
    PacketStatus,
    SectionStatus,
)
from credentialing.models import Application, Deficiency, Packet, PacketLink, VerificationItem
from credentialing.models.applications import OPEN_STATUSES
from credentialing.rules.reappointments import Foreseen, Progress, Windows, days_left, foresee, months_due
from credentialing.selectors.files import FOUND_OUT
from credentialing.selectors.head import bodies_ahead, coming_meetings, days_called
from credentialing.selectors.next_actor import chains_of

MONTHS = 12
#: What the outlook of a term is judged by.
_JUDGED_BY = ("pk", "ends", "next_from", "application_id_now", "leaving")
#: Packets the applicant has not finished; their link runs out.
UNFINISHED = (PacketStatus.INVITED, PacketStatus.OPEN)
_CODES = (
    parameters.REAPPOINTMENT_EARLIEST,
    parameters.REAPPOINTMENT_LATEST,
    parameters.REAPPOINTMENT_WORK,
    parameters.PACKET_ANSWER_DAYS,
    APPROVAL_CHAIN.code,
)


# --- which terms end ------------------------------------------------------------------------------------


def ending_terms(facility: Facility, *, today: dt.date) -> QuerySet[AppointmentPeriod]:
    """The last days of the running terms at the facility that end from today on, through :data:`MONTHS`
    months ahead.

    Each row says as ``ends`` its open bound, ``next_from`` when the next term begins (where it is decided),
    ``application_id_now`` which application renews it (the newest that is open or was opened in the term,
    unless its launch was taken back), and ``leaving`` why it was cut short, None where it was not.
    """
    live = AppointmentPeriod.objects.live()
    same_term = live.filter(identity=OuterRef("identity"))
    later = live.filter(
        practitioner=OuterRef("practitioner"),
        facility=OuterRef("facility"),
        valid__startswith__gte=OuterRef("valid__endswith"),
    ).exclude(identity=OuterRef("identity"))
    renewing = (
        Application.objects.filter(practitioner=OuterRef("practitioner"), facility=OuterRef("facility"))
        .filter(
            Q(kind__in=kinds.codes(opens_term=True), status__in=OPEN_STATUSES)
            | Q(kind__in=kinds.codes(renews=True), opened_at__gte=OuterRef("valid__startswith"))
        )
        .exclude(launch__taken_back_at__isnull=False)
    )
    longer = AppointmentPeriod.objects.filter(
        identity=OuterRef("identity"),
        superseded_at__isnull=False,
        end_kind=EndKind.AMENDED,
        valid__endswith__gt=OuterRef("valid__endswith"),
    )
    horizon = add_months(month_first(today), MONTHS + 1)
    return (
        live.filter(facility=facility, valid__endswith__gt=today, valid__endswith__lte=horizon)
        .filter(~Exists(same_term.filter(valid__startswith__gte=OuterRef("valid__endswith"))))
        .filter(Q(valid__startswith__lte=today) | Exists(same_term.filter(valid__startswith__lte=today)))
        .select_related("practitioner", "department", "category", "identity")
        .annotate(
            ends=F("valid__endswith"),
            next_from=Subquery(later.order_by("valid__startswith").values("valid__startswith")[:1]),
            leaving=Subquery(longer.order_by("-superseded_at").values("end_reason")[:1]),
            application_id_now=Subquery(renewing.order_by("-opened_at", "-pk").values("pk")[:1]),
        )
    )


def of_month(terms: QuerySet[AppointmentPeriod], month: dt.date) -> QuerySet[AppointmentPeriod]:
    """Those whose last day lies in the month."""
    return terms.filter(
        valid__endswith__gt=month_first(month), valid__endswith__lte=add_months(month_first(month), 1)
    )


def at_stage(terms: QuerySet[AppointmentPeriod], stage: str) -> QuerySet[AppointmentPeriod]:
    """Those whose packet stands at that :class:`PacketStage`."""
    packets = Packet.objects.filter(application=OuterRef("application_id_now")).exclude(
        status=PacketStatus.WITHDRAWN
    )
    asked = PacketStatus.INVITED if stage == PacketStage.EXPIRED else stage
    if stage == PacketStage.NONE:
        return terms.filter(~Exists(packets))
    if stage in UNFINISHED:
        return terms.filter(Exists(packets.filter(status=asked).exclude(_ran_out())))
    if stage == PacketStage.EXPIRED:
        return terms.filter(Exists(packets.filter(_ran_out(), status__in=UNFINISHED)))
    return terms.filter(Exists(packets.filter(status=asked)))


def _ran_out() -> Q:
    """Packets whose applicant holds no link that works."""
    works = PacketLink.objects.filter(
        packet=OuterRef("pk"),
        role=PacketRole.APPLICANT,
        revoked_at__isnull=True,
        expires_at__gt=clock.now(),
    )
    return Q(on_paper=False) & ~Q(Exists(works))


# --- how far each is ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PacketNow:
    """A packet in a list: how far it is, and the link a new invitation takes the place of."""

    uid: uuid.UUID
    stage: PacketStage
    due_on: dt.date
    done: int
    total: int

    @property
    def again_url(self) -> str:
        """Where another invitation is sent, once this one ran out."""
        if self.stage != PacketStage.EXPIRED:
            return ""
        return reverse("credentialing:packet_again", args=[self.uid])

    @property
    def percent(self) -> int:
        """Sections complete, of a hundred."""
        return round(100 * self.done / self.total) if self.total else 0


@dataclass(frozen=True)
class Renewal:
    """How far the renewal of one term is, what is missing, and what becomes of the term."""

    application: Application | None
    packet: PacketNow | None
    missing: Sequence[str]
    foreseen: Foreseen
    days_left: int

    @property
    def again_url(self) -> str:
        """Where another invitation is sent; empty where none is needed."""
        return self.packet.again_url if self.packet else ""

    @property
    def stage(self) -> PacketStage:
        """How far the packet is."""
        return self.packet.stage if self.packet else PacketStage.NONE

    @property
    def status(self) -> ApplicationStatus | None:
        """Of the application, with its colour."""
        return ApplicationStatus(self.application.status) if self.application else None


@dataclass
class Calendar:
    """What the renewals of one facility are judged by; read once, and each term once."""

    facility: Facility
    today: dt.date
    windows: Windows
    chain: Sequence[tuple[str, str]]
    _meetings: list | None = None
    _read: dict[int, Renewal] = field(default_factory=dict)

    @property
    def months_due(self) -> list[dt.date]:
        """First days of the months to be launched now."""
        return months_due(self.today, self.windows)

    @property
    def due_through(self) -> dt.date:
        """The open bound of the terms that are to be launched by now, or were."""
        return add_months(self.months_due[-1], 1)

    def renewals(self, terms: Iterable[Any]) -> dict[int, Renewal]:
        """Each term's renewal by the row's id; four queries for any number of them, and each term is read
        once. The rows come from :func:`ending_terms`, or hold of them what :data:`_JUDGED_BY` names.
        """
        rows: list[Any] = list(terms)
        new = [row for row in rows if row.pk not in self._read]
        found = _applications({row.application_id_now for row in new} - {None})
        packets = packets_of(list(found))
        chains = chains_of([one for one in found.values() if one.status == ApplicationStatus.IN_REVIEW])
        meetings = self._called() if new else {}
        for row in new:
            application = found.get(row.application_id_now)
            packet = packets.get(application.pk) if application else None
            live = application if application is not None and application.is_open else None
            steps = chains.get(live.uid, []) if live else []
            self._read[row.pk] = Renewal(
                application=application,
                packet=packet if live or (packet and packet.stage == PacketStage.ACCEPTED) else None,
                missing=_missing(live, packet) if live else (),
                foreseen=foresee(
                    last_day=row.ends - ONE_DAY,
                    next_from=row.next_from,
                    progress=_progress(live, packet),
                    ahead=bodies_ahead(steps) or self.chain,
                    meetings=meetings,
                    windows=self.windows,
                    today=self.today,
                    leaving=row.leaving,
                ),
                days_left=days_left(row.ends, self.today),
            )
        return {row.pk: self._read[row.pk] for row in rows}

    def ids_with(self, terms: QuerySet[AppointmentPeriod], outlook: str) -> list[int]:
        """Ids of the terms with that outlook. Nobody outside the window is judged: what is not launched
        yet is not due there.
        """
        near = terms if outlook in (Outlook.NOT_DUE, Outlook.DECIDED) else terms.filter(
            Q(valid__endswith__lte=self.due_through) | Q(application_id_now__isnull=False)
        )  # fmt: skip
        # Tens of thousands are judged to show a few: what is shown of a person is read of those.
        judged = near.select_related(None).order_by().values_list(*_JUDGED_BY, named=True)
        return [pk for pk, one in self.renewals(judged).items() if one.foreseen.outlook == outlook]

    def _called(self) -> dict[str, list[dt.date]]:
        if self._meetings is None:
            self._meetings = coming_meetings({self.facility.pk})
        return days_called([str(body) for body in Body], self._meetings, self.facility)


def read_calendar(facility: Facility, today: dt.date) -> Calendar:
    """The hospital's pace and chain on that day; one query."""
    found = resolve_many(_CODES, facility=facility, on=today)

    def days(code: str, unless: int) -> int:
        bound = found.get((code, ""))
        return int(bound.value) if bound is not None and bound.value is not None else unless

    chain = found.get((APPROVAL_CHAIN.code, ApplicationKind.REAPPOINTMENT)) or found.get(
        (APPROVAL_CHAIN.code, "")
    )
    bodies = chain.value if chain is not None and chain.value else [Body.BOARD]
    return Calendar(
        facility,
        today,
        Windows(
            earliest=days(parameters.REAPPOINTMENT_EARLIEST, 180),
            latest=days(parameters.REAPPOINTMENT_LATEST, 150),
            answer=days(parameters.PACKET_ANSWER_DAYS, 30),
            work=days(parameters.REAPPOINTMENT_WORK, 45),
        ),
        [(str(body), Body(body).label) for body in bodies if body in Body.values],
    )


def _applications(ids: Iterable[int]) -> dict[int, Any]:
    """These applications with what is owed and what is still to be found out, counted; one query."""
    wanted = list(ids)
    if not wanted:
        return {}
    owed = Deficiency.objects.filter(
        application=OuterRef("pk"), answered_at__isnull=True, withdrawn_at__isnull=True
    )
    unsettled = VerificationItem.objects.filter(application=OuterRef("pk")).exclude(
        status__in=(*FOUND_OUT, "superseded")
    )
    rows = (
        Application.objects.filter(pk__in=wanted)
        .select_related("practitioner", "facility", "coordinator", "department", "category")
        .annotate(owed=_count(owed), unsettled=_count(unsettled))
    )
    return {row.pk: row for row in rows}


def _count(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().values("application").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def packets_of(application_ids: Sequence[int]) -> dict[int, PacketNow]:
    """The packet of each application that counts, by the application's id; one query."""
    if not application_ids:
        return {}
    done = Q(sections__status__in=(SectionStatus.COMPLETE, SectionStatus.ACCEPTED))
    rows = (
        Packet.objects.filter(application__in=application_ids)
        .exclude(status=PacketStatus.WITHDRAWN)
        .annotate(
            total=Count("sections"),
            done=Count("sections", filter=done),
            ran_out=Exists(Packet.objects.filter(_ran_out(), pk=OuterRef("pk"))),
        )
    )
    return {
        row.application_id: PacketNow(
            row.uid,
            PacketStage.EXPIRED if row.ran_out and row.status in UNFINISHED else PacketStage(str(row.status)),
            row.due_on,
            row.done,
            row.total,
        )
        for row in rows
    }


def _progress(application: Application | None, packet: PacketNow | None) -> Progress:
    if application is None:
        return Progress()
    return Progress(
        status=application.status,
        packet=str(packet.stage) if packet else None,
        packet_due=packet.due_on if packet else None,
        received_on=application.received_on,
    )


def _missing(application: Any, packet: PacketNow | None) -> tuple[str, ...]:
    """What keeps an open application from going on, counted, in words."""
    found = []
    if application.status == ApplicationStatus.DRAFT and packet is None:
        found.append("the invitation")
    if packet is not None and packet.stage in (PacketStage.INVITED, PacketStage.EXPIRED, PacketStage.OPEN):
        left = packet.total - packet.done
        found.append(_several(left, "section") if left else "the signature")
    if application.owed:
        found.append(f"{_several(application.owed, 'thing')} owed by the applicant")
    if application.unsettled:
        found.append(f"{_several(application.unsettled, 'item')} to verify")
    return tuple(found)


def _several(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"


# --- the months -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """One month of the calendar: its first day, terms that end in it, those nobody has begun to renew."""

    first: dt.date
    ending: int
    waiting: int

    @property
    def code(self) -> str:
        """As it stands in addresses: ``2027-05``."""
        return f"{self.first:%Y-%m}"


def months(terms: QuerySet[Any], *, today: dt.date) -> list[Month]:
    """The months of the calendar, from this one on; one query."""
    starts = [add_months(month_first(today), index) for index in range(MONTHS + 1)]
    ending, waiting = dict.fromkeys(starts, 0), dict.fromkeys(starts, 0)
    rows: Any = terms.order_by().values_list("ends", "next_from", "application_id_now", "leaving")
    for ends, next_from, application, leaving in rows:
        month = month_first(ends - ONE_DAY)
        ending[month] += 1
        waiting[month] += next_from is None and application is None and leaving is None
    return [Month(start, ending[start], waiting[start]) for start in starts]


def month_to_open(found: Sequence[Month], calendar: Calendar) -> dt.date:
    """The month the page opens on: of those due the one in which most wait to be launched, the sooner of
    equals. A single latecomer of a month that was launched does not hide the next one.
    """
    due = calendar.months_due
    here = [each for each in found if each.first in due]
    return max(here, key=lambda each: each.waiting).first if here else due[0]
