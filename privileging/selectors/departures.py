"""Departures, what one would end, and who could leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef, QuerySet

from bylaws.choices import PROTECTED_CAUSES
from bylaws.models import AppointmentPeriod, BarPeriod, CommitteeSeatPeriod
from bylaws.selectors.supervision import SUPERVISION
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod
from config.accounts.policies import facilities_with
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.periods import covers, last_day
from config.organization.models import Facility
from credentialing.choices import LetterOccasion
from credentialing.departed import Departed
from credentialing.models import Application, LetterTemplate
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.letters import letter_telling, template_for
from practitioners.models import CredentialPeriod, Letter, Practitioner
from practitioners.selectors.canonical import among, own_records, records_by_person
from privileging.choices import DepartureKind
from privileging.models import Departure, FPPEPlan, GrantPeriod
from privileging.models.fppe import OPEN as OPEN_FPPE

#: Roles that come with membership of the medical staff. An office of the hospital is another matter: it
#: stays, and an administrator ends it.
MEMBER_ROLES = (
    Role.PRACTITIONER,
    Role.DEPARTMENT_CHAIR,
    Role.COMMITTEE_MEMBER,
    Role.MEDICAL_STAFF_PRESIDENT,
)


def departures(viewer, facility: Facility) -> QuerySet[Departure]:
    """Departures from the facility, for those who may see its files."""
    if facility.pk not in facilities_with(viewer, "practitioners.view"):
        return Departure.objects.none()
    return Departure.objects.filter(facility=facility).select_related(
        "practitioner", "facility", "recorded_by", "action", "taken_back_by"
    )


def departure(viewer, uid) -> Departure | None:
    """One departure, where the viewer may see the files of its facility."""
    return (
        Departure.objects.filter(uid=uid, facility__in=facilities_with(viewer, "practitioners.view"))
        .select_related("practitioner", "facility", "recorded_by", "action", "taken_back_by")
        .first()
    )


def own_record_ids(viewer) -> frozenset[int]:
    """Ids of the records of the person whose account it is; one query."""
    return frozenset(Practitioner.every.filter(pk__in=own_records(viewer)).values_list("pk", flat=True))


@dataclass
class Leaver:
    """One person with everything that would end at the facility from a day on."""

    practitioner: Practitioner
    terms: list[AppointmentPeriod] = field(default_factory=list)
    grants: list[GrantPeriod] = field(default_factory=list)
    seats: list[CommitteeSeatPeriod] = field(default_factory=list)
    roles: list[RoleAssignmentPeriod] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    fppe: int = 0
    bars: list[BarPeriod] = field(default_factory=list)
    leaves_on: dt.date | None = None  # the first day without membership of a departure that stands ahead
    agreements: list[CredentialPeriod] = field(default_factory=list)  # of those they supervise
    supervises: list[Practitioner] = field(default_factory=list)

    @property
    def holds_nothing(self) -> bool:
        """Whether there is neither membership nor a privilege to end."""
        return not self.terms and not self.grants

    @property
    def ends(self) -> list[str]:
        """What ends, in words."""
        said = [
            f"{term.category}, {term.department} (term through {_day(last_day(term.valid.upper))})"
            for term in self.terms
        ]
        if self.grants:
            count = len({row.identity_id for row in self.grants})
            said.append(f"{count} privilege{'s' if count != 1 else ''}")
        said += [f"seat on {row.identity.committee.named}" for row in self.seats]
        said += [f"sign-in as {row.identity.get_role_display().lower()}" for row in self.roles]
        said += [
            f"{row.get_kind_display().lower()}, {row.get_status_display().lower()}: withdrawn"
            for row in self.applications
        ]
        return said

    @property
    def remains(self) -> list[str]:
        """What does not end by itself and somebody has to see to."""
        said = [
            f"a {row.identity.get_kind_display().lower()} stands: answer the question about an investigation "
            "with it in mind"
            for row in self.bars
        ]
        if self.supervises:
            people = ", ".join(str(each) for each in self.supervises)
            ends = (
                "the agreements end with it"
                if self.agreements
                else "the agreements stay, for other hospitals"
            )
            said.append(f"supervises {people}, who need somebody else here; {ends}")
        if self.fppe:
            said.append(f"{self.fppe} focused evaluation{'s' if self.fppe != 1 else ''} not closed")
        return said


def leavers(practitioners: Sequence[Practitioner], facility: Facility, day: dt.date) -> list[Leaver]:
    """What ends for each of the people when they leave on ``day``; eleven queries for however many.

    What stands on a record that was merged into theirs is theirs.
    """
    whose = records_by_person(person.pk for person in practitioners)
    by_person = {person.pk: Leaver(person) for person in practitioners}
    from_day = DateRange(day, None)
    records = among([person.pk for person in practitioners])
    users = {person.user_id: person.pk for person in practitioners if person.user_id}
    npis = {person.npi: person.pk for person in practitioners if person.npi}

    def of(record_id: int) -> Leaver:
        return by_person[whose[record_id]]

    held: dict[str, Any] = {"practitioner__in": records, "facility": facility, "valid__overlap": from_day}
    for term in (
        AppointmentPeriod.objects.live()
        .filter(**held)
        .select_related("category", "department", "identity__practitioner", "identity__facility")
        .order_by("valid")
    ):
        of(term.practitioner_id).terms.append(term)
    for grant in (
        GrantPeriod.objects.live()
        .filter(**held)
        .select_related("identity__privilege", "identity__practitioner", "identity__facility")
        .order_by("pk")
    ):
        of(grant.practitioner_id).grants.append(grant)
    for seat in (
        CommitteeSeatPeriod.objects.live()
        .filter(identity__user__in=users, identity__committee__facility=facility, valid__overlap=from_day)
        .select_related("identity__committee__facility", "identity__user")
        .order_by("pk")
    ):
        by_person[users[seat.identity.user_id]].seats.append(seat)
    for role in (
        RoleAssignmentPeriod.objects.live()
        .filter(
            identity__user__in=users,
            identity__facility=facility,
            identity__role__in=MEMBER_ROLES,
            valid__overlap=from_day,
        )
        .select_related("identity__user", "identity__facility")
        .order_by("pk")
    ):
        by_person[users[role.identity.user_id]].roles.append(role)
    for application in (
        Application.objects.filter(practitioner__in=records, facility=facility, status__in=OPEN_STATUSES)
        .select_related("practitioner", "facility")
        .order_by("pk")
    ):
        of(application.practitioner_id).applications.append(application)
    for record_id in FPPEPlan.objects.filter(
        practitioner__in=records, facility=facility, status__in=OPEN_FPPE
    ).values_list("grant__practitioner_id", flat=True):
        of(record_id).fppe += 1
    for bar in (
        BarPeriod.objects.live()
        .filter(
            identity__practitioner__in=records,
            identity__facility=facility,
            identity__kind__in=PROTECTED_CAUSES,
            valid__overlap=DateRange(day - ONE_DAY, None),
        )
        .select_related("identity")
        .order_by("pk")
    ):
        of(bar.identity.practitioner_id).bars.append(bar)
    for ahead in Departure.objects.filter(
        practitioner__in=records, facility=facility, taken_back_at=None, day__gt=clock.today(facility)
    ):
        of(ahead.practitioner_id).leaves_on = ahead.day
    agreements = agreements_with(list(npis), day)
    elsewhere = _elsewhere(records, facility, day) if agreements else set()
    for agreement in agreements:
        leaver, supervised = (
            by_person[npis[agreement.extra["supervisor_npi"]]],
            agreement.identity.practitioner,
        )
        if not any(whose[record_id] == leaver.practitioner.pk for record_id in elsewhere):
            leaver.agreements.append(agreement)
        needs_nobody = supervised.pk in by_person  # they leave in the same act
        if not needs_nobody and supervised not in leaver.supervises and covers(agreement.valid, day):
            leaver.supervises.append(supervised)
    return list(by_person.values())


def agreements_with(npis: Sequence[str], day: dt.date) -> list[CredentialPeriod]:
    """Agreements of supervision that name people of these NPIs and hold on some day from ``day`` on; one
    query, none without an NPI.
    """
    if not npis:
        return []
    rows = CredentialPeriod.objects.live().filter(
        identity__credential_type__code=SUPERVISION,
        extra__supervisor_npi__in=npis,
        valid__overlap=DateRange(day, None),
    )
    return list(
        rows.select_related("identity__practitioner").order_by("identity__practitioner__sort_name", "pk")
    )


def _elsewhere(records, facility: Facility, day: dt.date) -> set[int]:
    """Records with an appointment at another hospital from the day on: what they agreed on goes on there."""
    rows = AppointmentPeriod.objects.live().filter(
        practitioner__in=records, valid__overlap=DateRange(day, None)
    )
    return set(rows.exclude(facility=facility).values_list("practitioner_id", flat=True))


def without_supervisor(viewer, facility: Facility, on: dt.date) -> QuerySet[Practitioner]:
    """People with an appointment or a privilege at the facility whose agreements of supervision have all
    ended, by name. Where the bylaws or the state ask for one, they need another.
    """
    if facility.pk not in facilities_with(viewer, "practitioners.view"):
        return Practitioner.objects.none()
    agreements = CredentialPeriod.objects.live().filter(
        identity__practitioner=OuterRef("pk"), identity__credential_type__code=SUPERVISION
    )
    here = {"practitioner": OuterRef("pk"), "facility": facility}
    return (
        Practitioner.objects.filter(
            Exists(AppointmentPeriod.objects.in_force(on).filter(**here))
            | Exists(GrantPeriod.objects.in_force(on).filter(**here))
        )
        .filter(Exists(agreements), ~Exists(agreements.filter(valid__overlap=DateRange(on, None))))
        .exclude(pk__in=own_records(viewer))
        .order_by("sort_name", "pk")
    )


#: For which letter of the office a departure is an occasion; of a death none is written from a template.
LETTERS = {
    DepartureKind.RESIGNED: LetterOccasion.RESIGNED,
    DepartureKind.RETIRED: LetterOccasion.RESIGNED,
    DepartureKind.CONTRACT_ENDED: LetterOccasion.TERMINATED,
    DepartureKind.NOT_RENEWED: LetterOccasion.NOT_RENEWED,
}


def departed_from(practitioner: Practitioner, facility: Facility) -> Departed | None:
    """The newest departure that stands, for the letters of the office; one query."""
    made = (
        Departure.objects.filter(
            practitioner__in=among([practitioner.pk]), facility=facility, taken_back_at=None
        )
        .order_by("-day", "-pk")
        .first()
    )
    if made is None:
        return None
    kind = DepartureKind(made.kind)
    return Departed(
        uid=made.uid,
        last_day=made.day - ONE_DAY,
        occasion=str(LETTERS.get(kind, "")),
        how=str(kind.label),
    )


def letter_of(viewer, made: Departure) -> tuple[Letter | None, LetterTemplate | None]:
    """The letter that confirms the departure where it was issued, else the template to write it from; neither
    where none is written. Two queries.
    """
    occasion = LETTERS.get(DepartureKind(made.kind))
    if occasion is None or made.taken_back_at is not None:
        return None, None
    letter = letter_telling(viewer, made.practitioner, made.uid)
    return (letter, None) if letter is not None else (None, template_for(occasion))


def withdrawn_by(made: Departure) -> list[Application]:
    """The applications the departure withdrew; no query where there is none."""
    uids = made.ended.get("applications", [])
    rows = Application.objects.filter(uid__in=uids).select_related("practitioner", "facility")
    return list(rows.order_by("pk")) if uids else []


def attach_leaving(rows: Sequence[AppointmentPeriod]) -> None:
    """Say of each term in ``leaves`` whether a departure that is recorded ends it. One query."""
    recorded = set(
        Departure.objects.filter(
            practitioner__in=[row.practitioner_id for row in rows],
            facility__in={row.facility_id for row in rows},
            taken_back_at=None,
        ).values_list("practitioner_id", "facility_id", "day")
    )
    for row in rows:
        leaves = (row.practitioner_id, row.facility_id, row.valid.upper) in recorded
        vars(row)["leaves"] = "Leaves" if leaves else ""


def members(viewer, facility: Facility, on: dt.date) -> QuerySet[AppointmentPeriod]:
    """The terms in force at the facility, from which those who leave are chosen."""
    if facility.pk not in facilities_with(viewer, "practitioners.view"):
        return AppointmentPeriod.objects.none()
    return (
        AppointmentPeriod.objects.in_force(on)
        .filter(facility=facility)
        .select_related("practitioner", "category", "department")
    )


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "no end"
