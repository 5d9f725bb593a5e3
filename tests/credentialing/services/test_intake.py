"""A scan of many pages: taken in, filed part by part, for one and for many, and taken out again."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from config.accounts.choices import DataClass, Role
from config.audit.models import AuditEvent
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import Element, ItemStatus, PaperChannel, PaperStatus
from credentialing.models import FiledPart, IncomingPaper
from credentialing.selectors.intake import documents_filed_for, kinds_for, thing_chosen
from credentialing.services import filing, intake, verification
from practitioners import store
from practitioners.choices import Method, SourceKind, Standing
from practitioners.selectors.evidence import read_document, verify_everything
from practitioners.services.people import link_user
from tests.credentialing.scans import blank, headings, locked, png, scan
from tests.credentialing.world import TODAY

TEN = scan(10)


@pytest.fixture
def receive(world):
    def _receive(content=TEN, name="fax 0310.pdf", **more):
        values = {
            "actor": world.coordinator, "facility": world.facility, "files": [(name, content)],
            "channel": PaperChannel.FAX, "arrived_on": TODAY,
        }  # fmt: skip
        (paper,) = intake.receive_papers(**values | more)
        return paper

    return _receive


@pytest.fixture
def paper(receive):
    return receive()


def file(world, paper, person, first, last, **more):
    return filing.file_pages(
        actor=world.coordinator, paper=paper, practitioner=person, first_page=first, last_page=last, **more
    )


# --- taking in ------------------------------------------------------------------------------------------


def test_a_paper_is_kept_encrypted_until_it_is_filed(world, paper):
    assert (paper.title, paper.page_count, paper.status) == ("fax 0310", 10, PaperStatus.TO_FILE)
    assert TEN not in store.stored_bytes(paper.sha256)
    assert store.get(paper.sha256, encrypted=True) == TEN
    assert AuditEvent.objects.get(verb="paper.received").facility_code == world.facility.code


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.pdf", "empty"),
        (b"%PDF-1.7 nonsense %%EOF", "a.pdf", "damaged"),
        (b"%PDF-1.7 cut off", "a.pdf", "not complete"),
        (locked(blank(1), to_open="secret"), "a.pdf", "password"),
        (blank(0), "a.pdf", "no pages"),
        (blank(1000), "a.pdf", "1000 pages"),
        (png(60_000, 60_000), "a.png", "60000 by 60000"),
        (b"name,npi\n", "a.csv", "not accepted here"),
        (b"II*\x00" + b"\x00" * 400, "a.tif", "not accepted here"),
    ],
)
def test_what_cannot_be_filed_is_refused_with_a_sentence(receive, content, name, sentence):
    with pytest.raises(Refused, match=sentence):
        receive(content, name)
    assert not IncomingPaper.objects.exists()


def test_of_several_files_one_bad_one_keeps_all_out_and_is_named(world, receive):
    files = [("one.pdf", scan(1)), ("two.pdf", b"%PDF-1.4 broken %%EOF")]
    with pytest.raises(Refused, match=r"two\.pdf: The PDF is damaged"):
        receive(files=files)
    assert not IncomingPaper.objects.exists()
    files[1] = ("two.png", png(170, 220))
    papers = intake.receive_papers(
        actor=world.coordinator, facility=world.facility, files=files, channel="mail", arrived_on=TODAY
    )
    assert [each.title for each in papers] == ["one", "two"]


def test_the_same_file_is_taken_in_once_per_office(world, receive, paper):
    with pytest.raises(Refused, match="in the tray already"):
        receive(name="again.pdf")
    intake.discard_paper(actor=world.coordinator, paper=paper, reason="Advertising")
    again = receive(name="again.pdf")
    with pytest.raises(Refused, match="in the tray already"):
        intake.reopen_paper(actor=world.coordinator, paper=paper)
    assert again.status == PaperStatus.TO_FILE


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"arrived_on": TODAY + dt.timedelta(days=1)}, "future"),
        ({"arrived_on": dt.date(1926, 3, 1)}, "ten years"),
        ({"channel": "pigeon"}, "how it arrived"),
        ({"files": []}, "at least one"),
    ],
)
def test_how_it_arrived_has_to_be_possible(receive, more, sentence):
    with pytest.raises(Refused, match=sentence):
        receive(**more)


def test_only_those_who_verify_at_the_facility_take_in_and_file(world, receive, paper):
    elsewhere = world.user("Else Where", Role.DIRECTOR, facility=world.other)
    for actor in (world.staff_coordinator, world.compliance, elsewhere):
        with pytest.raises(Forbidden):
            receive(scan(1), actor=actor)
        with pytest.raises(Forbidden):
            intake.discard_paper(actor=actor, paper=paper, reason="No")
        with pytest.raises(Forbidden):
            filing.file_pages(
                actor=actor, paper=paper, practitioner=world.practitioner(npi=None), first_page=1, last_page=1
            )


# --- filing ---------------------------------------------------------------------------------------------


def test_pages_become_a_document_of_the_person(world, paper):
    person = world.practitioner()
    part = file(world, paper, person, 3, 5, title="Letter of the school")
    document = part.document
    assert document.practitioner == person
    assert (document.title, document.data_class) == ("Letter of the school", DataClass.GENERAL)
    assert headings(read_document(viewer=world.coordinator, document=document)) == [
        "Page 3", "Page 4", "Page 5",
    ]  # fmt: skip
    paper.refresh_from_db()
    assert paper.status == PaperStatus.TO_FILE
    assert AuditEvent.objects.get(verb="paper.part_filed").data["pages"] == [3, 5]


def test_what_it_is_decides_how_confidential_it_is(world, paper):
    application = world.accepted()
    person = application.practitioner
    reference = world.item(application, Element.PEER_REFERENCE)
    part = file(world, paper, person, 1, 2, item=reference, data_class=DataClass.HEALTH)
    assert part.document.data_class == DataClass.PEER_REVIEW
    assert part.document.title == "Peer reference"
    licence = person.credentials.get(credential_type__code="LICENSE")
    part = file(world, paper, person, 3, 3, credential=licence)
    assert (part.document.data_class, part.document.title) == (DataClass.GENERAL, str(licence))
    part = file(world, paper, person, 4, 4, data_class=DataClass.IDENTITY)
    assert part.document.data_class == DataClass.IDENTITY


def test_an_answer_rests_on_what_was_filed_for_it(world, paper):
    application = world.accepted()
    school = world.item(application, Element.MEDICAL_SCHOOL)
    part = file(world, paper, application.practitioner, 2, 2, item=school)
    (document,) = documents_filed_for(item=school)
    assert document == part.document
    verification.receive(
        actor=world.coordinator, item=school, source="Fernwick College", source_kind=SourceKind.PRIMARY,
        method=Method.LETTER, verified_on=TODAY, document=document,
    )  # fmt: skip
    assert documents_filed_for(item=school) == []
    with pytest.raises(Refused, match="does not wait"):
        file(world, paper, application.practitioner, 3, 3, item=school)


def test_choices_are_those_of_the_person_here(world):
    application = world.accepted()
    person, other = application.practitioner, world.practitioner(npi=None, last_name="Other")
    (kept, _), (answers, items), (held, credentials) = kinds_for(person, world.facility)
    assert (kept, answers) == ("", "Answers an application waits for")
    elements = {str(thing_chosen(value, person, world.facility)[0].element) for value, _ in items}
    assert Element.PEER_REFERENCE in elements
    assert not elements & {Element.NPDB, Element.EXCLUSION}
    assert thing_chosen(credentials[0][0], person, world.facility)[1].practitioner == person
    assert thing_chosen(items[0][0], other, world.facility) == (None, None)
    assert thing_chosen("item:nonsense", person, world.facility) == (None, None)
    assert [group for group, _ in kinds_for(person, world.other)] == ["", held]
    assert len(kinds_for(other, world.facility)) == 1


def test_nobody_files_into_their_own_record(world, paper):
    person = world.practitioner()
    link_user(actor=world.system, practitioner=person, user=world.colleague)
    with pytest.raises(Forbidden, match="own file"):
        filing.file_pages(actor=world.colleague, paper=paper, practitioner=person, first_page=1, last_page=1)


def test_another_persons_things_and_pages_that_are_not_there_are_refused(world, paper):
    application = world.accepted()
    other = world.practitioner(npi=None, last_name="Other")
    with pytest.raises(Refused, match="does not wait"):
        file(world, paper, other, 1, 1, item=world.item(application, Element.RESIDENCY))
    licence = application.practitioner.credentials.get(credential_type__code="LICENSE")
    with pytest.raises(Refused, match="another practitioner"):
        file(world, paper, other, 1, 1, credential=licence)
    with pytest.raises(Refused, match="pages 1 to 10"):
        file(world, paper, other, 9, 11)
    file(world, paper, other, 1, 2)
    with pytest.raises(Refused, match="in this file already"):
        file(world, paper, other, 1, 2)


def test_a_paper_is_done_with_once_every_page_is_filed(world, paper):
    person = world.practitioner()
    file(world, paper, person, 1, 6)
    part = file(world, paper, person, 7, 10)
    paper.refresh_from_db()
    assert (paper.status, paper.closed_by) == (PaperStatus.FILED, world.coordinator)
    filing.undo_part(actor=world.colleague, part=part, reason="Of somebody else")
    paper.refresh_from_db()
    assert (paper.status, paper.closed_at) == (PaperStatus.TO_FILE, None)


def test_a_picture_is_filed_as_it_came(world, receive):
    content = png(170, 220)
    paper = receive(content, "card.png")
    part = file(world, paper, world.practitioner(), 1, 1)
    assert part.document.media_type == "image/png"
    assert read_document(viewer=world.coordinator, document=part.document) == content


# --- its life -------------------------------------------------------------------------------------------


def test_a_paper_is_discarded_with_a_reason_and_taken_back(world, paper):
    with pytest.raises(Refused, match="Say why"):
        intake.discard_paper(actor=world.coordinator, paper=paper, reason=" ")
    intake.discard_paper(actor=world.coordinator, paper=paper, reason="Advertising")
    paper.refresh_from_db()
    assert (paper.status, paper.closing_reason) == (PaperStatus.DISCARDED, "Advertising")
    with pytest.raises(Refused, match="Take it back first"):
        file(world, paper, world.practitioner(), 1, 1)
    intake.reopen_paper(actor=world.coordinator, paper=paper)
    paper.refresh_from_db()
    assert (paper.status, paper.closing_reason) == (PaperStatus.TO_FILE, "")


def test_what_is_left_needs_no_filing(world, paper):
    with pytest.raises(Refused, match="Nothing of it is filed"):
        intake.finish_paper(actor=world.coordinator, paper=paper)
    file(world, paper, world.practitioner(), 2, 10)
    with pytest.raises(Refused, match="A part of it is filed"):
        intake.discard_paper(actor=world.coordinator, paper=paper, reason="Cover sheet")
    intake.finish_paper(actor=world.coordinator, paper=paper, reason="Cover sheet")
    paper.refresh_from_db()
    assert paper.status == PaperStatus.FILED


def test_only_the_director_erases_and_only_what_was_discarded(
    world, paper, django_capture_on_commit_callbacks
):
    with pytest.raises(Refused, match="Only a discarded paper"):
        intake.erase_paper(actor=world.director, paper=paper, reason="Patient data")
    intake.discard_paper(actor=world.coordinator, paper=paper, reason="Not for us")
    with pytest.raises(Forbidden):
        intake.erase_paper(actor=world.coordinator, paper=paper, reason="Patient data")
    with pytest.raises(Refused, match="Say why"):
        intake.erase_paper(actor=world.director, paper=paper, reason=" ")
    with django_capture_on_commit_callbacks(execute=True):
        intake.erase_paper(actor=world.director, paper=paper, reason="Patient data")
    assert not store.exists(paper.sha256)
    assert verify_everything() == []
    for again in (
        lambda: intake.erase_paper(actor=world.director, paper=paper, reason="Again"),
        lambda: intake.reopen_paper(actor=world.coordinator, paper=paper),
    ):
        with pytest.raises(Refused, match="erased"):
            again()
    with pytest.raises(DatabaseError), transaction.atomic():
        IncomingPaper.objects.update(erasing_reason="Another")


# --- many people ----------------------------------------------------------------------------------------


@pytest.fixture
def insured(world):
    """Three surgeons whose cover by one carrier is confirmed."""
    people = []
    for number in range(3):
        person = world.practitioner(npi=None, last_name=f"Insured{'abc'[number]}")
        person.cover = world.claim(
            person, "MALPRACTICE", dt.date(2025, 4, 1), dt.date(2026, 3, 31), number=f"POL-{number}",
            issuer="Imaginary Mutual", extra={"per_claim_usd": 1000000, "aggregate_usd": 3000000},
        )  # fmt: skip
        people.append(person)
    return people


RENEWED = filing.Renewal(
    source="Imaginary Mutual", source_kind=SourceKind.AGENT, method=Method.LETTER, verified_on=TODAY,
    valid_from=dt.date(2026, 4, 1), valid_through=dt.date(2027, 3, 31),
)  # fmt: skip


def many(world, paper, people, renewal=RENEWED, **more):
    return filing.file_for_many(
        actor=world.coordinator,
        paper=paper,
        recipients=[filing.Recipient(each, getattr(each, "cover", None)) for each in people],
        first_page=1,
        last_page=10,
        renewal=renewal,
        **more,
    )


def test_a_carriers_list_renews_everybody_on_it(world, paper, insured):
    parts = many(world, paper, insured)
    assert [part.practitioner for part in parts] == insured
    for person, part in zip(insured, parts, strict=True):
        newest = person.cover.periods.live().order_by("valid").last()
        assert (newest.standing, newest.end) == (Standing.CONFIRMED, dt.date(2027, 3, 31))
        assert newest.evidence.document == part.document
    paper.refresh_from_db()
    assert paper.status == PaperStatus.FILED
    assert verify_everything() == []


def test_one_who_cannot_be_renewed_keeps_the_whole_list_out(world, paper, insured):
    stranger = world.practitioner(npi=None, last_name="Stranger")
    with pytest.raises(Refused, match=r"Stranger.*No credential.*Nothing was filed"):
        many(world, paper, [*insured, stranger])
    assert not FiledPart.objects.exists()
    assert len(many(world, paper, [*insured, stranger], renewal=None)) == 4


# --- taking out -----------------------------------------------------------------------------------------


def test_a_part_is_taken_out_and_its_pages_wait_again(world, paper):
    person = world.practitioner()
    part = file(world, paper, person, 1, 3)
    with pytest.raises(Refused, match="Say why"):
        filing.undo_part(actor=world.colleague, part=part, reason="")
    filing.undo_part(actor=world.colleague, part=part, reason="Of her namesake")
    part.refresh_from_db()
    part.document.refresh_from_db()
    assert part.document.redaction_reason == part.undo_reason == "Of her namesake"
    with pytest.raises(Refused, match="removed"):
        read_document(viewer=world.coordinator, document=part.document)
    with pytest.raises(Refused, match="already"):
        filing.undo_part(actor=world.colleague, part=part, reason="Again")
    file(world, paper, person, 1, 3)
    assert store.get(paper.sha256, encrypted=True) == TEN


def test_what_an_answer_rests_on_only_the_director_takes_out(
    world, paper, django_capture_on_commit_callbacks
):
    application = world.accepted()
    school = world.item(application, Element.MEDICAL_SCHOOL)
    part = file(world, paper, application.practitioner, 2, 2, item=school)
    verification.receive(
        actor=world.coordinator, item=school, source="Fernwick College", source_kind=SourceKind.PRIMARY,
        method=Method.LETTER, verified_on=TODAY, document=part.document,
    )  # fmt: skip
    with pytest.raises(Refused, match="director"):
        filing.undo_part(actor=world.coordinator, part=part, reason="Wrong")
    part.refresh_from_db()
    assert part.undone_at is None
    with django_capture_on_commit_callbacks(execute=True):
        filing.undo_part(actor=world.director, part=part, reason="Wrong")
    assert part.document.evidence.get().redaction.reason == "Wrong"
    assert world.item(application, Element.MEDICAL_SCHOOL).status == ItemStatus.RECEIVED
    assert verify_everything() == []


def test_a_paper_that_was_touched_in_the_store_is_named(world, paper):
    assert verify_everything() == []
    path = store.path_of(paper.sha256)
    path.write_bytes(path.read_bytes()[:-1])
    (problem,) = verify_everything()
    assert (problem.code, paper.title in problem.sentence) == ("content_changed", True)
    path.unlink()
    assert [each.code for each in verify_everything()] == ["content_missing"]


# --- the database ---------------------------------------------------------------------------------------


def test_the_database_holds_what_was_filed(world, paper):
    part = file(world, paper, world.practitioner(), 1, 3)
    for change in ({"first_page": 2}, {"filed_by": world.director}, {"undo_reason": "only a reason"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            FiledPart.objects.filter(pk=part.pk).update(**change)
    for change in (
        {"status": "discarded"}, {"sha256": "0" * 64}, {"page_count": 3}, {"closing_reason": "why"},
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            IncomingPaper.objects.filter(pk=paper.pk).update(**change)
    for row in (part, paper):
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).delete()
    part.pk, part.uid = None, "00000000-0000-4000-8000-000000000001"
    part.first_page, part.last_page = 5, 4
    with pytest.raises(IntegrityError), transaction.atomic():
        part.save(force_insert=True)
    filing.undo_part(actor=world.coordinator, part=FiledPart.objects.get(), reason="Wrong")
    with pytest.raises(DatabaseError), transaction.atomic():
        FiledPart.objects.update(undo_reason="Another")
