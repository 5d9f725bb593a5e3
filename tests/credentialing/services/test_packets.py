"""An application as a packet: filled in by a link, signed by the applicant alone, taken into the file."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError, transaction

from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.canonical import digest
from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.periods import days
from config.rulebook.services.parameters import set_parameter
from credentialing.choices import Element, ItemStatus, PacketStatus, SectionStatus
from credentialing.models import Deficiency, PacketMail, PacketSignature, SectionVersion
from credentialing.selectors.packets import (
    EXPIRED,
    OPEN,
    READ_ONLY,
    REVOKED,
    by_token,
    latest_versions,
    link_of,
    opened,
    read_packet,
    standing,
    token_of,
)
from credentialing.services import (
    applications,
    completing,
    packet_answers,
    packet_mails,
    packet_review,
    packet_signing,
    packets,
)
from practitioners.models import CredentialPeriod, DisclosureAnswer
from practitioners.selectors.disclosures import asked_on
from practitioners.selectors.evidence import read_content
from practitioners.services.credentials import confirm
from practitioners.services.disclosures import Answer, load_question_sets, record_answers
from practitioners.services.evidence import add_evidence
from tests.credentialing.packets import (
    CLEAR_YES,
    QUESTIONS,
    all_clear,
    deliver,
    fill,
    invited,
    save,
    sign,
    signed,
    whole,
)
from tests.credentialing.world import NOON, PDF, TODAY


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

    def test_renewed_the_old_link_opens_nothing_and_expired_neither(self, world):
        packet, link = invited(world)
        made = packets.renew_link(actor=world.coordinator, link=link)
        assert standing(by_token(token_of(link))) == REVOKED
        with pytest.raises(Conflict):
            sign(link)
        with clock.freeze(NOON + dt.timedelta(days=61)):
            assert standing(by_token(token_of(made))) == EXPIRED
        packets.withdraw(actor=world.coordinator, packet=packet, reason="Applied elsewhere.")
        assert standing(by_token(token_of(made))) not in (OPEN, READ_ONLY)

    def test_who_may_not_manage_cannot_invite_and_one_packet_is_enough(self, world):
        packet, _ = invited(world)
        again = {"application": packet.application, "name": "A", "email": "a@example.org"}
        with pytest.raises(Forbidden):
            packets.invite(actor=world.staff_coordinator, **again)
        with pytest.raises(Refused, match="has a packet already"):
            packets.invite(actor=world.coordinator, **again)
        with pytest.raises(Refused, match="not signed"):
            applications.submit(actor=world.coordinator, application=packet.application)

    def test_what_is_asked_never_changes_in_the_database_either(self, world):
        packet, _ = invited(world)
        packet.asked = {"template": {}}
        with pytest.raises(IntegrityError), transaction.atomic():
            packet.save()


class TestFillingIn:
    def test_what_is_half_typed_is_kept_encrypted_and_every_saving_is_a_version(self, world):
        packet, link = invited(world)
        state = save(
            packet, "licences", {"rows": [{"type": "LICENSE", "number": "35.1", "start": "soon"}]}, link
        )
        assert state.row.status == SectionStatus.IN_PROGRESS
        assert [each.field for each in state.missing if each.row == 0] == ["start"]
        save(packet, "licences", whole()["licences"], link)
        save(packet, "licences", whole()["licences"], link)  # nothing changed: no version
        versions = list(SectionVersion.objects.filter(section__code="licences"))
        assert [each.number for each in versions] == [1, 2]
        assert b"35.1" not in bytes(versions[0].sealed)
        assert opened(versions[0])["rows"][0]["start"] == "soon"
        with pytest.raises(DatabaseError), transaction.atomic():
            SectionVersion.objects.filter(pk=versions[0].pk).update(number=9)

    def test_gaps_are_asked_about_and_a_section_waits_for_the_one_before(self, world):
        packet, link = invited(world)
        with pytest.raises(Refused, match="First complete: Education"):
            save(packet, "history", whole()["history"], link)
        save(packet, "education", whole()["education"], link)
        state = save(packet, "history", {**whole()["history"], "gaps": {}}, link)
        assert [each.field for each in state.missing] == ["gap_2023-06-01_2023-12-31"]
        assert not save(packet, "history", whole()["history"], link).missing

    def test_what_was_said_of_a_gap_still_counts_when_its_days_have_moved_on(self, world):
        packet, link = invited(world)
        school = whole()["education"]["rows"][0]
        save(packet, "education", {"rows": [school]}, link)
        work = {"type": "WORK_HISTORY", "issuer": "Harbour Clinic", "start": "2024-01-01"}
        state = save(packet, "history", {"rows": [work]}, link)
        said = {state.missing[0].field.removeprefix("gap_"): "Cared for a parent."}
        assert not save(packet, "history", {"rows": [work], "gaps": said}, link).missing
        with clock.freeze(NOON + dt.timedelta(days=20)):
            assert not read_packet(packet).section("history").missing

    def test_a_yes_needs_an_explanation_and_cover_that_ran_out_is_no_cover(self, world):
        packet, link = invited(world)
        state = save(packet, "questions", all_clear(licence={"answer": "yes"}), link)
        assert [each.field for each in state.missing] == ["explanation_licence"]
        row = {**whole()["cover"]["rows"][0], "start": "2024-01-01", "last_day": "2024-12-31"}
        assert "has run out" in save(packet, "cover", {"rows": [row]}, link).missing[0].text

    def test_peers_are_two_people_whom_somebody_can_reach(self, world):
        packet, link = invited(world)
        peer = {"type": "PEER_REFERENCE", "name": "Ines Calloway", "email": "ines@example.org"}
        twice = save(packet, "peers", {"rows": [peer, {**peer, "name": "ines calloway"}]}, link).missing
        assert [(each.field, each.row) for each in twice] == [("name", 1)]
        silent = {"type": "PEER_REFERENCE", "name": "Farrukh Nazarbekov"}
        lacks = save(packet, "peers", {"rows": [peer, silent]}, link).missing
        assert [(each.field, each.row) for each in lacks] == [("email", 1)]
        assert "say how Farrukh Nazarbekov is reached" in lacks[0].text
        assert not save(packet, "peers", {"rows": [peer, {**silent, "phone": "614-555-0101"}]}, link).missing

    def test_a_row_nobody_wrote_in_is_nothing_stated(self, world):
        packet, link = invited(world)
        empty = {"type": "BOARD_CERT", "status": "ACTIVE"}
        saved = save(packet, "boards", {"rows": [empty], "none": True}, link)
        assert (saved.missing, saved.answers["rows"]) == ([], [])
        rows = [{**empty, "issuer": "Fernwick Board of Surgery"}]
        assert save(packet, "boards", {"rows": rows, "none": True}, link).missing[0].field == "none"

    def test_an_amount_that_is_no_number_is_told_as_such(self, world):
        packet, link = invited(world)
        row = {**whole()["cover"]["rows"][0], "per_claim_usd": "-5"}
        lacks = save(packet, "cover", {"rows": [row]}, link).missing
        assert lacks[0].text == ("Malpractice coverage: Limit per claim: “-5” is not a number of at least 0.")

    def test_a_telephone_and_a_zip_code_are_such(self, world):
        packet, link = invited(world)
        values = whole()["identity"]["values"] | {"phone": "12", "home_postal_code": "4300"}
        lacks = save(packet, "identity", {"values": values}, link).missing
        assert [each.field for each in lacks] == ["phone", "home_postal_code"]

    def test_an_upload_is_judged_by_its_content_and_lies_in_the_file(self, world):
        packet, link = invited(world)
        given = {
            "actor": system_user(), "packet": packet, "code": "documents", "asked": "photo_id", "link": link,
        }  # fmt: skip
        with pytest.raises(Refused) as refused:
            packet_answers.add_document(file_name="id.jpg", content=b"MZ\x90\x00not a picture", **given)
        assert refused.value.field == "photo_id"
        with pytest.raises(Refused, match="plain text, which is not accepted here"):
            packet_answers.add_document(file_name="id.pdf", content=b"This is me.", **given)
        packet_answers.add_document(file_name="id.pdf", content=PDF, **given)
        document = packet.application.practitioner.documents.get()
        assert document.data_class == "identity"
        assert latest_versions(packet)["documents"].link == link


class TestSigning:
    def test_the_hash_is_over_all_that_was_signed_and_the_application_is_submitted(self, world):
        packet, link = invited(world)
        with pytest.raises(Refused, match="complete: You, and how we reach you"):
            sign(link)
        fill(packet, link)
        with pytest.raises(Refused) as refused:
            sign(link, attests=False)
        assert refused.value.field == "attests"
        with pytest.raises(Refused, match="no name Marisol Tessa Quillfeather has on file"):
            sign(link, name="Clement Reed")
        signature, content = sign(link)
        assert status(packet) == PacketStatus.SIGNED
        assert status(packet.application) == "submitted"
        bare = {name: value for name, value in content.items() if name != "hash"}
        assert signature.hash == content["hash"] == digest(bare)
        kept = json.loads(read_content(viewer=world.coordinator, evidence=signature.evidence))
        assert kept == content
        assert "35.100001" in str(kept["sections"])
        with pytest.raises(Conflict):
            save(packet, "licences", whole()["licences"], link)

    def test_a_delegate_fills_in_and_never_signs(self, world):
        packet, link = invited(world)
        delegate = packets.invite_delegate(
            actor=world.coordinator, packet=packet, name="Pat Lowe", email="pat@example.org"
        )
        fill(packet, delegate)
        with pytest.raises(Forbidden, match="never does"):
            sign(delegate)
        evidence, _ = sign(link)
        with pytest.raises(IntegrityError, match="only the applicant signs"), transaction.atomic():
            PacketSignature.objects.create(
                packet=packet, link=delegate, signed_name="Pat Lowe", signed_on=dt.date(2026, 3, 10),
                signed_at=clock.now(), recorded_by=system_user(), hash="0" * 64, evidence=evidence.evidence,
            )  # fmt: skip

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


class TestReviewing:
    def test_accepted_sections_are_the_applicants_word_in_the_file(self, world):
        packet, _ = signed(world)
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
        packet, link = signed(world)
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

    def test_what_a_source_confirmed_stays_and_the_other_word_stands_beside_it(self, world):
        packet, link = invited(world)
        person = packet.application.practitioner
        world.state_everything(person)
        licence = person.credentials.get(credential_type__code="LICENSE")
        seen = add_evidence(
            actor=world.coordinator, practitioner=person, title="Board", source="Board",
            source_kind="primary", method="web", content=b"active", media_type="text/plain",
        )  # fmt: skip
        confirm(
            actor=world.coordinator, credential=licence, evidence=seen,
            valid=days(dt.date(2012, 7, 1), dt.date(2027, 7, 1)),
        )  # fmt: skip
        row = {**whole()["licences"]["rows"][0], "last_day": "2026-06-30"}
        fill(packet, link, licences={"rows": [row]})
        sign(link)
        packet_review.accept_section(actor=world.coordinator, section=packet.sections.get(code="licences"))
        period = licence.periods.live().get()
        assert (period.standing, period.end) == ("confirmed", dt.date(2027, 6, 30))
        assert person.statements.filter(subject=licence.uid, fact="last_day", said_by="applicant").exists()


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


class TestClock:
    def test_reminders_go_out_at_fourteen_seven_and_one_days_each_once(self, world):
        packet, link = signed(world)
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
        packet, link = signed(world)
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
        packet, _ = signed(world)
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
