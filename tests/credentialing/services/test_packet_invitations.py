"""Packets from their beginning: the mail, what a member said before, paper."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail

from config.accounts.services.users import system_user
from config.kernel.errors import Refused
from credentialing.choices import Element, ItemStatus, PacketStatus
from credentialing.models import SectionVersion
from credentialing.selectors.packets import (
    OPEN,
    by_token,
    link_of,
    read_packet,
    standing,
    token_of,
)
from credentialing.services import (
    applications,
    packet_answers,
    packet_review,
    packet_signing,
    packets,
)
from practitioners.models import CredentialPeriod
from practitioners.selectors.disclosures import asked_on
from practitioners.services.disclosures import Answer, load_question_sets, record_answers
from tests.credentialing.packets import (
    CLEAR_YES,
    QUESTIONS,
    all_clear,
    fill,
    invited,
    save,
    sign,
)
from tests.credentialing.world import PDF, TODAY


def status(thing) -> str:
    thing.refresh_from_db()
    return str(thing.status)


class TestLink:
    def test_the_mail_carries_the_link_and_only_its_hash_is_kept(self, world):
        packet, link = invited(world)
        (message,) = mail.outbox
        assert link_of(link) in message.body
        assert message.to == ["marisol@example.org"]
        assert token_of(link) not in str(link.__dict__)
        assert by_token(token_of(link)) == link
        assert standing(link) == OPEN
        packet_answers.note_opened(link=link)
        assert status(packet) == PacketStatus.OPEN


class TestSigning:
    def test_paper_is_written_in_by_the_office_and_its_wet_signature_kept(self, world):
        from_paper = packets.open_on_paper(actor=world.coordinator, application=_draft(world))
        fill(from_paper, actor=world.coordinator)
        given = {
            "actor": world.coordinator, "packet": from_paper, "signed_name": "Marisol Quillfeather",
            "file_name": "scan.pdf", "content": PDF,
        }  # fmt: skip
        with pytest.raises(Refused, match="future"):
            packet_signing.record_wet_signature(signed_on=dt.date(2026, 3, 11), **given)
        signature = packet_signing.record_wet_signature(signed_on=dt.date(2026, 3, 2), **given)
        assert signature.wet
        assert signature.document.data_class == "identity"
        assert status(from_paper.application) == "submitted"
        with pytest.raises(Refused, match="not reviewed yet"):
            applications.accept(actor=world.coordinator, application=from_paper.application)
        for section in from_paper.sections.all():
            packet_review.accept_section(actor=world.coordinator, section=section)
        applications.accept(actor=world.coordinator, application=from_paper.application)
        item = from_paper.application.items.get(element=Element.ATTESTATION)
        assert (item.status, item.verified_on) == (ItemStatus.RECEIVED, dt.date(2026, 3, 2))


def _draft(world):
    load_question_sets(actor=world.system)
    return world.application()


class TestReappointment:
    def test_what_is_unchanged_is_confirmed_in_one_act(self, world):
        person = world.practitioner()
        world.email(person, "marisol@example.org")
        world.state_everything(person)
        world.appoint(person)
        packet, link = invited(world, world.application(person, kind="reappointment"))
        state = read_packet(packet)
        unchanged = {each.row.code for each in state.unchanged}
        assert unchanged == {
            "identity", "training", "licences", "history", "affiliations", "cover", "peers", "courses",
            "immunizations", "documents",
        }  # fmt: skip
        assert state.section("licences").row.unchanged_since == dt.date(2026, 3, 10)
        assert packet_answers.confirm_unchanged(actor=system_user(), packet=packet, link=link) == 10
        assert read_packet(packet).done == 10
        with pytest.raises(Refused):
            packet_answers.confirm_unchanged(actor=system_user(), packet=packet, link=link)
        versions = SectionVersion.objects.filter(section__packet=packet, confirmed=True)
        assert {each.link_id for each in versions} == {link.pk}
        before = CredentialPeriod.objects.count()
        with pytest.raises(Refused, match="look at each"):
            packet_review.accept_unchanged(actor=world.coordinator, packet=packet)
        save(packet, "boards", {"rows": [], "none": True}, link)
        save(packet, "questions", all_clear(), link)
        sign(link)
        packet.refresh_from_db()
        assert packet_review.accept_unchanged(actor=world.coordinator, packet=packet) == 10
        assert CredentialPeriod.objects.count() == before, "what is the same is not written again"
        assert status(packet) == PacketStatus.SIGNED

    def test_questions_are_answered_anew_and_health_is_not_shown_at_a_link(self, world):
        person = world.practitioner()
        world.email(person, "marisol@example.org")
        world.state_everything(person)
        world.claim(
            person,
            "IMMUNIZATION",
            dt.date(2025, 10, 1),
            dt.date(2026, 9, 30),
            extra={"requirement": "influenza"},
        )
        for course in ("ACLS", "PALS"):
            world.claim(
                person, "LIFE_SUPPORT", dt.date(2025, 1, 1), dt.date(2026, 12, 31),
                issuer="Heart course center", extra={"course": course},
            )  # fmt: skip
        load_question_sets(actor=world.system)
        record_answers(
            actor=world.coordinator, practitioner=person, question_set=asked_on(TODAY), answered_on=TODAY,
            answers={code: Answer(code in CLEAR_YES) for code in QUESTIONS},
        )  # fmt: skip
        packet, link = invited(world, world.application(person, kind="reappointment"))
        state = read_packet(packet)
        assert state.section("questions").answers == {"answers": {}}
        assert state.section("immunizations").answers["rows"] == []
        assert [row["course"] for row in state.section("courses").answers["rows"]] == ["ACLS", "PALS"]
        packet_answers.confirm_unchanged(actor=system_user(), packet=packet, link=link)
        assert not read_packet(packet).section("questions").is_done
        for code, said in (("boards", {"rows": [], "none": True}), ("questions", all_clear())):
            assert not save(packet, code, said, link).missing
        sign(link)
        packet.refresh_from_db()
        before = CredentialPeriod.objects.count()
        packet_review.accept_section(actor=world.coordinator, section=packet.sections.get(code="courses"))
        assert CredentialPeriod.objects.count() == before, "two cards of one issuer are told apart"
