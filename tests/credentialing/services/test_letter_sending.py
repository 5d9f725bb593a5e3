"""How letters go out: by mail, by a carrier, corrected, delivered with proof, come back."""

from __future__ import annotations

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import Error, transaction

from bylaws.choices import Body
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.models import LetterArrival, LetterMail, LetterSending
from credentialing.rules.letter_occasions import clock_days
from credentialing.selectors.letters import visible_letters, with_state
from credentialing.services import letter_mails, outbox
from credentialing.services.letter_sending import Handed, Proof, channels_for, record_arrival, send_letter
from credentialing.worklist.letters import letters_awaited, letters_unsent
from practitioners import store
from practitioners.models import Letter
from tests.credentialing.letters import about, hospitals_with_letters, issue, member, recommend
from tests.credentialing.scans import scan
from tests.credentialing.world import NOON, TODAY, World

HOSPITALS = hospitals_with_letters
CERTIFIED = Handed("certified", "Marisol Quillfeather", carrier="USPS", tracking="9407 1000 0000")
RECEIPT = Proof("receipt.pdf", scan(1, about="Return receipt"))
NEXT = TODAY + dt.timedelta(days=4)


@pytest.fixture
def office(world: World) -> World:
    return world


@pytest.fixture
def letter(office: World) -> Letter:
    return issue(office, "conflict_statement", about(office, person=member(office)))


@pytest.fixture
def notice(office: World) -> Letter:
    application = office.accepted()
    recommend(office, application)
    return issue(office, "adverse_recommendation", about(office, application))


def state(world: World, letter: Letter) -> str:
    return with_state(visible_letters(world.coordinator)).get(pk=letter.pk).state


def send(world: World, letter: Letter, handed: Handed = CERTIFIED, **more) -> LetterSending:
    return send_letter(actor=world.coordinator, letter=letter, handed=handed, **more)


def arrive(world: World, sending: LetterSending, outcome: str = "delivered", **more) -> LetterArrival:
    given = {"happened_on": TODAY, "told_by": "M. Quillfeather"} | more
    return record_arrival(actor=world.coordinator, sending=sending, outcome=outcome, **given)


def later(days: int):
    return clock.freeze(NOON + dt.timedelta(days=days))


# --- by e-mail ------------------------------------------------------------------------------------------


def test_an_email_carries_the_pdf_and_says_nothing_else(office: World, letter: Letter):
    assert state(office, letter) == "to_send"
    sending = send(office, letter, Handed("email", email="m@example.org"))
    assert state(office, letter) == "sending"
    with pytest.raises(Refused, match="has not gone out yet"):
        arrive(office, sending)
    assert letter_mails.send(sending.mail.uid) == "sent"
    assert letter_mails.send(sending.mail.uid) == "sent"  # once
    (message,) = mail.outbox
    assert message.to == ["m@example.org"]
    assert message.attachments[0][1] == store.get(letter.sha256)
    assert "Quillfeather" not in f"{message.subject}{message.body}{message.attachments[0][0]}"
    assert state(office, letter) == "sent"
    with pytest.raises(Refused, match="has gone out"):
        send(office, letter, Handed("email", email="n@example.org"), corrects=sending, reason="Typo")
    assert arrive(office, sending, "came_back", told_by="Mail system").number == 1
    assert state(office, letter) == "came_back"


def test_an_address_that_is_refused_and_corrected(office: World, letter: Letter, monkeypatch):
    def refuse(self, messages):
        raise smtplib.SMTPRecipientsRefused({"m@example.org": (550, b"no")})

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    first = send(office, letter, Handed("email", email="m@example.org"))
    assert letter_mails.send(first.mail.uid) == "returned"
    assert state(office, letter) == "came_back"
    assert letters_unsent(office.coordinator, office.facility, 5)[0] == 1
    monkeypatch.undo()
    with pytest.raises(Refused, match="Say why"):
        send(office, letter, Handed("email", email="n@example.org"), corrects=first)
    second = send(office, letter, Handed("email", email="n@example.org"), corrects=first, reason="Mistyped")
    assert LetterMail.objects.get(sending=first).status == "returned"
    assert letter_mails.send(second.mail.uid) == "sent"
    with later(1):
        assert letter_mails.sweep() == 0
    assert letter_mails.send(letter.uid) == outbox.HELD


def test_the_sweep_finds_what_the_queue_lost(office: World, letter: Letter):
    send(office, letter, Handed("email", email="m@example.org"))
    assert letter_mails.sweep() == 0
    with clock.freeze(NOON + dt.timedelta(minutes=30)):
        assert letter_mails.sweep() == 1


# --- by a carrier ---------------------------------------------------------------------------------------


