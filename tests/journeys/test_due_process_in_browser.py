"""From an investigation to the final action: the coordinator runs it, the practitioner reads what is theirs,
and nobody else finds a word of it.
"""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Browser

from bylaws.choices import TrackStatus
from bylaws.models import Bar, DueProcess
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.kernel import clock
from practitioners.models import Practitioner
from practitioners.services.people import create_practitioner
from tests.journeys.files import new_surgeon
from tests.journeys.people import Person, Report
from tests.journeys.world import LONG_AGO, PASSWORD, Hospital, take_over

DAY = dt.timedelta(days=1)
PDF = {
    "name": "paper.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
}
BEGAN = dt.date(2026, 1, 12)
REASONS = "Three of ten operations reviewed were outside the standard of care"


@pytest.fixture
def surgeon(hospital: Hospital) -> Practitioner:
    """A member of the staff with an account."""
    person = new_surgeon(hospital)
    user = User.objects.create_user(
        "surgeon", "surgeon@example.org", PASSWORD, first_name="Marta", last_name="Kowalczyk"
    )
    give_role(
        actor=hospital.system, user=user, role=Role.PRACTITIONER, facility=hospital.facility, start=LONG_AGO
    )
    Practitioner.objects.filter(pk=person.pk).update(user=user)
    take_over(hospital, person, dt.date(2025, 7, 1), dt.date(2027, 7, 1))
    create_practitioner(
        actor=hospital["coordinator"], provider_type="MD", last_name="Fairweather", first_name="Sol",
        npi="1003000126",
    )  # fmt: skip
    return person


def on(day: int):
    """The clock of everybody, at noon of that day of the matter."""
    return clock.freeze(dt.datetime.combine(BEGAN + day * DAY, dt.time(18), dt.UTC))


def test_from_an_investigation_to_the_final_action(
    browser: Browser, live_server, hospital: Hospital, surgeon: Practitioner
):
    report = Report()

    def arrive(username: str, **how) -> Person:
        return Person(browser, live_server.url, username, report, **how)

    with on(0):
        helen = arrive("staff_coordinator", also=("dark", "360"))
        investigated(helen, surgeon)
        notice_is_given(helen)
    with on(3):
        notice_is_received(helen)
        marta = arrive("surgeon", view="360", also=("dark",))
        reads_the_own_notice(marta)
    with on(10):
        a_hearing_is_prepared(helen)
    with on(60):
        the_hearing_is_held(helen)
    with on(75):
        the_board_acts(helen)
        learns_the_outcome(marta)
        nobody_else_knows(arrive("mec1"))
    track = DueProcess.objects.get()
    assert track.status == TrackStatus.FINAL
    assert Bar.objects.get().kind == "restriction"
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def investigated(helen: Person, surgeon: Practitioner) -> None:
    helen.go(f"/practitioners/{surgeon.uid}/investigations/new/")
    helen.fill(opened_by="Executive committee, item 7", about="Outcomes of ten operations")
    helen.press("Record it")
    helen.sees("The investigation is on record.", "Peer review.")
    for kind, more in (
        ("decided_open", {"body": "mec", "authority": "Minutes, item 7"}),
        ("investigator", {"who": "Dr. Ines Investigator"}),
        ("notice", {"who": "Handed over in person"}),
        ("interview", {"who": "Dr. Kowalczyk, by the investigator", "words": "She explained each case."}),
        ("report", {"who": "Dr. Ines Investigator", "words": "Three of ten.", "proof": PDF}),
        ("outcome", {"body": "mec", "authority": "Minutes, item 9", "outcome": "measure"}),
    ):
        helen.press("Record a step")
        helen.fill(kind=kind, **more)
        if kind == "outcome":
            helen.look("recording a step of an investigation")
        helen.press("Record it")
        helen.sees("Recorded.")
    helen.look("an investigation with its steps")
    helen.press("Open due process")
    helen.page.locator('input[name="about"]').first.check()
    helen.fill(measure="restriction", body="mec", authority="Minutes, item 9", reasons=REASONS)
    helen.look("opening due process")
    helen.press("Open it")
    helen.sees("Due process is open: the notice is owed.", "Notice owed", REASONS)


def notice_is_given(helen: Person) -> None:
    helen.press("Write the special notice")
    helen.sees("You have the right to ask for a hearing.", "within 30 days", REASONS)
    helen.look("the draft of a special notice")
    helen.press("Issue the notice")
    helen.sees("Issued.")
    by_certified_mail(helen, "9407 1")


def by_certified_mail(helen: Person, number: str) -> None:
    helen.press("Record how it went out")
    helen.fill(channel="certified", recipient="Dr. Marta Kowalczyk", carrier="USPS", tracking=number)
    helen.press("Record it")


