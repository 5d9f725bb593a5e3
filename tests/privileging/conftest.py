"""A hospital small enough to read: two facilities, a catalogue, people, and rows of authority."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import BarKind, BarScope
from bylaws.models import Appointment, AppointmentPeriod, Bar, BarPeriod, StaffCategory
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role, system_user
from config.kernel import clock
from config.kernel.periods import open_period, through
from config.organization.models import Department, Facility, HealthSystem, NPDBEntity
from config.rulebook.choices import Confidence, SourceKind
from config.rulebook.models import Parameter, ParameterPeriod, SourceBody
from practitioners.choices import CredentialStatus, SaidBy, Standing
from practitioners.models import (
    Credential,
    CredentialPeriod,
    CredentialType,
    Evidence,
    Practitioner,
)
from practitioners.services.people import create_practitioner
from privileging.choices import GrantKind
from privileging.models import FormLine, Grant, GrantPeriod, Privilege
from privileging.services.catalogue import EXAMPLES, load_catalogue
from tests.worlds import shared

#: The day most tests happen on, noon UTC: morning at both facilities.
TODAY = dt.date(2026, 11, 24)
NOON = dt.datetime(2026, 11, 24, 17, tzinfo=dt.UTC)
#: Invented numbers with a right check digit.
NPIS = (
    "1234567893",
    "1000000012",
    "1000000020",
    "1000000038",
    "1000000046",
    "1000000053",
    "1000000061",
    "1000000079",
    "1000000087",
    "1000000095",
    "1000000103",
    "1000000111",
    "1000000129",
    "1000000137",
    "1000000145",
    "1000000152",
)


@pytest.fixture(autouse=True)
def _today():
    with clock.freeze(NOON):
        yield


@pytest.fixture
def system(db):
    return system_user()


@pytest.fixture(scope="module")
def _facilities(request, django_db_setup, django_db_blocker):
    build = getattr(request.module, "HOSPITAL", build_today)  # a module may start from more than that
    with shared(request, django_db_blocker, build, room=True) as facilities:
        yield facilities


@pytest.fixture
def world(_facilities, db, settings, tmp_path):
    """Two facilities in different states and time zones, one category, one department each, the catalogue."""
    settings.STANDING_STORE = tmp_path / "store"
    return _facilities.mine()


def build_today() -> SimpleNamespace:
    with clock.freeze(NOON):
        return _build()


def _build() -> SimpleNamespace:
    system = system_user()
    group = HealthSystem.objects.create(name="Prairie Health")
    entity = NPDBEntity.objects.create(code="prairie", name="Prairie Health")
    lakeside = Facility.objects.create(
        code="LAKE",
        name="Lakeside Medical Center",
        health_system=group,
        state="IL",
        time_zone="America/Chicago",
        npdb_entity=entity,
        city="Springfield",
        office_phone="217-555-0100",
    )
    harbor = Facility.objects.create(
        code="HARB",
        name="Harbor Hospital",
        health_system=group,
        state="CA",
        time_zone="America/Los_Angeles",
        npdb_entity=entity,
    )
    active = StaffCategory.objects.create(code="active", name="Active", admits=True)
    honorary = StaffCategory.objects.create(code="honorary", name="Honorary", carries_privileges=False)
    surgery = Department.objects.create(facility=lakeside, code="surgery", name="Surgery")
    surgery_west = Department.objects.create(facility=harbor, code="surgery", name="Surgery")
    licence = CredentialType.objects.create(
        code="LICENSE", name="State license", category="licensure", has_state=True
    )
    with clock.freeze(dt.datetime(2020, 1, 1, 17, tzinfo=dt.UTC)):  # offered long before any test asks on it
        load_catalogue(actor=system, facilities=[lakeside, harbor], paths=[EXAMPLES / "general_surgery.yaml"])
    return SimpleNamespace(
        lakeside=lakeside,
        harbor=harbor,
        active=active,
        honorary=honorary,
        surgery=surgery,
        surgery_west=surgery_west,
        licence=licence,
        system=system,
    )


@pytest.fixture
def bylaws_rule(world):
    """The bylaws make a current licence a standing condition (BL-LIC-1)."""
    return set_parameter(world.system, "bylaws.standing_conditions", [{"rule": "BL-LIC-1", "scope": "all"}])


@pytest.fixture
def long_kept(world):
    """Both facilities have kept their records here for ten years: what is not found was not so."""
    elder = create_practitioner(
        actor=world.system, provider_type="MD", last_name="Elderly", first_name="Otto", npi=None
    )
    for facility in (world.lakeside, world.harbor):
        appoint(world, elder, dt.date(2015, 1, 1), dt.date(2016, 12, 31), facility=facility)
    return elder


def set_parameter(
    actor,
    code,
    value,
    *,
    subject="",
    start=dt.date(2000, 1, 1),
    at=None,
    facility=None,
    confidence=Confidence.ADOPTED,
    source=SourceKind.BYLAWS,
):
    """One value of the bylaws (or of another ``source``), in force from ``start``, recorded long ago unless
    ``at`` says when.
    """
    body, _ = SourceBody.objects.get_or_create(
        code=source, defaults={"name": source.capitalize(), "kind": source, "always_binds": True}
    )
    recorded = at or dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    parameter, _ = Parameter.objects.get_or_create(
        code=code,
        subject=subject,
        source_body=body,
        facility=facility,
        defaults={"created_at": recorded, "created_by": actor},
    )
    return open_period(
        ParameterPeriod,
        parameter,
        valid=DateRange(start, None),
        actor=actor,
        at=recorded,
        value=value,
        citation="Bylaws, article 7",
        confidence=confidence,
    )


@pytest.fixture
def person(world):
    """``person()``: one more physician, each with an NPI of their own."""
    made = []

    def make(last="Okonkwo", first="Adaeze", **more) -> Practitioner:
        more.setdefault("npi", NPIS[len(made)] if len(made) < len(NPIS) else None)
        one = create_practitioner(
            actor=world.system, provider_type="MD", last_name=last, first_name=first, **more
        )
        made.append(one)
        return one

    return make


@pytest.fixture
def user(world):
    """``user(Role.X)``: an account with that role at Lakeside (or at ``facility``)."""

    def make(role: Role, *, facility=None, username="") -> User:
        name = username or f"{role}-{User.objects.count()}"
        one = User.objects.create_user(username=name, password="a long pass phrase", first_name=role.label)
        give_role(
            actor=world.system,
            user=one,
            role=role,
            facility=facility or world.lakeside,
            start=dt.date(2020, 1, 1),
        )
        return one

    return make


@contextmanager
def many_at_once() -> Iterator[None]:
    """For a question about hundreds of people of this test's own.

    Rows of a transaction that is still open are counted by nobody: PostgreSQL takes them for a handful and
    goes through one table for each row of another, seconds instead of a hundredth of one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop = on")


