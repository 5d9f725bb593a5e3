"""Pages from which packets begin: the invitation, paper, and a member's own that stayed the same."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from credentialing.models import Packet
from credentialing.selectors.packets import read_packet
from practitioners.services.disclosures import load_question_sets
from tests.credentialing.packets import fill, invited, whole
from tests.credentialing.views.test_packets import path, seen, typed
from tests.credentialing.world import PDF


@pytest.fixture
def office(world) -> Client:
    client = Client()
    client.force_login(world.coordinator)
    return client


class TestBehindTheLink:
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
