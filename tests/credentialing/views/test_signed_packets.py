"""Pages of a signed packet: the office's for review, the applicant's for what is asked for besides."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from credentialing.selectors.packets import token_of
from credentialing.services import completing, packet_review
from tests.credentialing.packets import hospitals_with_signed_packet, save, sign, whole
from tests.credentialing.views.test_packets import path, seen
from tests.credentialing.world import PDF

HOSPITALS = hospitals_with_signed_packet
REED = {"type": "PEER_REFERENCE", "name": "Clement Reed", "email": "reed@example.org"}


@pytest.fixture
def office(world) -> Client:
    client = Client()
    client.force_login(world.coordinator)
    return client


class TestBehindTheLink:
    def test_what_was_asked_for_besides_is_sent_from_the_page(self, world):
        packet, link = world.packet, world.link
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


class TestOffice:
    def test_invited_followed_reviewed_and_returned(self, world, office):
        packet, link = world.packet, world.link
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

    def test_today_names_what_waits(self, world, office):
        page = office.get("/today/credentialing-packets/").content.decode()
        assert "12 sections to review" in page


def test_pages_cost_a_fixed_number_of_queries(world, office):
    packet, link = world.packet, world.link
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