def notice_is_received(helen: Person) -> None:
    helen.press("What became of it")
    helen.fill(outcome="delivered", told_by="M. Kowalczyk", proof=PDF)
    helen.press("Record it")
    helen.go("/due-process/")
    helen.look("due process under way")
    helen.press("Kowalczyk", within=helen.page.locator("main"), exact=False)
    helen.sees("A hearing can be asked for", "14 Feb 2026")
    helen.look("a track, the notice received")


def reads_the_own_notice(marta: Person) -> None:
    marta.go("/due-process/mine/")
    marta.press("Walk Medical Center", within=marta.page.locator("main"), exact=False)
    marta.sees("Your rights", REASONS, "14 Feb 2026", "Notice of a proposed action, and of your rights")
    marta.does_not_see("She explained each case.")
    marta.look("due process about oneself")


def a_hearing_is_prepared(helen: Person) -> None:
    helen.press("Hearing asked for")
    helen.fill(told_by="Her lawyer, by letter", proof=PDF)
    helen.press("Record it")
    helen.sees("Recorded.")
    helen.press("Propose somebody")
    helen.fill(part="member", npi="1003000126")
    helen.press("Propose")
    helen.sees("To be ruled")
    helen.press("Propose somebody")
    helen.fill(part="officer", name="Judge Harriet Lamb")
    helen.look("proposing somebody for the panel")
    helen.press("Propose")
    for name, ruling in (("Sol Fairweather", "steps_down"), ("Judge Harriet Lamb", "sits")):
        helen.press(name, within=helen.page.locator("main"), exact=False)
        helen.page.locator(f'[name="rule-ruling"][value="{ruling}"]').check()
        helen.fill(**{"rule-by_whom": "The president", "rule-because": "As the bylaws say, in writing."})
        helen.look("a member of the panel")
        helen.press("Record the ruling")
        helen.sees("The ruling is recorded.")
        helen.press("Kowalczyk", within=helen.page.get_by_role("navigation", name="Path"), exact=False)
    helen.press("Name a witness")
    helen.fill(side="hospital", name="Wanda Witness", about="The second operation")
    helen.press("Record it")
    helen.press("Add an exhibit")
    helen.fill(side="hospital", title="Chart of the second operation", handed_over=True, paper=PDF)
    helen.press("Record it")
    helen.press("Hearing scheduled")
    helen.fill(hearing_on=str(BEGAN + 60 * DAY), place="Board room, 9 am")
    helen.press("Record it")
    helen.press("Write the special notice")
    helen.sees("Wanda Witness", "Judge Harriet Lamb", "March 13, 2026")
    helen.press("Issue the notice")
    by_certified_mail(helen, "9407 2")


def the_hearing_is_held(helen: Person) -> None:
    helen.go("/due-process/")
    helen.press("Kowalczyk", within=helen.page.locator("main"), exact=False)
    helen.press("Record a session")
    helen.page.locator('[name="present"]').first.check()
    helen.fill(others_present="Counsel of both sides\nCourt reporter")
    helen.look("recording a session")
    helen.press("Record it")
    helen.press("Hearing held", within=helen.page.locator("main"))
    helen.press("Record it")
    helen.sees("Recorded.", "Hearing held")


def the_board_acts(helen: Person) -> None:
    helen.go("/due-process/")
    helen.press("Kowalczyk", within=helen.page.locator("main"), exact=False)
    helen.press("Report of the panel")
    helen.fill(outcome="modified", words="Two of the three cases stand.", proof=PDF)
    helen.press("Record it")
    helen.press("Decision after the hearing")
    helen.fill(
        authority="Executive committee, item 3", outcome="upheld", words="As the panel found.", proof=PDF
    )
    helen.press("Record it")
    helen.press("Final action")
    helen.fill(
        action="restrict", authority="Board, item 1", condition="With a second surgeon",
        words="Restricted for the reasons of the report.",
    )  # fmt: skip
    helen.look("the final action")
    helen.press("Take the final action")
    helen.confirm()
    helen.sees("Final action taken")
    helen.look("a track at its end")


def learns_the_outcome(marta: Person) -> None:
    marta.go("/due-process/mine/")
    marta.press("Walk Medical Center", within=marta.page.locator("main"), exact=False)
    marta.sees("Chart of the second operation", "Two of the three cases stand.", "Final action")
    marta.look("due process about oneself, at its end")


def nobody_else_knows(sofia: Person) -> None:
    """A member of the executive committee finds nothing of it: not in the menu, not on Today."""
    sofia.go("/")
    sofia.does_not_see("Kowalczyk")
    sofia.does_not_see("due process")
