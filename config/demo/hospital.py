"""The health system of the demo: facilities, reference data, accounts, committees."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import (
    Committee,
    CommitteePosition,
    CommitteePositionPeriod,
    CommitteeSeat,
    CommitteeSeatPeriod,
    StaffCategory,
)
from bylaws.services.committees import end_seat, seat_member
from config.accounts.choices import Role
from config.accounts.models import RoleAssignment, RoleAssignmentPeriod, User
from config.accounts.services.users import end_role, system_user
from config.audit.services.events import record_event
from config.demo.accounts import PASSWORD, Household, Seat
from config.demo.timeline import Timeline, at, working_day
from config.kernel import clock
from config.kernel.yaml_files import read_yaml
from config.organization.models import Department, Facility, HealthSystem, NPDBEntity
from config.rulebook.choices import Confidence
from config.rulebook.services.parameters import set_parameter
from config.rulebook.services.sources import adopt_standard
from credentialing.choices import ApplicationKind
from credentialing.parameters import BACKGROUND_KINDS
from practitioners.models import TaxonomyCode
from privileging.models import PrivilegeFormVersion
from privileging.parameters import RESOURCES
from privileging.services.catalogue import load_catalogue

HERE = Path(__file__).resolve().parent
#: Offices and bodies have existed for long when the demo looks at them.
LONG_AGO = dt.timedelta(days=1500)

COMMITTEE_NAMES = {
    CommitteeKind.CREDENTIALS_COMMITTEE: "Credentials Committee",
    CommitteeKind.MEC: "Medical Executive Committee",
    CommitteeKind.BOARD: "Board of Trustees",
}
#: What the charters say: what the body is for, which one it reports to, and how often it meets in a year.
CHARTERS: dict[str, tuple[str, CommitteeKind | None, int]] = {
    CommitteeKind.BOARD: ("Governs the hospital and decides on appointments and privileges.", None, 10),
    CommitteeKind.MEC: ("Acts for the medical staff between its meetings.", CommitteeKind.BOARD, 10),
    CommitteeKind.CREDENTIALS_COMMITTEE: (
        "Looks at every application and recommends to the executive committee.",
        CommitteeKind.MEC,
        12,
    ),
    CommitteeKind.DEPARTMENT: ("Recommends on the members and the work of its field.", CommitteeKind.MEC, 4),
}
SEAT_TITLES = {
    SeatRole.CHAIR: "Chair",
    SeatRole.VICE_CHAIR: "Vice chair",
    SeatRole.MEMBER: "Member at large",
    SeatRole.EX_OFFICIO: "Ex officio",
}
PHYSICIANS = "Allopathic & Osteopathic Physicians"
ADVANCED_PRACTICE = "Physician Assistants & Advanced Practice Nursing Providers"
#: Code, classification and specialization of the specialties the demo's people state.
TAXONOMIES = (
    ("208600000X", "Surgery", ""),
    ("207X00000X", "Orthopedic Surgery", ""),
    ("207R00000X", "Internal Medicine", ""),
    ("208M00000X", "Hospitalist", ""),
    ("207Q00000X", "Family Medicine", ""),
    ("207RC0000X", "Internal Medicine", "Cardiovascular Disease"),
    ("207L00000X", "Anesthesiology", ""),
    ("207P00000X", "Emergency Medicine", ""),
    ("207V00000X", "Obstetrics & Gynecology", ""),
    ("363LA2100X", "Nurse Practitioner", "Acute Care"),
    ("363A00000X", "Physician Assistant", ""),
    ("363AS0400X", "Physician Assistant", "Surgical"),
    ("367500000X", "Nurse Anesthetist, Certified Registered", ""),
)


@dataclass
class Hospital:
    """What later stages need to know, by code and user name."""

    system: User
    facilities: dict[str, Facility] = field(default_factory=dict)
    departments: dict[tuple[str, str], Department] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    committees: dict[tuple[str, str, str], Committee] = field(default_factory=dict)
    categories: dict[str, StaffCategory] = field(default_factory=dict)
    forms: dict[str, PrivilegeFormVersion] = field(default_factory=dict)
    resources: dict[str, list[str]] = field(default_factory=dict)

    def office(self, facility_code: str) -> User:
        """Who works the applications of a facility."""
        return self.users["credentialing" if facility_code == "LMC" else "valley-office"]

    def staff_office(self, facility_code: str) -> User:
        """Who runs the meetings of a facility."""
        return self.users["medicalstaff" if facility_code == "LMC" else "valley-office"]

    def committee(self, facility_code: str, kind: str, department: str = "") -> Committee:
        """A body of a facility."""
        return self.committees[facility_code, str(kind), department]


def build_hospital(household: Household) -> Hospital:
    """Everything that stands before the first practitioner is on file, recorded at the clock's moment."""
    hospital = Hospital(system_user())
    layout = read_yaml(HERE / "organization.yaml")
    _organization(hospital, layout)
    since = clock.today() - LONG_AGO
    call_command("load_parameters", stdout=io.StringIO())
    for entry in layout["facilities"]:
        _declare_resources(hospital, entry, since)
    call_command("load_all_reference", stdout=io.StringIO())
    _taxonomies()
    for entry in layout["facilities"]:
        for source in entry["adopts"]:
            adopt_standard(
                actor=hospital.system, facility=hospital.facilities[entry["code"]], source=source, start=since
            )
    _background_policy(hospital, since)
    load_catalogue(
        actor=hospital.system,
        facilities=list(hospital.facilities.values()),
        paths=sorted((HERE / "catalogue").glob("*.yaml")),
        approved_by="Governing board",
        approved_on=since,
    )
    hospital.categories = {category.code: category for category in StaffCategory.objects.all()}
    hospital.forms = {
        version.form.code: version
        for version in PrivilegeFormVersion.objects.filter(status="published").select_related("form")
    }
    _accounts(hospital, household, since)
    _committees(hospital, household, since)
    return hospital


