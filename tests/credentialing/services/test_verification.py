"""Planning, answering, reviewing, giving up and waiving."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.verdicts import Outcome
from credentialing.choices import AttemptOutcome, Element, FlagStatus, ItemStatus
from credentialing.models import RedFlag
from credentialing.selectors.gate import completeness
from credentialing.services import flags, verification
from credentialing.worklist.applications import open_flags
from practitioners.choices import CredentialStatus, Method, SourceKind, Standing
from practitioners.services.credentials import withdraw_claim
from tests.credentialing.files import hospitals_with_file
from tests.credentialing.world import PDF, TODAY

HOSPITALS = hospitals_with_file
NEVER = (Element.STATE_LICENSE, Element.NPDB, Element.EXCLUSION, Element.IDENTITY)


def attempts(world, item, count=3):
    for _ in range(count):
        verification.record_attempt(
            actor=world.coordinator, item=item, method=Method.PHONE, outcome=AttemptOutcome.NO_ANSWER
        )
    item.refresh_from_db()
    return item


class TestPlan:
    def test_one_item_per_element_and_instance(self, world):
        application = world.file
        counts = {}
        for item in application.items.all():
            counts[item.element] = counts.get(item.element, 0) + 1
        assert counts.pop(Element.PEER_REFERENCE) == 2
        assert set(counts.values()) == {1}
        assert set(counts) == {
            "NPI", "IDENTITY", "STATE_LICENSE", "LICENSE_SANCTIONS", "MEDICAL_SCHOOL", "RESIDENCY",
            "WORK_HISTORY", "MALPRACTICE_COVER", "MALPRACTICE_HISTORY", "EXCLUSION", "NPDB",
            "HEALTH_STATUS", "ATTESTATION",
        }  # fmt: skip

    def test_planning_again_changes_nothing(self, world):
        application = world.file
        before = list(application.items.order_by("id").values_list("uid", "status"))
        assert verification.plan(actor=world.coordinator, application=application) == []
        assert list(application.items.order_by("id").values_list("uid", "status")) == before

    def test_a_new_claim_adds_its_item_and_a_withdrawn_one_loses_its(self, world):
        application = world.file
        dea = world.claim(
            application.practitioner, "DEA", dt.date(2025, 1, 1), dt.date(2027, 12, 31), number="BQ1234563"
        )
        added = verification.plan(actor=world.coordinator, application=application)
        assert [item.element for item in added] == [Element.DEA]
        withdraw_claim(actor=world.coordinator, credential=dea, reason="Stated by mistake")
        verification.plan(actor=world.coordinator, application=application)
        assert application.items.get(element=Element.DEA).status == ItemStatus.SUPERSEDED


class TestAnswer:
    def test_an_answer_needs_evidence(self, world):
        item = world.item(world.file, Element.STATE_LICENSE)
        with pytest.raises(Refused, match="Attach what the source said"):
            world.answer(item, content=None)
        item.refresh_from_db()
        assert item.status == ItemStatus.NOT_STARTED
        assert item.evidence is None

    def test_a_telephone_answer_is_its_own_note(self, world):
        item = world.answer(
            world.item(world.file, Element.STATE_LICENSE),
            content=None, method=Method.PHONE, result="Ms Ortega of the board: active, no orders.",
        )  # fmt: skip
        assert item.status == ItemStatus.RECEIVED
        assert item.evidence.method == Method.PHONE

    def test_a_source_that_is_not_accepted_is_refused(self, world):
        item = world.item(world.file, Element.STATE_LICENSE)
        with pytest.raises(Refused, match="accepts") as refused:
            world.answer(item, source_kind=SourceKind.SELF)
        assert refused.value.field == "source_kind"

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"verified_on": TODAY + dt.timedelta(days=1)}, "verified_on"),
            ({"source": "  "}, "source"),
            ({"method": "carrier pigeon"}, "method"),
            ({"findings": {"status": "SPLENDID"}}, "status"),
            ({"findings": {"valid_from": "soon"}}, "valid_from"),
            (
                {"findings": {"valid_from": "2026-01-01", "valid_through": "2025-01-01"}},
                "valid_through",
            ),
        ],
    )
    def test_bad_input_is_a_sentence_at_its_field(self, world, more, field):
        item = world.item(world.file, Element.STATE_LICENSE)
        with pytest.raises(Refused) as refused:
            world.answer(item, **more)
        assert refused.value.field == field

    def test_an_answer_is_reviewed_by_a_person(self, world):
        item = world.answer(world.item(world.file, Element.STATE_LICENSE))
        with pytest.raises(Forbidden, match="reviewed by a person"):
            verification.verify(actor=world.system, item=item)
        verified = verification.verify(actor=world.colleague, item=item)
        assert (verified.status, verified.reviewed_by) == (ItemStatus.VERIFIED, world.colleague)

    def test_verifying_confirms_the_credential_for_the_days_the_source_said(self, world):
        item = world.item(world.file, Element.STATE_LICENSE)
        world.verify(
            item, findings={"status": "ACTIVE", "valid_from": "2012-07-01", "valid_through": "2026-06-30"}
        )
        period = item.credential.periods.live().get()
        assert period.standing == Standing.CONFIRMED
        assert period.valid == DateRange(dt.date(2012, 7, 1), dt.date(2026, 7, 1))
        assert period.evidence == world.item(item.application, Element.STATE_LICENSE).evidence

    def test_a_licence_on_probation_satisfies_and_raises_a_flag(self, world):
        item = world.item(world.file, Element.STATE_LICENSE)
        verified = world.verify(item, findings={"status": CredentialStatus.PROBATION})
        assert verified.status == ItemStatus.VERIFIED_ADVERSE
        flag = RedFlag.objects.get(item=verified)
        assert (flag.code, flag.severity, flag.status) == ("RF-LIC-ADV", "serious", FlagStatus.OPEN)
        leaf = next(
            leaf for leaf in completeness(item.application).leaves() if leaf.code == "CR-STATE_LICENSE"
        )
        assert leaf.outcome is Outcome.MET
        assert leaf.evidence

    def test_a_discrepancy_is_resolved_in_writing(self, world):
        item = world.answer(world.item(world.file, Element.MEDICAL_SCHOOL))
        verification.note_discrepancy(actor=world.coordinator, item=item, note="Graduated a year later.")
        with pytest.raises(Refused, match="how the discrepancy"):
            verification.resolve(actor=world.coordinator, item=item, note=" ")
        resolved = verification.resolve(
            actor=world.coordinator, item=item, note="The applicant corrected the year."
        )
        assert resolved.status == ItemStatus.VERIFIED

    def test_nobody_verifies_their_own_file(self, world):
        application = world.file
        application.practitioner.user = world.coordinator
        application.practitioner.save()
        with pytest.raises(Forbidden, match="own file"):
            world.answer(world.item(application, Element.MEDICAL_SCHOOL))

    def test_verifying_again_keeps_the_old_result(self, world):
        item = world.verify(world.item(world.file, Element.MEDICAL_SCHOOL))
        fresh = verification.renew(actor=world.coordinator, item=item, reason="New diploma")
        item.refresh_from_db()
        assert (item.status, fresh.status) == (ItemStatus.SUPERSEDED, ItemStatus.NOT_STARTED)
        assert item.evidence is not None

    def test_what_a_peer_said_is_protected_and_not_in_the_audit_trail(self, world):
        item = world.item(world.file, Element.PEER_REFERENCE)
        item = world.answer(item, result="Hands tremble in theatre.")
        verification.verify(actor=world.coordinator, item=item, adverse=True, note="Hands tremble.")
        assert item.evidence.data_class == "peer_review"
        assert item.evidence.summary == ""
        assert "tremble" not in RedFlag.objects.get(item=item).sentence
        assert not AuditEvent.objects.filter(reason__icontains="tremble").exists()


class TestUnable:
    def test_only_after_documented_attempts(self, world):
        item = world.item(world.file, Element.MEDICAL_SCHOOL)
        attempts(world, item, 2)
        with pytest.raises(Refused, match="2 of 3 documented attempts"):
            verification.mark_unable(actor=world.coordinator, item=item, note="Closed in 2019")
        attempts(world, item, 1)
        unable = verification.mark_unable(actor=world.coordinator, item=item, note="Closed in 2019")
        assert unable.status == ItemStatus.UNABLE
        leaf = next(
            leaf for leaf in completeness(item.application).leaves() if leaf.code == "CR-MEDICAL_SCHOOL"
        )
        assert leaf.outcome is Outcome.UNKNOWN

    def test_only_the_director_waives(self, world):
        item = attempts(world, world.item(world.file, Element.MEDICAL_SCHOOL))
        verification.mark_unable(actor=world.coordinator, item=item, note="Closed in 2019")
        with pytest.raises(Forbidden, match="Waive"):
            verification.waive(actor=world.coordinator, item=item, reason="Closed")
        waived = verification.waive(actor=world.director, item=item, reason="ECFMG report is on file")
        assert waived.status == ItemStatus.WAIVED
        leaf = next(
            leaf for leaf in completeness(item.application).leaves() if leaf.code == "CR-MEDICAL_SCHOOL"
        )
        assert leaf.outcome is Outcome.MET
        assert "Morgan Tallis" in leaf.sentence

    @pytest.mark.parametrize("element", NEVER)
    def test_what_can_never_be_waived(self, world, element):
        item = attempts(world, world.item(world.file, element))
        item = verification.mark_unable(actor=world.coordinator, item=item, note="Nobody answers")
        with pytest.raises(Refused, match="can never be waived"):
            verification.waive(actor=world.director, item=item, reason="We need the surgeon")
        item.refresh_from_db()
        assert item.status == ItemStatus.UNABLE
        assert not completeness(item.application).met

    def test_an_attempt_lies_not_in_the_future(self, world):
        item = world.item(world.file, Element.MEDICAL_SCHOOL)
        with pytest.raises(Refused, match="future"):
            verification.record_attempt(
                actor=world.coordinator, item=item, method=Method.PHONE,
                outcome=AttemptOutcome.NO_ANSWER, at=clock.now() + dt.timedelta(hours=1),
            )  # fmt: skip


def test_a_flag_is_disposed_of_in_writing(world):
    item = world.item(world.file, Element.STATE_LICENSE)
    world.verify(item, findings={"status": CredentialStatus.PROBATION})
    flag = RedFlag.objects.get()
    _, (waiting,) = open_flags(world.coordinator, world.facility, 5)
    assert waiting.title == str(flag.application.practitioner)
    with pytest.raises(Refused, match="Write what was found"):
        flags.dispose(actor=world.coordinator, flag=flag, disposition=" ")
    disposed = flags.dispose(actor=world.coordinator, flag=flag, disposition="The order ended in 2025.")
    assert (disposed.status, disposed.disposed_by) == (FlagStatus.DISPOSED, world.coordinator)


def test_an_uploaded_document_becomes_the_evidence(world):
    from practitioners.services.documents import store_document

    application = world.file
    document = store_document(
        actor=world.coordinator,
        practitioner=application.practitioner,
        title="Diploma",
        file_name="diploma.pdf",
        content=PDF,
    )
    item = world.answer(world.item(application, Element.MEDICAL_SCHOOL), content=None, document=document)
    assert item.evidence.document == document
