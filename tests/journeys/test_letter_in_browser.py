"""A certified letter from the file to the day it was delivered, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Browser

from practitioners.models import Letter
from tests.credentialing.scans import scan
from tests.journeys.people import Person, Report
from tests.journeys.test_affiliation_in_browser import member_of
from tests.journeys.world import Hospital

RECEIPT = {"name": "receipt.pdf", "mimeType": "application/pdf", "buffer": scan(1, about="Return receipt")}


def test_a_letter_is_written_sent_and_delivered(browser: Browser, live_server, hospital: Hospital):
    member_of(hospital)
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report, view="360")
    rosa.go("/search/?q=Kowalczyk")
    rosa.press("Kowalczyk, Marta", exact=False)
    rosa.press("Write a letter")
    rosa.sees("May be written now", "There is no application here.")
    rosa.look("choose")
    rosa.press("Reminder of a conflict of interest statement")
    rosa.fill(to="Marta Kowalczyk, MD\n1 Main Street")
    rosa.page.locator("#id_added").press_sequentially("Bring it to the meeting.")
    rosa.page.locator("#letter-preview", has_text="Bring it to the meeting.").wait_for()
    rosa.look("write")
    rosa.press("Issue")
    rosa.confirm()
    rosa.sees("The letter is issued.", "To send")
    rosa.press("Record how it went out")
    rosa.fill(channel="certified", carrier="USPS", tracking="9407 1118")
    rosa.press("Record it")
    rosa.sees("Recorded.", "9407 1118")
    rosa.press("What became of it")
    rosa.fill(told_by="Signed by the addressee", proof=RECEIPT)
    rosa.press("Record it")
    rosa.sees("Delivered", "proof")
    rosa.look("letter, delivered")
    rosa.go("/letters/")
    rosa.look("log")
    rosa.close()
    assert Letter.objects.get().office.version.number == 1
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}
