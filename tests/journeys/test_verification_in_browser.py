"""A file from the inbox to complete, in a real browser: a section returned, a source that is down, a name
that differs, and the number of clicks the daily things take.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from config.kernel import clock
from config.kernel.periods import days
from credentialing.choices import Connector, Element, NPDBQueryKind, NPDBReason
from credentialing.models import Application, ConnectedSource, Packet, RunStep, VerificationItem
from credentialing.selectors.packets import read_packet
from credentialing.services import npdb, packet_mails, packet_review, packets, screening, verification
from credentialing.services.automatic import verify_automatically
from credentialing.services.exclusion_lists import load_leie
from credentialing.sources.players import board as boards
from credentialing.sources.players import nppes
from practitioners.services.credentials import record_claim
from tests.credentialing import packets as packet_typing
from tests.credentialing.services.test_sources import licence
from tests.credentialing.world import FIXTURES
from tests.journeys.people import Person, Report
from tests.journeys.test_packet_in_browser import FAR, LONG_AGO, draft
from tests.journeys.test_walk_over_services import answer_by_hand, open_items
from tests.journeys.world import Hospital

NUMBER = "35.100001"


@pytest.fixture
def board():
    """The licence board of Illinois, out of order."""
    with boards.start_player([licence(NUMBER, expires="06/30/2040")]) as running:
        ConnectedSource.objects.create(
            code="board-il",
            name="Board of Illinois",
            connector=Connector.LICENCE_BOARD,
            state="IL",
            address=running.address,
            reading=boards.READING,
        )
        running.behave("html")
        yield running


@pytest.fixture
def registry(settings):
    with nppes.start_player(nppes.load_records(FIXTURES / "nppes" / "registry.json")) as running:
        settings.NPPES_API_URL = running.url
        yield running


def test_a_file_from_the_inbox_to_complete(browser: Browser, live_server, hospital, board, registry):
    packet = packet_that_came_in(hospital)
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, also=["dark", "360"])
    returned_and_accepted(rosa, packet)
    file = f"/applications/{packet.application.uid}/"
    rosa.go("/")
    rosa.sees("New applications")
    rosa.go(file)
    rosa.press("Accept and plan verification")
    rosa.sees("automatic sources are being asked")
    checked_by_machine(rosa, board)
    discrepancy(rosa, packet.application, file)
    asked_again(rosa, board, packet.application, file)
    by_hand(rosa, hospital, packet.application, file)
    rosa.go(file)
    rosa.press("Mark complete")
    rosa.sees("Complete. It can go to review.")
    rosa.close()
    packet.application.refresh_from_db()
    assert packet.application.status == "complete"
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def packet_that_came_in(hospital: Hospital) -> Packet:
    """Signed by the applicant this morning; the registry knows her under another name."""
    actor = hospital["coordinator"]
    application = draft(hospital, "Brightwater", "initial", npi="2000000101", first_name="Marisol")
    packet = packets.invite(
        actor=actor, application=application, name="Marisol Brightwater", email="m@example.org"
    )
    link = packet.links.get()
    packet_typing.deliver(link)
    offered = read_packet(packet).known.offered[0]
    said = packet_typing.whole()
    for section in ("licences", "cover"):
        said[section]["rows"][0]["last_day"] = "2040-06-30"
    said["licences"]["rows"][0] |= {"state": "IL", "issuer": "Illinois"}
    packet_typing.fill(
        packet,
        link,
        privileges={"asked": {offered.uid: [offered.core[0][0]]}},
        licences=said["licences"],
        cover=said["cover"],
    )
    packet_typing.sign(link, "Marisol Brightwater")
    packet.refresh_from_db()
    return packet


def returned_and_accepted(rosa: Person, packet: Packet) -> None:
    """From Today: one section goes back and comes again, then everything is taken into the file."""
    rosa.go("/")
    rosa.sees("Packets to review")
    rosa.go(f"/packets/{packet.uid}/review/licences/")
    rosa.unfold("Return to the applicant")
    rosa.fill(reason="The issuer is missing its address.")
    rosa.press("Return this section")
    rosa.sees("returned to the applicant")
    packet.refresh_from_db()
    link = packet.links.get()
    for each in link.mails.filter(status="waiting"):
        packet_mails.send(each.uid)
    said = packet_typing.whole()["licences"]
    said["rows"][0] |= {"state": "IL", "issuer": "State of Illinois", "last_day": "2040-06-30"}
    packet_typing.save(packet, "licences", said, link)
    packet_typing.sign(link, "Marisol Brightwater")
    rosa.go(f"/packets/{packet.uid}/review/licences/")
    rosa.sees("Corrected since")
    rosa.press("Accept into the file")
    packet.refresh_from_db()
    actor = packet.application.coordinator
    for section in packet.sections.exclude(status="accepted"):
        packet_review.accept_section(actor=actor, section=section)


def work() -> None:
    """What the worker does with what is open."""
    for step in RunStep.objects.filter(outcome="").select_related("item"):
        verify_automatically(step.item.uid)


def checked_by_machine(rosa: Person, board: boards.Player) -> None:
    """Everything a machine can check; the page follows by itself, and says what it could not."""
    rosa.press("Check all that a machine can check")
    rosa.sees("0 of 2 questions", "Waiting")
    rosa.look("run, begun")
    work()
    rosa.sees("1 of 2 questions", "Could not be checked yet", "Answered")
    rosa.look("run, under way")
    run = rosa.path
    rosa.press("Cancel the run")
    rosa.sees("Stop after 1 of 2 questions?", "What was answered stays", "Stop asking")
    rosa.look("cancel a run")
    rosa.go(run)
    work()
    work()
    rosa.sees("1 answered, 1 could not be checked.", "By hand")
    rosa.look("run, ended")
    rosa.go("/")
    rosa.sees("Checked by machine, for you to go on with", "1 could not be checked")
    rosa.go("/runs/")
    rosa.sees("Ended, not all checked")
    rosa.look("runs")
    rosa.go("/runs/due/")
    rosa.look("check what runs out")


def discrepancy(rosa: Person, application: Application, file: str) -> None:
    """The registry has another name: noted, cleared up, resolved with a note."""
    npi = application.items.get(element=Element.NPI)
    rosa.go(file)
    rosa.press(npi.label)
    rosa.sees("Differs", "Quillfeather")
    rosa.unfold("It differs from what was stated")
    rosa.page.locator("#discrepancy_note").fill("The registry has another last name.")
    rosa.press("Note the discrepancy")
    rosa.sees("The discrepancy is noted.")
    rosa.page.locator("#resolve_note").fill("Her name before the marriage; she has written to the registry.")
    rosa.press("Resolve")
    rosa.sees("Resolved.")


def asked_again(rosa: Person, board: boards.Player, application: Application, file: str) -> None:
    """A chase is logged in two clicks; the board is up again, and its answer is verified in three."""
    item = application.items.get(element=Element.STATE_LICENSE)
    rosa.go(f"/verification/{item.uid}/")
    rosa.sees("Could not be checked")
    with rosa.counting() as clicks:
        rosa.unfold("Record an attempt")
        rosa.press("Record the attempt")
        rosa.sees("The attempt is recorded.")
    assert clicks.number == 2
    board.behave()
    rosa.go(file)
    rosa.press("Check all that a machine can check")
    rosa.sees("0 of 1 questions")
    work()
    rosa.sees("1 answered.")
    rosa.go(file)
    with rosa.counting() as clicks:
        rosa.press(item.label)
        rosa.sees("Review the answer", "Active")
        rosa.press("Verify")
        rosa.sees("Verified.")
    assert clicks.number <= 3


def by_hand(rosa: Person, hospital: Hospital, application: Application, file: str) -> None:
    """The rest of the plan, as it comes in over the weeks."""
    actor = hospital["coordinator"]
    load_leie(actor=hospital.system, path=FIXTURES / "leie" / "planted.csv")
    screening.screen(actor=actor, practitioner=application.practitioner)
    npdb.log_query(
        actor=actor,
        practitioner=application.practitioner,
        facility=hospital.facility,
        kind=NPDBQueryKind.ONE_TIME,
        reason=NPDBReason.INITIAL,
        queried_on=clock.today(hospital.facility),
        dcn="5500000099887766",
        content=b"No reports.",
    )
    # The photo ID came as a document with the packet; what it is, the office states.
    record_claim(
        actor=actor,
        practitioner=application.practitioner,
        type_code="PHOTO_ID",
        issuer="State of Illinois",
        valid=days(LONG_AGO, FAR),
        extra={"document_kind": "driver license"},
    )
    application.refresh_from_db()
    verification.plan(actor=actor, application=application)
    for item in open_items(application):
        if item.status == "received":  # the attestation came with the packet
            verification.verify(actor=actor, item=item)
        else:
            answer_by_hand(hospital, item)
    assert not VerificationItem.objects.filter(application=application, status="requested").exists()
