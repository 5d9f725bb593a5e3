"""The office's pages of letters: the log, writing, sending, templates."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from config.audit.models import ProtectedRead
from credentialing.models import LetterSending, LetterTemplateVersion
from credentialing.services.letter_sending import Handed, send_letter
from practitioners.models import Letter
from tests.credentialing.letters import TO, about, hospitals_with_letters_and_file, issue, member, recommend
from tests.credentialing.scans import scan
from tests.credentialing.world import TODAY, World

HOSPITALS = hospitals_with_letters_and_file


@pytest.fixture
def office(client, world: World):
    """A browser in which the credentialing coordinator is signed in."""
    client.force_login(world.coordinator)
    return client


def url(name: str, *arguments) -> str:
    return reverse(f"credentialing:{name}", args=arguments)


def main(response) -> str:
    return response.content.decode().partition("<main")[2]


def get(client, address: str, most: int = 20, **headers) -> str:
    client.get(address)  # what is read once for a session is not counted
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address, headers=headers)
    told = "\n".join(query["sql"][:160] for query in queries)
    assert len(queries) <= most, f"{len(queries)} queries for {address}:\n{told}"
    assert response.status_code == 200
    return main(response)


# --- writing --------------------------------------------------------------------------------------------


def test_what_may_be_written_stands_apart_from_what_may_not(office, world: World):
    application = world.file
    said = get(office, url("letter_choose", application.uid))
    allowed, _, others = said.partition("Not now, and why")
    assert "Acknowledgement of an application" in allowed
    assert "Notice of an adverse recommendation" in others
    assert "No body has recommended yet." in others
    file = reverse("credentialing:file", args=[application.uid])
    assert url("letters_written", application.uid) in get(office, file)
    assert url("letter_choose", application.uid) in get(office, url("letters_written", application.uid))
    person = application.practitioner
    assert url("letter_choose_for", person.uid) in office.get(
        reverse("practitioners:more_office", args=[person.uid])
    ).content.decode() + get(office, reverse("practitioners:file", args=[person.uid]))


def test_a_letter_is_written_looked_at_and_issued(office, world: World):
    application = world.file
    address = url("letter_write", application.uid, "acknowledgement")
    said = get(office, address)
    assert "Marisol Tessa Quillfeather, MD" in said
    seen = office.get(address).context["draft"].seen
    part = office.post(
        address, {"to": TO, "added": "Bring it.", "do": "preview"},
        headers={"HX-Request": "true", "HX-Target": "letter-preview"},
    )  # fmt: skip
    assert part.content.decode().lstrip().startswith('<section class="card" id="letter-preview"')
    assert "Bring it." in part.content.decode()
    assert not Letter.objects.exists()
    pdf = office.post(url("letter_draft", application.uid, "acknowledgement"), {"to": TO, "added": "x"})
    assert pdf.content.startswith(b"%PDF")
    assert office.post(url("letter_draft", application.uid, "acknowledgement"), {}).status_code == 422
    assert office.post(address, {"to": "", "do": "issue"}).status_code == 422
    stale = office.post(address, {"to": TO, "do": "issue", "seen": "0" * 64})
    assert stale.status_code == 409
    assert "has changed since you looked" in main(stale)
    done = office.post(address, {"to": TO, "added": "Bring it.", "do": "issue", "seen": seen})
    letter = Letter.objects.get()
    assert done.headers["Location"] == url("letter", letter.uid)
    said = get(office, url("letter", letter.uid))
    for words in ("To send", "Bring it.", "Record how it went out", "version 1", "It has not been sent."):
        assert words in said
    assert letter.sha256[:16] in said
    part = office.get(url("letters_written", application.uid), headers={"HX-Request": "true"})
    assert part.content.decode().count(url("letter", letter.uid)) == 1
    assert "<main" not in part.content.decode()


def test_what_may_not_be_written_says_why(office, world: World):
    application = world.file
    address = url("letter_write", application.uid, "welcome")
    assert "no letter may announce it" in get(office, address)
    assert office.post(address, {"to": TO, "do": "issue"}).status_code == 409
    assert office.post(url("letter_draft", application.uid, "welcome"), {"to": TO}).status_code == 422
    assert office.get(url("letter_write", application.uid, "nothing")).status_code == 404


def test_a_letter_with_something_to_choose(office, world: World):
    application = world.file
    address = url("letter_write", application.uid, "verify_training")
    said = get(office, address)
    assert "Fernwick College of Medicine" in said
    form = office.get(address).context["form"]
    other = [uid for uid, _ in form.fields["item"].choices][1]
    part = office.post(address, {"item": other, "to": "x", "do": "preview"})
    assert "Residency" in main(part)


# --- what became of it ----------------------------------------------------------------------------------


def test_a_notice_from_its_sending_to_the_last_day(client, world: World):
    client.force_login(world.staff_coordinator)
    application = world.file
    recommend(world, application)
    letter = issue(world, "adverse_recommendation", about(world, application))
    page = url("letter", letter.uid)
    said = get(client, page)
    assert "have not begun" in said
    assert ProtectedRead.objects.filter(
        subject_uid=letter.uid, actor_uid=world.staff_coordinator.uid
    ).exists()
    send = url("letter_send", letter.uid)
    assert "first_class" not in get(client, send)
    assert client.get(url("letter_email", letter.uid)).status_code == 404
    typed = {"channel": "certified", "recipient": TO, "sent_on": TODAY.isoformat()}
    wrong = client.post(send, typed)
    assert wrong.status_code == 422
    assert "Enter the number by which the carrier follows it." in main(wrong)
    assert client.post(send, typed | {"carrier": "USPS", "tracking": "9407"}).status_code == 303
    sending = LetterSending.objects.get()
    arrived = url("letter_arrived", sending.uid)
    get(client, arrived)
    typed = {"outcome": "delivered", "happened_on": TODAY.isoformat(), "told_by": "M. Quillfeather"}
    wrong = client.post(arrived, typed)
    assert "attach the proof" in main(wrong)
    proof = SimpleUploadedFile("receipt.pdf", scan(1))
    assert client.post(arrived, typed | {"proof": proof}).status_code == 303
    said = get(client, page)
    assert "run from 11 Mar 2026 through 9 Apr 2026" in " ".join(said.split())
    assert "The last day is 9 Apr 2026." in said
    correct = url("letter_sending_correct", sending.uid)
    assert "9407" in get(client, correct)
    typed = {"channel": "courier", "recipient": TO, "sent_on": TODAY.isoformat(), "carrier": "UPS",
             "tracking": "1Z", "reason": "Another carrier"}  # fmt: skip
    assert client.post(correct, typed).status_code == 303
    assert "Corrected" in get(client, page)
    assert client.get(correct).status_code == 422  # corrected already


def test_the_log_is_searched_and_leaves_protected_letters_out_of_files(office, world: World):
    application = world.file
    recommend(world, application)
    issue(world, "adverse_recommendation", about(world, application))
    plain = issue(world, "acknowledgement", about(world, application))
    send_letter(
        actor=world.coordinator, letter=plain, handed=Handed("certified", "X", carrier="USPS", tracking="94")
    )
    said = get(office, url("letters"), most=12)
    assert "Notice of an adverse recommendation" in said
    assert "To send" in said
    for asked, count in (
        ("state=to_send", 1), ("state=sent", 1), ("state=waiting", 1), ("state=awaited", 1),
        ("q=94", 1), ("q=quill", 2),
        ("template=acknowledgement", 1), ("channel=certified", 1), ("kind=special_notice", 1),
        ("since=2026-03-11", 0), ("until=2026-03-10", 2), ("q=nobody", 0),
    ):  # fmt: skip
        listed = office.get(f"{url('letters')}?{asked}").context["listing"]
        assert len(listed.rows) == count, asked
    for column in ("kind", "practitioner", "state", "issued", "channel", "sent", "delivered"):
        assert office.get(f"{url('letters')}?sort=-{column}").status_code == 200
    csv = b"".join(office.get(f"{url('letters')}?format=csv").streaming_content).decode()
    assert "Acknowledgement of an application" in csv
    assert "otice" not in csv


def test_an_ordinary_reader_of_files_does_not_learn_of_a_notice(client, world: World):
    application = world.file
    recommend(world, application)
    letter = issue(world, "adverse_recommendation", about(world, application))
    client.force_login(world.compliance)
    assert client.get(reverse("practitioners:letter", args=[letter.uid])).status_code == 404
    said = client.get(reverse("practitioners:papers", args=[application.practitioner.uid])).content.decode()
    assert "Special notice" not in said
    client.force_login(world.director)
    said = client.get(reverse("practitioners:papers", args=[application.practitioner.uid])).content.decode()
    assert "Special notice" in said
    assert client.get(reverse("practitioners:letter", args=[letter.uid])).status_code == 200
    assert ProtectedRead.objects.filter(subject_uid=letter.uid).count() == 1


# --- templates ------------------------------------------------------------------------------------------


def test_a_template_is_rewritten_looked_at_published_and_compared(office, world: World):
    assert "Welcome to the medical staff" in get(office, f"{url('letter_templates')}?per_page=50", most=12)
    edit = url("letter_template_edit", "welcome")
    assert "{salutation}" in get(office, edit)
    words = {"subject": "Welcome", "body": "Dear {practitioner_name},\n\nhello.", "note": "Less", "newest": 1}
    part = office.post(
        edit, words | {"body": "{nobody}", "do": "preview"},
        headers={"HX-Request": "true", "HX-Target": "letter-preview"},
    )  # fmt: skip
    assert "Line 1: there is no field {nobody}." in part.content.decode()
    assert "Dear Marisol T. Quillfeather, MD," in main(office.post(edit, words | {"do": "preview"}))
    assert "there is no field" in main(office.post(edit, words | {"body": "{nobody}", "do": "write"}))
    assert office.post(edit, words | {"do": "write"}).status_code == 303
    assert office.post(edit, words | {"do": "write"}).status_code == 409
    said = get(office, f"{url('letter_template', 'welcome')}?version=2")
    assert "Version 2 beside version 1" in said
    assert "<del>" in said
    publish = url("letter_template_publish", "welcome", 2)
    assert "a second person reads it and publishes it" in said
    assert office.get(publish).status_code == 422
    assert office.post(publish).status_code == 422
    office.force_login(world.director)
    assert publish in get(office, f"{url('letter_template', 'welcome')}?version=2")
    assert "Version 1 is used no more for new letters." in get(office, publish)
    assert office.post(publish).status_code == 303
    assert LetterTemplateVersion.objects.get(number=2).published_by == world.director
    assert office.get(publish).status_code == 422
    assert office.get(url("letter_template_publish", "welcome", 9)).status_code == 404


def test_letters_of_a_member_of_the_staff_from_the_file(office, world: World):
    person = member(world, npi=None)
    address = url("letter_write_for", person.uid, "conflict_statement")
    assert "14 Alder Court" in get(office, address)
    assert office.post(address, {"to": TO, "do": "issue"}).status_code == 303
    letter = Letter.objects.get()
    mail = url("letter_email", letter.uid)
    assert "quillfeather@example.org" in get(office, mail)
    assert office.post(mail, {"email": "no"}).status_code == 422
    assert office.post(mail, {"email": "m@example.org"}).status_code == 303
    assert "E-mail on its way" in get(office, url("letter", letter.uid))
    sending = LetterSending.objects.get()
    assert office.post(url("letter_arrived", sending.uid), {
        "outcome": "delivered", "happened_on": TODAY.isoformat(), "told_by": "x",
    }).status_code == 422  # fmt: skip
    assert (
        office.post(
            url("letter_sending_correct", sending.uid), {"email": "n@example.org", "reason": "Mistyped"}
        ).status_code
        == 303
    )
