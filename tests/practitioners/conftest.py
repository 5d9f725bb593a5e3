"""What the tests of this room share: a store of their own, people, the kinds of credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role, system_user
from config.organization.models import Facility, HealthSystem, NPDBEntity
from practitioners.services.people import create_practitioner
from practitioners.services.reference import load_credential_types
from practitioners.services.taxonomy_import import import_taxonomy

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< >>\n%%EOF\n"


@pytest.fixture(autouse=True)
def store_folder(settings, tmp_path):
    """A store and a folder of checkpoints of this test alone."""
    settings.STANDING_STORE = tmp_path / "store"
    settings.STANDING_CHECKPOINTS = tmp_path / "checkpoints"
    return settings.STANDING_STORE


@pytest.fixture
def system(db):
    return system_user()


@pytest.fixture
def facility(db):
    health_system = HealthSystem.objects.create(name="Prairie Health")
    entity = NPDBEntity.objects.create(code="prairie", name="Prairie Health")
    return Facility.objects.create(
        code="LKS",
        name="Lakeside Hospital",
        health_system=health_system,
        state="IL",
        time_zone="America/Chicago",
        npdb_entity=entity,
    )


@pytest.fixture
def user_with(system, facility):
    """``user_with(Role.DIRECTOR)``: a person holding these roles at the facility."""

    def make(*roles: Role, username: str = "") -> User:
        name = username or "-".join(str(role) for role in roles) or "nobody"
        user = User.objects.create_user(
            username=name, password="not used here", first_name="Ada", last_name=name
        )
        for role in roles:
            give_role(actor=system, user=user, role=role, facility=facility)
        return user

    return make


@pytest.fixture
def coordinator(user_with):
    return user_with(Role.CREDENTIALING_COORDINATOR, username="coordinator")


@pytest.fixture
def director(user_with):
    return user_with(Role.DIRECTOR, username="director")


@pytest.fixture
def kinds(system):
    load_credential_types(actor=system)


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
