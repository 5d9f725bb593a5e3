import datetime as dt
import json

import pytest
from django.db import connections

from config.accounts.choices import DataClass, Role
from config.accounts.models import User
from config.accounts.services.users import give_role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.bulk_load import bulk_load
from config.kernel.encryption import decrypt
from config.kernel.errors import Forbidden, Refused
from config.organization.models import Department, Facility, NPDBEntity
from credentialing.models import Application
from practitioners import store
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence, EvidenceHead
from practitioners.selectors.evidence import (
    may_read_content,
    read_content,
    read_document,
    verify_everything,
    verify_one,
)
from practitioners.services.documents import store_document
from practitioners.services.evidence import (
    add_evidence,
    redact_document,
    redact_evidence,
    write_checkpoint,
)
from practitioners.services.people import create_practitioner
from tests.practitioners.conftest import PDF


def add(actor, person, content=b"Active until 31 December 2026", **more):
    values = {
        "title": "License page",
        "source": "Illinois board",
        "source_kind": SourceKind.PRIMARY,
        "method": Method.WEB,
        "content": content,
        "media_type": "text/plain",
        **more,
    }
    return add_evidence(actor=actor, practitioner=person, **values)


@pytest.fixture
def elsewhere(facility, system):
    """A director of another hospital of the system."""
    other = Facility.objects.create(
        code="ELS", name="Elsewhere Hospital", health_system=facility.health_system, state="MI",
        time_zone="America/Detroit", npdb_entity=NPDBEntity.objects.create(code="els", name="Elsewhere"),
    )  # fmt: skip
    user = User.objects.create_user("elsewhere")
    give_role(actor=system, user=user, role=Role.DIRECTOR, facility=other, start=dt.date(2020, 1, 1))
    return user


@pytest.mark.parametrize("data_class", [DataClass.DATA_BANK, DataClass.PEER_REVIEW, DataClass.HEALTH])
def test_what_is_protected_does_not_cross_to_another_hospital(director, elsewhere, surgeon, data_class):
    piece = add(director, surgeon, b"Said in confidence", data_class=data_class)
    paper = store_document(
        actor=director, practitioner=surgeon, title="Paper", file_name="paper.pdf", content=PDF,
        data_class=data_class,
    )  # fmt: skip
    assert may_read_content(director, piece)
    assert may_read_content(director, paper)
    assert not may_read_content(elsewhere, piece)
    assert not may_read_content(elsewhere, paper)
    with pytest.raises(Forbidden, match="stays at the hospital it belongs to"):
        read_content(viewer=elsewhere, evidence=piece)
    with pytest.raises(Forbidden, match="stays at the hospital it belongs to"):
        read_document(viewer=elsewhere, document=paper)
    assert not ProtectedRead.objects.filter(actor_uid=elsewhere.uid).exists()


def test_what_somebody_brought_does_not_follow_them_to_another_hospital(system, director, elsewhere, surgeon):
    piece = add(director, surgeon, b"Said in confidence", data_class=DataClass.PEER_REVIEW)
    other = elsewhere.role_assignments.get().facility
    tomorrow = clock.today(other) + dt.timedelta(days=1)
    give_role(actor=system, user=director, role=Role.DIRECTOR, facility=other, start=tomorrow)
    with clock.freeze(clock.now() + dt.timedelta(days=30)):
        assert may_read_content(User.objects.get(pk=director.pk), piece)
        assert not may_read_content(User.objects.get(pk=elsewhere.pk), piece)


def test_who_somebody_is_and_what_is_general_is_one_file_for_all(director, elsewhere, surgeon):
    for data_class in (DataClass.GENERAL, DataClass.IDENTITY):
        assert may_read_content(elsewhere, add(director, surgeon, b"Here", data_class=data_class))


