"""The crosswalk: made from what exists, with a place for everything, and what a policy names."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bylaws.services.policies import add_policy
from config.rulebook.parameters import definitions
from config.rulebook.rules import rules
from credentialing.choices import Element
from credentialing.crosswalk_places import BINDS, PLACES, place_of_element, place_of_parameter
from credentialing.parameters import ACCEPTED_SOURCES, MAX_AGE_DAYS, REQUIRED_ELEMENTS
from credentialing.selectors.crosswalk import ROOMS, crosswalk
from tests.bylaws.documents import in_force
from tests.credentialing.world import TODAY, adopt


@pytest.fixture
def office(world, client):
    client.force_login(world.coordinator)
    return client


def test_every_number_of_the_office_has_its_place():
    own = [code for code in definitions() if code.partition(".")[0] in ROOMS]
    assert [code for code in own if place_of_parameter(code) is BINDS] == []
    assert [each for each in PLACES if not any(code.startswith(each) for code in own)] == []
    assert all(place_of_element(each).url for each in Element)
    assert all(place.url for place in PLACES.values())


def test_a_row_says_who_asks_for_it_and_what_binds(world):
    adopt(world, "ncqa")
    rows = crosswalk(world.coordinator, world.facility, on=TODAY)
    licence = [row for row in rows if row.datum == Element.STATE_LICENSE.label]
    assert [row.code for row in licence] == [REQUIRED_ELEMENTS, ACCEPTED_SOURCES, MAX_AGE_DAYS]
    assert licence[0].says.startswith("Initial appointment")
    age = licence[2]
    assert age.says.endswith("days")
    assert any(each.binds and each.citation for each in age.standards)
    assert {row.code for row in rows} >= {rule.code for rule in rules()}
    own = {code for code in definitions() if code.partition(".")[0] in ROOMS}
    assert own <= {row.code for row in rows}


def test_the_crosswalk_of_a_past_day_says_what_bound_then(world):
    adopt(world, "ncqa")

    def notice(on):
        rows = crosswalk(world.coordinator, world.facility, on=on)
        return next(row.says for row in rows if row.code == "credentialing.notice_days")

    assert (notice(dt.date(2025, 6, 30)), notice(dt.date(2025, 7, 1))) == ("60 days", "30 days")


def test_a_policy_in_force_stands_beside_what_it_names(world):
    policy = add_policy(
        actor=world.coordinator, facility=world.facility, number="CR-01", title="Verification", kind="policy",
        owner="credentialing",
        body="## Limits\n{credentialing.max_age_days STATE_LICENSE} and {BL-NPDB-1}.",
    )  # fmt: skip

    def named():
        rows = crosswalk(world.coordinator, world.facility, on=TODAY)
        return [(row.code, part.heading) for row in rows for one, part in row.policies if one == policy]

    assert named() == []  # a draft names nothing
    in_force(world.director, policy.versions.get(), TODAY)
    assert named() == [(MAX_AGE_DAYS, "Limits"), ("BL-NPDB-1", "Limits")]


def test_the_page_the_file_and_the_evidence_of_an_element(world, office, client):
    application = world.accepted()
    for element in (Element.STATE_LICENSE, Element.PEER_REFERENCE):
        world.verify(world.item(application, element))
    page = office.get(reverse("credentialing:crosswalk")).content.decode()
    assert "State license" in page
    evidence = reverse("credentialing:crosswalk_evidence", args=["STATE_LICENSE"])
    assert f'href="{evidence}"' in page
    assert "State Medical Board of Ohio" in office.get(evidence).content.decode()
    peers = office.get(reverse("credentialing:crosswalk_evidence", args=["PEER_REFERENCE"])).content.decode()
    assert "Quillfeather" in peers
    assert "Calloway" not in peers
    assert office.get("/crosswalk/nonsense/").status_code == 404
    assert "As it stood on 1 Jun 2025" in office.get("/crosswalk/?on=2025-06-01").content.decode()
    assert office.get("/crosswalk/?on=31.2.2025").status_code == 422
    rows = b"".join(office.get("/crosswalk/?format=csv")).decode()
    assert rows.startswith("\ufeffPart,Datum,Code,Rule or number,Says,Standard,How sure,Evidence,Policy")
    client.force_login(world.staff_coordinator)
    assert reverse("credentialing:npdb_log") not in client.get("/crosswalk/").content.decode()
