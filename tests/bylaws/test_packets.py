"""The packet of a meeting holds what its reader may have, and nothing else."""

import datetime as dt
import io
import uuid

import pytest
from django.urls import reverse
from pypdf import PdfReader

from bylaws import matters
from bylaws.choices import CommitteeKind
from bylaws.selectors.papers import CLOSED, PEER_REVIEW, packet_of
from bylaws.services.agendas import add_matter, add_other_business, add_step_to_agenda
from bylaws.services.meetings import adjourn, cancel_meeting, schedule_meeting
from bylaws.services.minutes_of_meeting import circulate_minutes, draft_minutes
from bylaws.services.packets import make_packet
from bylaws.services.presence import recuse
from bylaws.subjects import PaperPart, SubjectPaper
from config.accounts.choices import DataClass, Role
from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Forbidden, Refused
from tests.bylaws.world import SAMPLE

pytestmark = pytest.mark.django_db
KIND = "sample-matter"
TITLE = "Marked evaluation of endoscopy"
FILE = "marked content of the file"


@pytest.fixture(autouse=True)
def _rooms(monkeypatch):
    """A kind of matter of peer review, and files that can be printed, known for one test."""
    kind = matters.MatterKind(KIND, DataClass.PEER_REVIEW, lambda viewer, uids: {})
    monkeypatch.setitem(matters._kinds, KIND, kind)
    monkeypatch.setattr(SAMPLE, "papers", _papers, raising=False)


def _papers(uids, viewer):
    part = PaperPart("Red flags", (FILE,), "None.")
    return {
        uid: SubjectPaper((("Profession", "MD"),), (part,), frozenset({DataClass.PEER_REVIEW.value}))
        for uid in uids
    }


@pytest.fixture
def meeting(world):
    """A file, an evaluation of Ben who sits on the body, Cora's own file, and other business."""
    found = world.meeting(present=world.members)
    for person in (
        world.practitioner("Ada Fileworth"),
        world.practitioner("Corinna Ownfile", user=world.members[2]),
    ):
        case = world.recommended(person)
        add_step_to_agenda(
            actor=world.coordinator, meeting=found, step=world.step(case, "credentials_committee")
        )
    add_matter(
        actor=world.coordinator,
        meeting=found,
        title=TITLE,
        practitioner=world.practitioner("Bernhard Membrane", user=world.members[1]),
        subject_kind=KIND,
        subject_uid=uuid.uuid4(),
    )
    add_other_business(actor=world.coordinator, meeting=found, title="Parking")
    return found


def text_of(made):
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages)


def outline_of(made):
    return [
        str(each.title) for each in PdfReader(io.BytesIO(made.content)).outline if not isinstance(each, list)
    ]


def test_a_member_has_agenda_and_files_with_a_bookmark_for_each_matter(world, meeting):
    made = make_packet(actor=world.members[0], meeting=meeting)
    told = text_of(made)
    assert told.count(FILE) == 2
    assert TITLE in told
    assert outline_of(made)[1:] == [
        "Agenda",
        "1. Ada Fileworth, MD",
        "2. Corinna Ownfile, MD",
        "3. Bernhard Membrane, MD",
        "4. Parking",
    ]
    assert "Department chair" in told  # what the body before said


@pytest.mark.parametrize(
    ("who", "closed", "hidden"),
    [(1, f"3. {PEER_REVIEW}", ("Membrane", TITLE)), (2, f"2. {CLOSED}", ("Ownfile",))],
)
def test_whom_a_matter_is_about_has_its_number_only(world, meeting, who, closed, hidden):
    made = make_packet(actor=world.members[who], meeting=meeting)
    told = text_of(made)
    assert closed in outline_of(made)
    assert not [word for word in hidden if word in told]
    assert all(word in text_of(make_packet(actor=world.members[0], meeting=meeting)) for word in hidden)


def test_who_is_recused_has_the_number_only(world, meeting):
    item = meeting.agenda_items.get(order=1)
    assert "Fileworth" in text_of(make_packet(actor=world.members[3], meeting=meeting))
    recuse(actor=world.coordinator, item=item, user=world.members[3], reason="Partner")
    made = make_packet(actor=world.members[3], meeting=meeting)
    assert "Fileworth" not in text_of(made)
    assert f"1. {CLOSED}" in outline_of(made)