def test_an_answer_by_a_link_belongs_where_the_person_has_a_file(
    system, director, elsewhere, surgeon, facility
):
    """Nobody here brought it, and no file rests on it yet."""
    piece = add(system, surgeon, b"Said in confidence", data_class=DataClass.PEER_REVIEW)
    assert not may_read_content(director, piece)
    Application.objects.create(
        practitioner=surgeon, facility=facility, kind="temporary",
        department=Department.objects.create(facility=facility, code="surgery", name="Surgery"),
        coordinator=director, opened_at=clock.now(), ground="need", need="Needed",
    )  # fmt: skip
    assert may_read_content(director, piece)
    assert not may_read_content(elsewhere, piece)


@pytest.fixture
def chain(coordinator, surgeon):
    """Three pieces of evidence of one person."""
    return [add(coordinator, surgeon, b"piece %d" % number) for number in range(3)]


def codes():
    return [problem.code for problem in verify_everything()]


def as_owner(statement, *parameters):
    """What somebody with the database's own key could do: the triggers rest, the rows change."""
    with bulk_load(Evidence, EvidenceHead, AuditEvent), connections["owner"].cursor() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount > 0


def test_pieces_are_chained_and_the_audit_trail_repeats_the_hash(chain, surgeon):
    assert [piece.sequence for piece in chain] == [1, 2, 3]
    assert chain[0].previous_hash == "0" * 64
    assert chain[1].previous_hash == chain[0].hash
    head = EvidenceHead.objects.get(practitioner=surgeon)
    assert (head.sequence, head.hash) == (3, chain[2].hash)
    hashes = [event.data["hash"] for event in AuditEvent.objects.filter(verb="evidence.added").order_by("pk")]
    assert hashes == [piece.hash for piece in chain]
    assert codes() == []


def test_the_same_content_never_hashes_the_same(coordinator, surgeon):
    one, two = (
        add(coordinator, surgeon, b"No adverse findings"),
        add(coordinator, surgeon, b"No adverse findings"),
    )
    assert one.store_key == two.store_key
    assert one.content_sha256 != two.content_sha256


def test_protected_content_is_encrypted_and_its_hash_needs_no_key(coordinator, surgeon, settings):
    secret = b"One report, 2019, settled"
    piece = add(coordinator, surgeon, secret, data_class=DataClass.DATA_BANK)
    stored = store.stored_bytes(piece.store_key)
    assert secret not in stored
    assert decrypt(stored) == secret
    settings.STANDING_ENCRYPTION_KEYS = []
    assert codes() == []


def test_reading_a_protected_class_needs_it_and_is_logged(coordinator, user_with, surgeon):
    piece = add(coordinator, surgeon, b"One report", data_class=DataClass.DATA_BANK)
    assert read_content(viewer=coordinator, evidence=piece) == b"One report"
    read = ProtectedRead.objects.get()
    assert (read.actor_uid, read.data_class, read.subject_uid) == (coordinator.uid, "data_bank", piece.uid)
    medical_staff = user_with(Role.MEDICAL_STAFF_COORDINATOR)
    with pytest.raises(Forbidden, match="Data bank"):
        read_content(viewer=medical_staff, evidence=piece)
    with pytest.raises(Forbidden):
        read_content(viewer=user_with(Role.LOOKUP), evidence=piece)
    assert ProtectedRead.objects.count() == 1


def test_reading_general_content_is_not_logged(coordinator, surgeon):
    assert read_content(viewer=coordinator, evidence=add(coordinator, surgeon, b"Active")) == b"Active"
    assert not ProtectedRead.objects.exists()


def test_what_was_only_said_is_kept_as_its_summary(coordinator, surgeon):
    piece = add(coordinator, surgeon, None, method=Method.PHONE, summary="Ms. Ortiz: license active")
    assert read_content(viewer=coordinator, evidence=piece) == b"Ms. Ortiz: license active"
    with pytest.raises(Refused, match="nothing to keep"):
        add(coordinator, surgeon, None)


