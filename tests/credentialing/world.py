"""Two small hospitals for the tests of this room, with an applicant who states everything."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

import bylaws
import credentialing
from bylaws.models import AppointmentPeriod, StaffCategory
from bylaws.services.appointments import open_appointment
from bylaws.services.reference import load_categories
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role, system_user
from config.kernel import clock
from config.kernel.dates import add_months
from config.kernel.periods import through
from config.kernel.yaml_files import read_yaml
from config.organization.models import Department, Facility, HealthSystem, NPDBEntity
from config.rulebook.models import Parameter, ParameterPeriod, SourceBody
from config.rulebook.services.sources import adopt_standard, load_source_bodies
from credentialing.choices import Element, ItemStatus, NPDBQueryKind, NPDBReason
from credentialing.models import Application, Packet, PacketLink, VerificationItem
from credentialing.services import applications, exclusion_lists, npdb, screening, verification
from practitioners.choices import Method, SourceKind
from practitioners.models import Credential, Practitioner
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner, set_contact_point
from practitioners.services.reference import load_credential_types

NOON = dt.datetime(2026, 3, 10, 17, tzinfo=dt.UTC)  # noon in Columbus
TODAY = dt.date(2026, 3, 10)
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_numbers = itertools.count(1)

#: How a person answers each element by hand.
ANSWERS: dict[str, dict[str, str]] = {
    Element.STATE_LICENSE: {"source": "State Medical Board of Ohio", "source_kind": SourceKind.PRIMARY},
    Element.MEDICAL_SCHOOL: {"source": "Fernwick College of Medicine", "source_kind": SourceKind.PRIMARY},
    Element.RESIDENCY: {"source": "Fernwick General", "source_kind": SourceKind.PRIMARY},
    Element.WORK_HISTORY: {"source": "Curriculum vitae", "source_kind": SourceKind.SELF},
    Element.PAST_LICENSE: {"source": "Board of another state", "source_kind": SourceKind.PRIMARY},
    Element.LICENSE_SANCTIONS: {"source": "FSMB", "source_kind": SourceKind.DESIGNATED_EQUIVALENT},
    Element.CDS: {"source": "Board of pharmacy", "source_kind": SourceKind.PRIMARY},
    Element.ECFMG: {"source": "ECFMG", "source_kind": SourceKind.PRIMARY},
    Element.HOSPITAL_AFFILIATION: {"source": "Medical staff office", "source_kind": SourceKind.PRIMARY},
    Element.MALPRACTICE_COVER: {"source": "Imaginary Mutual", "source_kind": SourceKind.AGENT},
    Element.MALPRACTICE_HISTORY: {"source": "Imaginary Mutual", "source_kind": SourceKind.PRIMARY},
    Element.BACKGROUND: {"source": "Background agency", "source_kind": SourceKind.AGENT},
    Element.HEALTH_STATUS: {"source": "Employee health", "source_kind": SourceKind.PRIMARY},
    Element.IMMUNIZATION: {"source": "Employee health", "source_kind": SourceKind.PRIMARY},
    Element.CME: {"source": "Certificates seen", "source_kind": SourceKind.PERSON},
    Element.PEER_REFERENCE: {"source": "The peer", "source_kind": SourceKind.PRIMARY},
    Element.IDENTITY: {"source": "Photo ID seen", "source_kind": SourceKind.PERSON},
    Element.NPI: {"source": "NPPES", "source_kind": SourceKind.PRIMARY},
    Element.ATTESTATION: {"source": "The applicant", "source_kind": SourceKind.SELF},
}


@dataclass
class World:
    """A hospital in Ohio and one in Indiana with another data bank registration, and their people."""

    system: User
    facility: Facility
    other: Facility
    surgery: Department
    other_surgery: Department
    category: StaffCategory
    coordinator: User
    colleague: User
    director: User
    compliance: User
    staff_coordinator: User
    lookup: User
    # Where tests start from more; see ``files.py`` and its like.
    person: Practitioner | None = None
    claims: dict[str, Credential] = field(default_factory=dict)
    file: Application | None = None
    packet: Packet | None = None
    link: PacketLink | None = None

    # -- people ------------------------------------------------------------------------------------------

    def user(self, name: str, *roles: str, facility: Facility | None = None) -> User:
        first, _, last = name.partition(" ")
        user = User.objects.create_user(
            username=f"{last.lower()}{next(_numbers)}", first_name=first, last_name=last
        )
        for role in roles:
            give_role(
                actor=self.system,
                user=user,
                role=role,
                facility=facility or self.facility,
                start=dt.date(2020, 1, 1),
            )
        return user

    def practitioner(self, **given: Any) -> Practitioner:
        values = {
            "provider_type": "MD",
            "last_name": "Quillfeather",
            "first_name": "Marisol",
            "middle_name": "Tessa",
            "npi": "2000000101",
            "birth_date": dt.date(1980, 5, 4),
        } | given
        return create_practitioner(actor=self.coordinator, **values)

    def email(self, practitioner: Practitioner, address: str) -> None:
        set_contact_point(actor=self.coordinator, practitioner=practitioner, kind="email", line_1=address)

    def claim(self, practitioner: Practitioner, code: str, first=None, last=None, **more: Any) -> Credential:
        return record_claim(
            actor=self.coordinator,
            practitioner=practitioner,
            type_code=code,
            valid=DateRange(first, through(last)),
            **more,
        )

    def state_everything(self, person: Practitioner) -> dict[str, Credential]:
        """Every claim an initial appointment needs."""
        day = dt.date
        return {
            "licence": self.claim(
                person, "LICENSE", day(2012, 7, 1), day(2027, 6, 30), state="OH", number="35.100001",
                issuer="State Medical Board of Ohio",
            ),
            "school": self.claim(
                person, "MEDICAL_SCHOOL", day(2003, 8, 1), day(2007, 5, 31),
                issuer="Fernwick College of Medicine", extra={"degree": "MD", "graduated_on": "2007-05-31"},
            ),
            "residency": self.claim(
                person, "RESIDENCY", day(2007, 7, 1), day(2012, 6, 30), issuer="Fernwick General",
                extra={"programme": "General surgery", "level": "residency", "completed": True},
            ),
            "work": self.claim(
                person, "WORK_HISTORY", day(2012, 7, 1), None,
                extra={"organization": "Fernwick General", "position": "Surgeon"},
            ),
            "cover": self.claim(
                person, "MALPRACTICE", day(2026, 1, 1), day(2026, 12, 31), number="POL-1",
                issuer="Imaginary Mutual",
                extra={"per_claim_usd": 1000000, "aggregate_usd": 3000000},
            ),
            "peer one": self.claim(
                person, "PEER_REFERENCE", day(2026, 3, 1), None,
                extra={"name": "Ines Calloway", "email": "ines@example.org"},
            ),
            "peer two": self.claim(
                person, "PEER_REFERENCE", day(2026, 3, 1), None,
                extra={"name": "Farrukh Nazarbekov", "email": "farrukh@example.org"},
            ),
            "identity": self.claim(
                person, "PHOTO_ID", day(2026, 3, 1), None,
                extra={"document_kind": "passport", "seen_by": "Dana", "seen_on": "2026-03-01"},
            ),
        }  # fmt: skip

    # -- files -------------------------------------------------------------------------------------------

    def application(self, person: Practitioner | None = None, **more: Any) -> Application:
        """A draft of an initial appointment; of another kind, of somebody who has what it asks for."""
        person = person or self.practitioner()
        place = more.get("facility") or self.facility
        terms = AppointmentPeriod.objects.live().filter(practitioner=person, facility=place)
        if more.get("kind") == "reappointment" and not terms.exists():
            self.appoint(person, facility=place)
        values = {
            "actor": self.coordinator,
            "practitioner": person,
            "facility": self.facility,
            "kind": "initial",
            "department": self.surgery,
            "category": self.category,
        } | more
        return applications.open_application(**values)

    def accepted(self, person: Practitioner | None = None, **more: Any) -> Application:
        """An application in verification, of somebody who stated everything: whom the hospitals start with,
        where they do.
        """
        person = person or self.person
        if person is None:
            person = self.practitioner()
            self.state_everything(person)
        application = self.application(person, **more)
        applications.submit(actor=self.coordinator, application=application)
        applications.accept(actor=self.coordinator, application=application)
        application.refresh_from_db()
        return application

    def signed(self, application: Application) -> Application:
        """The attestation and release came: sources may be asked from now on."""
        today = clock.today(application.facility)
        self.answer(self.item(application, Element.ATTESTATION), verified_on=today)
        application.refresh_from_db()
        return application

    def item(self, application: Application, element: str) -> VerificationItem:
        return application.items.exclude(status=ItemStatus.SUPERSEDED).filter(element=element).first()

    def answer(self, item: VerificationItem, **more: Any) -> VerificationItem:
        values = {
            "method": Method.WEB,
            "verified_on": TODAY,
            "content": b"the printed page",
            "media_type": "text/plain",
            "result": "As stated.",
            **ANSWERS[item.element],
        } | more
        return verification.receive(actor=self.coordinator, item=item, **values)

    def verify(self, item: VerificationItem, **more: Any) -> VerificationItem:
        return verification.verify(actor=self.coordinator, item=self.answer(item, **more))

    def load_list(self, name: str = "planted.csv") -> None:
        exclusion_lists.load_leie(actor=self.system, path=FIXTURES / "leie" / name)

    def query(self, person: Practitioner, **more: Any):
        values = {
            "actor": self.coordinator,
            "practitioner": person,
            "facility": self.facility,
            "kind": NPDBQueryKind.ONE_TIME,
            "reason": NPDBReason.INITIAL,
            "queried_on": TODAY,
            "dcn": f"5500{next(_numbers):06}",
            "content": b"No reports found.",
        } | more
        return npdb.log_query(**values)

    def find_out(self, application: Application, *, but: tuple[str, ...] = ()) -> None:
        """Everything is found out, except the elements named."""
        npdb_item = application.items.filter(element=Element.NPDB, status=ItemStatus.NOT_STARTED)
        if Element.NPDB not in but and npdb_item.exists():
            self.query(application.practitioner)
        for item in application.items.exclude(status=ItemStatus.SUPERSEDED):
            if item.element in but or item.status in (ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE):
                continue
            if item.element == Element.NPDB:
                self.query(application.practitioner)
            elif item.element == Element.EXCLUSION:
                screening.screen(actor=self.coordinator, practitioner=application.practitioner)
            else:
                self.verify(item)

    def appoint(
        self, person: Practitioner, *, facility: Facility | None = None, start: dt.date = dt.date(2025, 1, 1)
    ):
        """A term of two years taken over from an earlier system."""
        place = facility or self.facility
        return open_appointment(
            actor=self.system,
            practitioner=person,
            facility=place,
            decision=None,
            decided_on=start,
            category=self.category,
            department=self.surgery if place == self.facility else self.other_surgery,
            start=start,
            end=add_months(start, 24),
            authority="Taken over",
        )


def build() -> World:
    """The two hospitals with roles, shipped parameters and kinds of credentials."""
    system = system_user()
    health_system = HealthSystem.objects.create(name="Fernwick Health")
    load_source_bodies(actor=system)
    load_credential_types(actor=system)
    load_categories(actor=system)
    main_entity = NPDBEntity.objects.create(code="fernwick", name="Fernwick entity")
    other_entity = NPDBEntity.objects.create(code="riverbend", name="Riverbend entity")
    facility = Facility.objects.create(
        code="fernwick", name="Fernwick General", health_system=health_system, state="OH",
        time_zone="America/New_York", npdb_entity=main_entity,
    )  # fmt: skip
    other = Facility.objects.create(
        code="riverbend", name="Riverbend", health_system=health_system, state="IN",
        time_zone="America/Chicago", npdb_entity=other_entity,
    )  # fmt: skip
    load_parameters(system)
    world = World(
        system=system,
        facility=facility,
        other=other,
        surgery=Department.objects.create(facility=facility, code="surgery", name="Surgery"),
        other_surgery=Department.objects.create(facility=other, code="surgery", name="Surgery"),
        # Privileges belong to the room above; this category carries none.
        category=StaffCategory.objects.filter(carries_privileges=False).order_by("code").first(),
        coordinator=system, colleague=system, director=system, compliance=system,
        staff_coordinator=system, lookup=system,
    )  # fmt: skip
    world.coordinator = world.user("Dana Whitlock", Role.CREDENTIALING_COORDINATOR)
    world.colleague = world.user("Robin Ashdown", Role.CREDENTIALING_COORDINATOR)
    world.director = world.user("Morgan Tallis", Role.DIRECTOR)
    world.compliance = world.user("Casey Lunt", Role.COMPLIANCE_OFFICER)
    world.staff_coordinator = world.user("Sasha Brandt", Role.MEDICAL_STAFF_COORDINATOR)
    world.lookup = world.user("Ward Desk", Role.LOOKUP)
    return world


@functools.cache
def shipped() -> list[dict[str, Any]]:
    """The shipped values of the two rooms these tests stand on."""
    folders = [Path(module.__file__).parent for module in (bylaws, credentialing)]
    return [row for folder in folders for row in read_yaml(folder / "parameters.yaml")]


def load_parameters(actor: User) -> None:
    """What the loader would bring into force, in two statements: every test of this room starts with it."""
    now = clock.now()
    bodies = {body.code: body for body in SourceBody.objects.all()}
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in shipped():
        groups.setdefault((row["code"], row.get("subject", ""), row["source"]), []).append(row)
    identities = Parameter.objects.bulk_create(
        Parameter(code=code, subject=subject, source_body=bodies[source], created_at=now, created_by=actor)
        for code, subject, source in groups
    )
    periods = []
    for identity, rows in zip(identities, groups.values(), strict=True):
        starts = [row["from"] for row in rows] + [None]
        periods += [
            ParameterPeriod(
                identity=identity,
                valid=DateRange(row["from"], end),
                value=row["value"],
                citation=row["citation"],
                confidence=row["confidence"],
                recorded_at=now,
                recorded_by=actor,
            )
            for row, end in zip(rows, starts[1:], strict=True)
        ]
    ParameterPeriod.objects.bulk_create(periods)


def adopt(world: World, code: str) -> None:
    """The hospital follows an accreditor."""
    adopt_standard(actor=world.system, facility=world.facility, source=code, start=dt.date(2020, 1, 1))