def test_a_certified_letter_until_its_delivery(office: World, notice: Letter):
    assert channels_for(notice) == ["certified", "courier", "by_hand"]
    sending = send(office, notice)
    assert state(office, notice) == "sent"
    (item,) = letters_awaited(office.coordinator, office.facility, 5)[1]
    assert "9407 1000 0000; a time limit waits for the day" in item.detail
    with later(4):
        with pytest.raises(Refused, match="attach the proof") as refused:
            arrive(office, sending, happened_on=NEXT)
        assert refused.value.field == "proof"
        made = arrive(office, sending, happened_on=NEXT, proof=RECEIPT)
    assert made.proof.data_class == "peer_review"
    assert made.proof.practitioner == notice.practitioner
    assert state(office, notice) == "delivered"
    assert letters_awaited(office.coordinator, office.facility, 5)[0] == 0
    assert clock_days(NEXT, notice.office.clock_days) == (dt.date(2026, 3, 15), dt.date(2026, 4, 13))
    verbs = AuditEvent.objects.filter(verb__startswith="letter.").values_list("verb", "data")
    assert dict(verbs)["letter.arrived"] == {"outcome": "delivered", "on": "2026-03-14"}
    assert "Quillfeather" not in str([data for _, data in verbs])


def test_what_was_recorded_wrongly_stays_beside_its_correction(office: World, letter: Letter):
    sending = send(office, letter)
    with later(4):
        arrive(office, sending, happened_on=TODAY + dt.timedelta(days=1))
        with pytest.raises(Refused, match="why what was recorded before is wrong"):
            arrive(office, sending, "came_back", happened_on=NEXT)
        second = arrive(office, sending, "came_back", happened_on=NEXT, reason="It was the neighbour's")
        assert (second.number, sending.arrivals.count()) == (2, 2)
        assert state(office, letter) == "came_back"
        assert letters_unsent(office.coordinator, office.facility, 5)[0] == 1
        again = send(office, letter, Handed("by_hand", "Handed over in the office"))
        arrive(office, again, happened_on=NEXT)
        assert state(office, letter) == "delivered"
        corrected = send(office, letter, corrects=again, reason="It was certified mail")
        assert state(office, letter) == "sent"  # what came of the wrong row counts no more
        with pytest.raises(Refused, match="was corrected"):
            arrive(office, again, happened_on=NEXT, reason="No")
        with pytest.raises(Refused, match="corrected already"):
            send(office, letter, corrects=again, reason="Once more")
    assert corrected.corrects == again
    for row in (sending, LetterArrival.objects.first()):
        with pytest.raises(Error), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(reason="x")
        with pytest.raises(Error), transaction.atomic():
            row.delete()


@pytest.mark.parametrize(
    ("handed", "field"),
    [
        (Handed("pigeon", "Somebody"), "channel"),
        (Handed("first_class", " "), "recipient"),
        (Handed("certified", "Somebody", tracking="1"), "carrier"),
        (Handed("courier", "Somebody", carrier="UPS"), "tracking"),
        (Handed("email", email="nowhere"), "email"),
        (Handed("first_class", "Somebody", sent_on=TODAY + dt.timedelta(days=1)), "sent_on"),
        (Handed("first_class", "Somebody", sent_on=TODAY - dt.timedelta(days=1)), "sent_on"),
    ],
)
def test_what_cannot_be_recorded(office: World, letter: Letter, handed: Handed, field: str):
    with pytest.raises(Refused) as refused:
        send(office, letter, handed)
    assert refused.value.field == field
    assert not LetterSending.objects.exists()


def test_a_notice_takes_a_way_that_proves_receipt_and_goes_before_the_decision(office: World, notice: Letter):
    for channel in ("email", "first_class"):
        with pytest.raises(Refused, match="so that the day of receipt is proved"):
            send(office, notice, Handed(channel, "Somebody", email="m@example.org"))
    with pytest.raises(Forbidden):
        send_letter(actor=office.compliance, letter=notice, handed=CERTIFIED)
    recommend(office, notice.office.application, Body.BOARD)
    with later(2), pytest.raises(Refused, match="had to go out before"):
        send(office, notice)
    with later(2):  # written down late, sent in time
        assert send(office, notice, Handed("by_hand", "Somebody", sent_on=TODAY)).sent_on == TODAY


def test_how_far_each_of_several_letters_is(office: World, letter: Letter):
    whom = about(office, person=letter.practitioner)
    others = [issue(office, "conflict_statement", whom) for _ in range(3)]
    arrive(office, send(office, letter))
    arrive(office, send(office, others[0]), "came_back")
    send(office, others[1])
    found = with_state(visible_letters(office.coordinator)).order_by("pk").values_list("state", flat=True)
    assert list(found) == ["delivered", "came_back", "sent", "to_send"]


def test_a_day_that_cannot_be(office: World, letter: Letter):
    sending = send(office, letter)
    for day in (TODAY - dt.timedelta(days=1), NEXT):
        with pytest.raises(Refused, match="between the day it was sent and today"):
            arrive(office, sending, happened_on=day)
    with pytest.raises(Refused, match="Say who signed"):
        arrive(office, sending, told_by=" ")
    with pytest.raises(Refused, match="what became of"):
        arrive(office, sending, "lost")