def _declare_resources(hospital: Hospital, entry: dict[str, Any], since: dt.date) -> None:
    """What the hospital has: without it certain privileges are not offered there."""
    set_parameter(
        actor=hospital.system,
        code=RESOURCES.code,
        source="bylaws",
        facility=hospital.facilities[entry["code"]],
        valid=DateRange(since, None),
        value=entry["resources"],
        citation="Scope of services, approved by the governing board",
        confidence=Confidence.ADOPTED,
    )
    hospital.resources[entry["code"]] = entry["resources"]


def _background_policy(hospital: Hospital, since: dt.date) -> None:
    """The larger hospital has a policy on background checks; the smaller one has none."""
    set_parameter(
        actor=hospital.system,
        code=BACKGROUND_KINDS,
        source="bylaws",
        facility=hospital.facilities["LMC"],
        valid=DateRange(since, None),
        value=[str(ApplicationKind.INITIAL)],
        citation="Policy on background checks of applicants",
        confidence=Confidence.ADOPTED,
    )


def _organization(hospital: Hospital, layout: dict) -> None:
    health_system = HealthSystem(name=layout["health_system"])
    health_system.save()
    entities = {}
    for entry in layout["npdb_entities"]:
        entities[entry["code"]] = NPDBEntity(code=entry["code"], name=entry["name"])
        entities[entry["code"]].save()
    for entry in layout["facilities"]:
        facility = Facility(
            code=entry["code"],
            name=entry["name"],
            health_system=health_system,
            state=entry["state"],
            time_zone=entry["time_zone"],
            npdb_entity=entities[entry["npdb_entity"]],
            city=entry["city"],
            office_phone=entry["office_phone"],
        )
        facility.save()
        hospital.facilities[facility.code] = facility
        for department in entry["departments"]:
            row = Department(facility=facility, code=department["code"], name=department["name"])
            row.save()
            hospital.departments[facility.code, row.code] = row


def _taxonomies() -> None:
    TaxonomyCode.objects.bulk_create(
        [
            TaxonomyCode(
                code=code,
                grouping=PHYSICIANS if code.startswith("20") else ADVANCED_PRACTICE,
                classification=classification,
                specialization=specialization,
                display_name=f"{specialization} {classification}".strip(),
                section="Individual",
            )
            for code, classification, specialization in TAXONOMIES
        ],
        ignore_conflicts=True,  # a whole release may have been loaded before
    )


def _accounts(hospital: Hospital, household: Household, since: dt.date) -> None:
    """Accounts and roles as rows: one password for all, hashed once, because hashing is slow on purpose."""
    password = make_password(PASSWORD)
    moment, actor = clock.now(), hospital.system
    for account in household.accounts:
        user = User(
            username=account.username,
            email=account.email,
            first_name=account.first_name,
            last_name=account.last_name,
            password=password,
            is_staff=any(role == Role.ADMINISTRATOR for role, _ in account.roles),
            date_joined=moment,
        )
        user.save()
        hospital.users[user.username] = user
    assignments = RoleAssignment.objects.bulk_create(
        RoleAssignment(
            user=hospital.users[account.username],
            role=str(role),
            facility=hospital.facilities[code],
            created_at=moment,
            created_by=actor,
        )
        for account in household.accounts
        for role, code in account.roles
    )
    RoleAssignmentPeriod.objects.bulk_create(
        RoleAssignmentPeriod(
            identity=assignment, valid=DateRange(since, None), recorded_at=moment, recorded_by=actor
        )
        for assignment in assignments
    )
    record_event(
        actor=actor,
        verb="demo.accounts_made",
        subject=actor,
        data={"accounts": len(household.accounts), "roles": len(assignments)},
    )


