"""The rows of one invented member of a large staff, by table, as COPY takes them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.models import Appointment, AppointmentPeriod, StaffCategory
from config.accounts.models import User
from config.demo.census import Bearer, Census
from config.demo.people import (
    CARRIERS,
    EMPLOYERS,
    PROGRAMMES,
    STREETS,
    Specialty,
    dea_for,
    degree_of,
    schools_of,
)
from config.kernel.bulk_load import Loader
from config.kernel.dates import add_months
from config.organization.models import Department, Facility
from practitioners.choices import (
    ContactKind,
    CredentialStatus,
    IdentifierKind,
    Method,
    NameKind,
    SaidBy,
    SourceKind,
    Standing,
)
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    CredentialType,
    Evidence,
    EvidenceHead,
    Identifier,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.naming import name_key, shown_name, sorted_name
from practitioners.rules.chain import NOTHING_BEFORE, chained_hash, salted_hash
from practitioners.rules.credential_content import identity_key
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.npi import npi_from_nine
from privileging.models import FormLine, Grant, GrantPeriod

AUTHORITY = "Generated for measurements"
#: Terms of two years each; grants of one term per person at the most.
TERMS, MOST_GRANTS = 5, 13
YEAR = dt.timedelta(days=365)

COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Practitioner: (
        "id", "uid", "npi", "provider_type", "display_name", "sort_name", "birth_date", "sex", "languages",
        "created_at",
    ),
    PractitionerName: (
        "practitioner_id", "kind", "last_name", "first_name", "middle_name", "suffix", "search_key",
        "said_by",
    ),
    PractitionerTaxonomy: ("practitioner_id", "taxonomy_id", "primary", "said_by"),
    ContactPoint: (
        "practitioner_id", "kind", "line_1", "line_2", "city", "state", "postal_code", "country", "phone",
        "said_by",
    ),
    Identifier: ("practitioner_id", "kind", "value", "issuer", "state", "said_by"),
    Evidence: (
        "id", "uid", "practitioner_id", "sequence", "title", "source", "source_kind", "method", "source_date",
        "obtained_at", "obtained_by_id", "summary", "data_class", "media_type", "content_sha256", "store_key",
        "salt", "previous_hash", "hash",
    ),
    EvidenceHead: ("practitioner_id", "sequence", "hash"),
    Credential: (
        "id", "uid", "created_at", "created_by_id", "practitioner_id", "credential_type_id", "issuer",
        "state",
        "number", "number_key",
    ),
    CredentialPeriod: (
        "uid", "identity_id", "valid", "recorded_at", "recorded_by_id", "standing", "status", "said_by",
        "extra",
        "evidence_id",
    ),
    Appointment: (
        "id", "uid", "created_at", "created_by_id", "practitioner_id", "facility_id", "decided_on",
        "authority",
    ),
    AppointmentPeriod: (
        "uid", "identity_id", "valid", "recorded_at", "recorded_by_id", "practitioner_id", "facility_id",
        "decided_on", "category_id", "department_id",
    ),
    Grant: (
        "id", "uid", "created_at", "created_by_id", "practitioner_id", "facility_id", "privilege_id",
        "form_line_id", "decided_on", "authority",
    ),
    GrantPeriod: (
        "uid", "identity_id", "valid", "recorded_at", "recorded_by_id", "practitioner_id", "facility_id",
        "privilege_id", "decided_on", "conditions",
    ),
}  # fmt: skip


@dataclass
class World:
    """What the rows point at, read once."""

    actor: User
    places: list[tuple[Facility, Specialty, Department]]
    lines: dict[str, list[FormLine]]
    types: dict[str, CredentialType]
    category: StaffCategory
    taxonomies: set[str]
    moment: dt.datetime
    today: dt.date
    store_key: str
    stored: bytes


@dataclass
class Chunk:
    """Rows of some practitioners, by table."""

    rows: dict[type[models.Model], list[Sequence[Any]]] = field(
        default_factory=lambda: {model: [] for model in COLUMNS}
    )

    def write(self, loader: Loader) -> None:
        """Write the rows and forget them."""
        for model, columns in COLUMNS.items():
            loader.copy(model, columns, self.rows[model])
            self.rows[model].clear()


class Writer:
    """Writes the rows of one person after the other into a chunk."""

    def __init__(self, world: World, loader: Loader, source: random.Random):
        self.world, self.loader, self.source = world, loader, source
        self.census = Census(source)
        self.chunk = Chunk()
        #: When and by whom everything is recorded: the same in some hundred rows of each person.
        self._recorded = (world.moment.isoformat(), world.actor.pk)
        self._kinds = {code: kind.fields for code, kind in world.types.items()}

    def uid(self) -> str:
        """A uid in the short form, which the database takes as well."""
        return f"{self.source.getrandbits(128):032x}"

    def key(self, model: type[models.Model]) -> int:
        """The key of a row to come."""
        return next(self.loader.keys(model))

    def add(self, model: type[models.Model], *values: Any) -> None:
        """One row, its values in the order of ``COLUMNS``."""
        self.chunk.rows[model].append(values)

    def person(self, number: int) -> None:
        """One practitioner with everything; ``number`` is the first nine digits of the NPI."""
        source, world = self.source, self.world
        facility, specialty, department = source.choice(world.places)
        bearer = self.census.draw()
        born = dt.date(
            world.today.year - source.randint(34, 68), source.randint(1, 12), source.randint(1, 28)
        )
        parts = {"last": bearer.last, "first": bearer.first, "middle": bearer.middle, "suffix": bearer.suffix}
        person, uid = self.key(Practitioner), self.uid()
        school = source.choice(schools_of(specialty))
        degree = degree_of(specialty, school)
        self.add(
            Practitioner, person, uid, npi_from_nine(str(number)),
            specialty.provider_type or ("DO" if degree == "DO" else "MD"),
            shown_name(**parts), sorted_name(**parts), born, bearer.sex, "", world.moment,
        )  # fmt: skip
        self._names(person, bearer)
        if specialty.taxonomy in world.taxonomies:
            self.add(PractitionerTaxonomy, person, specialty.taxonomy, True, str(SaidBy.ROSTER))
        self._contacts(person, number, facility)
        evidence = self._evidence(person, uid)
        self._licences(person, evidence, facility, specialty, bearer.last)
        self._training(person, evidence, specialty, school, degree, born)
        self._cover(person, evidence)
        self._terms(person, facility, specialty, department)

    def _names(self, person: int, bearer: Bearer) -> None:
        names = [
            (NameKind.LEGAL, bearer.last, bearer.first, bearer.middle, bearer.suffix),
            *((kind, last, first, "", "") for kind, last, first in bearer.others),
        ]
        for kind, last, first, middle, suffix in names:
            key = name_key(last=last, first=first, middle=middle, suffix=suffix)
            self.add(
                PractitionerName, person, str(kind), last, first, middle, suffix, key, str(SaidBy.ROSTER)
            )

    def _contacts(self, person: int, number: int, facility: Facility) -> None:
        """E-mail of the roster, practice address of the registry, for some a Medicaid number."""
        source, roster = self.source, str(SaidBy.ROSTER)
        self.add(
            ContactPoint, person, str(ContactKind.EMAIL), f"staff{number}@example.org", "", "", "", "", "US",
            "", roster,
        )  # fmt: skip
        self.add(
            ContactPoint, person, str(ContactKind.PRACTICE),
            f"{source.randint(100, 9999)} {source.choice(STREETS).upper()}", "",
            facility.city or "Harbor Point", facility.state, f"{source.randint(60000, 60999)}", "US",
            f"555-555-{source.randint(100, 9999):04d}", str(SaidBy.NPPES),
        )  # fmt: skip
        if source.random() < 0.3:
            value = f"{source.randint(10**8, 10**9 - 1)}"
            self.add(Identifier, person, str(IdentifierKind.MEDICAID), value, "", facility.state, roster)

    def _evidence(self, person: int, practitioner_uid: str) -> int:
        world, key = self.world, self.key(Evidence)
        salt = f"{self.source.getrandbits(128):032x}"
        piece = Evidence(
            id=key,
            uid=_as_read(self.uid()),
            practitioner=Practitioner(uid=_as_read(practitioner_uid)),
            sequence=1,
            title="Generated record",
            source=AUTHORITY,
            source_kind=str(SourceKind.PRIMARY),
            method=str(Method.FILE),
            source_date=world.today,
            obtained_at=world.moment,
            obtained_by=world.actor,
            data_class="general",
            media_type="text/plain",
            content_sha256=salted_hash(salt, world.stored),
            store_key=world.store_key,
            salt=salt,
            previous_hash=NOTHING_BEFORE,
        )
        piece.hash = chained_hash(piece)
        piece.practitioner_id = person
        self.add(Evidence, *(getattr(piece, name) for name in COLUMNS[Evidence]))
        self.add(EvidenceHead, person, 1, piece.hash)
        return key

    def _licences(
        self, person: int, evidence: int, facility: Facility, specialty: Specialty, last: str
    ) -> None:
        """The licence here, renewed every three years; for some one elsewhere; the DEA registration."""
        source, today = self.source, self.world.today
        elsewhere = [state for state in ("WI", "IN", "MI", "IL") if state != facility.state]
        states = [facility.state] + ([source.choice(elsewhere)] if source.random() < 0.15 else [])
        for state in states:
            end = today + dt.timedelta(days=source.randint(-20, 1075))
            spans = [(end - YEAR * 3 * (back + 1), end - YEAR * 3 * back) for back in (2, 1, 0)]
            number = f"{source.randint(10**8, 10**9 - 1)}"
            self._credential(person, evidence, "LICENSE", f"{state} licensing board", spans, state, number)
        end = today + dt.timedelta(days=source.randint(-10, 1085))
        number = dea_for(last, source.randint(100000, 999999), mid_level=not specialty.physician)
        self._credential(
            person, evidence, "DEA", "Drug Enforcement Administration", [(end - YEAR * 3, end)], number=number
        )

    def _training(
        self, person: int, evidence: int, specialty: Specialty, school: str, degree: str, born: dt.date
    ) -> None:
        """School, residency, certificate, and posts without a gap since."""
        source, today = self.source, self.world.today
        start = dt.date(born.year + 26, 7, 1)
        trained = min(dt.date(start.year + specialty.years, 6, 30), today - YEAR)
        self._credential(
            person, evidence, "MEDICAL_SCHOOL", school, [(start - YEAR * 4, start)], extra={"degree": degree}
        )
        training = {"level": "residency", "specialty": specialty.training, "completed": True}
        self._credential(
            person, evidence, "RESIDENCY", source.choice(PROGRAMMES), [(start, trained)], extra=training
        )
        if source.random() < 0.95:
            # One of ten certificates is of the kind that never ends; a few ran out.
            end = None if source.random() < 0.1 else today + dt.timedelta(days=source.randint(-200, 3650))
            certified = min(trained, (end or today) - YEAR)
            self._credential(
                person, evidence, "BOARD_CERT", specialty.board, [(certified, end)],
                extra={"specialty": specialty.certificate},
            )  # fmt: skip
        begin = trained
        posts = source.randint(3, 6)
        for left in reversed(range(posts)):
            end = begin + (today - begin) / (left + 1) if left else None
            if end is not None and end <= begin:
                continue
            post = {"position": "Attending physician" if specialty.physician else specialty.name}
            self._credential(
                person, evidence, "WORK_HISTORY", source.choice(EMPLOYERS), [(begin, end)], extra=post
            )
            begin = end or begin

    def _cover(self, person: int, evidence: int) -> None:
        """Malpractice cover of this year and the last, life support certificates of two years."""
        source, today = self.source, self.world.today
        end = today + dt.timedelta(days=source.randint(-5, 360))
        self._credential(
            person, evidence, "MALPRACTICE", source.choice(CARRIERS),
            [(end - YEAR * 2, end - YEAR), (end - YEAR, end)],
            number=f"GPL-{source.randint(10**6, 10**7 - 1)}",
        )  # fmt: skip
        for course in ("ACLS", "BLS"):
            end = today + dt.timedelta(days=source.randint(-30, 700))
            self._credential(
                person, evidence, "LIFE_SUPPORT", "American Heart Association", [(end - YEAR * 2, end)],
                extra={"course": course},
            )  # fmt: skip

    def _credential(
        self,
        person: int,
        evidence: int,
        type_code: str,
        issuer: str,
        spans: Sequence[tuple[dt.date, dt.date | None]],
        state: str = "",
        number: str = "",
        extra: dict[str, Any] | None = None,
    ) -> None:
        world, key, extra = self.world, self.key(Credential), extra or {}
        number_key = normal_form(number) or identity_key(self._kinds[type_code], extra, spans[0][0])
        self.add(
            Credential, key, self.uid(), *self._recorded, person, world.types[type_code].pk,
            issuer, state, number, number_key[:60],
        )  # fmt: skip
        for first, until in spans:
            self.add(
                CredentialPeriod, self.uid(), key, DateRange(first, until), *self._recorded,
                str(Standing.CONFIRMED), str(CredentialStatus.ACTIVE), str(SaidBy.SOURCE), extra,
                evidence,
            )  # fmt: skip

    def _terms(self, person: int, facility: Facility, specialty: Specialty, department: Department) -> None:
        """Five terms in a row, the last one mostly in force, each with the same privileges."""
        source, world = self.source, self.world
        lines = world.lines[specialty.form]
        # The first line of a form is its core, which everybody who works on it holds.
        chosen = (
            lines if len(lines) <= MOST_GRANTS else [lines[0], *source.sample(lines[1:], MOST_GRANTS - 1)]
        )
        end = world.today + dt.timedelta(days=source.randint(-15, 715))
        common = (*self._recorded, person, facility.pk)
        for term in reversed(range(TERMS)):
            day, until = add_months(end, -24 * (term + 1)), add_months(end, -24 * term)
            # As text at once, because some twenty rows bear it.
            valid, first = f"[{day},{until})", day.isoformat()
            appointment = self.key(Appointment)
            self.add(Appointment, appointment, self.uid(), *common, first, AUTHORITY)
            self.add(
                AppointmentPeriod, self.uid(), appointment, valid, *common, first, world.category.pk,
                department.pk,
            )  # fmt: skip
            for line in chosen:
                grant = self.key(Grant)
                self.add(Grant, grant, self.uid(), *common, line.privilege_id, line.pk, first, AUTHORITY)
                self.add(GrantPeriod, self.uid(), grant, valid, *common, line.privilege_id, first, "")


def _as_read(text: str) -> str:
    """A uid as the database writes it, which is what hashes are made of."""
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
