"""Templates of letters: loaded, written, published; what was edited or issued stays."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.db import Error, IntegrityError, transaction

from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.letter_templates import load_templates
from credentialing.models import LetterTemplate, LetterTemplateVersion
from credentialing.selectors.letter_facts import in_force
from credentialing.services.hearings import record_hearing
from credentialing.services.letter_sending import Handed, send_letter
from credentialing.services.letter_templates import (
    add_template,
    load_letter_templates,
    publish_version,
    write_version,
)
from tests.credentialing.enquiries import file_with_peers, link_in, peer_item, send
from tests.credentialing.letters import about, issue, member, ready, recommend, template, usable
from tests.credentialing.world import TODAY, World

WORDS = {
    "subject": "Welcome",
    "body": "Dear {practitioner_name},\n\nwelcome.",
    "note": "Shorter",
    "newest": 1,
}


@pytest.fixture
def office(world: World) -> World:
    return ready(world)


def test_loading_again_keeps_what_was_edited(office: World):
    version = write_version(actor=office.director, template=template("welcome"), **WORDS)
    assert in_force(template("welcome")).number == 1  # a draft is not used
    with pytest.raises(Refused, match="a second person reads it and publishes"):
        publish_version(actor=office.director, version=version)
    with pytest.raises(Error), transaction.atomic():
        LetterTemplateVersion.objects.filter(pk=version.pk).update(
            published_at=version.made_at, published_by=office.director
        )
    publish_version(actor=office.coordinator, version=version)
    assert load_letter_templates(actor=office.system) == {"added": 0, "kept": len(load_templates())}
    assert in_force(template("welcome")).subject == "Welcome"
    with pytest.raises(Refused, match="published already"):
        publish_version(actor=office.director, version=version)


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        (
            {"body": "Dear {practitioner_name},\n\nyour {shoe_size}"},
            "body",
            r"Line 3: there is no field \{shoe",
        ),
        ({"body": "a {missing} b"}, "body", "needs a paragraph of its own"),
        ({"subject": " "}, "subject", "Write the subject"),
        ({"note": " "}, "note", "what is different"),
        ({"body": "x" * 9000}, "body", "longer than 8000"),
    ],
)
def test_words_that_cannot_be_merged(office: World, change, field, sentence):
    with pytest.raises(Refused, match=sentence) as refused:
        write_version(actor=office.director, template=template("welcome"), **(WORDS | change))
    assert refused.value.field == field


def test_versions_are_written_on_one_another(office: World):
    welcome = template("welcome")
    older = write_version(actor=office.director, template=welcome, **WORDS)
    with pytest.raises(Conflict, match="Version 2 was written in the meantime"):
        write_version(actor=office.coordinator, template=welcome, **WORDS)
    with pytest.raises(Refused, match="Nothing is different"):
        write_version(actor=office.coordinator, template=welcome, **(WORDS | {"newest": 2}))
    newer = write_version(
        actor=office.coordinator, template=welcome, **(WORDS | {"newest": 2, "subject": "Hello"})
    )
    publish_version(actor=office.director, version=newer)
    with pytest.raises(Refused, match="Version 3 is in force"):
        publish_version(actor=office.director, version=older)
    with pytest.raises(Forbidden):
        publish_version(actor=office.compliance, version=older)
    for change in ({"body": "Other words"}, {"published_at": None, "published_by": None}):
        with pytest.raises(Error), transaction.atomic():
            LetterTemplateVersion.objects.filter(pk=newer.pk).update(**change)
    with pytest.raises(Error), transaction.atomic():
        older.delete()


def test_a_notice_keeps_what_the_law_asks(office: World):
    words = {"subject": "Notice", "body": "{reasons}\n\n{recommendation}", "note": "Less", "newest": 1}
    with pytest.raises(Refused, match=r"names \{hearing_days\}"):
        write_version(actor=office.director, template=template("adverse_recommendation"), **words)
    notice = template("adverse_recommendation")
    with pytest.raises(IntegrityError), transaction.atomic():
        LetterTemplate.objects.create(
            code="open", name="Open", purpose="-", occasion="adverse", recipient="practitioner",
            starts_clock=True, created_at=notice.created_at, created_by=office.system,
        )  # fmt: skip


OWN = {
    "name": "Thank you after a survey", "purpose": "Thanks members who helped.", "occasion": "member",
    "recipient": "practitioner", "subject": "Thank you", "body": "Dear {salutation},\n\nthank you.",
}  # fmt: skip


def test_a_template_of_the_offices_own_is_used_once_a_second_person_published_it(office: World):
    made = add_template(actor=office.coordinator, **OWN)
    whom = about(office, person=member(office))
    assert made.code == "thank-you-after-a-survey"
    assert "thank-you-after-a-survey" not in usable(whom)
    version = made.versions.get()
    with pytest.raises(Refused, match="a second person"):
        publish_version(actor=office.coordinator, version=version)
    with pytest.raises(Error), transaction.atomic():
        LetterTemplateVersion.objects.filter(pk=version.pk).update(
            published_at=version.made_at, published_by=office.coordinator
        )
    publish_version(actor=office.director, version=version)
    assert "thank-you-after-a-survey" in usable(whom)
    assert issue(office, made.code, whom).title == "Thank you"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Add"}, "name"),
        ({"name": "Welcome"}, "name"),
        ({"purpose": ""}, "purpose"),
        ({"occasion": "adverse"}, "occasion"),
        ({"occasion": "mail"}, "occasion"),
        ({"recipient": "the world"}, "recipient"),
        ({"body": "{shoe_size}"}, "body"),
    ],
)
def test_what_no_template_of_ones_own_can_be(office: World, change, field):
    with pytest.raises(Refused) as refused:
        add_template(actor=office.coordinator, **(OWN | change))
    assert refused.value.field == field


class TestMails:
    """Mails that go out by themselves are worded by templates as letters are."""

    def words(self, code: str, **change):
        newest = template(code).versions.first()
        return {"subject": newest.subject, "body": newest.body, "note": "Shorter", "newest": 1} | change

    def test_the_version_in_force_words_the_request_to_a_peer(self, office: World):
        item = peer_item(file_with_peers(office))
        body = "{recipient_name}:\n\n{practitioner_name} named you at {facility_name}.\n\n{mail_link}"
        version = write_version(
            actor=office.director, template=template("mail_enquiry"), **self.words("mail_enquiry", body=body)
        )
        publish_version(actor=office.coordinator, version=version)
        send(office, item)
        (message,) = mail.outbox
        assert "Ines Calloway:" in message.body
        assert "It takes about five minutes" not in message.body
        assert link_in(message)

    def test_without_templates_on_file_the_shipped_words_go_out(self, world: World):
        send(world, peer_item(file_with_peers(world)))
        (message,) = mail.outbox
        assert "has applied to the medical staff of Fernwick General and named you." in message.body
        assert link_in(message)

    @pytest.mark.parametrize(
        ("body", "sentence"),
        [
            ("{recipient_name}, {practitioner_name}, please answer.", "cannot do without {mail_link}"),
            ("{practitioner_name}, see {mail_link} now.", "a line of its own"),
            ("{practitioner_name}\n\n{mail_link}\n\n{decided_on}", "no value for {decided_on}"),
        ],
    )
    def test_words_a_mail_cannot_go_out_with(self, office: World, body, sentence):
        with pytest.raises(Refused, match=re.escape(sentence)):
            write_version(
                actor=office.director,
                template=template("mail_enquiry"),
                **self.words("mail_enquiry", body=body),
            )

    def test_no_mail_is_offered_as_a_letter(self, office: World):
        assert not [each for each in usable(about(office, person=member(office))) if each.startswith("mail_")]


def test_a_hearing_has_a_notice_of_its_own(office: World):
    application = office.accepted()
    whom = about(office, application)
    recommend(office, application)
    assert "hearing_notice" not in usable(whom)
    letter = issue(office, "adverse_recommendation", whom)
    send_letter(
        actor=office.coordinator, letter=letter,
        handed=Handed("certified", "M. Quillfeather", carrier="USPS", tracking="9407"),
    )  # fmt: skip
    record_hearing(
        actor=office.coordinator, application=application, event="requested", happened_on=TODAY,
        told_by="By letter",
    )  # fmt: skip
    notice = issue(office, "hearing_notice", whom, added="Room 4, May 4, 2026, at 9. Nobody testifies.")
    assert notice.data_class == "peer_review"
