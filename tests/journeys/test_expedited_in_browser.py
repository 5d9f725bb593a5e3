"""A clean file the expedited way: the executive committee recommends, two of the board decide for it, and the
full board is told. What is not clean is refused that way, with the reason.
"""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Browser

from bylaws.choices import Body, CommitteeKind
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.meetings import schedule_meeting
from bylaws.services.reviews import recommend
from config.kernel import clock
from credentialing.choices import Severity
from credentialing.services.flags import raise_flag
from tests.journeys.files import (
    NPI,
    carried,
    chair_signs,
    complete_file,
    every_line,
    in_session,
    moved,
    new_surgeon,
    step_of,
)
from tests.journeys.people import Person, Report
from tests.journeys.world import LONG_AGO, Hospital

MEC = ("mec1", "mec2", "mec3")
TWO = ("board1", "board2")
GAP = "Nobody says what was done from May to September 2019."


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital with a committee of its board: two of the three who vote there."""
    committee = form_committee(
        actor=hospital.system,
        facility=hospital.facility,
        kind=CommitteeKind.BOARD_COMMITTEE,
        name="Credentials Committee of the Board",
    )
    for username in TWO:
        seat_member(actor=hospital.system, committee=committee, user=hospital[username], start=LONG_AGO)
    hospital.committees[CommitteeKind.BOARD_COMMITTEE] = committee
    return hospital


def test_two_of_the_board_decide_and_the_full_board_is_told(
    browser: Browser, live_server, hospital: Hospital
):
    application = complete_file(hospital, new_surgeon(hospital))
    full_board = schedule_meeting(
        actor=hospital["staff_coordinator"],
        committee=hospital.committees[CommitteeKind.BOARD],
        starts_at=clock.wall() + dt.timedelta(days=7),
    )
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=("360", "dark"))
    rosa.go(f"/applications/{application.uid}/")
    rosa.press("Send the expedited way")
    rosa.sees("The committee of the board grants in the place of the full board")
    rosa.look("the expedited way explained")
    rosa.press("Send the expedited way", within=rosa.page.locator("main form"))
    rosa.sees("Sent the expedited way")
    rosa.close()

    chair_signs(hospital, application)
    recommend(
        actor=hospital["credentials1"],
        step=step_of(application, Body.CREDENTIALS_CHAIR),
        lines=every_line(hospital, application),
    )
    item = in_session(hospital, application, Body.MEC, MEC)
    ruth = Person(browser, live_server.url, "mec3", report, view="360", also=("dark",))
    ruth.go(f"/reviews/{step_of(application, Body.MEC).uid}/")
    ruth.sees("Expedited way", "a committee of the board decides")
    ruth.look("review of a file on the expedited way")
    ruth.close()
    carried(hospital, application, item, MEC)

    item = in_session(hospital, application, Body.BOARD_COMMITTEE, TWO)
    moved(hospital, application, item, TWO)
    for username in TWO:
        member = Person(browser, live_server.url, username, report, view="360")
        member.go(f"/meetings/{item.meeting.uid}/")
        member.page.get_by_role("radio", name="For", exact=True).check()
        member.press("Cast my vote")
        member.sees("You voted for.")
        member.close()
    helen = Person(browser, live_server.url, "staff_coordinator", report)
    helen.go(f"/meetings/{item.meeting.uid}/")
    helen.press("Close the vote")
    helen.confirm()
    helen.sees("Carried", "The record of the decision")
    helen.go(f"/meetings/{full_board.uid}/")
    helen.sees("Report: decided the expedited way", "Kowalczyk")
    helen.look("agenda of the full board with a report")
    helen.close()

    ward = Person(browser, live_server.url, "ward", report)
    ward.go(f"/lookup/?person={NPI}&privilege=GS-LAP-CHOLE&on={clock.today(hospital.facility).isoformat()}")
    ward.sees("Yes", "Committee of the board")
    ward.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def test_an_open_flag_is_refused_the_way_by_its_name(browser: Browser, live_server, hospital: Hospital):
    application = complete_file(hospital, new_surgeon(hospital))
    raise_flag(
        actor=hospital["coordinator"],
        application=application,
        code="RF-GAP",
        severity=Severity.WARN,
        sentence=GAP,
    )
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=("360", "dark"))
    rosa.go(f"/applications/{application.uid}/")
    rosa.press("Send the expedited way")
    rosa.sees("This file goes the whole way.", GAP, "Needs review")
    assert rosa.page.locator("main form").count() == 0, "nothing to press that would be refused"
    rosa.look("the expedited way refused")
    rosa.close()
    application.refresh_from_db()
    assert application.status == "complete"
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}
