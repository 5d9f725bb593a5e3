"""The pages of packets: the applicant's behind the link, the office's for review and paper."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from credentialing.models import Packet, SectionVersion
from credentialing.selectors.packets import latest_versions, opened, read_packet, token_of
from credentialing.services import completing, packet_review, packets
from practitioners.services.disclosures import load_question_sets
from tests.credentialing.packets import fill, invited, save, sign, signed, whole
from tests.credentialing.world import PDF
from tests.matrix.forms import forms_on
from tests.matrix.test_nonsense import ROUNDS, SYMBOLS, everywhere, filled


@pytest.fixture
def office(world) -> Client:
    client = Client()
    client.force_login(world.coordinator)
    return client


def path(link, rest: str = "") -> str:
    return f"/packet/{token_of(link)}/{rest}"


REED = {"type": "PEER_REFERENCE", "name": "Clement Reed", "email": "reed@example.org"}


def seen(client: Client, link) -> str:
    """The start page; the first time it is opened, it is asked for twice."""
    answer = client.get(path(link))
    return (client.get(path(link)) if answer.status_code == 303 else answer).content.decode()


def typed(rows: list[dict], **more: str) -> dict[str, object]:
    """Rows of a section as a browser sends them."""
    data: dict[str, object] = {"type": [row["type"] for row in rows]}
    for index, row in enumerate(rows):
        data |= {f"r{index}-{name}": value for name, value in row.items() if name != "type"}
    return data | more


class TestBehindTheLink:
    def test_filled_in_signed_and_the_receipt_shows_the_seal(self, world):
        packet, link = invited(world)
        client = Client()
        assert client.get(path(link)).status_code == 303  # opened for the first time
        start = client.get(path(link))
        assert start.status_code == 200
        assert "0 of 12 sections complete" in start.content.decode()
        assert start["Cache-Control"].startswith("max-age=0")
        answer = client.post(path(link, "identity/"), whole()["identity"]["values"])
        assert answer["Location"] == path(link, "education/")
        answer = client.post(path(link, "licences/"), typed(whole()["licences"]["rows"], later="1"))
        assert answer["Location"] == path(link)
        fill(packet, link)
        page = client.get(path(link, "sign/")).content.decode()
        assert "35.100001" in page
        assert client.post(path(link, "sign/"), {"signed_name": "Marisol"}).status_code == 422
        answer = client.post(
            path(link, "sign/"), {"signed_name": "Marisol Quillfeather", "attests": "on", "releases": "on"}
        )
        assert answer["Location"] == path(link, "receipt/")
        receipt = client.get(path(link, "receipt/")).content.decode()
        assert packet.signatures.get().hash in receipt
        assert "The hospital has it" in client.get(path(link)).content.decode()
        assert client.post(path(link, "licences/"), typed([])).status_code == 409
        # No form is shown that would take nothing any more.
        assert client.get(path(link, "licences/"))["Location"] == path(link)

    def test_rows_are_added_and_removed_without_a_script_and_nothing_typed_is_lost(self, world):
        packet, link = invited(world)
        client = Client()
        rows = whole()["licences"]["rows"]
        answer = client.post(path(link, "licences/"), typed(rows, add="DEA"))
        assert answer["Location"] == path(link, "licences/#row-1")
        page = client.get(path(link, "licences/")).content.decode()
        assert 'value="35.100001"' in page
        assert "DEA number" in page
        wrong = typed([*rows, {"type": "DEA", "number": "AB1234567", "last_day": "next year"}])
        answer = client.post(path(link, "licences/"), wrong)
        assert answer.status_code == 422
        assert "What you typed is kept" in answer.content.decode()
        assert opened(latest_versions(packet)["licences"])["rows"][1]["last_day"] == "next year"
        answer = client.post(path(link, "licences/"), {**wrong, "remove": "1"})
        assert answer["Location"] == path(link, "licences/#rows")
        assert len(opened(latest_versions(packet)["licences"])["rows"]) == 1

    def test_what_is_typed_is_kept_as_it_is_typed(self, world):
        _packet, link = invited(world)
        given = {"email": "new@example.org", "autosave": "1"}
        assert Client().post(path(link, "identity/"), given).status_code == 204
        assert opened(SectionVersion.objects.last())["values"] == {"email": "new@example.org"}

    def test_a_photo_goes_into_the_file_and_a_program_does_not(self, world):
        packet, link = invited(world)
        client = Client()
        answer = client.post(
            path(link, "documents/"), {"photo_id": SimpleUploadedFile("id.jpg", b"MZ not a picture \x00\x01")}
        )
        assert answer.status_code == 422
        assert "not accepted" in answer.content.decode()
        client.post(path(link, "documents/"), {"photo_id": SimpleUploadedFile("id.pdf", PDF), "later": "1"})
        assert packet.application.practitioner.documents.get().title == "Government photo ID (application)"

    def test_a_delegate_reaches_no_signature(self, world):
        packet, link = invited(world)
        delegate = packets.invite_delegate(
            actor=world.coordinator, packet=packet, name="Pat Lowe", email="pat@example.org"
        )
        fill(packet, delegate)
        client = Client()
        assert "alone signs" in seen(client, delegate)
        given = {"signed_name": "Marisol", "attests": "on", "releases": "on"}
        assert client.post(path(delegate, "sign/"), given).status_code == 403
        sign(link)
        assert client.get(path(delegate, "receipt/")).status_code == 303

    def test_what_was_asked_for_besides_is_sent_from_the_page(self, world):
        packet, link = signed(world)
        row = completing.ask_for(
            actor=world.coordinator, application=packet.application, what="Your diploma, please."
        )
        client = Client()
        address = path(link, f"missing/{row.uid}/")
        assert address in seen(client, link)
        assert "Your diploma, please." in client.get(address).content.decode()
        assert client.post(address, {"answer": " "}).status_code == 422
        wrong = {"file": SimpleUploadedFile("d.pdf", b"MZ\x00")}
        assert "not accepted" in client.post(address, wrong).content.decode()
        client.post(address, {"file": SimpleUploadedFile("d.pdf", PDF)})
        assert "The hospital has your answer" in client.get(path(link)).content.decode()
        assert client.get(address).status_code == 303

    def test_links_that_open_nothing_say_so_and_guessing_is_stopped(self, world):
        _packet, link = invited(world)
        packets.renew_link(actor=world.coordinator, link=link)
        client = Client()
        assert client.get(path(link)).status_code == 410
        assert "Quillfeather" not in client.get(path(link)).content.decode()
        answers = [client.get("/packet/nothing/").status_code for _ in range(21)]
        assert (answers[0], answers[-1]) == (404, 429)

    def test_a_reappointment_unchanged_takes_ten_clicks_at_most(self, world):
        """Open, look through, confirm; the questions and documents; then two ticks, the name, and sign."""
        person = world.practitioner()
        world.email(person, "marisol@example.org")
        world.state_everything(person)
        packet, link = invited(world, world.application(person, kind="reappointment"))
        client = Client()
        page = seen(client, link)  # 1: the link in the mail
        assert "Look through what is unchanged" in page
        assert "Unchanged since" in client.get(path(link, "unchanged/")).content.decode()  # 2
        assert client.post(path(link, "unchanged/"))["Location"] == path(link)  # 3
        left = [each.row.code for each in read_packet(packet).sections if not each.is_done]
        assert left == ["boards", "questions"]


class TestOffice:
    def test_invited_followed_reviewed_and_returned(self, world, office):
        packet, link = signed(world)
        page = office.get(f"/packets/{packet.uid}/").content.decode()
        assert page.count("To review") == 12
        review = office.get(f"/packets/{packet.uid}/review/licences/").content.decode()
        assert "As stated" in review
        assert "New" in review
        history = office.get(f"/packets/{packet.uid}/review/history/").content.decode()
        assert "Cared for a parent." in history
        answer = office.post(f"/packets/{packet.uid}/review/licences/", {"accept": "1"})
        assert answer["Location"] == f"/packets/{packet.uid}/review/identity/"
        assert office.post(f"/packets/{packet.uid}/review/peers/", {"reason": " "}).status_code == 422
        office.post(f"/packets/{packet.uid}/review/peers/", {"reason": "Name a peer of your discipline."})
        assert "Name a peer of your discipline." in seen(Client(), link)
        save(packet, "peers", {"rows": [*whole()["peers"]["rows"], REED]}, link)
        sign(link)
        review = office.get(f"/packets/{packet.uid}/review/peers/").content.decode()
        assert "<ins>Name: Clement Reed" in review
        packet_review.return_section(
            actor=world.coordinator, section=packet.sections.get(code="cover"), reason="Which carrier?"
        )
        file = office.get(f"/applications/{packet.application.uid}/").content.decode()
        assert "Returned for correction" in file
        assert "Holds" in office.get(f"/packets/{packet.uid}/signed/").content.decode()

    def test_paper_is_written_in_on_the_same_pages(self, world, office):
        load_question_sets(actor=world.system)
        application = world.application()
        office.post(f"/applications/{application.uid}/on-paper/")
        packet = Packet.objects.get()
        answer = office.post(f"/packets/{packet.uid}/write/licences/", typed(whole()["licences"]["rows"]))
        assert answer.status_code == 303
        fill(packet, actor=world.coordinator)
        given = {"signed_name": "Marisol Quillfeather", "signed_on": "2026-03-02"}
        scan = {"file": SimpleUploadedFile("scan.pdf", PDF)}
        answer = office.post(f"/packets/{packet.uid}/signature/", given | scan)
        assert answer["Location"] == f"/packets/{packet.uid}/"
        assert "on paper" in office.get(f"/packets/{packet.uid}/").content.decode()

    def test_the_invitation_is_offered_on_the_file_and_sent(self, world, office):
        load_question_sets(actor=world.system)
        application = world.application()
        assert "Invite the applicant" in office.get(f"/applications/{application.uid}/").content.decode()
        address = f"/applications/{application.uid}/invite/"
        assert 'value="Marisol Tessa Quillfeather"' in office.get(address).content.decode()
        answer = office.post(address, {"name": "Marisol", "email": "m@example.org"})
        assert re.fullmatch(r"/packets/[0-9a-f-]{36}/", answer["Location"])

    def test_today_names_what_waits(self, world, office):
        signed(world)
        page = office.get("/today/credentialing-packets/").content.decode()
        assert "12 sections to review" in page


def test_pages_cost_a_fixed_number_of_queries(world, office):
    packet, link = signed(world)
    client = Client()
    client.get(path(link))
    costs = {}
    for address in (path(link), path(link, "sign/"), path(link, "receipt/")):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        costs[address.replace(token_of(link), "")] = len(asked)
    for address in ("", "review/licences/", "review/identity/", "review/documents/", "signed/"):
        with CaptureQueriesContext(connection) as asked:
            assert office.get(f"/packets/{packet.uid}/{address}").status_code == 200
        costs[address] = len(asked)
    assert max(costs.values()) <= 20, costs
    packet_review.accept_section(actor=world.coordinator, section=packet.sections.get(code="licences"))


def test_nonsense_typed_into_the_pages_behind_a_link_is_answered(world):
    packet, link = invited(world)
    client = Client()
    client.get(path(link))
    save(packet, "education", whole()["education"], link)
    for code in ("identity", "history", "questions", "documents"):  # one of each kind
        address = path(link, f"{code}/")
        if code == "history":
            client.post(address, {"add": "WORK_HISTORY"})
        page = client.get(address)
        assert page.status_code == 200
        (form,) = [each for each in forms_on(page.content.decode(), address) if each.method == "post"]
        sent = {label: filled(form.fields, given) for label, given in ROUNDS.items()}
        sent["choices too"] = everywhere(form.fields, SYMBOLS)
        for label, data in sent.items():
            cache.clear()
            answer = client.post(address, data)
            assert answer.status_code in (204, 303, 422), f"{label} at {code}"
        assert client.get(address).status_code == 200
    fill(packet, link)
    for given in {text for typed in ROUNDS.values() for text in typed}:
        cache.clear()
        assert client.post(path(link, "sign/"), {"signed_name": given}).status_code == 422
