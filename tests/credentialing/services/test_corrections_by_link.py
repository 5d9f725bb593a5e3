"""A discrepancy of which the applicant of a packet is asked by their link: told, answered, resolved."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import Element
from credentialing.models import Deficiency
from credentialing.selectors.corrections import question_of
from credentialing.selectors.packets import token_of
from credentialing.services import applications, completing, packet_review, verification
from credentialing.services.corrections import BY_LINK, ask_for_correction
from credentialing.worklist.packets import corrections_answered
from tests.credentialing.letters import ready
from tests.credentialing.packets import deliver, hospitals_with_signed_packet
from tests.credentialing.world import NOON, TODAY, World
from tests.worlds import more_of

OPINION = "Left before a review of two cases"


@more_of(hospitals_with_signed_packet)
def hospitals_with_packet_in_verification(world: World) -> World:
    """The signed packet was taken into ``file``, which is in verification; letters can be written."""
    with clock.freeze(NOON):
        ready(world)
        for section in world.packet.sections.all():
            packet_review.accept_section(actor=world.coordinator, section=section)
        world.file = world.packet.application
        world.file.refresh_from_db()
        applications.accept(actor=world.coordinator, application=world.file)
        world.file.refresh_from_db()
    return world


HOSPITALS = hospitals_with_packet_in_verification


def discrepant(world, item, note="It ended a year earlier.", **more):
    """The source answered something else."""
    item = world.answer(item, findings={"valid_from": "2007-06-15", "valid_through": "2011-06-30"}, **more)
    return verification.note_discrepancy(actor=world.coordinator, item=item, note=note)


@pytest.fixture
def by_packet(world):
    """A file in verification whose applicant has a link, and its residency contradicted."""
    return world.file, world.link, discrepant(world, world.item(world.file, Element.RESIDENCY))


def ask(world, item, how=BY_LINK, **more):
    return ask_for_correction(**{"actor": world.coordinator, "item": item, "how": how} | more)


def test_in_one_act_the_applicant_reads_field_by_field_and_answers_by_their_link(world, by_packet):
    application, link, item = by_packet
    mail.outbox.clear()
    row = ask(world, item)
    assert row.due_on == TODAY + dt.timedelta(days=30)
    for words in (
        "Fernwick General says something else than you stated about: Residency",
        "Until: you stated 30 Jun 2012; the source says 30 Jun 2011.",
        "What differs: It ended a year earlier.",
    ):
        assert words in row.what
    assert "From:" not in row.what, "only what differs"
    deliver(link)
    (message,) = mail.outbox
    assert "A source says something else than you stated" in message.body
    assert "2011" not in message.body, "nothing of the file stands in a mail"
    page = Client().get(f"/packet/{token_of(link)}/").content.decode()
    assert "the source says 30 Jun 2011" in page
    with pytest.raises(Refused, match="has not answered yet"):
        ask(world, item)
    with pytest.raises(IntegrityError), transaction.atomic():
        Deficiency.objects.create(
            application=application, item=item, what="Again", asked_on=TODAY, asked_at=clock.now(),
            asked_by=world.coordinator, due_on=TODAY,
        )  # fmt: skip
    completing.answer_by_link(token=token_of(link), uid=row.uid, answer="I left early, with a certificate.")
    total, (waiting,) = corrections_answered(world.coordinator, world.facility, 5)
    assert (total, waiting.url) == (1, f"/verification/{item.uid}/")
    office = Client()
    office.force_login(world.coordinator)
    assert "I left early, with a certificate." in office.get(f"/verification/{item.uid}/").content.decode()
    application.refresh_from_db()
    assert application.status == "in_verification", "nothing starts over"
    verification.resolve(actor=world.coordinator, item=item, note="The certificate says June 2011.")
    assert corrections_answered(world.coordinator, world.facility, 5)[0] == 0


def test_the_page_asks_in_one_press(world, by_packet):
    _, _, item = by_packet
    office = Client()
    office.force_login(world.coordinator)
    assert "Let the practitioner correct it" in office.get(f"/verification/{item.uid}/").content.decode()
    sent = {"how": "link", "due_on": "2026-03-20"}
    assert (
        office.post(f"/verification/{item.uid}/do/correct/", sent | {"due_on": "2026-03-01"}).status_code
        == 422
    )
    assert office.post(f"/verification/{item.uid}/do/correct/", sent).status_code == 303
    assert item.corrections.get().due_on == dt.date(2026, 3, 20)


def test_of_an_affiliation_the_days_alone(world, by_packet):
    application, _, _ = by_packet
    item = discrepant(world, world.item(application, Element.WORK_HISTORY), note=OPINION, result=OPINION)
    row = ask(world, item)
    assert "the source says 30 Jun 2011" in row.what
    assert OPINION not in row.what
    item.findings = {}
    assert "never goes to the practitioner" in question_of(item).refusal
    with pytest.raises(Refused, match="has not answered"):
        ask(world, world.item(application, Element.WORK_HISTORY))
