"""A small hospital for the tests of this room, and a subject of the approval chain that can be bent to a
test.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

import bylaws
from bylaws import subjects
from bylaws.choices import Body, CommitteeKind, LineKind, LineOutcome, SeatRole
from bylaws.models import Committee, ReviewCase, ReviewStep, StaffCategory
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.appointments import open_appointment
from bylaws.services.chains import open_case
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.meetings import call_to_order, schedule_meeting
from bylaws.services.presence import mark_present
from bylaws.services.reference import load_categories
from bylaws.services.reviews import recommend
from bylaws.subjects import CaseLine, CasePage, CaseSummary, Comparison, HeldLine, LineAnswer, Replayed
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role, system_user
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Refused
from config.kernel.periods import open_period, through
from config.kernel.yaml_files import read_yaml
from config.organization.models import Department, Facility, HealthSystem, NPDBEntity
from config.rulebook.choices import SourceKind
from config.rulebook.models import Parameter, ParameterPeriod, SourceBody
from config.rulebook.verdicts import Outcome, Verdict
from credentialing.choices import SendingChannel
from credentialing.models import LetterSending
from credentialing.services.letter_sending import Handed, send_letter
from practitioners.choices import CredentialCategory, CredentialStatus, SaidBy, Standing
from practitioners.models import (
    Credential,
    CredentialPeriod,
    CredentialType,
    Document,
    Evidence,
    Letter,
    Practitioner,
)

NOON = dt.datetime(2026, 3, 10, 18, tzinfo=dt.UTC)  # noon in Chicago
TODAY = dt.date(2026, 3, 10)
KIND = "sample-file"
_numbers = itertools.count(1)


class SampleFile:
    """The handler of a made-up kind of file: its lines, readiness and what it was told are a test's."""

    kind = KIND

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.not_ready: dict[uuid.UUID, str] = {}
        self.acted: list[Any] = []
        self.scheduled: list[tuple[uuid.UUID, dt.date]] = []
        self.special: dict[uuid.UUID, list[uuid.UUID]] = {}
        self.not_clean: dict[uuid.UUID, str] = {}
        self.given_back: list[uuid.UUID] = []
        self.fail_on_acted = False
        self.replay_finds: list[Replayed] = []
        self.criteria = Outcome.MET

    def lines(self, subject_uid: uuid.UUID, on: dt.date) -> list[CaseLine]:
        criteria = Verdict(self.criteria, "criteria", "Criteria", f"{self.criteria.label}.")
        return [
            CaseLine(LineKind.APPOINTMENT, subject_uid, "Appointment, Active, Surgery", "Appointment"),
            *(
                CaseLine(LineKind.PRIVILEGE, each, f"Privilege {number}", "Special", verdict=criteria)
                for number, each in enumerate(self.special.get(subject_uid, []), start=1)
            ),
        ]

    def page(self, subject_uid: uuid.UUID, on: dt.date, viewer: Any) -> CasePage:
        summary = CaseSummary(
            title="Sample file",
            subtitle="Initial appointment, Surgery",
            facts={"Training": "General surgery, 2012 to 2017", "Board": "Certified"},
        )
        return CasePage(self.lines(subject_uid, on), summary)

    def held(self, subject_uid: uuid.UUID, on: dt.date) -> list[HeldLine]:
        return []

    def on_given_back(self, subject_uid: uuid.UUID, actor: Any) -> None:
        self.given_back.append(subject_uid)

    def compared(self, lines: Sequence[CaseLine], on: dt.date) -> Comparison:
        return Comparison({each.uid: "Held by 2 of 3 peers." for each in lines if each.verdict})

    def gate(self, subject_uid: uuid.UUID, on: dt.date) -> Verdict:
        return Verdict(
            Outcome.MET,
            "complete",
            "Complete",
            "Everything has been found out.",
            children=(Verdict(Outcome.MET, "licence", "License", "Confirmed."),),
        )

    def snapshot(self, subject_uid: uuid.UUID, on: dt.date) -> dict[str, Any]:
        return {"subject": subject_uid, "on": on, "evidence": ["00ff"]}

    def check_ready(self, subject_uid: uuid.UUID, on: dt.date) -> None:
        if subject_uid in self.not_ready:
            raise Refused(self.not_ready[subject_uid])

    def why_not_expedited(self, subject_uid: uuid.UUID, on: dt.date) -> str:
        return self.not_clean.get(subject_uid, "")

    def why_not_clean(self, subject_uids: Collection[uuid.UUID], on: dt.date) -> dict[uuid.UUID, str]:
        return {uid: self.not_clean.get(uid, "") for uid in subject_uids}

    def on_scheduled(self, subject_uid: uuid.UUID, on: dt.date, actor: Any) -> None:
        self.scheduled.append((subject_uid, on))

    def on_acted(self, decision: Any) -> None:
        if self.fail_on_acted:
            raise Refused("The room above could not follow.")
        self.acted.append(decision)

    def replay(self, decision: Any) -> list[Replayed]:
        return self.replay_finds


