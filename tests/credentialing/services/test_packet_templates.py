"""The hospital's own packets: written, published by a second person, used before the shipped ones, ended."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, InternalError, transaction

from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.models import PacketTemplateVersion
from credentialing.packet_templates import shipped_templates
from credentialing.rules.packet_texts import LONGEST_TEXT, text_of, written_of
from credentialing.rules.packets import BadTemplate
from credentialing.selectors.packet_templates import listed, template_for, versions_of
from credentialing.services.packet_templates import end_version, publish_version, write_version

SHIPPED = shipped_templates()["initial"][-1]
TEXT = text_of(SHIPPED)
OURS = TEXT.replace(str(SHIPPED["title"]), "Application to our medical staff")


def write(world, *, actor=None, text=OURS, code="initial", facility=None, note="Our words.", newest=None):
    return write_version(
        actor=actor or world.system,
        code=code,
        facility=facility,
        text=text,
        note=note,
        newest=SHIPPED["version"] if newest is None else newest,
    )


def published(world, **given):
    return publish_version(actor=world.coordinator, version=write(world, facility=world.facility, **given))


def test_a_text_comes_back_as_it_was():
    for versions in shipped_templates().values():
        for written in versions:
            again = written_of(text_of(written), code=written["code"], version=written["version"])
            assert again == written


def test_ours_goes_before_the_shipped_one_and_ended_it_does_no_more(world):
    application = world.application(world.practitioner())
    assert template_for(application)["version"] == SHIPPED["version"]
    draft = write(world, facility=world.facility)
    assert template_for(application)["title"] == SHIPPED["title"], "a draft is not used"
    publish_version(actor=world.coordinator, version=draft)
    asked = template_for(application)
    assert (asked["title"], asked["version"]) == ("Application to our medical staff", SHIPPED["version"] + 1)
    end_version(actor=world.coordinator, version=draft)
    assert template_for(application)["version"] == SHIPPED["version"]


def test_a_facilitys_own_goes_before_one_for_every_facility(world):
    everywhere = write(world, text=OURS.replace("our medical", "every medical"))
    with pytest.raises(Forbidden):
        publish_version(actor=world.coordinator, version=everywhere)
    here = published(world, newest=everywhere.number)
    application = world.application(world.practitioner())
    assert template_for(application)["version"] == here.number
    (row,) = [each for each in listed(world.coordinator) if each.code == "initial"]
    assert [version.number for version in row.used] == [here.number, SHIPPED["version"]]
    assert row.drafts == 1


def test_types_ours_does_not_name_are_asked_what_is_shipped(world):
    published(world, text=OURS.replace("- '*'", "- NP", 1))
    application = world.application(world.practitioner())
    assert application.practitioner.provider_type == "MD"
    assert template_for(application)["version"] == SHIPPED["version"]


def test_a_second_person_publishes_and_nothing_published_changes(world):
    version = write(world, actor=world.coordinator, facility=world.facility)
    with pytest.raises(Refused, match="a second person"):
        publish_version(actor=world.coordinator, version=version)
    publish_version(actor=world.system, version=version)
    with pytest.raises(Refused, match="published already"):
        publish_version(actor=world.system, version=version)
    with pytest.raises(InternalError), transaction.atomic():
        PacketTemplateVersion.objects.filter(pk=version.pk).update(note="Other words.")
    with pytest.raises(IntegrityError), transaction.atomic():
        PacketTemplateVersion.objects.filter(pk=version.pk).update(published_by=world.coordinator)
    end_version(actor=world.coordinator, version=version)
    with pytest.raises(Refused, match="not in force"):
        end_version(actor=world.coordinator, version=version)
    assert [(each.number, each.state[0]) for each in versions_of(world.coordinator, "initial")][:2] == [
        (SHIPPED["version"] + 1, "Ended"),
        (SHIPPED["version"], "In force"),
    ]


def test_what_somebody_else_wrote_meanwhile_is_not_overwritten(world):
    write(world, facility=world.facility)
    with pytest.raises(Conflict, match="in the meantime"):
        write(world, facility=world.facility)
    with pytest.raises(Refused, match="of that short name already"):
        write(world, facility=world.facility, newest=0)
    with pytest.raises(Refused, match="Nothing is different"):
        write(world, facility=world.facility, newest=SHIPPED["version"] + 1)


def test_whoever_works_elsewhere_writes_nothing_here(world):
    with pytest.raises(Forbidden):
        write(world, actor=world.coordinator, facility=world.other)
    with pytest.raises(Forbidden):
        write(world, actor=world.coordinator)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no parts"),
        ("- a list", "names no parts"),
        ("title: [", "Line 1"),
        ("title: Only a title", "is missing"),
        (f"{OURS}\ncolour: red", "colour is not known"),
        (OURS.replace("kind: fields", "kind: poem", 1), "poem"),
        (OURS.replace("kinds:", "kinds: &a", 1), "A mark"),
        ("sections: 5\n" + OURS.replace("sections:", "ignored:"), "is not known"),
        (OURS.replace("before:\n", "before: 5\nignored_too:\n", 1), "not known"),
        ("a: \x00", "cannot be read"),
        ("[" * 5_000, "."),
        ("x" * (LONGEST_TEXT + 1), "longer than"),
    ],
)
def test_a_text_that_cannot_be_asked_is_refused_with_the_place(world, text, said):
    with pytest.raises(Refused) as refused:
        write(world, text=text, facility=world.facility)
    assert refused.value.field == "text"
    assert said in refused.value.sentence
    assert not PacketTemplateVersion.objects.exists()


@pytest.mark.parametrize(
    "data", [{"sections": 5}, {"sections": [5]}, {"kinds": 5}, {"kinds": [[]]}, {"before": 5}]
)
def test_parts_of_the_wrong_kind_are_refused(data):
    written = written_of(OURS, code="initial", version=1) | data
    with pytest.raises(BadTemplate):
        written_of(text_of(written), code="initial", version=1)


@pytest.mark.parametrize("code", ["", "Initial", "1st", "a b", "x" * 41])
def test_a_short_name_is_one(world, code):
    with pytest.raises(Refused, match="short name"):
        write(world, code=code, newest=0, facility=world.facility)
