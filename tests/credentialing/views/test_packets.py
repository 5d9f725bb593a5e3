"""The pages of a packet behind its link, until it is signed."""

from __future__ import annotations

from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from credentialing.models import SectionVersion
from credentialing.selectors.packets import latest_versions, opened, token_of
from credentialing.services import packets
from tests.credentialing.packets import fill, hospitals_with_packet, save, sign, whole
from tests.credentialing.world import PDF
from tests.matrix.forms import forms_on
from tests.matrix.test_nonsense import ROUNDS, SYMBOLS, everywhere, filled

HOSPITALS = hospitals_with_packet


def path(link, rest: str = "") -> str:
    return f"/packet/{token_of(link)}/{rest}"


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
        packet, link = world.packet, world.link
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
        packet, link = world.packet, world.link
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
        link = world.link
        given = {"email": "new@example.org", "autosave": "1"}
        assert Client().post(path(link, "identity/"), given).status_code == 204
        assert opened(SectionVersion.objects.last())["values"] == {"email": "new@example.org"}

    def test_a_photo_goes_into_the_file_and_a_program_does_not(self, world):
        packet, link = world.packet, world.link
        client = Client()
        answer = client.post(
            path(link, "documents/"), {"photo_id": SimpleUploadedFile("id.jpg", b"MZ not a picture \x00\x01")}
        )
        assert answer.status_code == 422
        assert "not accepted" in answer.content.decode()
        client.post(path(link, "documents/"), {"photo_id": SimpleUploadedFile("id.pdf", PDF), "later": "1"})
        assert packet.application.practitioner.documents.get().title == "Government photo ID (application)"

    def test_a_delegate_reaches_no_signature(self, world):
        packet, link = world.packet, world.link
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

    def test_links_that_open_nothing_say_so_and_guessing_is_stopped(self, world):
        link = world.link
        packets.renew_link(actor=world.coordinator, link=link)
        client = Client()
        assert client.get(path(link)).status_code == 410
        assert "Quillfeather" not in client.get(path(link)).content.decode()
        answers = [client.get("/packet/nothing/").status_code for _ in range(21)]
        assert (answers[0], answers[-1]) == (404, 429)


def test_nonsense_typed_into_the_pages_behind_a_link_is_answered(world):
    packet, link = world.packet, world.link
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