def line_of(code: str, form: str = "") -> FormLine:
    """The line of the example form offered that carries a privilege; ``form`` where several do."""
    lines = FormLine.objects.filter(version__status="published")
    if form:
        lines = lines.filter(version__form__code=form)
    return lines.select_related("privilege", "version").get(privilege__code=code)


def appoint(
    world,
    practitioner,
    start=dt.date(2026, 1, 1),
    last_day=dt.date(2027, 12, 31),
    *,
    facility=None,
    category=None,
    department=None,
    at=None,
):
    """An appointment from before, recorded at ``at`` (default: the morning of its first day)."""
    facility = facility or world.lakeside
    moment = at or dt.datetime.combine(start, dt.time(15), dt.UTC)
    identity = Appointment.objects.create(
        practitioner=practitioner,
        facility=facility,
        decided_on=start,
        authority="Governing board",
        created_at=moment,
        created_by=world.system,
    )
    return open_period(
        AppointmentPeriod,
        identity,
        valid=DateRange(start, through(last_day)),
        actor=world.system,
        at=moment,
        category=category or world.active,
        department=department or (world.surgery if facility == world.lakeside else world.surgery_west),
    )


def grant(
    world,
    practitioner,
    code="GS-LAP-CHOLE",
    start=dt.date(2026, 1, 1),
    last_day=dt.date(2027, 12, 31),
    *,
    facility=None,
    conditions="",
    kind=GrantKind.FULL,
    at=None,
    form="",
):
    """A grant from before, recorded at ``at`` (default: the morning of its first day)."""
    moment = at or dt.datetime.combine(start, dt.time(15), dt.UTC)
    identity = Grant.objects.create(
        practitioner=practitioner,
        facility=facility or world.lakeside,
        privilege=Privilege.objects.get(code=code),
        form_line=line_of(code, form),
        decided_on=start,
        authority=f"Governing board, {start}",
        kind=kind,
        created_at=moment,
        created_by=world.system,
    )
    return open_period(
        GrantPeriod,
        identity,
        valid=DateRange(start, through(last_day)),
        actor=world.system,
        at=moment,
        conditions=conditions,
    )


