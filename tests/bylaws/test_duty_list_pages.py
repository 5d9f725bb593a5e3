"""The pages of lists of records, dues and call: looked at, loaded, read, taken back."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from bylaws.models import DutyList
from practitioners.models import Practitioner
from tests.bylaws.world import TODAY

DAY = dt.timedelta(days=1)
LOAD = reverse("bylaws:duty_list_load")
LISTS = reverse("bylaws:duty_lists")


@pytest.fixture
def member(world):
    person = world.practitioner("Lena Late")
    Practitioner.objects.filter(pk=person.pk).update(npi="1000000004")
    world.appoint(person, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    return person


@pytest.fixture
def office(world):
    client = Client()
    client.force_login(world.coordinator)
    return client


def chosen(text, **more):
    file = SimpleUploadedFile("late.csv", text.encode(), content_type="text/csv")
    return {"kind": "records", "as_of": TODAY.isoformat(), "whole": "whole", "file": file} | more


def sent_again(text, **more):
    return {"kind": "records", "as_of": TODAY.isoformat(), "whole": "whole", "name": "late.csv"} | {
        "text": text,
        **more,
    }


def test_looked_at_first_then_loaded_then_read(office, member):
    text = "NPI,Count,Since\n1000000004,3,2026-01-02\n"
    assert "No list here" in office.get(LISTS).content.decode()
    looked = office.post(LOAD, chosen(text))
    told = looked.content.decode()
    assert looked.status_code == 200
    assert "Lena Late" in told
    assert "Everybody else owes nothing, by this list." in told
    assert not DutyList.objects.exists()
    loaded = office.get(office.post(LOAD, sent_again(text))["Location"])
    one = DutyList.objects.get()
    assert (one.whole, one.as_of, one.kind) == (True, TODAY, "records")
    assert "Lena Late" in loaded.content.decode()
    assert "late.csv" in loaded.content.decode()
    assert "Medical records overdue" in office.get(LISTS).content.decode()
    exported = office.get(reverse("bylaws:duty_list", args=[one.uid]), {"export": "csv"})
    assert "1000000004" in b"".join(exported).decode()


def test_a_list_of_some_says_so(office, member):
    text = "NPI,Count\n1000000004,3\n"
    assert (
        "Of everybody else nothing is known."
        in office.post(LOAD, chosen(text, whole="some")).content.decode()
    )
    office.post(LOAD, sent_again(text, whole="some"))
    assert DutyList.objects.get().whole is False


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("NPI,Count\n1999999999,2\n1000000004,x\n", {}, "nobody on file has 1999999999"),
        (
            "NPI,Count\n1000000004,2\n",
            {"as_of": (TODAY + DAY).isoformat()},
            "The day of the list lies ahead.",
        ),
        ("NPI,Count\n", {}, "nothing below it"),
        ("Name\nSomebody\n", {}, "NPI"),
        ("NPI,Count\n1000000004,2\n", {"whole": ""}, "Choose one."),
    ],
)
def test_what_cannot_be_loaded_is_said_and_nothing_is_recorded(office, member, text, more, said):
    answer = office.post(LOAD, chosen(text, **more))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    office.post(LOAD, sent_again(text, **more))
    assert not DutyList.objects.exists()


def test_the_same_file_sent_twice_is_refused(office, member):
    text = "NPI,Count\n1000000004,2\n"
    office.post(LOAD, sent_again(text))
    again = office.post(LOAD, sent_again(text))
    assert "imported for this day already" in again.content.decode()
    assert DutyList.objects.count() == 1


def test_taking_back_says_what_speaks_then(office, member):
    office.post(LOAD, sent_again("NPI,Count\n1000000004,2\n", as_of=(TODAY - 9 * DAY).isoformat()))
    first = DutyList.objects.get()
    undo = reverse("bylaws:duty_list_undo", args=[first.uid])
    assert "No other list of medical records overdue stands" in office.get(undo).content.decode()
    office.post(LOAD, sent_again("NPI,Count\n1000000004,3\n"))
    newest = DutyList.objects.get(as_of=TODAY)
    undo = reverse("bylaws:duty_list_undo", args=[newest.uid])
    assert "the list of 1 Mar 2026 speaks again" in office.get(undo).content.decode()
    assert office.post(undo, {"reason": ""}).status_code == 422
    told = office.get(office.post(undo, {"reason": "Wrong month"})["Location"]).content.decode()
    assert "Wrong month" in told
    newest.refresh_from_db()
    assert newest.undone_by is not None
    assert "taken back already" in office.post(undo, {"reason": "Again"}).content.decode()


def test_a_list_of_another_hospital_is_not_found_and_without_the_permission_nothing_is(world, office, member):
    office.post(LOAD, sent_again("NPI,Count\n1000000004,2\n"))
    one = DutyList.objects.get()
    stranger = Client()
    stranger.force_login(world.user("Passer By"))
    for address in (LISTS, LOAD, reverse("bylaws:duty_list", args=[one.uid])):
        assert stranger.get(address).status_code == 403
    assert (
        office.get(reverse("bylaws:duty_list", args=["00000000-0000-4000-8000-000000000000"])).status_code
        == 404
    )
