"""How many clicks the things take that are done all day, typing aside; and how a list is made one's own."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Browser, expect

from config.kernel.periods import days
from practitioners.models import ContactLogEntry
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner, set_contact_point
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital, build_hospital


@pytest.fixture
def hospital(transactional_db: None) -> Hospital:
    """The hospital and a surgeon with a licence and an address."""
    built = build_hospital()
    actor = built["coordinator"]
    surgeon = create_practitioner(
        actor=actor, provider_type="MD", last_name="Kowalczyk", first_name="Marta", npi="2000000614"
    )
    set_contact_point(
        actor=actor, practitioner=surgeon, kind="mailing", line_1="1 Old Road", city="Harbor Point"
    )
    record_claim(
        actor=actor,
        practitioner=surgeon,
        type_code="LICENSE",
        state="IL",
        number="036-771204",
        valid=days(dt.date(2024, 1, 1), dt.date(2040, 1, 1)),
    )
    return built


def find(rosa: Person) -> None:
    """Type part of the name, and follow what is found."""
    rosa.page.keyboard.press("/")
    rosa.page.keyboard.type("kowalc")
    rosa.page.get_by_role("option", name="Kowalczyk, Marta").click()
    rosa.page.wait_for_url("**/practitioners/*/")


@pytest.mark.parametrize("view", ["light", "360"])
def test_what_is_done_all_day_takes_few_clicks(browser: Browser, live_server, hospital: Hospital, view: str):
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, view=view)
    rosa.sees("Today")

    with rosa.counting() as clicks:  # "Is she on staff, and is her licence good?"
        find(rosa)
        rosa.sees("036-771204", "2000000614", "No appointment")
        expect(rosa.page.get_by_label("At a glance")).to_be_in_viewport()
    assert clicks.number == 1
    rosa.look("file")

    rosa.go("/")
    with rosa.counting() as clicks:
        find(rosa)
        rosa.press("Change Mailing address")
        rosa.fill(line_1="2 New Road")
        rosa.press("Save")
        rosa.sees("Mailing address saved.", "2 New Road")
    assert clicks.number == 3

    with rosa.counting() as clicks:
        rosa.page.get_by_label("What was said").focus()
        rosa.page.keyboard.type("Will send the certificate.")
        rosa.page.get_by_label("In a week").check()
        rosa.press("Log it")
        rosa.sees("Logged. It comes back to you on")
    assert clicks.number == 2
    assert ContactLogEntry.objects.get().follow_up_on is not None
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


@pytest.mark.parametrize("view", ["dark", "360"])
def test_a_list_is_narrowed_and_its_columns_are_chosen(
    browser: Browser, live_server, hospital: Hospital, view: str
):
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, view=view)
    rosa.go("/practitioners/")
    if view == "360":
        rosa.unfold("Filters")
    rosa.page.locator(".filter-more > summary").click()  # it stands within the filters, folded itself
    rosa.look("filters unfolded")
    rosa.fill(missing="birth_date")
    rosa.sees("1 set", "Lacks: Birth date", "Kowalczyk, Marta")
    rosa.unfold("Columns")
    rosa.look("columns to choose")
    rosa.fill(columns=["phone", "next"])
    rosa.press("Show these")
    rosa.sees("Next to run out", "1 set", "Lacks: Birth date")
    if view == "360":
        rosa.unfold("Filters")
    rosa.fill(provider_type="MD")  # what htmx asks for keeps the columns
    rosa.sees("Type: Physician (MD)", "Next to run out")
    rosa.look("columns chosen")
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(12) == {}
