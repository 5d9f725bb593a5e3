"""One file that splits: a member of the credentials committee steps out, the executive committee is against
one line, which is held for a hearing, and the board grants the others.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from bylaws.choices import Body, CommitteeKind
from bylaws.services.committees import seat_member
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.kernel import clock
from credentialing.models import Application
from tests.journeys.files import (
    NPI,
    all_for,
    carried,
    chair_signs,
    file_in_review,
    in_session,
    new_surgeon,
    step_of,
)
from tests.journeys.people import Person, Report
from tests.journeys.world import LONG_AGO, PASSWORD, Hospital

LAP_CHOLE = "Laparoscopic cholecystectomy"
REASON = "Too few cases in the last two years"
CREDENTIALS = ("credentials1", "credentials2", "credentials3", "credentials4")
STAY = ("credentials1", "credentials3", "credentials4")
MEC = ("mec1", "mec2", "mec3")
BOARD = ("board1", "board2", "board3")


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital with a fourth member of the credentials committee: one may step out."""
    user = User.objects.create_user(
        "credentials4", "credentials4@example.org", PASSWORD, first_name="Nora", last_name="Quist"
    )
    give_role(
        actor=hospital.system,
        user=user,
        role=Role.COMMITTEE_MEMBER,
        facility=hospital.facility,
        start=LONG_AGO,
    )
    committee = hospital.committees[CommitteeKind.CREDENTIALS_COMMITTEE]
    seat_member(actor=hospital.system, committee=committee, user=user, start=LONG_AGO)
    return hospital


def test_one_steps_out_and_one_line_is_held(browser: Browser, live_server, hospital: Hospital):
    application = file_in_review(hospital, new_surgeon(hospital))
    chair_signs(hospital, application)
    report = Report()

    def arrive(username: str, **how) -> Person:
        return Person(browser, live_server.url, username, report, **how)

    steps_out(arrive, hospital, application)
    helen = arrive("staff_coordinator")
    against_one_line(helen, hospital, application)
    notice_is_drafted(arrive("coordinator"))
    the_board_decides_the_rest(helen, arrive("board1", view="360"), hospital, application)
    at_the_ward(arrive("ward"), hospital)
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def steps_out(arrive, hospital: Hospital, application: Application) -> None:
    """Declared by the member on a phone, ruled on by the chair; from then on the matter is closed to her."""
    item = in_session(hospital, application, Body.CREDENTIALS_COMMITTEE, CREDENTIALS)
    meeting = f"/meetings/{item.meeting.uid}/"
    file = f"/reviews/{step_of(application, Body.CREDENTIALS_COMMITTEE).uid}/"
    grace = arrive("credentials2", view="360", also=("dark",))
    grace.press("Kowalczyk", within=grace.page.locator("main"), exact=False)
    grace.press("Declared interests")
    grace.fill(kind="partner", note="We share a practice")
    grace.look("declaring an interest")
    grace.press("Declare")
    grace.sees("Declared.", "Not ruled on yet")

    paul = arrive("credentials1", view="360", also=("dark",))
    paul.go(meeting)
    paul.press("The chair rules")
    paul.sees("Rule on the interest of Grace Osei")
    paul.fill(ruling="recused", reason="They share a practice")
    paul.look("ruling on an interest")
    paul.press("Rule")
    paul.sees("Ruled.", "Recused")

    decision = carried(hospital, application, item, STAY)
    paul.go(meeting)
    paul.sees("Recused: Grace Osei", "Who voted how")
    paul.close()
    grace.go(meeting)
    grace.sees("You are recused from this matter")
    grace.does_not_see("Who voted how")
    grace.does_not_see("The record of the decision")
    grace.look("meeting of which one matter is closed")
    for page in ("/", "/reviews/"):
        grace.go(page)
        grace.page.wait_for_load_state("networkidle")
        grace.does_not_see("Kowalczyk")
    for closed in (file, f"{file}interests/", f"/decisions/{decision.uid}/"):
        assert grace.page.request.get(grace.base + closed).status == 404, closed
    grace.close()


def against_one_line(helen: Person, hospital: Hospital, application: Application) -> None:
    """The executive committee's motion says no to one line, with its reason, and is carried."""
    item = in_session(hospital, application, Body.MEC, MEC)
    helen.go(f"/meetings/{item.meeting.uid}/")
    helen.press("Put a motion")
    helen.fill(mover="Sofia Marin", seconder="Daniel Kim")
    helen.unfold("with nothing against them")
    heading = helen.page.get_by_role("heading", name=LAP_CHOLE, exact=True)
    line = helen.page.locator(".rec-line", has=heading)
    line.get_by_text("Do not recommend").click()
    line.get_by_label("Reason").fill(REASON)
    helen.press("Put the motion")
    helen.sees("The motion is before the meeting.", REASON)
    all_for(hospital, item.motions.get(), MEC)
    helen.go(helen.path)
    helen.press("Close the vote")
    helen.confirm()
    helen.sees("Carried")


def notice_is_drafted(rosa: Person) -> None:
    """Today names the notice that is owed; its draft says what, why, and the right to a hearing."""
    rosa.sees("the notice is not written")
    owed = rosa.page.locator('main a[href*="/hearing/"]').first
    owed.click()
    rosa.sees("The board waits", LAP_CHOLE, REASON)
    rosa.press("Open the draft of the notice")
    rosa.sees("You have the right to ask for a hearing", LAP_CHOLE, REASON, "represented by a lawyer")
    rosa.close()


def the_board_decides_the_rest(
    helen: Person, carol: Person, hospital: Hospital, application: Application
) -> None:
    """What is held is no matter of the vote; the page says so, and why."""
    item = in_session(hospital, application, Body.BOARD, BOARD)
    file = f"/reviews/{step_of(application, Body.BOARD).uid}/"
    carol.go(file)
    carol.sees("Held for a hearing", LAP_CHOLE, "the other lines are decided now")
    carol.look("review of a split file")
    carol.close()
    decision = carried(hospital, application, item, BOARD)
    granted = decision.lines.values_list("label", flat=True)
    assert granted
    assert not [label for label in granted if LAP_CHOLE in label]
    helen.go(file)
    helen.sees("Held for a hearing", LAP_CHOLE)
    helen.close()


def at_the_ward(ward: Person, hospital: Hospital) -> None:
    """Yes to what was granted, no to what is held; and not a word of why."""
    today = clock.today(hospital.facility).isoformat()
    for code, said in (("GS-SEDATION", "Yes"), ("GS-LAP-CHOLE", "No")):
        ward.go(f"/lookup/?person={NPI}&privilege={code}&on={today}")
        expect(ward.page.locator(".answer-word")).to_contain_text(said)
    for hidden in ("hearing", REASON, "against"):
        ward.does_not_see(hidden)
    ward.close()
