"""Templates of letters: loaded, written, published; what was edited or issued stays."""

from __future__ import annotations

import pytest
from django.db import Error, IntegrityError, transaction

from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.models import LetterTemplate, LetterTemplateVersion
from credentialing.selectors.letter_facts import in_force
from credentialing.services.letter_templates import load_letter_templates, publish_version, write_version
from tests.credentialing.letters import ready, template
from tests.credentialing.world import World

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
    assert load_letter_templates(actor=office.system) == {"added": 0, "kept": 14}
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
