"""The ward's one question: two clicks by mouse, none by keyboard, from its own page and from the search."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from playwright.sync_api import Browser, expect

from config.kernel import clock
from config.kernel.periods import open_period
from practitioners.models import Practitioner
from privileging.models import FormLine, Grant, GrantPeriod
from tests.journeys.people import Person, Report
from tests.journeys.test_clicks_in_browser import member
from tests.journeys.world import build_hospital
from tests.privileging.evaluations import evaluation

CODE = "GS-LAP-CHOLE"
#: More keys than there are things to walk over before the first field of the page.
MOST_TABS = 60
FOCUSED = "document.activeElement && document.activeElement.getAttribute('name')"


@pytest.fixture
def surgeon(transactional_db: None) -> Practitioner:
    """A surgeon who may do it, and whose first evaluation is open."""
    hospital = build_hospital()
    today = clock.today(hospital.facility)
    surgeon = member(hospital, "Kowalczyk", "2000000614", "036-771204", today + dt.timedelta(days=900))
    line = FormLine.objects.select_related("privilege").get(privilege__code=CODE)
    start = today - dt.timedelta(days=60)
    grant = Grant.objects.create(
        practitioner=surgeon, facility=hospital.facility, privilege=line.privilege, form_line=line,
        decided_on=start, authority="Board of Trustees", created_at=clock.now(), created_by=hospital.system,
    )  # fmt: skip
    open_period(
        GrantPeriod, grant, valid=DateRange(start, start + dt.timedelta(days=500)), actor=hospital.system
    )
    evaluation(grant, {"cases": 5, "looking": "proctored"}, start)
    return surgeon


def walk_to(ward: Person, name: str) -> None:
    """Press Tab until the field of that name has the focus."""
    for _ in range(MOST_TABS):
        if ward.page.evaluate(FOCUSED) == name:
            return
        ward.page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} times Tab do not reach {name}.")


def answered(ward: Person) -> None:
    ward.sees("Yes", "Proctor needed for the first 5 cases", "Board of Trustees", "Since")
    expect(ward.page.locator("#answer")).to_be_in_viewport()


def wait_for_focus(ward: Person, name: str) -> None:
    """The field the page focuses by itself is focused with its first frame, not when it is loaded."""
    ward.page.wait_for_function(f"({FOCUSED}) === '{name}'")


def type_what(ward: Person) -> None:
    """Type the privilege where the focus is: nobody had to click there."""
    wait_for_focus(ward, "privilege")
    ward.page.keyboard.type(CODE)


@pytest.mark.parametrize("view", ["light", "360"])
def test_two_clicks_by_mouse_and_none_by_keyboard(
    browser: Browser, live_server, surgeon: Practitioner, view: str
):
    report = Report()
    ward = Person(browser, live_server.url, "ward", report, view=view)

    ward.go("/lookup/")
    with ward.counting() as clicks:  # by mouse alone: letters are all that is typed
        wait_for_focus(ward, "person")
        ward.page.keyboard.type("2000000614")
        ward.page.get_by_label("What", exact=True).click()
        ward.page.keyboard.type(CODE)
        ward.press("Ask")
        answered(ward)
    assert clicks.number == 2
    ward.look("lookup, proctor needed")

    ward.go("/lookup/")
    with ward.counting() as clicks:
        walk_to(ward, "person")
        ward.page.keyboard.type("2000000614")
        ward.page.keyboard.press("Tab")
        type_what(ward)
        ward.page.keyboard.press("Enter")
        answered(ward)
    assert clicks.number == 0
    from_the_search(ward)

    ward.go("/lookup/who/")
    with ward.counting() as clicks:
        walk_to(ward, "privilege")
        ward.page.keyboard.type(CODE)
        ward.page.keyboard.press("Enter")
        ward.sees("Kowalczyk, Ines", "1 practitioner", "Proctor needed")
    assert clicks.number == 0
    ward.look("who can")

    ward.go("/lookup/changes/")
    ward.sees("Nothing has changed since.")
    ward.look()
    ward.go("/lookup/rosters/")
    ward.sees("No roster has been made yet.")
    ward.look()
    ward.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(12) == {}


def from_the_search(ward: Person) -> None:
    """From any page: the name found there leads to the question, which lacks only what they are to do."""
    ward.go("/lookup/rosters/")
    with ward.counting() as clicks:
        ward.page.get_by_role("combobox", name="Search by name, NPI or license number").click()
        ward.page.keyboard.type("kowalc")
        ward.page.get_by_role("option", name="Kowalczyk, Ines").click()
        ward.page.wait_for_url("**/lookup/?about=**")
        type_what(ward)
        ward.page.keyboard.press("Enter")
        answered(ward)
    assert clicks.number == 2

    ward.go("/lookup/rosters/")
    with ward.counting() as clicks:
        ward.page.keyboard.press("/")
        ward.page.keyboard.type("kowalc")
        ward.page.get_by_role("option", name="Kowalczyk, Ines").wait_for()
        ward.page.keyboard.press("ArrowDown")
        ward.page.keyboard.press("Enter")
        ward.page.wait_for_url("**/lookup/?about=**")
        type_what(ward)
        ward.page.keyboard.press("Enter")
        answered(ward)
    assert clicks.number == 0
