"""The hospital of the acceptance walk: one facility, its bodies, one login per role, all reference data."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.core.management import call_command

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.models import Committee, StaffCategory
from bylaws.services.appointments import open_appointment
from bylaws.services.committees import form_committee, seat_member
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role, system_user
from config.organization.models import Department, Facility, HealthSystem, NPDBEntity
from config.rulebook.services.sources import adopt_standard
from practitioners.models import Practitioner

PASSWORD = "walk-with-care-42"
LONG_AGO = dt.date(2020, 1, 1)
#: How the members of a body are called among the people below: ``mec1``, ``mec2``.
SEATS = {"credentials_committee": "credentials", "mec": "mec", "board": "board"}


@dataclass
class Hospital:
    """What the walk needs to know of its hospital."""

    system: User
    facility: Facility
    surgery: Department
    users: dict[str, User] = field(default_factory=dict)
    committees: dict[str, Committee] = field(default_factory=dict)

    def __getitem__(self, username: str) -> User:
        """The user of that name, read afresh so that cached roles do not outlive a change."""
        return User.objects.get(username=username)


def take_over(hospital: Hospital, surgeon: Practitioner, start: dt.date, end: dt.date) -> None:
    """A term in surgery, taken over from an earlier system; ``end`` is the first day without it."""
    open_appointment(
        actor=hospital.system,
        practitioner=surgeon,
        facility=hospital.facility,
        decision=None,
        decided_on=start,
        category=StaffCategory.objects.get(code="active"),
        department=hospital.surgery,
        start=start,
        end=end,
        authority="Taken over",
    )


def build_hospital() -> Hospital:
    """Reference data, a facility in Illinois, departments, committees that can meet, people who sign in."""
    system = system_user()
    health_system = HealthSystem.objects.create(name="Walk Health")
    facility = Facility.objects.create(
        code="WMC",
        name="Walk Medical Center",
        health_system=health_system,
        state="IL",
        time_zone="America/Chicago",
        npdb_entity=NPDBEntity.objects.create(code="wmc", name="Walk Medical Center"),
        city="Harbor Point",
        office_phone="555-0142",
    )
    surgery = Department.objects.create(facility=facility, code="surgery", name="Surgery")
    Department.objects.create(facility=facility, code="medicine", name="Medicine")
    call_command("load_all_reference", verbosity=0)
    for source in ("tjc", "ncqa", "state-il"):
        adopt_standard(actor=system, facility=facility, source=source, start=LONG_AGO)
    hospital = Hospital(system, facility, surgery)
    people = {
        "coordinator": ("Rosa", "Delgado", Role.CREDENTIALING_COORDINATOR),
        "staff_coordinator": ("Helen", "Brandt", Role.MEDICAL_STAFF_COORDINATOR),
        "director": ("Marcus", "Whitfield", Role.DIRECTOR),
        "chair": ("Anita", "Rao", Role.DEPARTMENT_CHAIR),
        "ward": ("Ward", "Desk", Role.LOOKUP),
        "administrator": ("Ada", "Min", Role.ADMINISTRATOR),
        "credentials1": ("Paul", "Novak", Role.COMMITTEE_MEMBER),
        "credentials2": ("Grace", "Osei", Role.COMMITTEE_MEMBER),
        "credentials3": ("Liam", "Byrne", Role.COMMITTEE_MEMBER),
        "mec1": ("Sofia", "Marin", Role.COMMITTEE_MEMBER),
        "mec2": ("Daniel", "Kim", Role.COMMITTEE_MEMBER),
        "mec3": ("Ruth", "Adler", Role.COMMITTEE_MEMBER),
        "board1": ("Carol", "Nyström", Role.BOARD_MEMBER),
        "board2": ("Henry", "Lopez", Role.BOARD_MEMBER),
        "board3": ("June", "Park", Role.BOARD_MEMBER),
    }
    for username, (first, last, role) in people.items():
        user = User.objects.create_user(
            username, f"{username}@example.org", PASSWORD, first_name=first, last_name=last
        )
        user.is_staff = user.is_superuser = role == Role.ADMINISTRATOR
        user.save()
        give_role(actor=system, user=user, role=role, facility=facility, start=LONG_AGO)
        hospital.users[username] = user
    _form(hospital, CommitteeKind.DEPARTMENT, "Department of Surgery", ["chair"], department=surgery)
    _form(
        hospital,
        CommitteeKind.CREDENTIALS_COMMITTEE,
        "Credentials Committee",
        ["credentials1", "credentials2", "credentials3"],
    )
    _form(hospital, CommitteeKind.MEC, "Medical Executive Committee", ["mec1", "mec2", "mec3"])
    _form(hospital, CommitteeKind.BOARD, "Board of Trustees", ["board1", "board2", "board3"])
    return hospital


def _form(hospital: Hospital, kind: str, name: str, members: list[str], department=None) -> None:
    committee = form_committee(
        actor=hospital.system, facility=hospital.facility, kind=kind, name=name, department=department
    )
    for number, username in enumerate(members):
        seat_member(
            actor=hospital.system,
            committee=committee,
            user=hospital.users[username],
            seat_role=SeatRole.CHAIR if number == 0 else SeatRole.MEMBER,
            start=LONG_AGO,
        )
    hospital.committees[kind] = committee
