"""Two sources that contradict each other, from Today to the decision, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from practitioners.choices import SaidBy
from practitioners.models import Practitioner
from practitioners.services.people import correct_practitioner, create_practitioner, set_contact_point
from practitioners.services.statements import record_statements
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital, and a surgeon of whom the registry says another sex and another name."""
    coordinator = hospital["coordinator"]
    surgeon = create_practitioner(
        actor=coordinator, provider_type="MD", last_name="Kowalczyk", first_name="Marta", npi="2000000614"
    )
    correct_practitioner(actor=coordinator, practitioner=surgeon, sex="F")
    set_contact_point(
        actor=coordinator, practitioner=surgeon, kind="mailing", line_1="1 Old Road", city="Harbor Point"
    )
    record_statements(
        actor=hospital.system,
        practitioner=surgeon,
        said={"sex": "Male", "legal_name": "Kowalczyk-Reed, Marta"},
        said_by=SaidBy.NPPES,
    )
    return hospital


def test_a_conflict_is_decided_and_stays_visible(browser: Browser, live_server, hospital: Hospital):
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=("dark", "360"))
    rosa.sees("Conflicting statements", "Kowalczyk, Marta")
    rosa.look("Today, with conflicts")
    rosa.go(f"/practitioners/{Practitioner.objects.get().uid}/")
    rosa.sees("2 open conflicts", "Sources contradict each other", "Female", "Male")
    rosa.look("file, with conflicts")
    rosa.press("Decide about Sex")
    with rosa.refused():
        rosa.press("Use this one")
        rosa.sees("Choose one.")
        rosa.look("conflict, nothing chosen")
    rosa.page.get_by_label("Female (Coordinator)").check()
    rosa.fill(reason="Seen on the driver's license.")
    rosa.look("conflict, chosen")
    rosa.press("Use this one")
    rosa.sees("Decided: Sex.", "1 open conflict", "was taken by Rosa Delgado")
    rosa.press("Decide about Legal name")
    rosa.page.get_by_label("Kowalczyk-Reed, Marta (NPPES registry (self-reported))").check()
    rosa.fill(reason="Married; certificate seen.")
    rosa.press("Use this one")
    rosa.sees("Kowalczyk-Reed", "former name", "Resolved")
    rosa.does_not_see("open conflict")
    rosa.look("file, decided")
    change_the_address(rosa)
    keep_the_numbers(rosa)
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def change_the_address(rosa: Person) -> None:
    """Two clicks from the file: beside the address, and save."""
    rosa.press("Change Mailing address")
    rosa.fill(line_1="2 New Road")
    rosa.press("Save")
    rosa.sees("Mailing address saved.", "2 New Road")


def keep_the_numbers(rosa: Person) -> None:
    """A social security number, recorded, revealed and hidden again; a number that is looked at first."""
    rosa.press("Record the social security number")
    with rosa.refused():
        rosa.fill(number="000-12-3456")
        rosa.press("Record it")
        rosa.sees("begins with 000")
        rosa.look("social security number, refused")
    rosa.fill(number="246-81-3579")
    rosa.press("Record it")
    rosa.sees("ends in 3579")
    rosa.does_not_see("246-81-3579")
    rosa.press("Reveal the social security number")
    rosa.look("reveal")
    rosa.fill(reason="Data bank query")
    rosa.press("Reveal it")
    rosa.sees("246-81-3579", "Shown once")
    rosa.look("revealed")
    rosa.press("Back to the file")
    rosa.does_not_see("246-81-3579")
    rosa.press("Add a number")
    rosa.fill(kind="caqh", value="12345")
    with rosa.refused():
        rosa.press("Add the number")
        rosa.sees("seven to ten digits")
        rosa.look("number, to be looked at")
    rosa.fill(accept_warnings=True)
    rosa.press("Add the number")
    rosa.sees("The number is on file.", "12345")
    rosa.press("Correct CAQH provider ID 12345")
    rosa.fill(value="12345678", reason="Typing error")
    rosa.look("number, corrected")
    rosa.press("Save")
    rosa.sees("12345678")
    rosa.press("Remove CAQH provider ID 12345678")
    rosa.fill(reason="Somebody else's")
    rosa.press("Remove the number")
    rosa.sees("The number was removed.")
