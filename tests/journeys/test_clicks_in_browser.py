"""How many clicks the things take that are done all day, typing aside; and how a list is made one's own."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import Browser, expect

from config.kernel import clock
from config.kernel.periods import days, through
from practitioners.choices import Method, SourceKind
from practitioners.models import ContactLogEntry, Practitioner
from practitioners.services.credentials import confirm, record_claim
from practitioners.services.evidence import add_evidence
from practitioners.services.people import create_practitioner, set_contact_point
from tests.credentialing.scans import scan
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital, take_over

BOARD = "Illinois licensing board"


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital and a surgeon with a licence and an address."""
    actor = hospital["coordinator"]
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
    return hospital


def find(rosa: Person) -> None:
    """Type part of the name, and follow what is found."""
    expect(rosa.page.locator(".htmx-request")).to_have_count(0)  # nothing is on its way when the page is left
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


def member(hospital: Hospital, last_name: str, npi: str, number: str, last: dt.date) -> Practitioner:
    """A surgeon on the staff whose licence the board confirmed, through ``last``."""
    actor = hospital["coordinator"]
    person = create_practitioner(
        actor=actor, provider_type="MD", last_name=last_name, first_name="Ines", npi=npi
    )
    today = clock.today(hospital.facility)
    take_over(hospital, person, today - dt.timedelta(days=90), today + dt.timedelta(days=500))
    credential = record_claim(
        actor=actor,
        practitioner=person,
        type_code="LICENSE",
        state="IL",
        number=number,
        issuer=BOARD,
        valid=days(dt.date(2024, 1, 1), through(last)),
    )
    evidence = add_evidence(
        actor=actor,
        practitioner=person,
        title="Print",
        source=BOARD,
        source_kind=SourceKind.PRIMARY,
        method=Method.WEB,
        content=b"Active",
        media_type="text/plain",
    )
    confirm(
        actor=actor, credential=credential, evidence=evidence, valid=days(dt.date(2024, 1, 1), through(last))
    )
    return person


def test_renewals_and_papers_take_few_clicks(browser: Browser, live_server, hospital: Hospital, tmp_path):
    today = clock.today(hospital.facility)
    first = member(hospital, "Aldana", "2000000622", "036-771301", today + dt.timedelta(days=9))
    second = member(hospital, "Birch", "2000000630", "036-771302", today + dt.timedelta(days=15))
    proof = tmp_path / "board.pdf"
    proof.write_bytes(scan(1))
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report)

    rosa.go("/expirables/?type=LICENSE")
    rosa.sees("Aldana, Ines", "Birch, Ines")
    rosa.look("expirables")
    with rosa.counting() as clicks:  # the renewal as the board shows it, with the print of its page
        rosa.page.get_by_role("link", name=re.compile("Verify .*Aldana")).click()
        rosa.sees("Aldana, Ines")
        clicks.number += 1  # to choose the file
        rosa.fill(valid_through=(today + dt.timedelta(days=739)).isoformat(), document=str(proof))
        rosa.page.get_by_label("I compared the answer").check()
        rosa.press("Record and confirm")
        rosa.sees("of Aldana, Ines, through", "This is the next one.", "Birch, Ines")
    assert clicks.number == 4
    assert rosa.path == f"/credentials/{second.credentials.get().uid}/verify/"
    assert first.documents.count() == 1
    rosa.look("the next one")

    rosa.go(f"/practitioners/{first.uid}/")
    with rosa.counting() as clicks:
        rosa.press("Upload")
        clicks.number += 1  # to choose the file
        rosa.fill(title="Curriculum vitae", file=str(proof))
        rosa.press("Upload")
        rosa.sees("Curriculum vitae")
    assert clicks.number == 3
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
