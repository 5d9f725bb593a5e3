"""A small health system for the tests of the frame."""

from __future__ import annotations

import datetime as dt

import pytest

from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role, system_user
from config.kernel import clock
from config.organization.models import Department, Facility, HealthSystem, NPDBEntity

NOON = dt.datetime(2026, 3, 9, 18, tzinfo=dt.UTC)


@pytest.fixture
def frozen():
    """9 March 2026, noon in Chicago."""
    with clock.freeze(NOON) as moment:
        yield moment


@pytest.fixture
def system(db) -> User:
    return system_user()


@pytest.fixture
def facility(db) -> Facility:
    """A hospital in Illinois."""
    return make_facility("LMC", "Lakeshore Medical Center", "IL", "America/Chicago")


@pytest.fixture
def other_facility(db) -> Facility:
    """A hospital of the same system in Michigan."""
    return make_facility("NVH", "Valley Hospital", "MI", "America/Detroit")


def make_facility(code: str, name: str, state: str, time_zone: str) -> Facility:
    system, _ = HealthSystem.objects.get_or_create(name="Northfold Health")
    entity = NPDBEntity.objects.create(code=code.lower(), name=name)
    facility = Facility.objects.create(
        code=code,
        name=name,
        health_system=system,
        state=state,
        time_zone=time_zone,
        npdb_entity=entity,
        office_phone="555-0142",
    )
    Department.objects.create(facility=facility, code="surgery", name="Surgery")
    return facility


@pytest.fixture
def make_user(system):
    """``make_user("ruth", facility, Role.DIRECTOR)``: somebody who holds the roles there since 2020."""

    def make(username: str, facility: Facility | None = None, *roles: Role) -> User:
        user = User.objects.create_user(username, f"{username}@example.org", "a long pass phrase")
        user.first_name, user.last_name = username.capitalize(), "Abernathy"
        user.save()
        for role in roles:
            give_role(actor=system, user=user, role=role, facility=facility, start=dt.date(2020, 1, 1))
        return user

    return make


@pytest.fixture
def administrator(make_user, facility) -> User:
    return make_user("ada", facility, Role.ADMINISTRATOR)
