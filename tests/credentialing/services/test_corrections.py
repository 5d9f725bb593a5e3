"""A discrepancy goes to the practitioner: by link or letter, answered, shown, overdue, never an opinion."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import Element, ItemStatus
from credentialing.models import Deficiency, RedFlag
from credentialing.panels import _own_applications
from credentialing.selectors.corrections import question_of
from credentialing.selectors.packets import token_of
from credentialing.services import applications, completing, flags, packet_review, verification
from credentialing.services.corrections import BY_LETTER, BY_LINK, ask_for_correction
from credentialing.worklist.letters import letters_unsent
from credentialing.worklist.packets import corrections_answered, deficiencies_overdue
from practitioners.services.people import link_user
from tests.credentialing.letters import address, hospitals_with_letters
from tests.credentialing.packets import deliver, signed
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_letters
OPINION = "Left before a review of two cases"


def discrepant(world, item, note="It ended a year earlier.", **more):
    """The source answered something else."""
    item = world.answer(item, findings={"valid_from": "2007-06-15", "valid_through": "2011-06-30"}, **more)
    return verification.note_discrepancy(actor=world.coordinator, item=item, note=note)


@pytest.fixture
def by_packet(world):
    """A file in verification whose applicant has a link, and its residency contradicted."""
    packet, link = signed(world)
    for section in packet.sections.all():
        packet_review.accept_section(actor=world.coordinator, section=section)
    application = packet.application
    application.refresh_from_db()
    applications.accept(actor=world.coordinator, application=application)
    application.refresh_from_db()
    return application, link, discrepant(world, world.item(application, Element.RESIDENCY))


@pytest.fixture
def by_hand(world):
    application = world.accepted()
    address(world, application.practitioner)
    return application


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


def test_without_a_link_it_is_a_letter_that_waits_to_be_sent(world, by_hand):
    item = discrepant(world, world.item(by_hand, Element.RESIDENCY))
    with pytest.raises(Refused, match="no link that works"):
        ask(world, item)
    row = ask(world, item, BY_LETTER, due_on=TODAY + dt.timedelta(days=10))
    assert letters_unsent(world.coordinator, world.facility, 5)[0] == 1
    completing.record_answered(actor=world.coordinator, deficiency=row, answer="By telephone: it is so.")
    assert corrections_answered(world.coordinator, world.facility, 5)[0] == 1


def test_overdue_it_stands_on_today_and_once_resolved_it_is_asked_no_more(world, by_hand):
    item = discrepant(world, world.item(by_hand, Element.RESIDENCY))
    row = ask(world, item, BY_LETTER, due_on=TODAY)
    with clock.freeze(NOON + dt.timedelta(days=1)):
        total, (late,) = deficiencies_overdue(world.coordinator, world.facility, 5)
        assert (total, late.url) == (1, f"/verification/{item.uid}/")
        verification.resolve(actor=world.coordinator, item=item, note="The program found its mistake.")
        assert deficiencies_overdue(world.coordinator, world.facility, 5)[0] == 0
    row.refresh_from_db()
    assert row.withdrawal_reason == "The discrepancy is resolved."


@pytest.mark.parametrize("element", [Element.PEER_REFERENCE, Element.IDENTITY])
def test_what_is_protected_never_goes_to_them(world, by_hand, element):
    item = discrepant(world, world.item(by_hand, element), note=OPINION)
    with pytest.raises(Refused, match="never goes to the practitioner"):
        ask(world, item, BY_LETTER)
    assert not Deficiency.objects.exists()


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


def test_the_practitioner_sees_on_their_own_page_that_an_answer_is_needed(world, by_hand):
    person = by_hand.practitioner
    user = world.user("Marisol Quillfeather")
    link_user(actor=world.system, practitioner=person, user=user)
    person.refresh_from_db()
    item = discrepant(world, world.item(by_hand, Element.RESIDENCY))
    ask(world, item, BY_LETTER)
    (shown,) = _own_applications(user, person, TODAY)["rows"]
    assert [row.item for row in shown["owed"]] == [item]


def test_it_is_no_sign_of_an_incomplete_application_and_needs_the_right(world, by_hand):
    item = discrepant(world, world.item(by_hand, Element.RESIDENCY))
    with pytest.raises(Forbidden):
        ask(world, item, BY_LETTER, actor=world.compliance)
    ask(world, item, BY_LETTER)
    flags.sync_flags(application=by_hand)
    assert not RedFlag.objects.filter(code="RF-LATE").exists()
    assert item.status == ItemStatus.DISCREPANT
