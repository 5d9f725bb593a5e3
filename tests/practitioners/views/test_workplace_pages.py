import datetime as dt

import pytest
from django.urls import reverse

from config.kernel.periods import days
from practitioners import links
from practitioners.models import PracticeAffiliationPeriod, PracticeGroup
from practitioners.services.affiliations import add_affiliation
from practitioners.services.workplaces import add_location, create_group


@pytest.fixture
def office_of(client, coordinator):
    client.force_login(coordinator)
    return client


@pytest.fixture
def location(coordinator):
    group = create_group(actor=coordinator, name="Harbour Surgical Group")
    return add_location(actor=coordinator, group=group, name="Main Street", city="Alton")


@pytest.fixture
def place(coordinator, surgeon, location):
    return add_affiliation(
        actor=coordinator,
        practitioner=surgeon,
        location=location,
        valid=days(dt.date(2020, 1, 1), None),
        main=True,
    )


def test_a_group_with_an_office_is_added(office_of):
    answer = office_of.post(reverse("practitioners:group_new"), {"name": "Lake Clinic"})
    group = PracticeGroup.objects.get()
    assert answer["Location"] == links.practice_group(group)
    answer = office_of.post(
        reverse("practitioners:location_new", args=[group.uid]), {"name": "North", "city": "Alton"}
    )
    assert answer.status_code == 303
    page = office_of.get(links.practice_group(group)).content.decode()
    assert "North" in page
    assert "Nobody works here yet." in page
    again = office_of.post(reverse("practitioners:group_new"), {"name": "lake clinic"})
    assert again.status_code == 422
    assert "is on file already" in again.content.decode()


def test_groups_are_found_by_name_city_and_state(office_of, location):
    listed = reverse("practitioners:groups")
    for query in ("q=harbour", "q=alton", "q=main+street", "active=True"):
        assert "Harbour Surgical Group" in office_of.get(f"{listed}?{query}").content.decode()
    for query in ("q=lakeside", "active=False"):
        assert "No group fits these filters" in office_of.get(f"{listed}?{query}").content.decode()


def test_a_place_of_work_stands_in_the_file_and_on_the_groups_page(office_of, surgeon, location):
    add = reverse("practitioners:place_add", args=[surgeon.uid])
    assert "Harbour Surgical Group" in office_of.get(add).content.decode()
    assert office_of.post(add, {"main": "on"}).status_code == 422
    sent = {"location": str(location.uid), "main": "on", "first_day": "2020-01-01"}
    assert office_of.post(add, sent)["Location"] == links.practitioner(surgeon)
    places = reverse("practitioners:places", args=[surgeon.uid])
    assert f'hx-get="{places}"' in office_of.get(links.practitioner(surgeon)).content.decode()
    shown = office_of.get(places).content.decode()
    assert "Main Street" in shown
    assert "main</span>" in shown
    group = office_of.get(links.practice_group(location.group)).content.decode()
    assert "Kowalski" in group


def test_a_place_is_corrected_ended_and_taken_back(office_of, surgeon, place):
    edit = reverse("practitioners:place_edit", args=[place.uid])
    assert office_of.post(edit, {"first_day": "2021-01-01"}).status_code == 422
    wrong = {"first_day": "2021-01-01", "last_day": "2020-01-01", "reason": "Misread"}
    assert "lies before the start" in office_of.post(edit, wrong).content.decode()
    assert office_of.post(edit, {"first_day": "2021-01-01", "reason": "Misread"}).status_code == 303
    now = PracticeAffiliationPeriod.objects.live().get()
    assert (now.start, now.main) == (dt.date(2021, 1, 1), False)
    assert office_of.get(edit).status_code == 404
    end = reverse("practitioners:place_end", args=[now.uid])
    assert office_of.post(end, {"last_day": "2022-01-01", "reason": "Left"}).status_code == 303
    now = PracticeAffiliationPeriod.objects.live().get()
    assert now.end == dt.date(2022, 1, 1)
    page = office_of.get(f"{links.practice_group(now.identity.location.group)}?show=formerly")
    assert "Kowalski" in page.content.decode()
    back = reverse("practitioners:place_withdraw", args=[now.uid])
    assert office_of.post(back, {"reason": "Another person"}).status_code == 303
    assert not PracticeAffiliationPeriod.objects.live().exists()


def test_a_closed_group_says_so_and_offers_no_new_office(office_of, location):
    group = location.group
    closing = reverse("practitioners:group_active", args=[group.uid])
    assert office_of.post(closing, {"active": ""}).status_code == 303
    page = office_of.get(links.practice_group(group)).content.decode()
    assert "Closed" in page
    assert reverse("practitioners:location_new", args=[group.uid]) not in page
    assert office_of.post(closing, {"active": "1"}).status_code == 303
    group.refresh_from_db()
    assert group.active