def bar(
    world,
    practitioner,
    start,
    last_day=None,
    *,
    kind=BarKind.ADMINISTRATIVE_SUSPENSION,
    scope=BarScope.ALL_PRIVILEGES,
    codes=(),
    facility=None,
    at=None,
    cause="Delinquent records",
    condition="",
):
    """A bar, recorded at ``at`` (default: the morning of its first day)."""
    moment = at or dt.datetime.combine(start, dt.time(15), dt.UTC)
    identity = Bar.objects.create(
        practitioner=practitioner,
        facility=facility or world.lakeside,
        kind=kind,
        created_at=moment,
        created_by=world.system,
    )
    return open_period(
        BarPeriod,
        identity,
        valid=DateRange(start, through(last_day)),
        actor=world.system,
        at=moment,
        cause=cause,
        scope=scope,
        privilege_codes=list(codes),
        condition=condition,
    )


def credential(world, practitioner, type_code, *, state="", number="", issuer=""):
    """The identity of a credential, its type made when it is not there."""
    kind, _ = CredentialType.objects.get_or_create(
        code=type_code, defaults={"name": type_code.replace("_", " ").capitalize(), "category": "training"}
    )
    return Credential.objects.create(
        practitioner=practitioner,
        credential_type=kind,
        state=state,
        number=number,
        number_key=number,
        issuer=issuer,
        created_at=dt.datetime(2015, 1, 1, tzinfo=dt.UTC),
        created_by=world.system,
    )


def evidence(world, practitioner, title="Board web site", at=None) -> Evidence:
    """A row of evidence; the chain is not what these tests are about."""
    count = Evidence.objects.filter(practitioner=practitioner).count() + 1
    return Evidence.objects.create(
        practitioner=practitioner,
        sequence=count,
        title=title,
        source="Source",
        source_kind="primary",
        method="web",
        obtained_at=at or clock.now(),
        obtained_by=world.system,
        content_sha256="0" * 64,
        store_key="0" * 64,
        salt="0" * 32,
        previous_hash="0" * 64,
        hash=f"{practitioner.pk:032d}{count:032d}",
    )


def say(
    world,
    identity: Credential,
    start,
    last_day,
    *,
    confirmed=True,
    status=CredentialStatus.ACTIVE,
    extra=None,
    at=None,
    proof=None,
):
    """A period of a credential: confirmed by a source, or only claimed. ``proof``: evidence of its chain."""
    moment = at or dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    return open_period(
        CredentialPeriod,
        identity,
        valid=DateRange(start, through(last_day)),
        actor=world.system,
        at=moment,
        standing=Standing.CONFIRMED if confirmed else Standing.CLAIMED,
        status=status,
        said_by=SaidBy.SOURCE if confirmed else SaidBy.APPLICANT,
        extra=extra or {},
        evidence=(proof or evidence(world, identity.practitioner, at=moment)) if confirmed else None,
    )


def licensed(world, practitioner, *, state="IL", last_day=dt.date(2028, 7, 31), **more):
    """A confirmed licence of a state, from 2020 through ``last_day``."""
    identity = credential(world, practitioner, "LICENSE", state=state, number=f"{state}{practitioner.pk}")
    return say(world, identity, dt.date(2020, 1, 1), last_day, **more)


@pytest.fixture
def surgeon(world, person):
    """A licensed surgeon with an appointment and the grant of laparoscopic cholecystectomy at Lakeside."""
    one = person()
    appoint(world, one)
    grant(world, one)
    licensed(world, one)
    return one
