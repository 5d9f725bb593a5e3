import json
import re
from pathlib import Path

import pytest
from django.urls import reverse

from config.accounts.choices import Role
from credentialing.sources.players.nppes import start_player
from practitioners.choices import ContactKind, Method, NameKind, SaidBy, Standing
from practitioners.models import CredentialPeriod, Practitioner
from practitioners.services.people import create_practitioner

RECORDS = json.loads((Path(__file__).parents[2] / "journeys" / "registry_surgeon.json").read_text())[
    "results"
]
NPI = "2000000614"
NEW = reverse("practitioners:new")


@pytest.fixture
def desk(client, coordinator, kinds, taxonomy):
    client.force_login(coordinator)
    return client


@pytest.fixture
def player(settings):
    with start_player(RECORDS, slow_seconds=60) as running:
        settings.NPPES_API_URL = running.url
        yield running


def carried(page: str) -> str:
    return re.search(r'name="registry" value="([^"]+)"', page)[1]


def typed(page: str, **more):
    """The form as a browser would send it back, with something changed."""
    values = {
        "registry": carried(page),
        "npi": NPI,
        "last_name": "Kowalczyk",
        "first_name": "Marcus",
        "middle_name": "Antoni",
        "suffix": "II",
        "provider_type": "MD",
        "sex": "M",
        "addresses": ["0"],
        "specialties": ["208600000X"],
    }
    return values | more


def test_the_page_begins_with_the_npi(desk):
    page = desk.get(NEW).content.decode()
    assert "Ask the registry" in page
    assert "last_name" not in page
    assert "last_name" in desk.get(NEW, {"by_hand": "1"}).content.decode()


def test_what_the_registry_knows_is_filled_in_with_the_suffix_beside_the_surname(desk, player):
    page = desk.get(NEW, {"npi": " 2000-000614 "}).content.decode()
    assert "is active in the NPI registry" in page
    for name, value in [("last_name", "Kowalczyk"), ("suffix", "II"), ("first_name", "Marcus")]:
        assert re.search(rf'name="{name}" value="{value}"', page), name
    assert "410 lakeshore dr" in page.casefold()
    licence = re.search(r'<input[^>]*name="licences"[^>]*>', page)[0]
    assert "IL 036.148811" in licence
    assert "checked" not in licence  # a claim is taken over by ticking it


def test_only_what_was_ticked_is_taken_over_and_the_answer_is_kept(desk, player):
    page = desk.get(NEW, {"npi": NPI}).content.decode()
    answer = desk.post(NEW, typed(page, licences=["IL 036.148811"]))
    person = Practitioner.objects.get(npi=NPI)
    assert answer["Location"] == reverse("practitioners:file", args=[person.uid])
    name = person.names.get()
    assert (name.last_name, name.suffix, name.said_by) == ("Kowalczyk", "II", SaidBy.NPPES)
    assert person.contact_points.get().kind == ContactKind.PRACTICE
    assert person.taxonomies.get().primary
    assert not person.identifiers.exists()  # it was offered, and not ticked
    claim = CredentialPeriod.objects.get()
    assert (claim.standing, claim.said_by) == (Standing.CLAIMED, SaidBy.NPPES)
    evidence = person.evidence.get()
    assert claim.evidence == evidence
    assert evidence.method == Method.API


def test_no_licence_is_claimed_by_itself(desk, player):
    page = desk.get(NEW, {"npi": NPI}).content.decode()
    desk.post(NEW, typed(page))
    assert Practitioner.objects.get(npi=NPI).evidence.exists()
    assert not CredentialPeriod.objects.exists()


def test_a_name_typed_otherwise_is_the_coordinators_word(desk, player):
    page = desk.get(NEW, {"npi": NPI}).content.decode()
    desk.post(NEW, typed(page, last_name="Kowalczyk-Reed", suffix="", middle_name=""))
    name = Practitioner.objects.get(npi=NPI).names.get(kind=NameKind.LEGAL)
    assert (name.last_name, name.suffix, name.middle_name) == ("Kowalczyk-Reed", "", "")
    assert name.said_by == SaidBy.COORDINATOR


@pytest.mark.parametrize("behaviour", ["error", "busy", "garbage", "html", "drop", "huge", "redirect"])
def test_a_registry_that_cannot_be_asked_is_told_and_the_person_added_by_hand(desk, player, behaviour):
    player.behave(behaviour)
    page = desk.get(NEW, {"npi": NPI})
    text = page.content.decode()
    assert page.status_code == 200
    assert "could not be checked" in text
    assert "ask again" in text
    assert f'value="{NPI}"' in text
    desk.post(NEW, {"npi": NPI, "last_name": "Kowalczyk", "provider_type": "MD"})
    assert Practitioner.objects.get(npi=NPI).names.get().said_by == SaidBy.COORDINATOR


def test_a_number_nobody_has_is_told(desk, player):
    assert "has no record of NPI 1003000126" in desk.get(NEW, {"npi": "1003000126"}).content.decode()


def test_an_npi_on_file_is_refused_with_the_way_to_its_file_and_nobody_is_asked(desk, player, coordinator):
    known = create_practitioner(actor=coordinator, provider_type="MD", last_name="Kowalczyk", npi=NPI)
    answer = desk.get(NEW, {"npi": NPI})
    assert answer.status_code == 422
    assert reverse("practitioners:file", args=[known.uid]) in answer.content.decode()
    assert player.requests == []
    by_hand = desk.post(NEW, {"npi": NPI, "last_name": "Reed", "provider_type": "MD"})
    assert by_hand.status_code == 422
    assert reverse("practitioners:file", args=[known.uid]) in by_hand.content.decode()


def test_a_namesake_is_shown_and_what_the_registry_said_stays(desk, player, coordinator):
    create_practitioner(actor=coordinator, provider_type="MD", last_name="Kowalczyk", first_name="Mark")
    page = desk.get(NEW, {"npi": NPI}).content.decode()
    asked = desk.post(NEW, typed(page))
    assert asked.status_code == 422
    assert "Is it one of these?" in asked.content.decode()
    again = desk.post(NEW, typed(asked.content.decode(), same_name_seen="on"))
    assert again.status_code == 303


def test_another_npi_than_the_one_asked_about_is_refused(desk, player):
    page = desk.get(NEW, {"npi": NPI}).content.decode()
    answer = desk.post(NEW, typed(page, npi="1003000126"))
    assert "The registry was asked about" in answer.content.decode()
    assert not Practitioner.objects.exists()


def test_an_answer_somebody_changed_is_not_taken(desk, player):
    page = desk.get(NEW, {"npi": NPI}).content.decode()
    answer = desk.post(NEW, typed(page, registry=carried(page)[:-3] + "AAA"))
    assert answer.status_code == 422
    assert "Ask the registry again" in answer.content.decode()


@pytest.mark.parametrize("npi", ["", "123", "1234567890", "3234567893", "\U0001f642" * 30])
def test_what_is_no_npi_is_told_before_anybody_is_asked(desk, player, npi):
    assert desk.get(NEW, {"npi": npi}).status_code == 422
    assert player.requests == []


def test_the_medical_staff_coordinator_adds_nobody(client, user_with, player):
    client.force_login(user_with(Role.MEDICAL_STAFF_COORDINATOR))
    assert client.get(NEW, {"npi": NPI}).status_code == 403
    assert player.requests == []
