"""A packet that was signed: taken into the file, returned for correction, asked for more."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail

from config.kernel.errors import Conflict, Refused
from config.kernel.periods import days
from config.rulebook.services.parameters import set_parameter
from credentialing.choices import PacketStatus
from credentialing.models import Deficiency, PacketMail
from credentialing.selectors.packets import (
    token_of,
)
from credentialing.services import (
    completing,
    packet_mails,
    packet_review,
)
from practitioners.models import CredentialPeriod, DisclosureAnswer
from tests.credentialing.packets import (
    deliver,
    hospitals_with_signed_packet,
    save,
    sign,
    whole,
)
from tests.credentialing.world import PDF

HOSPITALS = hospitals_with_signed_packet


def status(thing) -> str:
    thing.refresh_from_db()
    return str(thing.status)


class TestReviewing:
    def test_accepted_sections_are_the_applicants_word_in_the_file(self, world):
        packet = world.packet
        person = packet.application.practitioner
        for section in packet.sections.all():
            packet_review.accept_section(actor=world.coordinator, section=section)
        assert status(packet) == PacketStatus.ACCEPTED
        claims = CredentialPeriod.objects.live().filter(identity__practitioner=person)
        assert {row.said_by for row in claims} == {"applicant"}
        assert claims.count() == 9
        assert person.contact_points.get(kind="home").city == "Columbus"
        assert person.names.get(kind="former").last_name == "Pennywhistle"
        assert person.gap_explanations.get().explanation == "Cared for a parent."
        assert DisclosureAnswer.objects.filter(practitioner=person).count() == 15

    def test_one_section_comes_back_corrected_and_nothing_else_starts_over(self, world):
        packet, link = world.packet, world.link
        licences = packet.sections.get(code="licences")
        packet_review.return_section(
            actor=world.coordinator, section=licences, reason="The number is your old one."
        )
        assert (status(packet), status(packet.application)) == ("returned", "incomplete")
        owed = Deficiency.objects.get()
        assert (owed.asked_on, owed.due_on) == (dt.date(2026, 3, 10), dt.date(2026, 4, 9))
        deliver(link)
        assert "has to be corrected" in mail.outbox[-1].body
        with pytest.raises(Refused, match="was not returned"):
            save(packet, "peers", whole()["peers"], link)
        row = {**whole()["licences"]["rows"][0], "number": "35.200002"}
        save(packet, "licences", {"rows": [row]}, link)
        sign(link)
        assert (status(packet), status(packet.application)) == ("signed", "submitted")
        owed.refresh_from_db()
        assert owed.answered_at is not None
        assert packet.signatures.count() == 2


class TestClock:
    def test_reminders_go_out_at_fourteen_seven_and_one_days_each_once(self, world):
        packet, link = world.packet, world.link
        owed = completing.ask_for(
            actor=world.coordinator, application=packet.application, what="Your diploma."
        )
        assert owed.due_on == dt.date(2026, 4, 9)
        deliver(link)
        sent = []
        for left in (15, 14, 13, 7, 7, 1, 0):
            on = owed.due_on - dt.timedelta(days=left)
            sent.append(packet_mails.queue_reminders(actor=world.system, on=on)["queued"])
        assert sent == [0, 1, 0, 1, 0, 1, 0]
        assert sorted(PacketMail.objects.exclude(days_left=None).values_list("days_left", flat=True)) == [
            1,
            7,
            14,
        ]
        completing.record_answered(actor=world.coordinator, deficiency=owed, answer="Came by mail.")
        assert status(packet.application) == "submitted"
        for waiting in PacketMail.objects.filter(status="waiting"):
            assert packet_mails.send(waiting.uid) == "no longer needed"

    def test_the_applicant_answers_through_the_link_in_words_or_with_a_file(self, world):
        packet, link = world.packet, world.link
        application = packet.application
        first = completing.ask_for(actor=world.coordinator, application=application, what="Your diploma.")
        second = completing.ask_for(actor=world.coordinator, application=application, what="Why you left.")
        given = {"token": token_of(link), "uid": first.uid, "answer": ""}
        with pytest.raises(Refused, match="Write an answer, or add a file"):
            completing.answer_by_link(**given)
        completing.answer_by_link(**given, file_name="diploma.pdf", content=PDF)
        first.refresh_from_db()
        assert first.document.practitioner == application.practitioner
        assert status(application) == "incomplete"
        with pytest.raises(Conflict, match="settled"):
            completing.answer_by_link(**given | {"answer": "Again."})
        completing.answer_by_link(token=token_of(link), uid=second.uid, answer="To be nearer home.")
        assert status(application) == "submitted"

    def test_what_becomes_of_an_incomplete_application_the_bylaws_say(self, world):
        packet = world.packet
        application = packet.application
        completing.ask_for(actor=world.coordinator, application=application, what="Your diploma.")
        late = dt.date(2026, 3, 10) + dt.timedelta(days=61)
        assert completing.run_incomplete_clock(actor=world.system, on=late) == {"withdrawn": 0}
        set_parameter(
            actor=world.system,
            code="credentialing.incomplete_consequence",
            subject="",
            source="bylaws",
            facility=world.facility,
            valid=days(dt.date(2020, 1, 1), None),
            value="withdraw",
            citation="bylaws, article 4",
            confidence="adopted",
        )
        before = late - dt.timedelta(days=1)
        assert completing.run_incomplete_clock(actor=world.system, on=before) == {"withdrawn": 0}
        assert completing.run_incomplete_clock(actor=world.system, on=late) == {"withdrawn": 1}
        assert completing.run_incomplete_clock(actor=world.system, on=late) == {"withdrawn": 0}
        assert status(application) == "withdrawn_incomplete"
        assert not application.deficiencies.filter(withdrawn_at=None, answered_at=None).exists()
