"""The pages on which two records are compared, merged and taken apart."""

import datetime as dt

import pytest
from django.urls import reverse

from config.accounts.choices import Role
from config.kernel.periods import days
from practitioners import links
from practitioners.selectors.canonical import canonical_of
from practitioners.selectors.photos import photo_urls
from practitioners.services.affiliations import add_affiliation
from practitioners.services.credentials import record_claim
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from practitioners.services.photos import set_photo
from practitioners.services.workplaces import add_location, create_group
from tests.drawing import picture

BORN = dt.date(1975, 3, 4)


@pytest.fixture
def two(coordinator, kinds):
    made = [
        create_practitioner(
            actor=coordinator,
            provider_type="MD",
            last_name="Smith",
            first_name=first,
            npi=npi,
            birth_date=BORN,
        )
        for first, npi in (("Robert", "1234567893"), ("Bob", None))
    ]
    for one in made:
        record_claim(
            actor=coordinator,
            practitioner=one,
            type_code="LICENSE",
            state="IL",
            number="036-77",
            valid=days(None, None),
        )
    return made


@pytest.fixture
def signed_in(client, coordinator):
    client.force_login(coordinator)
    return client


def then(client, answer):
    """The page the answer leads to."""
    assert answer.status_code == 303
    return client.get(answer.headers["Location"])


def url(name, *things):
    return reverse(f"practitioners:{name}", args=[thing.uid for thing in things])


def test_from_the_list_to_one_person_and_back(signed_in, two):
    keep, record = two
    listed = signed_in.get(url("duplicates")).content.decode()
    assert "Smith, Bob and Smith, Robert" in listed or "Smith, Robert and Smith, Bob" in listed
    assert "State license of IL" in listed
    compared = signed_in.get(url("pair", keep, record)).content.decode()
    assert "Very likely one person" in compared
    assert "Differs" in compared
    assert "1975" not in compared  # the birth date is of the identity class
    preview = signed_in.get(url("merge", keep, record)).content.decode()
    assert "Nothing is moved or deleted" in preview
    assert signed_in.post(url("merge", keep, record), {"reason": ""}).status_code == 422
    done = then(signed_in, signed_in.post(url("merge", keep, record), {"reason": "The same license"}))
    file = done.content.decode()
    assert "Merged records" in file
    assert "from the merged record of Smith, Bob" in file
    assert canonical_of(record) == keep
    assert "Smith, Bob" in signed_in.get(url("duplicates") + "?show=merged").content.decode()
    assert signed_in.get(url("take_apart", record)).status_code == 200
    back = then(signed_in, signed_in.post(url("take_apart", record), {"reason": "Two people"}))
    assert "a person of their own again" in back.content.decode()
    assert canonical_of(record) == record


def test_the_address_of_a_merged_record_leads_to_the_person(signed_in, coordinator, two):
    keep, record = two
    merge_records(actor=coordinator, keep=keep, record=record, reason="The same license")
    answer = then(signed_in, signed_in.get(url("file", record)))
    assert signed_in.get(url("file", record)).headers["Location"] == url("file", keep)
    assert "was merged into this one" in answer.content.decode()
    assert signed_in.get(url("papers", record)).headers["Location"] == url("papers", keep)
    assert signed_in.get(url("edit", record)).status_code == 422


def test_places_of_work_are_compared(signed_in, coordinator, two):
    keep, record = two
    group = create_group(actor=coordinator, name="Harbour Surgical Group")
    office = add_location(actor=coordinator, group=group, name="Main Street")
    add_affiliation(
        actor=coordinator, practitioner=record, location=office, valid=days(dt.date(2020, 1, 1), None)
    )
    page = signed_in.get(url("pair", keep, record)).content.decode()
    assert "Places of work" in page
    assert "Harbour Surgical Group, Main Street: since 1 Jan 2020" in page


def test_the_photo_of_a_merged_record_is_the_persons(client, signed_in, coordinator, user_with, two):
    keep, record = two
    photo = set_photo(actor=coordinator, practitioner=record, content=picture()).photo
    merge_records(actor=coordinator, keep=keep, record=record, reason="The same license")
    address = links.photo_image(photo.uid)
    for page in (url("file", keep), reverse("practitioners:list")):
        assert f'src="{address}"' in signed_in.get(page).content.decode()
    own = set_photo(actor=coordinator, practitioner=keep, content=picture(tint="#a88")).photo
    shown = signed_in.get(url("file", keep)).content.decode()
    assert links.photo_image(own.uid) in shown
    assert address not in shown
    assert photo_urls(user_with(Role.LOOKUP), [keep.uid]) == {str(keep.uid): links.photo_image(own.uid)}


def test_two_people_are_kept_apart(signed_in, two):
    answer = then(signed_in, signed_in.post(url("pair", *two), {"reason": "Twins"}))
    assert "Kept as two people" in answer.content.decode()
    assert "No two records look like one person" in answer.content.decode()
    assert "Twins" in signed_in.get(url("pair", *two)).content.decode()


def test_what_stands_against_merging_is_said(signed_in, coordinator, two):
    keep, record = two
    merge_records(actor=coordinator, keep=keep, record=record, reason="The same license")
    answer = signed_in.get(url("merge", keep, record))
    assert "They cannot be merged as things stand" in answer.content.decode()
    assert signed_in.post(url("merge", keep, record), {"reason": "Again"}).status_code == 422
    assert signed_in.get(url("pair", keep, keep)).status_code == 404
