"""The file on one page: what it costs, what it shows to whom, and what is done on it."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from credentialing.models import Application, CategoryRaise, ChangeSeen
from credentialing.services import applications, flags
from tests.credentialing.files import hospitals_with_complete_file
from tests.credentialing.services.test_flags import affiliation, answers

HOSPITALS = hospitals_with_complete_file
MOST = 20


@pytest.fixture
def complete(world) -> Application:
    """The file that is complete."""
    return world.file


@pytest.fixture
def office(client, world):
    """A browser in which the credentialing coordinator is signed in."""
    client.force_login(world.coordinator)
    return client


def address(name: str, application) -> str:
    return reverse(f"credentialing:{name}", args=[application.uid])


def cost(client, url: str):
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
    assert answer.status_code == 200, answer.content[:2000]
    told = "\n".join(query["sql"][:160] for query in queries)
    assert len(queries) <= MOST, f"{len(queries)} queries for {url}:\n{told}"
    return answer


@pytest.fixture
def busy(world, complete):
    """The file with claims, another hospital and a new flag since it was complete."""
    person = complete.practitioner
    for number in range(20):
        world.claim(
            person, "CLAIM", dt.date(2020, 1, 1), dt.date(2021, 1, 1), number=f"C{number}",
            extra={"outcome": "settled", "paid_usd": 1000},
        )  # fmt: skip
    affiliation(world, person, good_standing=False)
    answers(world, person, claims="Twenty.", functions="To be talked about.")
    flags.sync_flags(application=complete)
    return complete


def test_the_page_within_its_queries_and_with_everything(office, busy):
    page = cost(office, address("summary", busy)).content.decode()
    for told in (
        "Quillfeather", "RF-CLAIM", "20 paid claims in 10 years", "not in good standing", "Category 2",
        "Ines Calloway", "State Medical Board of Ohio", "and 9 more in the file", "To be looked at",
        "4 May 1980",
    ):  # fmt: skip
        assert told in page, told
    assert "RF-HEALTH" not in page


def test_health_is_for_the_director_and_birth_dates_for_those_of_the_class(client, world, busy):
    client.force_login(world.director)
    page = cost(client, address("summary", busy)).content.decode()
    assert "RF-HEALTH" in page
    assert "Only those whose roles open the class “Health” read it." in page
    assert "RF-HEALTH" not in client.get(address("file", busy)).content.decode()
    where = reverse("credentialing:dispose_flag", args=[busy.red_flags.get(code="RF-HEALTH").uid])
    assert client.post(where, {"disposition": " "}).status_code == 422
    assert client.post(where, {"disposition": "Agreed."})["Location"].endswith("/summary/#flags")
    client.force_login(world.staff_coordinator)
    page = cost(client, address("summary", busy)).content.decode()
    assert "RF-HEALTH" not in page
    assert "1980" not in page
    client.force_login(world.lookup)
    assert client.get(address("summary", busy)).status_code == 404


def test_an_empty_file(office, world):
    application = world.application(world.practitioner(npi=None, last_name="Nothing"))
    page = cost(office, address("summary", application)).content.decode()
    assert "No red flag was found." in page
    assert "Not marked complete yet." in page
    assert cost(office, address("summary_paper", application)).content[:5] == b"%PDF-"


def test_the_paper_is_one_page_without_what_is_confidential(client, world, busy):
    client.force_login(world.director)
    answer = client.get(address("summary_paper", busy))
    assert answer["Content-Type"] == "application/pdf"
    paper = PdfReader(io.BytesIO(answer.content))
    assert len(paper.pages) == 1
    text = paper.pages[0].extract_text()
    assert "20 paid claims" in text
    assert "Morgan Tallis" in text
    assert "confidentially" not in text


def test_what_is_new_is_looked_at_on_the_page(office, world, busy):
    assert 'id="new"' in cost(office, address("file", busy)).content.decode()
    asked = {"HX-Request": "true", "HX-Target": "new"}
    page = office.get(address("summary", busy), headers=asked).content.decode()
    assert "New since the file was complete" in page
    where = address("see_changes", busy)
    assert office.post(where, {"key": "nonsense"}).status_code == 409
    keys = [part.split('"')[0] for part in page.split('name="key" value="')[1:]]
    assert office.post(where, {"key": keys, "note": "All of it."}).status_code == 303
    assert ChangeSeen.objects.filter(note="All of it.").count() == len(keys)
    assert "To be looked at" not in office.get(address("summary", busy)).content.decode()


def test_a_reviewer_is_told_that_something_is_new(client, world, busy):
    client.force_login(world.staff_coordinator)
    asked = {"HX-Request": "true", "HX-Target": "news"}
    part = client.get(address("summary", busy), headers=asked).content.decode()
    assert "came in after the file was complete" in part
    page = client.get(address("summary", busy)).content.decode()
    keys = [part.split('"')[0] for part in page.split('name="key" value="')[1:]]
    assert client.post(address("see_changes", busy), {"key": keys}).status_code == 303
    assert "came in after" not in client.get(address("summary", busy), headers=asked).content.decode()


def test_the_category_stands_on_the_file_and_is_raised_with_a_reason(office, complete):
    part = office.get(
        address("file", complete) + "?show=category", headers={"HX-Request": "true", "HX-Target": "category"}
    ).content.decode()
    assert "Category 1: clean" in part
    where = address("raise_category", complete)
    assert where in part
    assert office.post(where, {"reason": ""}).status_code == 422
    assert office.post(where, {"reason": "Rumours."}).status_code == 303
    assert CategoryRaise.objects.get().reason == "Rumours."
    assert office.post(where, {"reason": "Again."}).status_code == 422


def test_since_the_last_appointment(office, world, complete):
    """Against the snapshot of the file the board decided last."""
    complete.status = "in_review"  # the bodies are another room's matter
    complete.save(update_fields=["status"])
    applications.record_decision(
        actor=world.system, application=complete, outcome="approved", decided_on=dt.date(2026, 3, 10)
    )
    again = world.application(complete.practitioner, kind="reappointment")
    page = cost(office, address("summary", again)).content.decode()
    assert "Nothing is stated or asked for otherwise than on 10 Mar 2026." in page
    world.claim(complete.practitioner, "CLAIM", dt.date(2026, 3, 1), None, extra={"outcome": "open"})
    page = cost(office, address("summary", again)).content.decode()
    assert "Stated since: Malpractice claim" in page
