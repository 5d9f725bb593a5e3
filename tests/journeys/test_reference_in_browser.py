"""A reference from the coordinator's desk to the peer's telephone and back, in a real browser."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from playwright.sync_api import Browser, expect

from bylaws.models import StaffCategory
from config.kernel import clock
from config.kernel.periods import days
from credentialing.choices import Element
from credentialing.models import EnquiryMail
from credentialing.services import applications, enquiry_mails
from practitioners.services.credentials import record_claim
from practitioners.services.people import create_practitioner
from privileging.models import PrivilegeFormVersion
from privileging.services.requests import request_privileges
from tests.credentialing.enquiries import AREAS, link_in
from tests.journeys.people import Person, Report
from tests.journeys.world import Hospital
from tests.screenshots import VIEWS

FROM = "2018-07-01"


class Peer(Person):
    """Somebody at a browser without an account."""

    def __init__(self, browser: Browser, base: str, report: Report, *, view: str):
        self.base, self.username, self.report, self.view = base, "the peer", report, view
        self.context = browser.new_context(**VIEWS[view], locale="en-US", reduced_motion="reduce")
        self.page = self.context.new_page()
        self._refusals_expected = 0
        self._looked_at = set()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._complain(f"script: {error}"))
        self.page.on("response", self._note)


@pytest.mark.parametrize("view", ["360", "dark"])
def test_a_reference_is_asked_for_answered_on_a_telephone_and_reviewed(
    browser: Browser, live_server, hospital: Hospital, settings, view: str
):
    settings.STANDING_SITE_URL = live_server.url
    item = item_of_a_peer(hospital)
    report = Report()
    rosa = Person(browser, live_server.url, "coordinator", report)
    rosa.go(f"/verification/{item.uid}/")
    rosa.look("item, nothing sent")
    rosa.press("Send the form")
    rosa.sees("A mail with a link to the form")
    rosa.look("send the form")
    rosa.press("Send the form")
    rosa.sees("The form goes out to Ines Calloway")
    for each in EnquiryMail.objects.all():  # the worker
        enquiry_mails.send(each.uid)
    (message,) = mail.outbox
    peer = Peer(browser, live_server.url, report, view=view)
    peer.go(link_in(message))
    answer(peer)
    rosa.go(f"/verification/{item.uid}/")
    rosa.sees("To weigh in the review", "Clinical judgment: below what is expected.", "Holds")
    rosa.look("item, answered")
    rosa.press("Verify")
    rosa.sees("Verified, adverse")
    peer.close()
    rosa.close()
    assert report.complaints == []
    assert {page: found for page, found in report.findings.items() if found} == {}
    assert report.more_than(20) == {}


def answer(peer: Peer) -> None:
    """The form is sent once with a question left open, then as a whole."""
    peer.sees("asks Ines Calloway about Brightwater, Imogen", "the practitioner does not see it", "released")
    peer.look("form of a peer")
    peer.fill(q_relation="colleague", q_same_discipline="yes", q_known_since=FROM, q_last_seen="within_year")
    peer.fill(**{f"q_{area}": "as_expected" for area in AREAS})
    peer.fill(q_judgment="below", q_recommend="yes", agrees=True, signed_name="Ines Calloway, MD")
    with peer.refused():
        peer.press("Sign and send")
        peer.sees("Please correct this")
        peer.look("form of a peer, a question open")
    expect(peer.page.locator('[name="signed_name"]')).to_have_value("Ines Calloway, MD")
    peer.fill(q_reservations="no")
    peer.press("Sign and send")
    peer.sees("You can close this page", "Below what is expected", re.compile("Seal of this answer"))
    peer.look("thanks")


def item_of_a_peer(hospital):
    """An application in verification whose plan holds a reference."""
    actor = hospital["coordinator"]
    person = create_practitioner(
        actor=actor, provider_type="MD", last_name="Brightwater", first_name="Imogen", npi="1003000142"
    )
    for name in ("Ines Calloway", "Odell Marchetti"):
        record_claim(
            actor=actor,
            practitioner=person,
            type_code="PEER_REFERENCE",
            issuer="Fernwick General",
            valid=days(clock.today(hospital.facility), None),
            extra={"name": name, "email": f"{name.split()[0].lower()}@example.org"},
        )
    application = applications.open_application(
        actor=actor,
        practitioner=person,
        facility=hospital.facility,
        kind="initial",
        department=hospital.surgery,
        category=StaffCategory.objects.get(code="active"),
    )
    version = PrivilegeFormVersion.objects.get(form__code="GS")
    version.form.facilities.add(hospital.facility)
    request_privileges(actor=actor, application=application, version=version, struck=[], special=[])
    applications.submit(actor=actor, application=application)
    application.refresh_from_db()
    applications.accept(actor=actor, application=application)
    return application.items.get(element=Element.PEER_REFERENCE, credential__number_key="INESCALLOWAY")