def test_a_document_that_becomes_protected_evidence_is_encrypted(
    coordinator, surgeon, django_capture_on_commit_callbacks
):
    document = store_document(
        actor=coordinator, practitioner=surgeon, title="Letter", file_name="letter.pdf", content=PDF
    )
    plain = document.sha256
    with django_capture_on_commit_callbacks(execute=True):
        piece = add(
            coordinator,
            surgeon,
            None,
            document=document,
            method=Method.LETTER,
            data_class=DataClass.PEER_REVIEW,
        )
    document.refresh_from_db()
    assert document.data_class == DataClass.PEER_REVIEW
    assert document.sha256 == piece.store_key != plain
    assert not store.exists(plain)
    assert read_document(viewer=coordinator, document=document) == PDF
    assert codes() == []


def test_a_document_of_another_person_or_class_is_refused(coordinator, surgeon):
    other = create_practitioner(actor=coordinator, provider_type="MD", last_name="Other")
    document = store_document(
        actor=coordinator,
        practitioner=surgeon,
        title="Letter",
        file_name="letter.pdf",
        content=PDF,
        data_class=DataClass.IDENTITY,
    )
    with pytest.raises(Refused, match="another practitioner"):
        add(coordinator, other, None, document=document)
    with pytest.raises(Refused, match="of the class"):
        add(coordinator, surgeon, None, document=document, data_class=DataClass.PEER_REVIEW)


def test_only_people_of_the_office_add_evidence(user_with, surgeon):
    with pytest.raises(Forbidden, match="adding evidence"):
        add(user_with(Role.LOOKUP), surgeon)


# --- tampering ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
class TestTampering:
    """What somebody with the owner's key or a hand on the disk can do is found and named."""

    def test_a_changed_byte_in_the_store(self, chain):
        path = store.path_of(chain[1].store_key)
        path.write_bytes(b"Piece 1")
        (problem,) = verify_everything()
        assert problem.code == "content_changed"
        assert str(chain[1].uid) in problem.sentence
        assert "Kowalski, Maria" in problem.sentence
        with pytest.raises(Refused, match="not what was put there"):
            store.get(chain[1].store_key)

    def test_lost_content(self, chain):
        store.path_of(chain[0].store_key).unlink()
        assert codes() == ["content_missing"]

    def test_a_changed_row(self, chain):
        as_owner("UPDATE practitioners_evidence SET title = 'Another' WHERE id = %s", chain[1].pk)
        assert codes() == ["row_changed"]
        chain[1].refresh_from_db()
        assert [problem.code for problem in verify_one(chain[1])] == ["row_changed"]

    def test_a_row_missing_in_the_middle(self, chain):
        as_owner("DELETE FROM practitioners_evidence WHERE id = %s", chain[1].pk)
        found = verify_everything()
        assert [problem.code for problem in found] == ["row_missing", "row_missing"]
        assert "position 2 is missing" in found[0].sentence
        assert str(chain[1].uid) in found[1].sentence

    def test_a_cut_tail_is_found_by_the_noted_end(self, chain):
        as_owner("DELETE FROM practitioners_evidence WHERE id = %s", chain[2].pk)
        assert codes() == ["tail_missing", "row_missing"]

    def test_a_tail_cut_with_its_end_and_its_audit_events_is_found_by_the_checkpoint(self, chain, surgeon):
        write_checkpoint()
        as_owner("DELETE FROM practitioners_evidence WHERE id = %s", chain[2].pk)
        as_owner(
            "UPDATE practitioners_evidencehead SET sequence = 2, hash = %s WHERE practitioner_id = %s",
            chain[1].hash,
            surgeon.pk,
        )
        as_owner("DELETE FROM audit_auditevent WHERE subject_uid = %s", chain[2].uid)
        (problem,) = verify_everything()
        assert problem.code == "checkpoint_missing_evidence"
        assert "Kowalski, Maria" in problem.sentence
        assert "position 3" in problem.sentence

    def test_a_whole_chain_gone_is_found(self, chain):
        write_checkpoint()
        as_owner("DELETE FROM practitioners_evidence")
        assert set(codes()) == {"chain_missing", "checkpoint_missing_evidence", "row_missing"}

    def test_a_rewritten_chain_is_found(self, chain, coordinator, surgeon):
        write_checkpoint()
        as_owner("UPDATE practitioners_evidence SET hash = repeat('a', 64) WHERE id = %s", chain[2].pk)
        as_owner("UPDATE practitioners_evidencehead SET hash = repeat('a', 64)")
        assert set(codes()) == {"row_changed", "checkpoint_differs", "audit_differs"}

    def test_a_changed_or_missing_checkpoint(self, chain, coordinator, surgeon):
        paths = [write_checkpoint() for _ in range(3)]
        assert codes() == []
        content = json.loads(paths[0].read_text())
        content["heads"] = []
        paths[0].write_text(json.dumps(content))
        assert "checkpoint_changed" in codes()
        for path in paths[1:]:
            path.unlink()
        paths[0].unlink()
        found = verify_everything()
        assert [problem.code for problem in found] == ["checkpoint_missing"] * 3

    def test_redaction_is_no_tampering_and_its_undoing_is(self, chain, director, coordinator):
        redact_evidence(actor=director, evidence=chain[1], reason="Another person's page")
        assert not store.exists(chain[1].store_key)
        assert codes() == []
        store.put(b"piece 1")
        assert codes() == ["redaction_undone"]


