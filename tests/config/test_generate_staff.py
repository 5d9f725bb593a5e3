"""A generated staff: believable, within every constraint, found by the search, the same for the same seed."""

import datetime as dt
import random
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from config.audit.models import AuditEvent
from config.demo.census import Census
from config.demo.staff import generate_staff
from config.kernel import clock
from config.kernel.errors import Refused
from practitioners.choices import NameKind
from practitioners.models import (
    Credential,
    CredentialPeriod,
    Practitioner,
    PractitionerName,
)
from practitioners.naming import name_key, shown_name, sorted_name
from practitioners.rules.credential_content import check_content
from practitioners.rules.dea import check_digit
from practitioners.rules.npi import npi_is_valid
from practitioners.selectors.evidence import verify_everything
from practitioners.selectors.search import search
from privileging.models import Grant, GrantPeriod
from privileging.selectors.lookup import LookupOutcome, can_perform, who_can
from tests.benchmarks.world import build_world

MORNING = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
COUNT = 80

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the staff's papers are: its rows are copied for each test, and they name these."""
    return tmp_path_factory.mktemp("staff")


@pytest.fixture
def world(services, transactional_db, folder, settings):
    """A hospital with a generated staff, built once; each test has a copy."""
    settings.STANDING_STORE = folder / "store"
    with clock.freeze(MORNING):
        yield services.prepared("staff", lambda: build_world(COUNT, folder))


def parts_of(name):
    return {
        "last": name.last_name,
        "first": name.first_name,
        "middle": name.middle_name,
        "suffix": name.suffix,
    }


def digest():
    return (
        list(Practitioner.objects.order_by("pk").values_list("npi", "uid", "display_name", "birth_date")),
        list(Credential.objects.order_by("pk").values_list("uid", "number_key", "issuer")),
        list(GrantPeriod.objects.order_by("pk").values_list("uid", "valid", "privilege__code")),
    )


def test_the_staff_is_as_the_services_would_have_written_it(world):
    people = list(Practitioner.objects.prefetch_related("names", "contact_points"))
    assert len(people) == len({person.npi for person in people}) == COUNT
    for person in people:
        assert npi_is_valid(person.npi)
        [legal] = [name for name in person.names.all() if name.kind == NameKind.LEGAL]
        assert person.display_name == shown_name(**parts_of(legal))
        assert person.sort_name == sorted_name(**parts_of(legal))
        assert {point.kind for point in person.contact_points.all()} == {"email", "practice"}
        for name in person.names.all():
            assert name.search_key == name_key(**parts_of(name))
    for period in CredentialPeriod.objects.select_related("identity__credential_type"):
        assert check_content(period.identity.credential_type.fields, period.extra) == period.extra
    for dea in Credential.objects.filter(credential_type__code="DEA"):
        assert check_digit(dea.number[2:8]) == int(dea.number[8])
    assert verify_everything() == []


def test_the_numbers_are_those_of_a_hospital(world):
    credentials, grants = Credential.objects.count(), Grant.objects.count()
    assert 11 <= credentials / COUNT <= 14
    assert 40 <= grants / COUNT <= 60
    first, *_ = who_can(privilege_code=_core(), facility=world.facility).people
    assert can_perform(npi=first.person.npi, privilege_code=_core(), facility=world.facility).outcome in (
        LookupOutcome.YES,
        LookupOutcome.UNKNOWN,
    )
    ends = [valid.upper.year for valid in GrantPeriod.objects.values_list("valid", flat=True)]
    assert max(ends) - min(ends) >= 8
    licences = CredentialPeriod.objects.filter(identity__credential_type__code="LICENSE")
    assert len({valid.upper.year for valid in licences.values_list("valid", flat=True)}) >= 6


def _core():
    held = Counter(GrantPeriod.objects.values_list("privilege__code", flat=True))
    return held.most_common(1)[0][0]


def test_search_finds_everybody_by_every_name(world):
    for name in PractitionerName.objects.select_related("practitioner")[:40]:
        found = search(viewer=world.office, text=f"{name.last_name} {name.first_name}", limit=50)
        assert name.practitioner.uid in {hit.uid for hit in found}


def test_indexes_are_built_after_a_large_load_and_hold_again(world, monkeypatch):
    before = _schema()
    monkeypatch.setattr("config.demo.staff.REBUILD_FROM", 10)
    generate_staff(count=20, seed=1, add=True)
    assert Practitioner.objects.count() == COUNT + 20
    assert _schema() == before


def _schema():
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
        indexes = cursor.fetchall()
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = "
            "'public'::regnamespace ORDER BY 1, 2"
        )
        return indexes, cursor.fetchall()


def test_the_same_seed_gives_the_same_people(world, services, tmp_path):
    first = digest()
    services.fresh_database()
    build_world(COUNT, tmp_path)
    assert digest() == first


def test_people_are_not_mixed_with_those_on_file_unless_asked(world, capsys):
    with pytest.raises(CommandError, match="--add"):
        call_command("generate_staff", "--practitioners", "5")
    call_command("generate_staff", "--practitioners", "5", "--seed", "9", "--add", "--facility", "NVH")
    assert Practitioner.objects.count() == COUNT + 5
    assert Grant.objects.filter(facility__code="NVH").exists()
    event = AuditEvent.objects.filter(verb="demo.staff_generated").order_by("-at", "-pk").first()
    assert event.data["rows"]["practitioners.practitioner"] == 5


def test_production_and_unknown_facilities_are_refused(world, settings):
    with pytest.raises(Refused, match="no facility with the code XYZ"):
        generate_staff(count=1, add=True, facility_codes=["XYZ"])
    settings.SETTINGS_MODULE = "config.settings.production"
    with pytest.raises(Refused, match="production"):
        generate_staff(count=1, add=True)


def test_names_are_spread_as_unevenly_as_names_are():
    census = Census(random.Random(5))
    people = [census.draw() for _ in range(6000)]
    surnames = Counter(person.last for person in people)
    assert len(surnames) > 1200
    assert surnames.most_common(1)[0][1] > 60
    assert max(Counter((person.first, person.last) for person in people).values()) >= 4
    assert 0.08 < sum(bool(person.others) for person in people) / len(people) < 0.3
    kinds = {kind for person in people for kind, _, _ in person.others}
    assert kinds == {NameKind.MAIDEN, NameKind.FORMER, NameKind.NICKNAME}
    assert {"Jr.", "III"} < {person.suffix for person in people}
    written = "".join(surnames)
    assert all(mark in written for mark in ("-", "'", " ", "í"))