def test_a_role_that_opens_no_peer_review_reads_neither_of_whom_nor_what(world, meeting):
    assert TITLE in str(packet_of(viewer=world.members[0], meeting=meeting).content)
    officer = world.user("Olive Outsider", Role.CHIEF_EXECUTIVE)
    world.seat(CommitteeKind.CREDENTIALS_COMMITTEE, officer)
    told = str(packet_of(viewer=officer, meeting=meeting).content)
    assert f"3. {PEER_REVIEW}" in told
    assert TITLE not in told
    assert "Membrane" not in told


def test_another_committees_member_has_no_packet(world, meeting, sign_in):
    stranger = world.board_members[0]
    with pytest.raises(Forbidden):
        make_packet(actor=stranger, meeting=meeting)
    address = reverse("bylaws:meeting_packet", args=[meeting.uid])
    assert sign_in(stranger).get(address).status_code == 404
    answer = sign_in(world.members[0]).get(address)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")


def test_the_hash_is_on_record_and_what_is_protected_is_logged_by_person(world, meeting):
    made = make_packet(actor=world.members[0], meeting=meeting)
    assert made.sha256 == bytes_digest(made.content)
    event = AuditEvent.objects.get(verb="meeting.packet_made")
    assert event.data == {"sha256": made.sha256, "matters": 4, "files": 2}
    read = ProtectedRead.objects.filter(subject_uid=meeting.uid, actor_uid=world.members[0].uid)
    people = {item.practitioner.uid for item in meeting.agenda_items.exclude(practitioner=None)}
    assert set(read.values_list("practitioner_uid", flat=True)) == people
    make_packet(actor=world.members[1], meeting=meeting)
    theirs = ProtectedRead.objects.filter(subject_uid=meeting.uid, actor_uid=world.members[1].uid)
    about = world.members[1].practitioner.uid
    assert about not in set(theirs.values_list("practitioner_uid", flat=True))


def test_the_same_moment_gives_the_same_bytes(world, meeting):
    first = make_packet(actor=world.members[0], meeting=meeting)
    assert make_packet(actor=world.members[0], meeting=meeting).sha256 == first.sha256


def test_queries_do_not_grow_with_files(world, meeting, django_assert_max_num_queries):
    packet_of(viewer=world.members[0], meeting=meeting)
    for number in range(6):
        case = world.recommended(world.practitioner(f"More Person{number}"))
        add_step_to_agenda(
            actor=world.coordinator, meeting=meeting, step=world.step(case, "credentials_committee")
        )
    with django_assert_max_num_queries(26):
        assert packet_of(viewer=world.members[0], meeting=meeting).files == 8


def test_a_meeting_that_was_held_keeps_its_packet_and_a_canceled_one_has_none(world, meeting):
    made = make_packet(actor=world.members[0], meeting=adjourn(actor=world.coordinator, meeting=meeting))
    assert "Parking" in text_of(made)
    other = schedule_meeting(
        actor=world.coordinator, committee=meeting.committee, starts_at=clock.now() + dt.timedelta(days=1)
    )
    other = cancel_meeting(actor=world.coordinator, meeting=other, reason="Nobody can")
    with pytest.raises(Refused, match="canceled"):
        make_packet(actor=world.members[0], meeting=other)


def test_minutes_to_be_approved_are_in_it_as_its_reader_may_have_them(world, meeting):
    """Whoever had no part in a matter of that meeting reads its place, and neither of whom nor what."""
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    coming = schedule_meeting(
        actor=world.coordinator, committee=meeting.committee, starts_at=clock.now() + dt.timedelta(days=7)
    )
    ana, ben, cora = (
        text_of(make_packet(actor=world.members[number], meeting=coming)) for number in (0, 1, 2)
    )
    for text in (ana, ben, cora):
        assert "Minutes of 10 Mar 2026" in text
        assert "Called to order at" in text
        assert "Parking" in text
    assert TITLE in ana
    assert TITLE not in ben
    assert "Membrane" not in ben
    assert "Ownfile" in ana
    assert "Ownfile" not in cora
    log = ProtectedRead.objects.filter(subject_uid=coming.uid)
    assert log.filter(actor_uid=world.members[0].uid, data_class=DataClass.PEER_REVIEW).exists()