SAMPLE = SampleFile()
if KIND not in subjects._handlers:
    subjects.register(SAMPLE)


@dataclass
class World:
    """One hospital in Chicago's time zone with its bodies and people."""

    system: User
    facility: Facility
    surgery: Department
    medicine: Department
    coordinator: User
    director: User
    chair: User
    vice_chair: User
    members: list[User]
    mec_members: list[User]
    board_members: list[User]
    committees: dict[str, Committee] = field(default_factory=dict)

    # -- people ------------------------------------------------------------------------------------------

    def user(self, name: str, *roles: str) -> User:
        first, _, last = name.partition(" ")
        user = User.objects.create_user(
            username=f"{last.lower()}{next(_numbers)}", first_name=first, last_name=last
        )
        for role in roles:
            give_role(
                actor=self.system, user=user, role=role, facility=self.facility, start=dt.date(2020, 1, 1)
            )
        return user

    def practitioner(self, name: str = "Adaeze Okonkwo", *, user: User | None = None) -> Practitioner:
        first, _, last = name.partition(" ")
        return Practitioner.objects.create(
            npi=None,
            provider_type="MD",
            display_name=f"{first} {last}, MD",
            sort_name=f"{last}, {first}",
            user=user,
            created_at=clock.now(),
        )

    def seat(self, kind: str, user: User, **more: Any) -> None:
        more.setdefault("start", dt.date(2024, 1, 1))
        seat_member(actor=self.system, committee=self.committees[kind], user=user, **more)

    # -- files -------------------------------------------------------------------------------------------

    def case(self, practitioner: Practitioner | None = None, *, lines: int = 2) -> ReviewCase:
        """A file with an appointment line and ``lines`` privileges, sent to review."""
        subject_uid = uuid.uuid4()
        SAMPLE.special[subject_uid] = [uuid.uuid4() for _ in range(lines)]
        return open_case(
            actor=self.system,
            subject_kind=KIND,
            subject_uid=subject_uid,
            practitioner=practitioner or self.practitioner(),
            facility=self.facility,
            department=self.surgery,
            application_kind="initial",
            title="Initial appointment",
        )

    def step(self, case: ReviewCase, body: str) -> ReviewStep:
        return ReviewStep.objects.select_related("case__practitioner", "case__facility").get(
            case=case, body=body
        )

    def answers(
        self, case: ReviewCase, outcome: str = LineOutcome.RECOMMEND, **more: str
    ) -> list[LineAnswer]:
        lines = SAMPLE.lines(case.subject_uid, TODAY)
        return [LineAnswer(line.uid, outcome, **more) for line in lines]

    def recommended(self, practitioner: Practitioner | None = None, **more: Any) -> ReviewCase:
        """A file the chair has recommended."""
        case = self.case(practitioner, **more)
        recommend(actor=self.chair, step=self.step(case, Body.DEPARTMENT_CHAIR), lines=self.answers(case))
        return case

    def meeting(self, kind: str = CommitteeKind.CREDENTIALS_COMMITTEE, *, present: list[User] | None = None):
        """A meeting in session with these members present."""
        meeting = schedule_meeting(
            actor=self.coordinator,
            committee=self.committees[kind],
            starts_at=clock.now() + dt.timedelta(hours=1),
        )
        meeting = call_to_order(actor=self.coordinator, meeting=meeting)
        for user in present or []:
            mark_present(actor=self.coordinator, meeting=meeting, user=user)
        return meeting

    def sent(self, letter: Letter) -> LetterSending:
        """A letter that went out by mail on the day it is now."""
        return send_letter(
            actor=self.coordinator,
            letter=letter,
            handed=Handed(SendingChannel.FIRST_CLASS, recipient="Home, 1 Street, Chicago IL"),
        )

    def item(self, case: ReviewCase, *, present: list[User] | None = None):
        """The file before the credentials committee, in session."""
        meeting = self.meeting(present=self.members if present is None else present)
        return add_step_to_agenda(
            actor=self.coordinator, meeting=meeting, step=self.step(case, Body.CREDENTIALS_COMMITTEE)
        )

    def minutes(self, practitioner: Practitioner) -> Document:
        return Document.objects.create(
            practitioner=practitioner,
            title="Minutes",
            file_name="minutes.pdf",
            media_type="application/pdf",
            size=3,
            sha256=bytes_digest(b"pdf"),
            uploaded_at=clock.now(),
            uploaded_by=self.system,
        )

    # -- membership --------------------------------------------------------------------------------------

    def appoint(
        self,
        practitioner: Practitioner,
        start: dt.date = dt.date(2025, 7, 1),
        last: dt.date = dt.date(2027, 6, 30),
        *,
        category: str = "active",
        department: Department | None = None,
    ):
        return open_appointment(
            actor=self.system,
            practitioner=practitioner,
            facility=self.facility,
            decision=None,
            decided_on=start,
            category=StaffCategory.objects.get(code=category),
            department=department or self.surgery,
            start=start,
            end=through(last),
            authority="Taken over from the paper file",
        )

    def licence(
        self,
        practitioner: Practitioner,
        start: dt.date | None,
        last: dt.date | None,
        *,
        state: str = "IL",
        number: str = "036.100200",
        status: str = CredentialStatus.ACTIVE,
        confirmed: bool = True,
    ) -> CredentialPeriod:
        """A licence period as a claim or as the board confirmed it."""
        kind, _ = CredentialType.objects.get_or_create(
            code="LICENSE",
            defaults={"name": "State license", "category": CredentialCategory.LICENSURE, "has_state": True},
        )
        credential, _ = Credential.objects.get_or_create(
            practitioner=practitioner,
            credential_type=kind,
            state=state,
            number=number,
            number_key=number,
            issuer="",
            defaults={"created_at": clock.now(), "created_by": self.system},
        )
        return open_period(
            CredentialPeriod,
            credential,
            valid=DateRange(start, through(last)),
            actor=self.system,
            standing=Standing.CONFIRMED if confirmed else Standing.CLAIMED,
            status=status,
            said_by=SaidBy.SOURCE if confirmed else SaidBy.COORDINATOR,
            evidence=self.evidence(practitioner) if confirmed else None,
        )

    def evidence(self, practitioner: Practitioner) -> Evidence:
        number = practitioner.evidence.count() + 1
        return Evidence.objects.create(
            practitioner=practitioner,
            sequence=number,
            title="License look-up of the state board",
            source="State board",
            source_kind="primary",
            method="web",
            obtained_at=clock.now(),
            obtained_by=self.system,
            content_sha256="0" * 64,
            store_key="0" * 64,
            salt="0" * 32,
            previous_hash="0" * 64,
            hash=uuid.uuid4().hex * 2,
        )

    def parameter(
        self,
        code: str,
        value: Any,
        *,
        subject: str = "",
        source: str = "bylaws",
        start: dt.date = dt.date(2000, 1, 1),
    ) -> None:
        """Another value of a parameter here from ``start``; it replaces the source's general row."""
        parameter = Parameter.objects.create(
            code=code,
            subject=subject,
            source_body=SourceBody.objects.get(code=source),
            facility=self.facility,
            created_at=clock.now(),
            created_by=self.system,
        )
        open_period(
            ParameterPeriod,
            parameter,
            valid=DateRange(start, None),
            actor=self.system,
            value=value,
            citation="Bylaws of the test",
            confidence="adopted",
        )


