"""A large staff for benchmarks: as many practitioners as asked for, written by COPY in constant memory.

Believable in its numbers (a dozen credentials each, ten years of terms and grants, licences renewed and some
that ran out), not in its papers: one piece of evidence per person, and every authority says that it was
generated. No history rows are written.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.models import Appointment, AppointmentPeriod, StaffCategory
from config.accounts.models import User
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.demo.names import MIDDLE_INITIALS, POOLS
from config.demo.people import (
    CARRIERS,
    EMPLOYERS,
    PROGRAMMES,
    SCHOOLS,
    SPECIALTIES,
    STAFF,
    Specialty,
    dea_for,
)
from config.kernel import clock
from config.kernel.bulk_load import Loader, bulk_load
from config.kernel.dates import add_months
from config.kernel.errors import Refused
from config.organization.models import Department, Facility
from practitioners import store
from practitioners.choices import (
    ContactKind,
    CredentialStatus,
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
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
    TaxonomyCode,
)
from practitioners.naming import name_key, shown_name, sorted_name
from practitioners.rules.chain import NOTHING_BEFORE, chained_hash, salted_hash
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.npi import npi_from_nine
from privileging.models import FormLine, Grant, GrantPeriod

AUTHORITY = "Generated for measurements"
#: Practitioners whose rows are held in memory at once.
CHUNK = 1000
#: Terms of two years each; grants of one term per person at the most.
TERMS, MOST_GRANTS = 5, 10
#: The first of the invented NPIs; the demo world's own are of another range.
FIRST_NPI = 250_000_000

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
#: From this many practitioners on, indexes are built after the load.
REBUILD_FROM = 500


@dataclass
class _World:
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
class _Chunk:
    """Rows of some practitioners, by table."""

    rows: dict[type[models.Model], list[Sequence[Any]]] = field(
        default_factory=lambda: {model: [] for model in COLUMNS}
    )

    def write(self, loader: Loader) -> None:
        for model, columns in COLUMNS.items():
            loader.copy(model, columns, self.rows[model])


def generate_staff(
    *, count: int, seed: int = 1, say: Callable[[str], None] = lambda line: None
) -> dict[str, int]:
    """Load ``count`` practitioners with credentials, appointments and grants; answers rows by table.

    The facilities, forms and kinds of credentials that exist are used; refused where there are none. Called
    again it adds further people.
    """
    if count < 1:
        raise Refused("Say how many practitioners to generate: at least one.")
    world = _read_world()
    number = _first_free_number()
    source = random.Random(f"{seed}/{number}")  # noqa: S311 - reproducible invention, nothing secret
    with bulk_load(*COLUMNS, rebuild=count >= REBUILD_FROM) as loader:
        for start in range(0, count, CHUNK):
            chunk = _Chunk()
            for index in range(start, min(count, start + CHUNK)):
                _Writer(world, loader, chunk, source).person(number + index)
            chunk.write(loader)
            if (start // CHUNK) % 10 == 9:
                say(f"  {start + CHUNK:,} practitioners")
        say("  indexes and constraints")
    record_event(
        actor=world.actor, verb="demo.staff_generated", subject=world.actor, data={"rows": loader.counts}
    )
    return loader.counts


def _first_free_number() -> int:
    """The nine digits of the first NPI that nobody has yet."""
    last = Practitioner.objects.filter(npi__gte=str(FIRST_NPI * 10)).order_by("-npi").first()
    return int(last.npi[:9]) + 1 if last and last.npi else FIRST_NPI


def _read_world() -> _World:
    facilities = {facility.code: facility for facility in Facility.objects.all()}
    departments: dict[int, dict[str, Department]] = {}
    for department in Department.objects.all():
        departments.setdefault(department.facility_id, {})[department.code] = department
    if not facilities or not any(departments.values()):
        raise Refused("There is no facility with departments yet; manage.py seed_demo makes some.")
    lines: dict[str, list[FormLine]] = {}
    for line in FormLine.objects.filter(version__status="published").select_related("version__form"):
        lines.setdefault(line.version.form.code, []).append(line)
    types = {kind.code: kind for kind in CredentialType.objects.all()}
    category = StaffCategory.objects.filter(code="active").first()
    if not lines or not types or category is None:
        raise Refused("Reference data is missing; load it with: manage.py load_all_reference")
    content = b"Generated for measurements."
    key = store.put(content)
    return _World(
        actor=system_user(),
        places=list(_places(facilities, departments, lines)),
        lines=lines,
        types=types,
        category=category,
        taxonomies=set(TaxonomyCode.objects.values_list("code", flat=True)),
        moment=clock.now(),
        today=clock.today(),
        store_key=key,
        stored=store.stored_bytes(key),
    )


def _places(
    facilities: dict[str, Facility],
    departments: dict[int, dict[str, Department]],
    lines: dict[str, list[FormLine]],
) -> Iterator[tuple[Facility, Specialty, Department]]:
    """Where people of which specialty work, as often as in the demo, on whatever facilities there are."""
    homes = list(facilities.values())
    for number, (code, specialty_code, weight) in enumerate(STAFF):
        specialty = SPECIALTIES[specialty_code]
        facility = facilities.get(code) or homes[number % len(homes)]
        known = departments.get(facility.pk) or {}
        department = known.get(specialty.department) or next(iter(known.values()), None)
        if department is not None and specialty.form in lines:
            yield from [(facility, specialty, department)] * weight


class _Writer:
    """Writes the rows of one person into the chunk."""

    def __init__(self, world: _World, loader: Loader, chunk: _Chunk, source: random.Random):
        self.world, self.loader, self.chunk, self.source = world, loader, chunk, source

    def uid(self) -> str:
        return f"{self.source.getrandbits(128):032x}"

    def key(self, model: type[models.Model]) -> int:
        return next(self.loader.keys(model))

    def add(self, model: type[models.Model], *values: Any) -> None:
        self.chunk.rows[model].append(values)

    def person(self, number: int) -> None:
        """One practitioner with everything."""
        source, world = self.source, self.world
        facility, specialty, department = source.choice(world.places)
        pool = source.choices(POOLS, weights=[pool.weight for pool in POOLS])[0]
        sex = source.choice("FM")
        first = source.choice(pool.women if sex == "F" else pool.men)
        last, middle = source.choice(pool.families), source.choice(MIDDLE_INITIALS)
        born = dt.date(
            world.today.year - source.randint(34, 68), source.randint(1, 12), source.randint(1, 28)
        )
        parts = {"last": last, "first": first, "middle": middle}
        person, uid = self.key(Practitioner), self.uid()
        self.add(
            Practitioner, person, uid, npi_from_nine(str(number)), specialty.provider_type or "MD",
            shown_name(**parts), sorted_name(**parts), born, sex, "", world.moment,
        )  # fmt: skip
        self._names(person, first, middle, last)
        if specialty.taxonomy in world.taxonomies:
            self.add(PractitionerTaxonomy, person, specialty.taxonomy, True, str(SaidBy.ROSTER))
        self.add(
            ContactPoint, person, str(ContactKind.EMAIL), f"staff{number}@example.org", "", "", "", "", "US",
            "",
            str(SaidBy.ROSTER),
        )  # fmt: skip
        evidence = self._evidence(person, uid)
        self._credentials(person, evidence, facility, specialty, last, born)
        self._terms(person, facility, specialty, department)

    def _names(self, person: int, first: str, middle: str, last: str) -> None:
        names = [(NameKind.LEGAL, last)]
        if self.source.random() < 0.15:
            former = self.source.choice(POOLS[0].families)
            names += [(NameKind.FORMER, former)] if former != last else []
        for kind, family in names:
            key = name_key(last=family, first=first, middle=middle)
            self.add(PractitionerName, person, str(kind), family, first, middle, "", key, str(SaidBy.ROSTER))

    def _evidence(self, person: int, practitioner_uid: str) -> int:
        world, key = self.world, self.key(Evidence)
        salt = f"{self.source.getrandbits(128):032x}"
        piece = Evidence(
            id=key,
            uid=self.uid(),
            practitioner=Practitioner(uid=practitioner_uid),
            sequence=1,
            title="Generated record",
            source="Generated for measurements",
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
        # The hash is of the uids as they will be read back.
        piece.uid, piece.practitioner.uid = _as_read(piece.uid), _as_read(practitioner_uid)
        piece.hash = chained_hash(piece)
        piece.practitioner_id = person
        self.add(Evidence, *(getattr(piece, name) for name in COLUMNS[Evidence]))
        self.add(EvidenceHead, person, 1, piece.hash)
        return key

    def _credentials(
        self, person: int, evidence: int, facility: Facility, specialty: Specialty, last: str, born: dt.date
    ) -> None:
        source, today = self.source, self.world.today
        start = dt.date(born.year + 26, 7, 1)
        trained = dt.date(start.year + specialty.years, 6, 30)
        licence_end = today + dt.timedelta(days=source.randint(-20, 1000))
        year = dt.timedelta(days=365)
        self._credential(
            person, evidence, "LICENSE", f"{facility.state} licensing board", facility.state,
            f"{source.randint(10**8, 10**9 - 1)}",
            [(licence_end - year * 3 * (n + 1), licence_end - year * 3 * n) for n in reversed(range(3))],
        )  # fmt: skip
        self._credential(
            person, evidence, "DEA", "Drug Enforcement Administration", "",
            dea_for(last, source.randint(100000, 999999), mid_level=not specialty.physician),
            [(today - year * 2, today + dt.timedelta(days=source.randint(1, 700)))],
        )  # fmt: skip
        plain: list[tuple[str, str, str, dt.date, dt.date | None, dict]] = [
            ("MEDICAL_SCHOOL", source.choice(SCHOOLS), "MD", start - year * 4, start, {"degree": "MD"}),
            ("RESIDENCY", source.choice(PROGRAMMES), f"RESIDENCY{normal_form(specialty.training)}", start,
            trained,
             {"level": "residency", "specialty": specialty.training, "completed": True}),
            ("BOARD_CERT", specialty.board, normal_form(specialty.certificate), trained,
             today + year * source.randint(1, 8), {"specialty": specialty.certificate}),
            ("LIFE_SUPPORT", "American Heart Association", "ACLS", today - year, today + year,
            {"course": "ACLS"}),
            ("LIFE_SUPPORT", "American Heart Association", "BLS", today - year, today + year,
            {"course": "BLS"}),
        ]  # fmt: skip
        begin = trained
        for _ in range(4):
            end = begin + year * 3
            organization = source.choice(EMPLOYERS)
            key = f"ATTENDINGPHYSICIAN{begin:%Y%m%d}"
            plain.append(("WORK_HISTORY", organization, key, begin, end, {"position": "Attending physician"}))
            begin = end
        for type_code, issuer, key, first, until, extra in plain:
            self._credential(person, evidence, type_code, issuer, "", "", [(first, until)], extra, key)
        self._credential(
            person, evidence, "MALPRACTICE", source.choice(CARRIERS), "",
            f"GPL-{source.randint(10**6, 10**7 - 1)}",
            [(today - year, today + dt.timedelta(days=source.randint(1, 360)))],
        )  # fmt: skip

    def _credential(
        self,
        person: int,
        evidence: int,
        type_code: str,
        issuer: str,
        state: str,
        number: str,
        spans: Sequence[tuple[dt.date, dt.date | None]],
        extra: dict[str, Any] | None = None,
        number_key: str = "",
    ) -> None:
        world, key = self.world, self.key(Credential)
        self.add(
            Credential, key, self.uid(), world.moment, world.actor.pk, person, world.types[type_code].pk,
            issuer,
            state, number, (normal_form(number) if number else number_key)[:60],
        )  # fmt: skip
        for first, until in spans:
            self.add(
                CredentialPeriod, self.uid(), key, DateRange(first, until), world.moment, world.actor.pk,
                str(Standing.CONFIRMED), str(CredentialStatus.ACTIVE), str(SaidBy.SOURCE), extra or {},
                evidence,
            )  # fmt: skip

    def _terms(self, person: int, facility: Facility, specialty: Specialty, department: Department) -> None:
        """Five terms in a row, the last one mostly in force, each with the same privileges."""
        source, world = self.source, self.world
        lines = world.lines[specialty.form]
        chosen = (
            lines if len(lines) <= MOST_GRANTS else [lines[0], *source.sample(lines[1:], MOST_GRANTS - 1)]
        )
        end = world.today + dt.timedelta(days=source.randint(-15, 715))
        for term in reversed(range(TERMS)):
            first, until = add_months(end, -24 * (term + 1)), add_months(end, -24 * term)
            appointment = self.key(Appointment)
            common = (world.moment, world.actor.pk, person, facility.pk)
            valid = DateRange(first, until)
            self.add(Appointment, appointment, self.uid(), *common, first, AUTHORITY)
            self.add(
                AppointmentPeriod,
                self.uid(),
                appointment,
                valid,
                *common,
                first,
                world.category.pk,
                department.pk,
            )
            for line in chosen:
                grant = self.key(Grant)
                self.add(Grant, grant, self.uid(), *common, line.privilege_id, line.pk, first, AUTHORITY)
                self.add(GrantPeriod, self.uid(), grant, valid, *common, line.privilege_id, first, "")


def _as_read(text: str) -> str:
    """A uid as the database writes it."""
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
