import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.choices import Role
from config.kernel.periods import days, through
from practitioners.models import Practitioner
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner, set_contact_point

LIST = "/api/v1/practitioners/"


@pytest.fixture
def person(coordinator, surgeon):
    record_claim(
        actor=coordinator,
        practitioner=surgeon,
        type_code="LICENSE",
        state="IL",
        number="036-123456",
        valid=days(dt.date(2026, 1, 1), through(dt.date(2026, 12, 31))),
    )
    record_claim(
        actor=coordinator,
        practitioner=surgeon,
        type_code="PEER_REFERENCE",
        valid=DateRange(None, None),
        extra={"name": "Dr. Lee"},
    )
    for kind, line in (("practice", "10 Lake Street"), ("home", "1 Own Street")):
        set_contact_point(actor=coordinator, practitioner=surgeon, kind=kind, line_1=line, city="Springfield")
    Practitioner.objects.filter(pk=surgeon.pk).update(birth_date=dt.date(1980, 2, 29))
    return surgeon


def test_the_list_is_paged_and_narrowed_like_the_page(client, coordinator, person):
    create_practitioner(actor=coordinator, provider_type="PA", last_name="Reed")
    client.force_login(coordinator)
    answer = client.get(LIST).json()
    assert answer["count"] == 2
    assert [row["name"] for row in answer["results"]] == ["Kowalski, Maria Ewa", "Reed"]
    assert client.get(LIST, {"licence_state": "IL"}).json()["count"] == 1
    assert client.get(LIST, {"q": "kow", "provider_type": "MD"}).json()["count"] == 1
    assert client.get(LIST, {"provider_type": "XX"}).status_code == 400


def test_one_person_comes_with_claims_and_without_protected_data(client, coordinator, person):
    client.force_login(coordinator)
    answer = client.get(f"{LIST}{person.uid}/")
    (licence,) = answer.json()["credentials"]
    assert (licence["type"], licence["state"], licence["number"]) == ("LICENSE", "IL", "036-123456")
    (period,) = licence["periods"]
    assert (period["standing"], period["first_day"], period["last_day"]) == (
        "claimed",
        "2026-01-01",
        "2026-12-31",
    )
    text = answer.content.decode()
    assert "10 Lake Street" in text
    for secret in ("1980", "1 Own Street", "Dr. Lee"):
        assert secret not in text


def test_search_finds_misspellings(client, coordinator, person):
    client.force_login(coordinator)
    (hit,) = client.get(f"{LIST}search/", {"q": "Kowalsky"}).json()
    assert (hit["name"], hit["exact"]) == ("Kowalski, Maria Ewa", False)
    assert client.get(f"{LIST}search/").status_code == 400
    assert client.get(f"{LIST}search/", {"q": "x", "limit": 1000}).status_code == 400


def test_permissions_are_those_of_the_pages(client, user_with, person):
    assert client.get(LIST).status_code in (401, 403)
    client.force_login(user_with(Role.LOOKUP))
    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}{person.uid}/").status_code == 403
    assert client.get(f"{LIST}search/", {"q": "Kowalski"}).status_code == 200
    client.force_login(user_with(Role.PRACTITIONER))
    assert client.get(f"{LIST}search/", {"q": "Kowalski"}).status_code == 403


def test_nothing_can_be_written_and_the_unknown_is_404(client, coordinator, person):
    client.force_login(coordinator)
    assert client.post(LIST, {}).status_code == 405
    assert client.delete(f"{LIST}{person.uid}/").status_code == 405
    assert client.get(f"{LIST}00000000-0000-0000-0000-000000000000/").status_code == 404
    assert client.get(f"{LIST}not-a-uid/").status_code == 404
