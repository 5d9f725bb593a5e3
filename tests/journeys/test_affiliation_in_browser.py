"""An affiliation letter from the other hospital's telephone to the mail it gets, in a real browser."""

from __future__ import annotations

import datetime as dt

from django.core import mail
from playwright.sync_api import Browser

from config.kernel import clock
from credentialing.models import AffiliationReply, AffiliationRequest
from credentialing.services import affiliation_mails, affiliations
from practitioners.models import Letter
from practitioners.services.people import create_practitioner
from tests.credentialing.scans import scan
from tests.journeys.people import Person, Report
from tests.journeys.test_reference_in_browser import Peer
from tests.journeys.world import Hospital, take_over

RELEASE = {"name": "release.pdf", "mimeType": "application/pdf", "buffer": scan(1, about="Release")}


def test_a_letter_is_asked_for_on_a_telephone_and_sent_by_the_office(
    browser: Browser, live_server, hospital: Hospital
):
    member_of(hospital)
    report = Report()
    other = Peer(browser, live_server.url, report, view="360")
    ask(other, hospital)
    rosa = Person(browser, live_server.url, "coordinator", report, also=["dark", "360"])
    answer(rosa)
    deliver()
    assert mail.outbox[0].to == ["wren@harborview.example.org"]
    assert mail.outbox[0].attachments[0][1].startswith(b"%PDF")
    rosa.go(f"/affiliations/{AffiliationRequest.objects.get().uid}/")
    with rosa.page.expect_download() as download:
        rosa.press("Download the PDF")
    assert download.value.suggested_filename.startswith("Affiliation of Marta Kowalczyk")
    rosa.look("request, replied")

    rosa.go("/")
    with rosa.counting() as clicks:  # typing aside: by telephone, from the file
        rosa.page.keyboard.press("/")
        rosa.page.keyboard.type("kowalc")
        rosa.page.get_by_role("option", name="Kowalczyk, Marta").click()
        rosa.press("Affiliation letter")
        rosa.sees("Record and send the standard reply")
        rosa.fill(asker_name="Luis Okafor", asker_organization="St. Brendan Hospital")
        rosa.fill(asker_email="medstaff@stbrendan.example.org", release_seen=True)
        rosa.press("Record and send the standard reply")
        rosa.sees("the standard reply goes out in two minutes")
    assert clicks.number == 4
    deliver()
    assert Letter.objects.filter(kind="affiliation").count() == 2
    rosa.go("/affiliations/?status=")
    rosa.look("list")
    rosa.go("/affiliations/add/")
    rosa.look("record a request")
    other.close()
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def ask(other: Peer, hospital: Hospital) -> None:
    """The form is sent once with the name alone, then as a whole."""
    other.go(f"/affiliations/ask/{hospital.facility.code}/")
    other.sees("About whom", "Who asks")
    other.look("page for others")
    other.fill(about_last_name="Kowalczyk", about_first_name="Marta")
    with other.refused():
        other.press("Send the request")
        other.sees("Please correct")
        other.look("page for others, not complete")
    other.fill(about_npi="2000000614", purpose="appointment", release=RELEASE)
    other.fill(asker_name="Wren Adeyemi", asker_organization="Harborview Medical Center")
    other.fill(asker_email="wren@harborview.example.org")
    other.press("Send the request")
    other.sees("Your request came in")
    other.sees(AffiliationRequest.objects.get().reference)
    other.look("thanks")


def answer(rosa: Person) -> None:
    """From Today: sent, taken back, sent."""
    rosa.go("/")
    rosa.sees("Affiliation letters to answer")
    rosa.press("Kowalczyk, Marta", within=rosa.page.locator("#queue-credentialing-affiliations"))
    rosa.sees("The standard reply can go.", "is in good standing")
    rosa.look("request, to be answered")
    rosa.press("Send the standard reply")
    rosa.sees("It goes out in two minutes")
    rosa.look("request, reply waits")
    rosa.press("Take it back")
    rosa.sees("Taken back; nothing was sent.")
    rosa.press("Send the standard reply")
    rosa.sees("It goes out in two minutes")


def deliver() -> None:
    """What the worker does once the replies are due."""
    with clock.freeze(clock.now() + affiliations.UNDO):
        for each in AffiliationReply.objects.filter(status="waiting"):
            affiliation_mails.send(each.uid)


def member_of(hospital: Hospital) -> None:
    """A surgeon with an appointment in force."""
    surgeon = create_practitioner(
        actor=hospital["coordinator"],
        provider_type="MD",
        last_name="Kowalczyk",
        first_name="Marta",
        npi="2000000614",
    )
    today = clock.today(hospital.facility)
    take_over(hospital, surgeon, today - dt.timedelta(days=100), today + dt.timedelta(days=200))
