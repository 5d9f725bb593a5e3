"""Pages of a file in verification and of its items: what they cost, who may see them, what bad input gets."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from config.accounts.choices import Role
from config.audit.models import ProtectedRead
from config.kernel import clock
from credentialing.choices import Element, ItemStatus
from credentialing.models import (
    VerificationItem,
)
from credentialing.services import applications, verification
from practitioners.services.people import link_user
from tests.credentialing.files import hospitals_with_file
from tests.credentialing.pages import LIST, WALK, act, cost, deed, file_url
from tests.credentialing.world import PDF, TODAY

HOSPITALS = hospitals_with_file


@pytest.fixture
def office(client, world):
    """A browser in which the credentialing coordinator is signed in."""
    client.force_login(world.coordinator)
    return client


def test_of_a_withdrawn_application_nothing_is_to_be_found_out(office, world):
    application = world.file
    assert "still to be found out" in office.get(file_url(application)).content.decode()
    applications.withdraw(actor=world.coordinator, application=application, reason="Took another post.")
    page = office.get(file_url(application)).content.decode()
    assert "to be found out" not in page
    assert "Everything found out?" not in page
    assert "Record the signature" not in page


def test_the_file_says_why_no_machine_checks_it_and_warns_who_asks_by_hand(office, world):
    application = world.file
    asked = {"HX-Request": "true", "HX-Target": "machine"}
    told = office.get(file_url(application), headers=asked).content.decode()
    assert "Check all by machine: The applicant&#x27;s attestation and release is not on file yet" in told
    item = reverse("credentialing:item", args=[world.item(application, Element.RESIDENCY).uid])
    assert "No release on file" in cost(office, item, WALK).content.decode()
    world.signed(application)
    assert "No release on file" not in office.get(item).content.decode()
    told = office.get(file_url(application), headers=asked).content.decode()
    assert "Check all that a machine can check" in told
    application.items.exclude(automatic_source="").update(automatic_source="")
    told = office.get(file_url(application), headers=asked).content.decode()
    assert "Nothing in this file has a source that is asked by machine." in told


class TestFile:
    def test_a_refused_act_shows_its_sentence(self, office, world):
        application = world.file
        answer = office.post(act(application, "complete"))
        assert answer.status_code == 422
        assert b"still to be found out" in answer.content
        assert b"This was not done" in answer.content

    def test_the_history_tells_who_did_what(self, office, world):
        application = world.file
        page = cost(office, reverse("credentialing:history", args=[application.uid]), LIST).content.decode()
        assert "Verification planned" in page
        assert "Dana Whitlock" in page

    def test_a_flag_is_disposed_of_on_the_page(self, office, world):
        item = world.item(world.file, Element.STATE_LICENSE)
        world.verify(item, findings={"status": "PROBATION"})
        flag = item.application.red_flags.get()
        address = reverse("credentialing:dispose_flag", args=[flag.uid])
        assert office.post(address, {"disposition": ""}).status_code == 422
        office.post(address, {"disposition": "Ended in 2025."})
        flag.refresh_from_db()
        assert flag.disposition == "Ended in 2025."


class TestItem:
    def test_the_page_within_its_queries(self, office, world):
        item = world.answer(world.item(world.file, Element.STATE_LICENSE))
        page = cost(office, reverse("credentialing:item", args=[item.uid]), WALK).content.decode()
        assert "State Medical Board of Ohio" in page
        assert deed(item, "verify") in page

    def test_an_answer_with_an_uploaded_document(self, office, world):
        item = world.item(world.file, Element.STATE_LICENSE)
        answer = office.post(
            deed(item, "answer"),
            {
                "source": "State Medical Board of Ohio",
                "source_kind": "primary",
                "method": "web",
                "verified_on": "2026-03-10",
                "status": "ACTIVE",
                "valid_from": "2012-07-01",
                "valid_through": "2027-06-30",
                "result": "Active, no board orders.",
                "document": SimpleUploadedFile("licence.pdf", PDF, "application/pdf"),
            },
        )
        assert answer.status_code == 303, answer.content
        item.refresh_from_db()
        assert item.status == ItemStatus.RECEIVED
        assert item.evidence.document.file_name == "licence.pdf"
        office.post(deed(item, "verify"), {"note": ""})
        item.refresh_from_db()
        assert item.status == ItemStatus.VERIFIED

    def test_bad_input_keeps_what_was_typed_and_writes_nothing(self, office, world):
        item = world.item(world.file, Element.STATE_LICENSE)
        answer = office.post(
            deed(item, "answer"),
            {
                "source": "The board, by hearsay",
                "source_kind": "self",
                "method": "web",
                "verified_on": "yesterday",
            },
        )
        assert answer.status_code == 422
        assert b"The board, by hearsay" in answer.content
        item.refresh_from_db()
        assert (item.status, item.evidence) == (ItemStatus.NOT_STARTED, None)

    def test_a_file_that_is_not_allowed_is_refused_with_a_sentence(self, office, world):
        item = world.item(world.file, Element.STATE_LICENSE)
        answer = office.post(
            deed(item, "answer"),
            {
                "source": "The board",
                "source_kind": "primary",
                "method": "web",
                "verified_on": "2026-03-10",
                "document": SimpleUploadedFile("page.html", b"<html><script>x</script></html>"),
            },
        )
        assert answer.status_code == 422
        assert b"The board" in answer.content

    def test_an_attempt_a_discrepancy_and_its_resolution(self, office, world):
        item = world.item(world.file, Element.MEDICAL_SCHOOL)
        office.post(deed(item, "attempt"), {"method": "phone", "outcome": "no_answer", "note": "Closed"})
        item.refresh_from_db()
        assert item.status == ItemStatus.AWAITING
        world.answer(item)
        assert office.post(deed(item, "discrepancy"), {"note": ""}).status_code == 422
        office.post(deed(item, "discrepancy"), {"note": "Another year"})
        office.post(deed(item, "resolve"), {"note": "The school mistyped it"})
        item.refresh_from_db()
        assert item.status == ItemStatus.VERIFIED

    def test_only_the_director_finds_the_waiver(self, office, world, client):
        item = world.item(world.file, Element.MEDICAL_SCHOOL)
        for _ in range(3):
            office.post(deed(item, "attempt"), {"method": "phone", "outcome": "no_answer"})
        office.post(deed(item, "unable"), {"note": "Closed in 2019"})
        item.refresh_from_db()
        address = reverse("credentialing:item", args=[item.uid])
        assert deed(item, "waive") not in office.get(address).content.decode()
        assert office.post(deed(item, "waive"), {"note": "x"}).status_code == 403
        client.force_login(world.director)
        assert deed(item, "waive") in client.get(address).content.decode()
        client.post(deed(item, "waive"), {"note": "ECFMG report on file"})
        item.refresh_from_db()
        assert item.status == ItemStatus.WAIVED

    def test_what_is_never_waived_offers_no_waiver(self, world, client):
        item = world.item(world.file, Element.STATE_LICENSE)
        VerificationItem.objects.filter(pk=item.pk).update(waivable=True)
        client.force_login(world.director)
        for _ in range(3):
            verification.record_attempt(
                actor=world.coordinator, item=item, method="phone", outcome="no_answer"
            )
        verification.mark_unable(actor=world.coordinator, item=item, note="Nobody answers")
        page = client.get(reverse("credentialing:item", args=[item.uid])).content.decode()
        assert deed(item, "waive") not in page
        assert "never be waived" in page
        assert client.post(deed(item, "waive"), {"note": "x"}).status_code == 422

    def test_an_automatic_question_is_watched_until_answered(self, office, world):
        item = world.item(world.signed(world.file), Element.NPI)
        page = office.get(reverse("credentialing:item", args=[item.uid])).content.decode()
        address = reverse("credentialing:progress", args=[item.uid])
        assert f'hx-get="{address}"' in page
        assert "HX-Refresh" not in office.get(address).headers
        world.answer(item)
        assert office.get(address).headers["HX-Refresh"] == "true"

    def test_what_a_peer_said_is_for_those_with_the_class_and_reading_is_logged(self, world, client):
        item = world.answer(
            world.item(world.file, Element.PEER_REFERENCE), result="Steady hands, short temper."
        )
        address = reverse("credentialing:item", args=[item.uid])
        client.force_login(world.coordinator)
        assert b"short temper" in client.get(address).content
        assert ProtectedRead.objects.get().data_class == "peer_review"


class TestDataBank:
    def test_logging_a_query_for_an_application(self, office, world):
        application = world.file
        address = (
            reverse("credentialing:npdb_add", args=[application.practitioner.uid])
            + f"?application={application.uid}"
        )
        assert office.get(address).status_code == 200
        data = {
            "kind": "one_time",
            "reason": "initial",
            "queried_on": "2026-03-10",
            "dcn": "5500000099",
            "adverse": "no",
        }
        assert b"Attach the response" in office.post(address, data).content
        answer = office.post(address, data | {"response_text": "No reports."})
        assert answer.headers["Location"] == file_url(application)
        assert world.item(application, Element.NPDB).status == ItemStatus.VERIFIED
        twice = office.post(address, data | {"response_text": "No reports."})
        assert twice.status_code == 422
        assert b"already logged" in twice.content


def test_a_file_of_another_hospital_is_not_there(client, world):
    application = world.file
    client.force_login(world.user("Indy Anna", "credentialing_coordinator", facility=world.other))
    item = world.item(application, Element.STATE_LICENSE)
    assert client.get(file_url(application)).status_code == 404
    assert client.get(reverse("credentialing:item", args=[item.uid])).status_code == 404
    assert client.post(deed(item, "request")).status_code == 404


def test_ones_own_file_is_not_there(client, world):
    application = world.file
    application.practitioner.user = world.coordinator
    application.practitioner.save()
    client.force_login(world.coordinator)
    assert client.get(file_url(application)).status_code == 404
    assert str(application.practitioner).encode() not in client.get(reverse("credentialing:list")).content


def test_who_only_looks_changes_nothing(client, world):
    application = world.file
    client.force_login(world.staff_coordinator)
    page = client.get(file_url(application))
    assert page.status_code == 200
    assert act(application, "withdraw") not in page.content.decode()
    assert client.post(act(application, "complete")).status_code == 403
    item = world.item(application, Element.STATE_LICENSE)
    assert client.post(deed(item, "attempt"), {"method": "phone", "outcome": "sent"}).status_code == 403
    assert clock.today(world.facility) == TODAY


class TestSaidAsItIs:
    def test_a_verified_item_whose_answer_counts_no_more_is_not_done(self, office, world):
        application = world.file
        item = world.verify(world.item(application, Element.STATE_LICENSE))
        with clock.freeze(clock.now() + dt.timedelta(days=400)):
            page = office.get(file_url(application)).content.decode()
        row = page[page.index(item.label) :]
        assert "Verify again" in row[: row.index("</tr>")]

    def test_the_form_asks_what_a_source_of_that_kind_can_say(self, office, world):
        application = world.file
        page = office.get(reverse("credentialing:item", args=[world.item(application, "PEER_REFERENCE").uid]))
        assert b"Status at the source" not in page.content
        assert b"Last valid day" not in page.content
        page = office.get(reverse("credentialing:item", args=[world.item(application, "STATE_LICENSE").uid]))
        assert b"On probation" in page.content
        assert b"Board eligible" not in page.content

    def test_practitioners_see_what_their_application_waits_for(self, client, world):
        application = world.file
        own = world.user("Marisol Quillfeather", Role.PRACTITIONER)
        link_user(actor=world.system, practitioner=application.practitioner, user=own)
        client.force_login(own)
        page = cost(client, reverse("practitioners:file", args=[application.practitioner.uid]), WALK)
        assert b"Your applications" in page.content
        assert b"Dana Whitlock" in page.content
        assert b"Your privileges" in page.content