def _committees(hospital: Hospital, household: Household, since: dt.date) -> None:
    moment, actor = clock.now(), hospital.system
    for code, facility in hospital.facilities.items():
        bodies = [
            (kind, COMMITTEE_NAMES[kind], None) for kind in CHARTERS if kind in COMMITTEE_NAMES
        ]  # each after the one it reports to
        bodies += [
            (CommitteeKind.DEPARTMENT, f"Department of {department.name}", department)
            for (place, _), department in hospital.departments.items()
            if place == code
        ]
        for kind, name, department in bodies:
            purpose, superior, meetings = CHARTERS[kind]
            committee = Committee(
                facility=facility,
                kind=kind,
                name=name,
                department=department,
                purpose=purpose,
                reports_to=hospital.committee(code, superior) if superior else None,
                meetings_a_year=meetings,
            )
            committee.save()
            hospital.committees[code, str(kind), department.code if department else ""] = committee
    seats = CommitteeSeat.objects.bulk_create([_seat(hospital, seat, moment) for seat in household.seats])
    positions = _positions(hospital, household, since, moment)
    CommitteeSeatPeriod.objects.bulk_create(
        CommitteeSeatPeriod(
            identity=row,
            valid=DateRange(_seated_since(seat, since), None),
            seat_role=str(seat.seat_role),
            votes=seat.votes,
            position=positions.get(seat),
            recorded_at=moment,
            recorded_by=actor,
        )
        for row, seat in zip(seats, household.seats, strict=True)
    )


def _positions(
    hospital: Hospital, household: Household, since: dt.date, moment: dt.datetime
) -> dict[Seat, CommitteePosition]:
    """The seats of the bodies as their bylaws have them, by who holds each; each credentials committee has
    one more, which is vacant. A department's body has its chairs and no further seats.
    """
    filled = [seat for seat in household.seats if seat.kind != CommitteeKind.DEPARTMENT]
    vacant = [Seat(code, CommitteeKind.CREDENTIALS_COMMITTEE, "") for code in sorted(hospital.facilities)]
    wanted = [*filled, *vacant]
    made = CommitteePosition.objects.bulk_create(
        CommitteePosition(
            committee=hospital.committee(seat.facility_code, seat.kind, seat.department),
            created_at=moment,
            created_by=hospital.system,
        )
        for seat in wanted
    )
    CommitteePositionPeriod.objects.bulk_create(
        CommitteePositionPeriod(
            identity=row,
            valid=DateRange(since, None),
            title=SEAT_TITLES[seat.seat_role],
            seat_role=str(seat.seat_role),
            votes=seat.votes,
            recorded_at=moment,
            recorded_by=hospital.system,
        )
        for row, seat in zip(made, wanted, strict=True)
    )
    return dict(zip(filled, made[: len(filled)], strict=True))


def _seated_since(seat: Seat, since: dt.date) -> dt.date:
    """Seats are given at the turn of the year or in the middle of it, not all in the same one."""
    digest = hashlib.sha256(f"{seat.facility_code}/{seat.kind}/{seat.username}".encode()).digest()
    half_years = digest[0] % 6
    month = since.month + 6 * half_years
    return dt.date(since.year + month // 12, 1 if month % 12 < 6 else 7, 1)


def change_seats(hospital: Hospital, household: Household, timeline: Timeline) -> None:
    """Members who gave up their seat since, and who has it now."""
    for seat in household.seats:
        if not seat.after:
            continue
        day = timeline.ago(seat.days_ago)
        committee = hospital.committee(seat.facility_code, seat.kind, seat.department)
        former = hospital.users[seat.after]
        actor, system = hospital.staff_office(seat.facility_code), hospital.system
        given_up = committee.seats.get(user=former)
        with clock.freeze(at(working_day(day - dt.timedelta(days=12)), 11, 15)):
            end_seat(actor=actor, seat=given_up, day=day, reason="Term not renewed")
            seat_member(
                actor=actor,
                committee=committee,
                user=hospital.users[seat.username],
                seat_role=seat.seat_role,
                start=day,
                position=given_up.periods.live().get().position,
            )
            assignment = former.role_assignments.get()
            end_role(actor=system, assignment=assignment, day=day, reason="Left the body")


def _seat(hospital: Hospital, seat: Seat, moment: dt.datetime) -> CommitteeSeat:
    return CommitteeSeat(
        committee=hospital.committee(seat.facility_code, seat.kind, seat.department),
        user=hospital.users[seat.after or seat.username],
        created_at=moment,
        created_by=hospital.system,
    )
