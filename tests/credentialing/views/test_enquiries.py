"""The office's pages of forms, and the page behind the signed link."""

from __future__ import annotations

import datetime as dt
import logging

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.kernel import clock
from config.logs import SignedLinkFilter
from credentialing.choices import EnquiryStatus, ItemStatus
from credentialing.models import Enquiry
from credentialing.services import enquiries
from practitioners.services.people import link_user
from tests.credentialing.enquiries import (
    SECRET,
    deliver,
    good_reference,
    hospitals_with_peers,
    link_in,
    path_of,
    peer_item,
    send,
    typed,
)
from tests.credentialing.world import NOON

HOSPITALS = hospitals_with_peers


@pytest.fixture
def application(world):
    return world.file


@pytest.fixture
def item(application):
    return peer_item(application)


@pytest.fixture
def office(client, world):
    """A browser in which the credentialing coordinator is signed in."""
    client.force_login(world.coordinator)
    return client


@pytest.fixture
def peer():
    """The browser of somebody without an account."""
    return Client()


def page_of(item) -> str:
    return reverse("credentialing:item", args=[item.uid])


class TestOffice:
    def test_a_form_is_sent_to_whom_the_claim_names(self, office, application):
        item = peer_item(application, "Odell Marchetti")
        assert b"Send the form" in office.get(page_of(item)).content
        address = reverse("credentialing:enquiry_send", args=[item.uid])
        shown = office.get(address).content.decode()
        assert 'value="odell@example.org"' in shown
        assert "within 14 days" in shown
        answer = office.post(address, {"name": "Odell Marchetti", "email": "odell@example.org"})
        assert (answer.status_code, answer["Location"]) == (303, page_of(item))
        deliver(Enquiry.objects.get(item=item))
        assert link_in(mail.outbox[0]) == path_of(Enquiry.objects.get(item=item))
        shown = office.get(page_of(item)).content.decode()
        assert "odell@example.org" in shown
        assert "Send again" in shown

    def test_an_address_that_cannot_be_is_said_at_its_field(self, office, item):
        address = reverse("credentialing:enquiry_send", args=[item.uid])
        answer = office.post(address, {"name": "Ines", "email": "marisol@example.org"})
        assert answer.status_code == 422
        assert "own address" in answer.content.decode()
        assert office.post(address, {"name": "Ines", "email": "nonsense"}).status_code == 422

    def test_all_forms_of_a_file_after_a_preview(self, office, application):
        address = reverse("credentialing:enquiry_send_all", args=[application.uid])
        shown = office.get(address).content.decode()
        assert "Odell Marchetti, odell@example.org" in shown
        assert "Ines Calloway, ines@example.org" in shown
        assert shown.count("names no e-mail address") == 1
        assert not Enquiry.objects.exists()
        assert office.post(address).status_code == 303
        asked = set(Enquiry.objects.values_list("recipient_name", flat=True))
        assert asked == {"Farrukh Nazarbekov", "Ines Calloway", "Odell Marchetti"}

    def test_again_came_back_and_withdrawn(self, office, world, item):
        enquiry = send(world, item)
        for name in ("enquiry_bounced", "enquiry_again"):
            assert office.post(reverse(f"credentialing:{name}", args=[enquiry.uid])).status_code == 303
        deliver(enquiry)
        address = reverse("credentialing:enquiry_withdraw", args=[enquiry.uid])
        assert office.post(address, {"reason": ""}).status_code == 422
        assert office.post(address, {"reason": "Wrong person."}).status_code == 303
        enquiry.refresh_from_db()
        assert enquiry.status == EnquiryStatus.WITHDRAWN

    def test_a_try_is_logged_by_one_click_on_the_page(self, office, world, item):
        send(world, item)
        assert b"Phoned, no answer" in office.get(page_of(item)).content
        address = reverse("credentialing:deed", args=[item.uid, "attempt"])
        assert office.post(address, {"method": "phone", "outcome": "no_answer"}).status_code == 303
        assert item.attempts.filter(method="phone", outcome="no_answer").count() == 1

    def test_the_review_begins_with_what_gives_cause(self, office, peer, world, item):
        enquiry = send(world, item)
        peer.post(path_of(enquiry), typed(good_reference(judgment="below", comments=SECRET)))
        with CaptureQueriesContext(connection) as asked:
            shown = office.get(page_of(item)).content.decode()
        assert len(asked) <= 20
        assert "Clinical judgment: below what is expected." in shown
        assert SECRET in shown
        assert "The signed answer calls for review: 1 point to weigh" in shown
        assert "Holds" in shown

    def test_what_is_late_came_back_or_was_declined_stands_on_today(self, office, world, item):
        send(world, item)
        with clock.freeze(NOON + dt.timedelta(days=15)):
            assert "Forms without an answer" in office.get("/").content.decode()
            shown = office.get("/today/credentialing-forms/").content.decode()
        assert "Ines Calloway: not answered in time" in shown

    def test_another_hospital_and_the_applicant_see_nothing_of_it(
        self, client, peer, world, application, item
    ):
        enquiry = send(world, item)
        peer.post(path_of(enquiry), typed(good_reference(comments=SECRET)))
        applicant = world.user("Marisol Quillfeather", "practitioner")
        link_user(actor=world.system, practitioner=application.practitioner, user=applicant)
        for who in (applicant, world.lookup, world.user("Far Away", "director", facility=world.other)):
            client.force_login(who)
            for address in (page_of(item), reverse("credentialing:enquiry_send", args=[item.uid])):
                assert client.get(address).status_code in (403, 404)
            mine = client.get(client.get("/practitioners/mine/").get("Location", "/"))
            assert SECRET not in mine.content.decode()
            assert "below" not in mine.content.decode()

    def test_lists_and_their_csv_repeat_none_of_it(self, office, peer, world, item):
        enquiry = send(world, item)
        peer.post(path_of(enquiry), typed(good_reference(comments=SECRET)))
        for address in ("/verification/", "/verification/?format=csv", "/applications/?format=csv"):
            answer = office.get(address)
            text = b"".join(answer) if answer.streaming else answer.content
            assert SECRET.encode() not in text