# --- redaction ------------------------------------------------------------------------------------------


def test_only_the_director_redacts_and_says_why(chain, coordinator, director):
    with pytest.raises(Forbidden):
        redact_evidence(actor=coordinator, evidence=chain[0], reason="Wrong person")
    with pytest.raises(Refused, match="Say why"):
        redact_evidence(actor=director, evidence=chain[0], reason=" ")
    redaction = redact_evidence(actor=director, evidence=chain[0], reason="Wrong person")
    assert redaction.redacted_by == director
    assert AuditEvent.objects.get(verb="evidence.redacted").data["hash"] == chain[0].hash
    piece = Evidence.objects.get(pk=chain[0].pk)
    with pytest.raises(Refused, match="removed"):
        read_content(viewer=director, evidence=piece)
    with pytest.raises(Refused, match="already removed"):
        redact_evidence(actor=director, evidence=chain[0], reason="Again")


def test_the_same_scan_in_another_file_keeps_its_bytes(
    coordinator, director, surgeon, django_capture_on_commit_callbacks
):
    right = create_practitioner(actor=coordinator, provider_type="MD", last_name="Right")
    wrong_piece, right_piece = add(coordinator, surgeon, b"Dr. Right"), add(coordinator, right, b"Dr. Right")
    with django_capture_on_commit_callbacks(execute=True):
        redact_evidence(actor=director, evidence=wrong_piece, reason="This is Dr. Right's")
    assert read_content(viewer=coordinator, evidence=right_piece) == b"Dr. Right"
    assert codes() == []


def test_redacting_a_document_redacts_the_evidence_made_of_it(
    coordinator, director, surgeon, django_capture_on_commit_callbacks
):
    document = store_document(
        actor=coordinator, practitioner=surgeon, title="Letter", file_name="letter.pdf", content=PDF
    )
    piece = add(coordinator, surgeon, None, document=document)
    with django_capture_on_commit_callbacks(execute=True):
        redact_document(actor=director, document=document, reason="Patient data")
    assert Evidence.objects.get(pk=piece.pk).redaction.reason == "Patient data"
    assert not store.exists(document.sha256)
    document.refresh_from_db()
    with pytest.raises(Refused, match="removed"):
        read_document(viewer=coordinator, document=document)
    assert codes() == []


def test_checkpoints_follow_one_another(chain, store_folder):
    first, second = (json.loads(write_checkpoint().read_text()) for _ in range(2))
    assert (first["number"], second["number"]) == (1, 2)
    assert second["previous"] == first["hash"]
    assert first["heads"] == [[str(chain[0].practitioner.uid), 3, chain[2].hash]]
