"""A meeting as it is held: nine seats, one vacant; a member comes late, the recusal of one breaks the quorum
of one item, an item is pulled from the consent agenda, and three vote at the same moment.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence

import pytest
from django.core.management import call_command
from django.db.backends.postgresql.psycopg_any import DateRange
from playwright.sync_api import Browser, expect

from bylaws.choices import Body, CommitteeKind, MotionStatus
from bylaws.models import AgendaItem, Decision, Motion, Vote
from bylaws.selectors.committees import KIND_OF_BODY
from bylaws.services.agendas import add_other_business, add_step_to_agenda
from bylaws.services.committees import add_positions, seat_member
from bylaws.services.consent import propose_for_consent, vote_on_consent
from bylaws.services.meetings import call_to_order, schedule_meeting
from bylaws.services.presence import mark_present
from config.accounts.choices import Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.kernel import clock
from config.rulebook.services.parameters import set_parameter
from credentialing.models import Application, LetterSending
from practitioners.services.people import set_contact_point
from tests.journeys.files import carried, files_before_committee, step_of
from tests.journeys.people import Person, Report
from tests.journeys.world import LONG_AGO, PASSWORD, Hospital

COMMITTEE = CommitteeKind.CREDENTIALS_COMMITTEE
#: In the order of the seats: the chair first.
MEMBERS = ("credentials1", "credentials2", "credentials3", "mec1", "mec2", "mec3", "nina", "omar")
BOARD = ("board1", "board2", "board3")
THREE = ("credentials1", "credentials2", "mec1")
#: Press the button when the clock of the machine says so, twice as a hasty thumb does.
PRESS_AT = """(at) => {
    const button = [...document.querySelectorAll('main button')].find(
        each => each.textContent.trim() === 'Cast my vote'
    )
    setTimeout(() => { button.click(); button.click() }, at - Date.now())
}"""


@pytest.fixture
def hospital(hospital: Hospital) -> Hospital:
    """The hospital with nine seats on its credentials committee, eight of them held; half of all nine are a
    quorum.
    """
    for username, first, last in (("nina", "Nina", "Petrov"), ("omar", "Omar", "Haddad")):
        user = User.objects.create_user(
            username, f"{username}@example.org", PASSWORD, first_name=first, last_name=last
        )
        role = Role.COMMITTEE_MEMBER
        give_role(actor=hospital.system, user=user, role=role, facility=hospital.facility, start=LONG_AGO)
        hospital.users[username] = user
    committee, system = hospital.committees[COMMITTEE], hospital.system
    more = {"actor": system, "committee": committee, "start": LONG_AGO}
    seats = [
        *add_positions(title="Chair", seat_role="chair", **more),
        *add_positions(title="Member at large", number=8, **more),
    ]
    for position, username in zip(seats, MEMBERS, strict=False):
        seat_member(
            actor=system, committee=committee, user=hospital[username], position=position, start=LONG_AGO
        )
    set_parameter(
        actor=system,
        code="bylaws.quorum",
        subject=str(COMMITTEE),
        source="bylaws",
        facility=hospital.facility,
        valid=DateRange(LONG_AGO, None),
        value={"kind": "percent", "percent": 50, "vacancies_count": True},
        citation="Article 12",
        confidence="adopted",
    )
    return hospital


def test_a_meeting_as_it_is_held(browser: Browser, live_server, hospital: Hospital):
    files_before_committee(hospital, 3)
    committee = hospital.committees[COMMITTEE]
    meeting = schedule_meeting(
        actor=hospital["staff_coordinator"], committee=committee, starts_at=clock.wall()
    )
    page = f"/meetings/{meeting.uid}/"
    report = Report()
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("360", "dark"))
    helen.sees("Vacant seats", "Credentials Committee: Member at large")
    helen.go(f"/committees/{committee.uid}/")
    helen.sees("9 seats, 1 vacant", "nobody holds it")
    helen.look("committee with a vacant seat")

    helen.go(page)
    helen.press("Add all that is ready (3)")
    helen.sees("On the consent agenda", "SurgeonA, Ines", "SurgeonC, Ines")
    helen.look("what is ready for an agenda")
    helen.press("Put these on the agenda")
    helen.sees("3 files put on the agenda, 3 of them on the consent agenda.")
    for member in ("Paul Novak", "Grace Osei", "Liam Byrne", "Sofia Marin"):
        helen.press(f"Here : {member}")
        helen.page.get_by_role("button", name=f"Left : {member}").wait_for()
    helen.press("Call to order")
    helen.confirm()  # four of nine are no quorum yet
    helen.sees("without a quorum: 4 of 8, 5 needed")
    helen.look("meeting without a quorum")

    omar = Person(browser, live_server.url, "omar", report, view="360", also=("dark",))  # comes late
    omar.go(page)
    omar.press("Here : Omar Haddad")
    omar.page.get_by_role("button", name="Left : Omar Haddad").wait_for()
    omar.look("meeting on a phone")
    items = list(AgendaItem.objects.filter(meeting=meeting).order_by("order"))
    helen.go(page)
    helen.sees("5 of 8 voting members are present; 5 are needed")
    second = helen.page.locator(f"#recuse-{items[1].uid}")
    second.locator("summary", has_text="Recuse a member").click()
    helen.fill_in(second, "user", "Liam Byrne")
    helen.fill_in(second, "reason", "Partner in practice")
    helen.press("Recuse", within=second)
    helen.sees("Recused: Liam Byrne")
    omar.go(page)
    third = omar.page.locator(f"#pull-{items[2].uid}")
    third.locator("summary", has_text="Pull").click()
    omar.press("Pull the item", within=third)
    omar.sees("Pulled from the consent agenda by Omar Haddad")

    helen.go(page)
    helen.press("Vote on the consent agenda")
    helen.sees("Decided by one motion", "Without Liam Byrne, recused", "4 of 8 voting members")
    helen.look("vote on the consent agenda")
    helen.fill(mover="Paul Novak", seconder="Grace Osei")
    helen.press("Record the vote on 2 items")
    helen.sees("1 item carried by one motion.", "SurgeonB, Ines", "stays open: There is no quorum")
    helen.look("meeting with the consent agenda voted on")
    decision = Decision.objects.get(motion__consent_group__isnull=False)
    assert (decision.practitioner, decision.votes_for) == (items[0].practitioner, 5)

    pulled = helen.page.locator(f"#item-{items[2].uid}")
    helen.press("Put a motion", within=pulled)
    helen.fill(mover="Paul Novak", seconder="Omar Haddad")
    helen.press("Put the motion")
    helen.sees("The motion is before the meeting.")
    at_once(browser, live_server.url, page, report)
    motion = Motion.objects.get(agenda_item=items[2])
    votes = Vote.objects.filter(motion=motion)
    assert sorted(votes.values_list("user__username", flat=True)) == sorted(THREE)
    assert set(votes.values_list("choice", flat=True)) == {"for"}
    helen.go(page)
    for member in ("Liam Byrne", "Omar Haddad"):
        helen.unfold("Record the roll")
        helen.press(f"Against : {member}")
        helen.page.get_by_role("button", name=f"Against : {member}").wait_for(state="detached")
    helen.press("Close the vote")
    helen.confirm()
    helen.sees("Carried", "The record of the decision")
    motion.refresh_from_db()
    assert motion.status == MotionStatus.CARRIED
    assert (motion.quorum["for"], motion.quorum["against"], motion.quorum["present"]) == (3, 2, 5)
    helen.close()
    omar.close()
    assert report.complaints == []
    assert {place: found for place, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def at_once(browser: Browser, base: str, page: str, report: Report) -> None:
    """Three members open the meeting in browsers of their own and vote in the same moment, each twice."""
    people = [Person(browser, base, username, report, view="360") for username in THREE]
    for person in people:
        person.go(page)
        person.page.get_by_role("radio", name="For", exact=True).check()
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    for person in people:
        person.page.evaluate(PRESS_AT, moment.timestamp() * 1000)
    for person in people:
        expect(person.page.get_by_text("You voted for.")).to_be_visible(timeout=20_000)
    for person in people:
        person.close()


def test_an_agenda_and_25_consent_items_take_few_clicks(browser: Browser, live_server, hospital: Hospital):
    files_before_committee(hospital, 5)
    meeting = schedule_meeting(
        actor=hospital["staff_coordinator"],
        committee=hospital.committees[COMMITTEE],
        starts_at=clock.wall(),
    )
    report = Report()
    helen = Person(browser, live_server.url, "staff_coordinator", report)
    helen.context.set_default_timeout(60_000)  # much is decided at once, on machines that are busy
    helen.sees("Meetings this week")

    with helen.counting() as clicks:
        helen.page.get_by_role("link", name="Credentials Committee, ").click()
        helen.press("Add all that is ready (5)")
        helen.press("Put these on the agenda")
        helen.sees("5 files put on the agenda, 5 of them on the consent agenda.")
    assert clicks.number == 3
    for number in range(1, 21):
        item = add_other_business(
            actor=hospital["staff_coordinator"], meeting=meeting, title=f"Report of subcommittee {number}"
        )
        propose_for_consent(actor=hospital["staff_coordinator"], item=item)
    for username in MEMBERS:
        mark_present(actor=hospital["staff_coordinator"], meeting=meeting, user=hospital[username])
    call_to_order(actor=hospital["staff_coordinator"], meeting=meeting)

    helen.go(f"/meetings/{meeting.uid}/")
    with helen.counting() as clicks:
        helen.press("Vote on the consent agenda")
        helen.fill(mover="Paul Novak", seconder="Grace Osei")
        clicks.number += 4  # to open each of the two lists, and to choose
        before = time.process_time()
        helen.press("Record the vote on 25 items")
        expect(helen.page.locator("main")).to_contain_text("25 items carried by one motion.", timeout=60_000)
        spent = time.process_time() - before
    assert clicks.number == 6
    assert spent < 10, "seconds of processor for 25 items"
    assert Motion.objects.filter(status=MotionStatus.CARRIED).count() == 25
    assert Decision.objects.filter(motion__consent_group__isnull=False).count() == 5
    helen.close()
    assert report.complaints == []
    assert report.more_than(20) == {}


def test_all_letters_of_a_meeting_take_3_clicks(browser: Browser, live_server, hospital: Hospital):
    actor = hospital["coordinator"]
    call_command("load_letter_templates", verbosity=0)
    files = files_before_committee(hospital, 3)
    for application in files[:2]:
        more = {"actor": actor, "practitioner": application.practitioner}
        set_contact_point(kind="email", line_1="ines@example.org", **more)
    for body, voters in (
        (Body.CREDENTIALS_COMMITTEE, MEMBERS[:6]),
        (Body.MEC, MEMBERS[3:6]),
        (Body.BOARD, BOARD),
    ):
        before_body(hospital, files, body, voters)
    meeting = hospital.committees[CommitteeKind.BOARD].meetings.get()
    report = Report()
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("360", "dark"))
    helen.go(f"/meetings/{meeting.uid}/")
    with helen.counting() as clicks:
        helen.press("Letters of the meeting")
        helen.sees("SurgeonA, Ines", "Welcome to the medical staff", "No e-mail address is on file")
        helen.look("letters of a meeting")
        helen.press("Issue and send")
        helen.confirm()
        helen.sees("3 letters issued, 4 e-mails on the way.")
    assert clicks.number == 3
    assert LetterSending.objects.count() == 4
    helen.look("letters of a meeting, sent")
    helen.close()
    assert report.complaints == []
    assert {place: found for place, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def before_body(hospital: Hospital, files: list[Application], body: Body, voters: Sequence[str]) -> None:
    """The body in session, everything of the files carried."""
    runner = hospital["staff_coordinator"]
    meeting = schedule_meeting(
        actor=runner, committee=hospital.committees[KIND_OF_BODY[body]], starts_at=clock.wall()
    )
    meeting = call_to_order(actor=runner, meeting=meeting)
    for username in voters:
        mark_present(actor=runner, meeting=meeting, user=hospital[username])
    for application in files:
        item = add_step_to_agenda(actor=runner, meeting=meeting, step=step_of(application, body))
        carried(hospital, application, item, voters)


def test_members_vote_on_consent_on_their_phones(browser: Browser, live_server, hospital: Hospital):
    files_before_committee(hospital, 2)
    committee = hospital.committees[COMMITTEE]
    report = Report()
    helen = Person(browser, live_server.url, "staff_coordinator", report, also=("360", "dark"))
    coming = schedule_meeting(
        actor=hospital["staff_coordinator"],
        committee=committee,
        starts_at=clock.wall() + dt.timedelta(days=7),
        place="Room 4",
    )
    helen.go(f"/meetings/{coming.uid}/")
    helen.press("Invitations")
    helen.sees("Paul Novak", "credentials1@example.org")
    helen.look("invitations to a meeting")
    helen.go("/meetings/calendar/")
    helen.press("Make an address")
    helen.sees("It is shown only now.")
    helen.look("address of a calendar")
    helen.go(f"/committees/{committee.uid}/")
    helen.press("Record from minutes")
    helen.sees("SurgeonA, Ines", "SurgeonB, Ines")
    helen.page.locator("select[name$='-say']").first.select_option("exceptions")
    helen.page.locator("select[name$='-say']").last.select_option("asked")
    held = (clock.wall() - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    helen.fill(starts_at=held, mover="Paul Novak", seconder="Grace Osei", votes_for="6")
    helen.press("See what will be recorded")
    helen.sees("What will be recorded", "SurgeonA, Ines: exceptions")
    helen.look("minutes in bulk")

    meeting = schedule_meeting(
        actor=hospital["staff_coordinator"], committee=committee, starts_at=clock.wall()
    )
    helen.go(f"/meetings/{meeting.uid}/agenda/ready/")
    helen.press("Put these on the agenda")
    for username in MEMBERS:
        mark_present(actor=hospital["staff_coordinator"], meeting=meeting, user=hospital[username])
    call_to_order(actor=hospital["staff_coordinator"], meeting=meeting)
    helen.go(f"/meetings/{meeting.uid}/")
    helen.press("Vote on the consent agenda")
    helen.fill(mover="Paul Novak", seconder="Grace Osei")
    helen.press("Let the members vote themselves")
    helen.sees("2 items put to the vote by one motion.")
    helen.look("consent agenda put to the vote")
    omar = Person(browser, live_server.url, "omar", report, view="360", also=("dark",))
    omar.go(f"/meetings/{meeting.uid}/")
    omar.sees("To approve 2 items of the consent agenda by one motion.")
    omar.look("consent agenda on a phone")
    omar.page.get_by_role("radio", name="For", exact=True).check()
    omar.press("Cast my vote")
    omar.sees("You voted for.")
    for username in MEMBERS[:5]:
        vote_on_consent(actor=hospital[username], meeting=meeting, user=hospital[username], choice="for")
    helen.go(f"/meetings/{meeting.uid}/")
    helen.press("Close the vote on all of it")
    helen.confirm()
    helen.sees("Carried 6 for, 0 against")
    helen.close()
    omar.close()
    assert Decision.objects.filter(votes_for=6).count() == 2
    assert report.complaints == []
    assert {place: found for place, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}
