"""The chair of a department on a phone: a clean file in four taps, each line that is changed two more."""

from __future__ import annotations

import datetime as dt

from playwright.sync_api import Browser

from bylaws.choices import Body, LineOutcome
from bylaws.models import Decision
from config.kernel import clock
from tests.journeys.files import file_in_review, lines_of, new_surgeon
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital

CLEAN = 4
EACH_CHANGE = 2
CONDITION = "First three cases with a proctor"


def at_the_file(browser: Browser, live_server, report: Report) -> Person:
    """The chair with a phone, on Today, which names the file."""
    anita = Person(browser, live_server.url, "chair", report, view="360")
    anita.sees("Kowalczyk")
    return anita


def open_the_file(anita: Person) -> None:
    anita.press("Kowalczyk", within=anita.page.locator("main"), exact=False)
    anita.page.wait_for_url("**/reviews/**")


def sign(anita: Person) -> Decision:
    """The last tap; answers what is on record then."""
    anita.sees("Sign this for Surgery?")
    anita.press("Sign")
    anita.sees("Signed and recorded.")
    return Decision.objects.get(body=Body.DEPARTMENT_CHAIR)


def left_right(anita: Person, report: Report) -> None:
    anita.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def test_a_clean_file_takes_four_taps(browser: Browser, live_server, hospital: Hospital):
    file_in_review(hospital, new_surgeon(hospital))
    report = Report()
    anita = at_the_file(browser, live_server, report)
    with anita.counting() as taps:
        open_the_file(anita)
        anita.press("Recommend all", exact=False)
        decision = sign(anita)
    assert taps.number <= CLEAN
    assert set(decision.lines.values_list("outcome", flat=True)) == {LineOutcome.RECOMMEND}
    left_right(anita, report)


def test_each_line_that_is_changed_takes_two_more(browser: Browser, live_server, hospital: Hospital):
    application = file_in_review(hospital, new_surgeon(hospital))
    changed = [line.label for line in lines_of(hospital, application)[-2:]]
    report = Report()
    anita = at_the_file(browser, live_server, report)
    with anita.counting() as taps:
        open_the_file(anita)
        anita.press("Fill them in, to change some")
        anita.sees("nothing is signed yet")
        for label in changed:
            heading = anita.page.get_by_role("heading", name=label, exact=True)
            line = anita.page.locator(".rec-line", has=heading)
            line.get_by_text("Recommend with changes").click()
            words = line.get_by_label("Change or condition in words")
            words.click()  # the tap before the typing counts
            anita.page.keyboard.type(CONDITION)
        anita.press("Check and sign as chair")
        decision = sign(anita)
    assert taps.number <= CLEAN + EACH_CHANGE * len(changed)
    anita.sees(CONDITION)
    said = {line.label: (line.outcome, line.conditions) for line in decision.lines.all()}
    assert {label for label, (outcome, _) in said.items() if outcome == LineOutcome.MODIFY} == set(changed)
    assert all(CONDITION in said[label][1] for label in changed)
    left_right(anita, report)


def test_a_chair_says_when_they_are_away_and_the_office_designates_who_stands_in(
    browser: Browser, live_server, hospital: Hospital
):
    report = Report()
    today = clock.today(hospital.facility)
    anita = Person(browser, live_server.url, "chair", report, view="360", also=("dark",))
    anita.go("/committees/alternates/")
    anita.sees("You have not said that you are away.", "Nobody is designated.")
    anita.fill(start=today.isoformat(), last_day=(today + dt.timedelta(days=7)).isoformat())
    anita.press("I am away")
    anita.sees("Who stands in acts on these days.", str(hospital["chair"]))
    anita.look("the absence of a chair")
    anita.close()
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("360", "dark"))
    helen.go("/meetings/")
    helen.press("Alternates")
    helen.sees(str(hospital["chair"]))
    helen.press("Designate an alternate")
    helen.look("designating an alternate")
    helen.fill(place=f"{hospital['credentials1']}, Credentials Committee", user=str(hospital["mec1"]))
    helen.press("Designate")
    helen.sees("is an alternate.", f"for {hospital['credentials1']}, Credentials Committee")
    helen.look("alternates and absences")
    helen.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}