def load_shipped_parameters(system: User) -> None:
    """The values this room ships, as the loader of the product would."""
    kinds = {
        "tjc": SourceKind.ACCREDITOR,
        "state-il": SourceKind.STATE,
        "cms": SourceKind.LAW,
        "npdb-law": SourceKind.LAW,
        "default": SourceKind.DEFAULT,
    }
    path = Path(bylaws.__file__).with_name("parameters.yaml")
    rows = read_yaml(path)
    for number, row in enumerate(rows):
        body, _ = SourceBody.objects.get_or_create(
            code=row["source"],
            defaults={
                "name": row["source"].upper(),
                "kind": kinds.get(row["source"], SourceKind.BYLAWS),
                "always_binds": row["source"] in ("bylaws", "cms", "npdb-law", "default"),
            },
        )
        parameter, _ = Parameter.objects.get_or_create(
            code=row["code"],
            subject=row["subject"],
            source_body=body,
            facility=None,
            defaults={"created_at": clock.now(), "created_by": system},
        )
        later = [
            other["from"]
            for other in rows[number + 1 :]
            if [other[key] for key in ("code", "subject", "source")]
            == [row[key] for key in ("code", "subject", "source")]
        ]
        open_period(
            ParameterPeriod,
            parameter,
            valid=DateRange(row["from"], min(later, default=None)),
            actor=system,
            value=row["value"],
            citation=row["citation"],
            confidence=row["confidence"],
        )


