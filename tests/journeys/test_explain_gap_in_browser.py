"""A coordinator finds a gap in a history on the picture, and records why it is there."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.kernel import clock
from config.kernel.dates import add_months, month_first, month_last
from config.kernel.periods import days, through
from practitioners.models import GapExplanation, Practitioner
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital

SignIn = Callable[..., Person]


@pytest.fixture
def report() -> Report:
    return Report()


@pytest.fixture
def sign_in(browser: Browser, live_server, hospital: Hospital, report: Report) -> Iterator[SignIn]:
    """``sign_in("coordinator", view="360")``: that user at a browser of their own."""
    people: list[Person] = []

    def arrive(username: str, *, view: str = "light") -> Person:
        people.append(Person(browser, live_server.url, username, report, view=view))
        return people[-1]

    yield arrive
    for each in people:
        each.close()


@pytest.fixture
def gap(hospital: Hospital) -> tuple[dt.date, dt.date]:
    """Seven months between two places of work, some years ago."""
    today = clock.today(hospital.facility)
    begins = month_first(add_months(today, -30))
    return begins, month_last(add_months(begins, 6))


@pytest.fixture
def surgeon(hospital: Hospital, gap) -> Practitioner:
    """School, training, two places of work with the gap between them, two licences."""
    coordinator, (begins, ends) = hospital["coordinator"], gap
    person = create_practitioner(
        actor=coordinator, provider_type="MD", last_name="Okonkwo", first_name="Ada", npi="1003000126"
    )
    one_day = dt.timedelta(days=1)
    trained = add_months(begins, -12 * 8)
    for code, first, last, more in (
        ("MEDICAL_SCHOOL", add_months(trained, -108), add_months(trained, -61),
         {"issuer": "Fernwick College of Medicine", "extra": {"degree": "MD"}}),
        ("RESIDENCY", add_months(trained, -60), trained - one_day,
         {"issuer": "Fernwick General", "extra": {"level": "residency", "specialty": "General surgery"}}),
        ("WORK_HISTORY", trained, begins - one_day,
         {"issuer": "Cedar Ridge Surgical Group", "extra": {"position": "Surgeon"}}),
        ("WORK_HISTORY", ends + one_day, None,
         {"issuer": "Lakeside Surgical Associates", "extra": {"position": "Surgeon"}}),
        ("LICENSE", trained, add_months(begins, 60), {"state": "IL", "number": "036-123456"}),
        ("LICENSE", trained, begins, {"state": "WI", "number": "41234-20"}),
    ):  # fmt: skip
        record_claim(
            actor=coordinator, practitioner=person, type_code=code,
            valid=days(first, through(last)), said_by="applicant", **more,
        )  # fmt: skip
    return person


def photograph(person: Person, name: str) -> None:
    """A picture for whoever wants to look (STANDING_PICTURES names the folder)."""
    folder = os.environ.get("STANDING_PICTURES")
    if folder:
        person.page.screenshot(path=Path(folder) / f"{name}-{person.view}.png", full_page=True)


def test_a_gap_is_explained_where_it_shows(sign_in: SignIn, surgeon: Practitioner, gap, report: Report):
    rosa = sign_in("coordinator")
    file = f"/practitioners/{surgeon.uid}/"
    rosa.go(file)
    rosa.sees("1 of 1 gap", "Explain this gap")
    rosa.look("file")
    photograph(rosa, "file")
    rosa.press("Whole timeline")
    rosa.sees("The years", "Cedar Ridge Surgical Group")
    expect(rosa.page.locator("svg.life")).to_be_visible()
    expect(rosa.page.locator(".life-gap")).to_have_count(1)
    rosa.look("timeline with a gap")
    photograph(rosa, "timeline")
    for view in ("dark", "360"):
        other = sign_in("director", view=view)
        other.go(f"{file}timeline/")
        other.sees("Cedar Ridge Surgical Group")
        other.look("timeline with a gap")
        photograph(other, "timeline")
        other.go(file)
        other.sees("1 of 1 gap")
        other.look("file")
        photograph(other, "file")

    rosa.page.get_by_role("link", name="Explain this gap").click()
    assert rosa.page.input_value("[name=first_day]") == gap[0].isoformat()
    assert rosa.page.input_value("[name=last_day]") == gap[1].isoformat()
    rosa.look("explain")
    with rosa.refused():
        rosa.press("Record the explanation")
        rosa.sees("Enter it.")
    rosa.fill(explanation="Cared for a parent after an operation.")
    rosa.press("Record the explanation")
    rosa.sees("not in writing", "Not met")  # said, but seven months ask for writing
    rosa.page.get_by_role("link", name="Explain this gap").click()
    rosa.fill(explanation="Letter of the applicant: cared for a parent.", in_writing=True)
    rosa.press("Record the explanation")
    rosa.sees("Met", "Letter of the applicant")
    rosa.does_not_see("Explain this gap")
    rosa.look("timeline with the gap explained")
    photograph(rosa, "explained")
    rosa.press(
        "Withdraw", within=rosa.page.locator("#gaps li", has_text="Letter of the applicant"), exact=False
    )
    rosa.fill(reason="The letter was another applicant's.")
    rosa.press("Withdraw the explanation")
    rosa.sees("not in writing")

    assert GapExplanation.objects.filter(withdrawn_at__isnull=True).count() == 1
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}