class TestLink:
    def test_it_says_who_asks_about_whom_and_nothing_of_the_file(self, peer, world, item):
        enquiry = send(world, item)
        answer = peer.get(path_of(enquiry))
        shown = answer.content.decode()
        assert answer.status_code == 200
        assert "Marisol" in shown
        assert str(world.facility) in shown
        assert "released them from" in shown
        for private in ("2000000101", "35.100001", "1980", "Nazarbekov", "marisol@example.org"):
            assert private not in shown
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "same-origin"
        enquiry.refresh_from_db()
        assert enquiry.status == EnquiryStatus.OPENED

    def test_an_answer_is_thanked_for_with_a_copy_and_the_link_is_used_up(self, peer, world, item):
        enquiry = send(world, item)
        thanks = peer.post(path_of(enquiry), typed(good_reference(comments=SECRET)))
        assert thanks.status_code == 200
        assert SECRET in thanks.content.decode()
        item.refresh_from_db()
        assert item.status == ItemStatus.RECEIVED
        for answer in (peer.get(path_of(enquiry)), peer.post(path_of(enquiry), typed(good_reference()))):
            shown = answer.content.decode()
            assert answer.status_code == 410
            assert "has been answered" in shown
            assert "Quillfeather" not in shown
            assert SECRET not in shown

    def test_what_was_typed_stays_when_something_is_missing(self, peer, world, item):
        enquiry = send(world, item)
        sent = typed(good_reference(reservations="yes", comments="They are missed here"))
        answer = peer.post(path_of(enquiry), sent)
        shown = answer.content.decode()
        assert answer.status_code == 422
        assert "Answer this question." in shown
        assert "They are missed here" in shown
        assert peer.post(path_of(enquiry), {}).status_code == 422
        enquiry.refresh_from_db()
        assert not enquiry.evidence_id

    def test_declining_takes_a_reason(self, peer, world, item):
        enquiry = send(world, item)
        empty = peer.post(path_of(enquiry), {"decline": "yes"})
        assert empty.status_code == 422
        sent = {"decline": "yes", "no-reason": SECRET, "no-signed_name": "Ines Calloway"}
        assert peer.post(path_of(enquiry), sent).status_code == 200
        enquiry.refresh_from_db()
        assert enquiry.status == EnquiryStatus.DECLINED

    def test_links_that_open_nothing_say_so_and_name_nobody(self, peer, world, item):
        enquiry = send(world, item)
        path = path_of(enquiry)
        with clock.freeze(NOON + dt.timedelta(days=60)):
            expired = peer.get(path)
        tampered = peer.get(path[:-3] + ("xx/" if path[-3:-1] != "xx" else "yy/"))
        enquiries.withdraw(actor=world.coordinator, enquiry=enquiry, reason="Wrong person.")
        withdrawn = peer.get(path)
        for answer, status, said in (
            (expired, 410, "time to answer"),
            (tampered, 404, "leads to no form"),
            (withdrawn, 410, "has withdrawn this form"),
        ):
            shown = answer.content.decode()
            assert answer.status_code == status
            assert said in shown
            assert "Quillfeather" not in shown
            assert str(world.facility) not in shown
            assert "no-store" in answer["Cache-Control"]

    def test_guessing_is_stopped(self, peer, world, item):
        path = path_of(send(world, item))
        statuses = [peer.get(f"/answer/guess{number}/").status_code for number in range(21)]
        assert statuses == [404] * 20 + [429]
        assert peer.get(path).status_code == 429

    def test_sending_over_and_over_is_stopped(self, peer, world, item):
        path = path_of(send(world, item))
        statuses = [peer.post(path, {}).status_code for _ in range(11)]
        assert statuses == [422] * 10 + [429]

    @pytest.mark.parametrize("typed_in", ["x" * 20_000, "a\x00b", "0001-01-01", "\U0001f642\u202e%s", "   "])
    def test_nonsense_is_answered(self, peer, world, item, typed_in):
        path = path_of(send(world, item))
        assert peer.post(path, dict.fromkeys(typed(good_reference()), typed_in)).status_code == 422
        sent = {"decline": "yes", "no-reason": typed_in, "no-signed_name": typed_in}
        assert peer.post(path, sent).status_code in (200, 422)
        assert peer.get(f"/answer/{'x' * 5000}/").status_code == 404

    def test_a_foreign_form_is_refused(self, world, item):
        careful = Client(enforce_csrf_checks=True)
        assert careful.post(path_of(send(world, item)), typed(good_reference())).status_code == 403

    def test_the_log_never_carries_the_secret(self):
        record = logging.LogRecord(
            "django.request", logging.WARNING, "", 0, "%s: %s", ("Gone", "/answer/abcDEF-_123/"), None
        )
        assert SignedLinkFilter().filter(record)
        assert record.getMessage() == "Gone: /answer/.../"
