"""What the tests of this room share: a store of their own, people, the kinds of credentials."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role, system_user
from config.kernel import clock
from config.organization.models import Facility, HealthSystem, NPDBEntity
from practitioners.services.people import create_practitioner
from practitioners.services.reference import load_credential_types
from practitioners.services.taxonomy_import import import_taxonomy
from tests.worlds import Shared, shared

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


@pytest.fixture(autouse=True)
def store_folder(settings, tmp_path):
    """A store and a folder of checkpoints of this test alone."""
    settings.STANDING_STORE = tmp_path / "store"
    settings.STANDING_CHECKPOINTS = tmp_path / "checkpoints"
    return settings.STANDING_STORE


@dataclass
class House:
    """A hospital with its credentialing coordinator; the kinds of credentials are loaded."""

    system: User
    facility: Facility
    coordinator: User


def build() -> House:
    """All of it since 2020: a test may stand on a day before today."""
    with clock.freeze(dt.datetime(2020, 1, 1, 18, tzinfo=dt.UTC)):
        return _build()


def _build() -> House:
    system = system_user()
    health_system = HealthSystem.objects.create(name="Prairie Health")
    entity = NPDBEntity.objects.create(code="prairie", name="Prairie Health")
    facility = Facility.objects.create(
        code="LKS",
        name="Lakeside Hospital",
        health_system=health_system,
        state="IL",
        time_zone="America/Chicago",
        npdb_entity=entity,
    )
    load_credential_types(actor=system)
    coordinator = holder(system, facility, "coordinator", Role.CREDENTIALING_COORDINATOR)
    return House(system, facility, coordinator)


def holder(system: User, facility: Facility, name: str, *roles: Role) -> User:
    """A person holding these roles at the facility."""
    user = User.objects.create_user(username=name, password="not used here", first_name="Ada", last_name=name)
    for role in roles:
        give_role(actor=system, user=user, role=role, facility=facility)
    return user


@pytest.fixture(scope="module")
def _house(request, django_db_setup: None, django_db_blocker: Any) -> Iterator[Shared[House]]:
    wanted = getattr(request.module, "HOUSE", build)  # a module may start from more than that
    with shared(request, django_db_blocker, wanted, room=True) as house:
        yield house


@pytest.fixture
def house(_house: Shared[House], db: None) -> House:
    """The hospital, whoever of it a test asks for."""
    return _house.mine()


@pytest.fixture
def system(house):
    return house.system


@pytest.fixture
def facility(house):
    return house.facility


@pytest.fixture
def user_with(system, facility):
    """``user_with(Role.DIRECTOR)``: a person holding these roles at the facility."""

    def make(*roles: Role, username: str = "") -> User:
        name = username or "-".join(str(role) for role in roles) or "nobody"
        return holder(system, facility, name, *roles)

    return make


@pytest.fixture
def coordinator(house):
    return house.coordinator


@pytest.fixture
def director(user_with):
    return user_with(Role.DIRECTOR, username="director")


@pytest.fixture
def kinds(house):
    """The kinds of credentials are loaded."""


@pytest.fixture
def taxonomy(system):
    import_taxonomy(actor=system, data=(FIXTURES / "nucc" / "taxonomy.csv").read_bytes())


@pytest.fixture
def surgeon(coordinator, kinds):
    return create_practitioner(
        actor=coordinator,
        provider_type="MD",
        last_name="Kowalski",
        first_name="Maria",
        middle_name="Ewa",
        npi="1234567893",
    )
