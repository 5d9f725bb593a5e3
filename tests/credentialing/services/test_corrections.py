"""A discrepancy goes to the practitioner by letter: answered, shown, overdue, never an opinion."""

from __future__ import annotations

import datetime as dt

import pytest

from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import Element, ItemStatus
from credentialing.models import Deficiency, RedFlag
from credentialing.panels import _own_applications
from credentialing.services import completing, flags, verification
from credentialing.services.corrections import BY_LETTER, BY_LINK, ask_for_correction
from credentialing.worklist.letters import letters_unsent
from credentialing.worklist.packets import corrections_answered, deficiencies_overdue
from practitioners.services.people import link_user
from tests.credentialing.letters import address, hospitals_with_letters_and_file
from tests.credentialing.world import NOON, TODAY

HOSPITALS = hospitals_with_letters_and_file
OPINION = "Left before a review of two cases"


def discrepant(world, item, note="It ended a year earlier.", **more):
    """The source answered something else."""
    item = world.answer(item, findings={"valid_from": "2007-06-15", "valid_through": "2011-06-30"}, **more)
    return verification.note_discrepancy(actor=world.coordinator, item=item, note=note)


@pytest.fixture
def by_hand(world):
    application = world.file
    address(world, application.practitioner)
    return application


def ask(world, item, how=BY_LINK, **more):
    return ask_for_correction(**{"actor": world.coordinator, "item": item, "how": how} | more)


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