def build() -> World:
    """The hospital, in 2024, so that everybody has been in office for a while."""
    SAMPLE.reset()
    system = system_user()
    health_system = HealthSystem.objects.create(name="Test Health")
    facility = Facility.objects.create(
        code="TST",
        name="Test Hospital",
        health_system=health_system,
        state="IL",
        time_zone="America/Chicago",
        npdb_entity=NPDBEntity.objects.create(code="test", name="Test"),
    )
    surgery = Department.objects.create(facility=facility, code="surgery", name="Surgery")
    medicine = Department.objects.create(facility=facility, code="medicine", name="Medicine")
    load_shipped_parameters(system)
    load_categories(actor=system)
    world = World(system, facility, surgery, medicine, *[system] * 4, [], [], [])
    world.coordinator = world.user("Mara Quist", Role.MEDICAL_STAFF_COORDINATOR)
    world.director = world.user("Dolores Finch", Role.DIRECTOR)
    world.chair = world.user("Ines Calloway", Role.DEPARTMENT_CHAIR)
    world.vice_chair = world.user("Viktor Sandoval", Role.DEPARTMENT_CHAIR)
    world.members = [
        world.user(name, Role.COMMITTEE_MEMBER)
        for name in ("Ana Member", "Ben Member", "Cora Member", "Dan Member", "Eve Member")
    ]
    world.mec_members = [
        world.user(name, Role.COMMITTEE_MEMBER) for name in ("Fay Mec", "Gus Mec", "Hal Mec", "Ida Mec")
    ]
    world.board_members = [
        world.user(name, Role.BOARD_MEMBER) for name in ("Jon Board", "Kay Board", "Lou Board")
    ]
    for kind, name, people in (
        (CommitteeKind.CREDENTIALS_COMMITTEE, "Credentials Committee", world.members),
        (CommitteeKind.MEC, "Medical Executive Committee", world.mec_members),
        (CommitteeKind.BOARD, "Board of Directors", world.board_members),
    ):
        world.committees[kind] = form_committee(actor=system, facility=facility, kind=kind, name=name)
        for number, user in enumerate(people):
            world.seat(kind, user, seat_role=SeatRole.MEMBER if number else SeatRole.CHAIR)
    world.committees[CommitteeKind.DEPARTMENT] = form_committee(
        actor=system,
        facility=facility,
        kind=CommitteeKind.DEPARTMENT,
        name="Department of Surgery",
        department=surgery,
    )
    world.seat(CommitteeKind.DEPARTMENT, world.chair, seat_role=SeatRole.CHAIR)
    world.seat(CommitteeKind.DEPARTMENT, world.vice_chair, seat_role=SeatRole.VICE_CHAIR)
    return world
