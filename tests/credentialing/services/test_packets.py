"""An application as a packet: its link, what is filled in by it, and that the applicant alone signs."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.canonical import digest
from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.periods import days
from credentialing.choices import PacketStatus, SectionStatus
from credentialing.models import PacketSignature, SectionVersion
from credentialing.selectors.packets import (
    EXPIRED,
    OPEN,
    READ_ONLY,
    REVOKED,
    by_token,
    latest_versions,
    opened,
    read_packet,
    standing,
    token_of,
)
from credentialing.services import (
    applications,
    packet_answers,
    packet_review,
    packets,
)
from practitioners.selectors.evidence import read_content
from practitioners.services.credentials import confirm
from practitioners.services.evidence import add_evidence
from tests.credentialing.packets import (
    all_clear,
    fill,
    hospitals_with_packet,
    save,
    sign,
    whole,
)
from tests.credentialing.world import NOON, PDF

HOSPITALS = hospitals_with_packet


def status(thing) -> str:
    thing.refresh_from_db()
    return str(thing.status)


class TestLink:
    def test_renewed_the_old_link_opens_nothing_and_expired_neither(self, world):
        packet, link = world.packet, world.link
        made = packets.renew_link(actor=world.coordinator, link=link)
        assert standing(by_token(token_of(link))) == REVOKED
        with pytest.raises(Conflict):
            sign(link)
        with clock.freeze(NOON + dt.timedelta(days=61)):
            assert standing(by_token(token_of(made))) == EXPIRED
        packets.withdraw(actor=world.coordinator, packet=packet, reason="Applied elsewhere.")
        assert standing(by_token(token_of(made))) not in (OPEN, READ_ONLY)

    def test_who_may_not_manage_cannot_invite_and_one_packet_is_enough(self, world):
        packet = world.packet
        again = {"application": packet.application, "name": "A", "email": "a@example.org"}
        with pytest.raises(Forbidden):
            packets.invite(actor=world.staff_coordinator, **again)
        with pytest.raises(Refused, match="has a packet already"):
            packets.invite(actor=world.coordinator, **again)
        with pytest.raises(Refused, match="not signed"):
            applications.submit(actor=world.coordinator, application=packet.application)

    def test_what_is_asked_never_changes_in_the_database_either(self, world):
        packet = world.packet
        packet.asked = {"template": {}}
        with pytest.raises(IntegrityError), transaction.atomic():
            packet.save()


class TestFillingIn:
    def test_what_is_half_typed_is_kept_encrypted_and_every_saving_is_a_version(self, world):
        packet, link = world.packet, world.link
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
        packet, link = world.packet, world.link
        with pytest.raises(Refused, match="First complete: Education"):
            save(packet, "history", whole()["history"], link)
        save(packet, "education", whole()["education"], link)
        state = save(packet, "history", {**whole()["history"], "gaps": {}}, link)
        assert [each.field for each in state.missing] == ["gap_2023-06-01_2023-12-31"]
        assert not save(packet, "history", whole()["history"], link).missing

    def test_what_was_said_of_a_gap_still_counts_when_its_days_have_moved_on(self, world):
        packet, link = world.packet, world.link
        school = whole()["education"]["rows"][0]
        save(packet, "education", {"rows": [school]}, link)
        work = {"type": "WORK_HISTORY", "issuer": "Harbour Clinic", "start": "2024-01-01"}
        state = save(packet, "history", {"rows": [work]}, link)
        said = {state.missing[0].field.removeprefix("gap_"): "Cared for a parent."}
        assert not save(packet, "history", {"rows": [work], "gaps": said}, link).missing
        with clock.freeze(NOON + dt.timedelta(days=20)):
            assert not read_packet(packet).section("history").missing

    def test_a_yes_needs_an_explanation_and_cover_that_ran_out_is_no_cover(self, world):
        packet, link = world.packet, world.link
        state = save(packet, "questions", all_clear(licence={"answer": "yes"}), link)
        assert [each.field for each in state.missing] == ["explanation_licence"]
        row = {**whole()["cover"]["rows"][0], "start": "2024-01-01", "last_day": "2024-12-31"}
        assert "has run out" in save(packet, "cover", {"rows": [row]}, link).missing[0].text

    def test_peers_are_two_people_whom_somebody_can_reach(self, world):
        packet, link = world.packet, world.link
        peer = {"type": "PEER_REFERENCE", "name": "Ines Calloway", "email": "ines@example.org"}
        twice = save(packet, "peers", {"rows": [peer, {**peer, "name": "ines calloway"}]}, link).missing
        assert [(each.field, each.row) for each in twice] == [("name", 1)]
        silent = {"type": "PEER_REFERENCE", "name": "Farrukh Nazarbekov"}
        lacks = save(packet, "peers", {"rows": [peer, silent]}, link).missing
        assert [(each.field, each.row) for each in lacks] == [("email", 1)]
        assert "say how Farrukh Nazarbekov is reached" in lacks[0].text
        assert not save(packet, "peers", {"rows": [peer, {**silent, "phone": "614-555-0101"}]}, link).missing

    def test_a_row_nobody_wrote_in_is_nothing_stated(self, world):
        packet, link = world.packet, world.link
        empty = {"type": "BOARD_CERT", "status": "ACTIVE"}
        saved = save(packet, "boards", {"rows": [empty], "none": True}, link)
        assert (saved.missing, saved.answers["rows"]) == ([], [])
        rows = [{**empty, "issuer": "Fernwick Board of Surgery"}]
        assert save(packet, "boards", {"rows": rows, "none": True}, link).missing[0].field == "none"

    def test_an_amount_that_is_no_number_is_told_as_such(self, world):
        packet, link = world.packet, world.link
        row = {**whole()["cover"]["rows"][0], "per_claim_usd": "-5"}
        lacks = save(packet, "cover", {"rows": [row]}, link).missing
        assert lacks[0].text == ("Malpractice coverage: Limit per claim: “-5” is not a number of at least 0.")

    def test_a_telephone_and_a_zip_code_are_such(self, world):
        packet, link = world.packet, world.link
        values = whole()["identity"]["values"] | {"phone": "12", "home_postal_code": "4300"}
        lacks = save(packet, "identity", {"values": values}, link).missing
        assert [each.field for each in lacks] == ["phone", "home_postal_code"]

    def test_an_upload_is_judged_by_its_content_and_lies_in_the_file(self, world):
        packet, link = world.packet, world.link
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
        packet, link = world.packet, world.link
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
        packet, link = world.packet, world.link
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


class TestReviewing:
    def test_what_a_source_confirmed_stays_and_the_other_word_stands_beside_it(self, world):
        packet, link = world.packet, world.link
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
