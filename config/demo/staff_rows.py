"""The rows of one invented member of a large staff, by table, as COPY takes them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db import models

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
from config.demo.staff_tables import COLUMNS, Chunk
from config.kernel.bulk_load import Loader, copy_line
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
    Statement,
)
from practitioners.naming import name_key, shown_name, sorted_name
from practitioners.rules.chain import NOTHING_BEFORE, chained_hash, salted_hash
from practitioners.rules.credential_content import identity_key
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.npi import npi_from_nine
from practitioners.rules.provenance import BIRTH_DATE, SEX
from privileging.models import FormLine, Grant, GrantPeriod

AUTHORITY = "Generated for measurements"
#: Terms of two years each; grants of one term per person at the most.
TERMS, MOST_GRANTS = 5, 13
YEAR = dt.timedelta(days=365)
#: Of one in so many people two sources give different birth dates.
CONTRADICTED = 400


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


#: States of generated hospitals that register for controlled substances beside the DEA.
REGISTERING = ("IL", "IN", "MI")


class Writer:
    """Writes the rows of one person after the other into a chunk."""

    def __init__(self, world: World, loader: Loader, source: random.Random):
        self.world, self.loader, self.source = world, loader, source
        self.census = Census(source)
        self.chunk = Chunk()
        #: When and by whom everything is recorded: the same in some hundred rows of each person.
        self._recorded = (world.moment.isoformat(), world.actor.pk)
        self._kinds = {code: kind.fields for code, kind in world.types.items()}
        self._number_keys: dict[tuple[Any, ...], str] = {}
        # Looked up once: most of the rows are of these tables.
        self._grant_keys, self._credential_keys = loader.keys(Grant), loader.keys(Credential)
        #: How every row of a credential's period ends, by its content.
        self._said = f"{Standing.CONFIRMED}\t{CredentialStatus.ACTIVE}\t{SaidBy.SOURCE}"

    def take_chunk(self) -> Chunk:
        """The rows written so far; the next ones come into another chunk."""
        full, self.chunk = self.chunk, Chunk()
        return full

    def uid(self) -> str:
        """A uid in the short form, which the database takes as well."""
        return self.source.randbytes(16).hex()

    def key(self, model: type[models.Model]) -> int:
        """The key of a row to come."""
        return next(self.loader.keys(model))

    def add(self, model: type[models.Model], *values: Any) -> None:
        """One row, its values in the order of ``COLUMNS``."""
        self.chunk.rows[model].append(copy_line(values))

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
        self._statements(person, born, bearer.sex)
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

    def _statements(self, person: int, born: dt.date, sex: str) -> None:
        """What the roster and a source say of two facts; of a few people they differ on the birth date."""
        other = born + dt.timedelta(days=1) if self.source.random() * CONTRADICTED < 1 else born
        for said_by, day in ((SaidBy.ROSTER, born), (SaidBy.SOURCE, other)):
            for fact, value in ((BIRTH_DATE, day.isoformat()), (SEX, sex)):
                self.add(
                    Statement, self.uid(), person, fact, value, str(said_by), "", AUTHORITY, *self._recorded
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
        # Not an instance of the model: making one takes longer than everything else of this row.
        piece = SimpleNamespace(
            id=key,
            uid=_as_read(self.uid()),
            practitioner=SimpleNamespace(uid=_as_read(practitioner_uid)),
            practitioner_id=person,
            document_id=None,
            summary="",
            sequence=1,
            title="Generated record",
            source=AUTHORITY,
            source_kind=str(SourceKind.PRIMARY),
            method=str(Method.FILE),
            source_date=world.today,
            obtained_at=world.moment,
            obtained_by=world.actor,
            obtained_by_id=world.actor.pk,
            data_class="general",
            media_type="text/plain",
            content_sha256=salted_hash(salt, world.stored),
            store_key=world.store_key,
            salt=salt,
            previous_hash=NOTHING_BEFORE,
        )
        piece.hash = chained_hash(piece)
        self.add(Evidence, *(getattr(piece, name) for name in COLUMNS[Evidence]))
        self.add(EvidenceHead, person, 1, piece.hash)
        return key

    def _licences(
        self, person: int, evidence: int, facility: Facility, specialty: Specialty, last: str
    ) -> None:
        """The licence here, renewed every three years; for some one elsewhere; the registrations
        for controlled substances."""
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
            person, evidence, "DEA", "Drug Enforcement Administration", [(end - YEAR * 3, end)],
            number=number, extra={"business_address_state": facility.state},
        )  # fmt: skip
        if facility.state in REGISTERING:
            number = f"{source.randint(10**8, 10**9 - 1)}"
            self._credential(
                person, evidence, "CDS", f"{facility.state} licensing board", [(end - YEAR * 3, end)],
                facility.state, number,
            )  # fmt: skip

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
            extra={"per_claim_usd": 1_000_000, "aggregate_usd": 3_000_000},
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
        key, when = next(self._credential_keys), "\t".join(map(str, self._recorded))
        content = copy_line([extra]).rstrip() if extra else "{}"
        self.add(
            Credential, key, self.uid(), *self._recorded, person, self.world.types[type_code].pk,
            issuer, state, number,
            normal_form(number) or self._number_key(type_code, extra or {}, spans[0][0]),
        )  # fmt: skip
        periods = self.chunk.rows[CredentialPeriod]
        for first, until in spans:
            # Written out, because every person has nearly twenty of them; nothing in them needs escaping.
            periods.append(
                f"{self.uid()}\t{key}\t[{first},{until or ''})\t{when}\t{self._said}\t{content}\t{evidence}\n"
            )

    def _number_key(self, type_code: str, extra: dict[str, Any], first: dt.date) -> str:
        """What tells credentials without a number apart; the same content comes again and again."""
        known = (type_code, first, *extra.values())
        if known not in self._number_keys:
            self._number_keys[known] = identity_key(self._kinds[type_code], extra, first)[:60]
        return self._number_keys[known]

    def _terms(self, person: int, facility: Facility, specialty: Specialty, department: Department) -> None:
        """Five terms in a row, the last one mostly in force, each with the same privileges."""
        source, world = self.source, self.world
        lines = world.lines[specialty.form]
        # The first line of a form is its core, which everybody who works on it holds.
        chosen = (
            lines if len(lines) <= MOST_GRANTS else [lines[0], *source.sample(lines[1:], MOST_GRANTS - 1)]
        )
        end = world.today + dt.timedelta(days=source.randint(-15, 715))
        common = "\t".join(map(str, (*self._recorded, person, facility.pk)))
        rows, keys = self.chunk.rows, self._grant_keys
        grants, periods = rows[Grant], rows[GrantPeriod]
        for term in reversed(range(TERMS)):
            day, until = add_months(end, -24 * (term + 1)), add_months(end, -24 * term)
            valid, first = f"[{day},{until})", day.isoformat()
            appointment = self.key(Appointment)
            # Written out as lines of COPY, because they are two of three rows; nothing needs escaping.
            rows[Appointment].append(f"{appointment}\t{self.uid()}\t{common}\t{first}\t{AUTHORITY}\n")
            rows[AppointmentPeriod].append(
                f"{self.uid()}\t{appointment}\t{valid}\t{common}\t{first}\t{world.category.pk}\t{department.pk}\n"
            )
            uids = source.randbytes(32 * len(chosen)).hex()
            for at, line in enumerate(chosen):
                grant, privilege, cut = next(keys), line.privilege_id, 64 * at
                said = f"{common}\t{privilege}\t{line.pk}\t{first}\t{AUTHORITY}"
                grants.append(f"{grant}\t{uids[cut : cut + 32]}\t{said}\n")
                periods.append(
                    f"{uids[cut + 32 : cut + 64]}\t{grant}\t{valid}\t{common}\t{privilege}\t{first}\t\n"
                )


def _as_read(text: str) -> str:
    """A uid as the database writes it, which is what hashes are made of."""
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
