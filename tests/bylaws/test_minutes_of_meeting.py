"""Minutes of a meeting: drafted from what happened, circulated, approved by a later meeting, signed."""

import datetime as dt
import uuid

import pytest
from django.db import Error, transaction
from django.urls import reverse

from bylaws import matters
from bylaws.choices import (
    AgendaStatus,
    BoardOutcome,
    Body,
    CommitteeKind,
    LineOutcome,
    MinutesStatus,
    SignedAs,
    VoteChoice,
)
from bylaws.models import MinutesVersion
from bylaws.selectors.minutes_of_meeting import _line, minutes_view, to_sign, to_write
from bylaws.services.agendas import add_matter, add_other_business
from bylaws.services.consent import propose_for_consent, pull_from_consent
from bylaws.services.meetings import adjourn, call_to_order, cancel_meeting, move_meeting, schedule_meeting
from bylaws.services.minutes_of_meeting import (
    circulate_minutes,
    correct_minutes,
    draft_minutes,
    edit_minutes,
    sign_minutes,
    take_minutes_back,
)
from bylaws.services.motions import cast_vote, close_vote, move
from bylaws.services.presence import mark_left, mark_present, recuse
from config.accounts.choices import DataClass, Role
from config.accounts.services.users import give_role
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.canonical import digest
from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.choices import MailKind, ReturnHow
from credentialing.models import FailingAddress, MemberMail
from credentialing.services import member_mails
from credentialing.services.bounces import Came, confirm_address, record_return
from credentialing.worklist.mail import addresses_failing
from tests.bylaws.world import NOON

pytestmark = pytest.mark.django_db
KIND = "sample-matter"
TITLE = "Marked evaluation of endoscopy"


@pytest.fixture(autouse=True)
def _kind(monkeypatch):
    kind = matters.MatterKind(KIND, DataClass.PEER_REVIEW, lambda viewer, uids: {})
    monkeypatch.setitem(matters._kinds, KIND, kind)


def carry(world, item, text="To do so."):
    motion = move(
        actor=world.coordinator, item=item, mover=world.members[0], seconder=world.members[3], text=text,
        lines=[],
    )  # fmt: skip
    for user in (world.members[0], world.members[3], world.members[4]):
        cast_vote(actor=user, motion=motion, user=user, choice=VoteChoice.FOR)
    return close_vote(actor=world.coordinator, motion=motion)


@pytest.fixture
def held(world):
    """A meeting that is over: parking carried with one recused, one pulled, a matter about Ben."""
    meeting = world.meeting(present=world.members)
    parking = add_other_business(actor=world.coordinator, meeting=meeting, title="Parking")
    recuse(actor=world.coordinator, item=parking, user=world.members[2], reason="Owns the garage")
    with clock.freeze(NOON + dt.timedelta(minutes=10)):
        mark_left(actor=world.coordinator, meeting=meeting, user=world.members[1])
    carry(world, parking, "To build forty places.")
    add_matter(
        actor=world.coordinator,
        meeting=meeting,
        title=TITLE,
        practitioner=world.practitioner("Bernhard Membrane", user=world.members[1]),
        subject_kind=KIND,
        subject_uid=uuid.uuid4(),
    )
    menu = add_other_business(actor=world.coordinator, meeting=meeting, title="Menu")
    propose_for_consent(actor=world.coordinator, item=menu)
    pull_from_consent(actor=world.members[4], item=menu, reason="Too salty")
    with clock.freeze(NOON + dt.timedelta(minutes=30)):
        return adjourn(actor=world.coordinator, meeting=meeting)


@pytest.fixture
def minutes(world, held):
    return draft_minutes(actor=world.coordinator, meeting=held)


def text_of(view):
    return "\n".join(f"{each.heading}\n{each.text}" for each in view.sections)


def chair_of(world, kind=CommitteeKind.CREDENTIALS_COMMITTEE):
    return world.members[0] if kind == CommitteeKind.CREDENTIALS_COMMITTEE else world.mec_members[0]


def next_meeting(world, held, days=7):
    return schedule_meeting(
        actor=world.coordinator, committee=held.committee, starts_at=NOON + dt.timedelta(days=days)
    )


def test_a_draft_says_what_happened(world, held, minutes):
    told = text_of(minutes_view(viewer=world.coordinator, minutes=minutes))
    assert "Called to order at 13:00." in told
    assert "No quorum: 0 of 5 in office present" in told
    assert "A quorum was there by 13:00, as the vote of that time found." in told
    assert "Ben Member, member: 13:00 to 13:10" in told
    assert "Eve Member, member: 13:00 to 13:30" in told
    assert "Recused, and out of the room: Cora Member." in told
    assert "garage" not in told
    assert "Motion: To build forty places." in told
    assert "Moved by Ana Member, seconded by Dan Member. Carried: 3 for, 0 against, 0 abstained." in told
    assert "Pulled from the consent agenda by Eve Member." in told
    assert "The meeting was adjourned at 13:30." in told
    assert "Bernhard Membrane, MD: Marked evaluation" in told


def test_peer_review_stands_in_its_own_section_alone(minutes):
    sections = minutes.versions.get().sections
    assert [TITLE in each["heading"] for each in sections if each["peer_review"]] == [True]
    assert not [each for each in sections if not each["peer_review"] and "Membrane" in str(each)]


def test_whom_a_matter_is_about_reads_neither_of_whom_nor_what(world, minutes):
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    others = text_of(minutes_view(viewer=world.members[0], minutes=minutes))
    assert TITLE in others
    own = text_of(minutes_view(viewer=world.members[1], minutes=minutes))
    assert TITLE not in own
    assert "Membrane" not in own
    assert "2. A matter of peer review" in own
    recused = text_of(minutes_view(viewer=world.members[2], minutes=minutes))
    assert "forty places" not in recused
    officer = world.user("Olive Outsider", Role.CHIEF_EXECUTIVE)
    world.seat(CommitteeKind.CREDENTIALS_COMMITTEE, officer)
    assert TITLE not in text_of(minutes_view(viewer=officer, minutes=minutes))


def test_only_the_office_reads_a_draft(world, minutes):
    assert minutes_view(viewer=world.members[0], minutes=minutes) is None
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    assert minutes_view(viewer=world.members[0], minutes=minutes) is not None
    take_minutes_back(actor=world.coordinator, minutes=minutes, why="A name is wrong")
    assert minutes_view(viewer=world.members[0], minutes=minutes) is None


def test_minutes_are_drafted_once_and_of_a_meeting_that_is_over(world, held, minutes):
    with pytest.raises(Refused, match="drafted already"):
        draft_minutes(actor=world.coordinator, meeting=held)
    with pytest.raises(Refused, match="once the meeting is adjourned"):
        draft_minutes(actor=world.coordinator, meeting=world.meeting())
    with pytest.raises(Forbidden):
        draft_minutes(actor=world.members[0], meeting=held)


def test_every_edit_is_a_version_with_its_hash_and_none_is_written_over(world, minutes):
    edit_minutes(actor=world.coordinator, minutes=minutes, texts={0: "They met."}, seen=1)
    newest = minutes.versions.first()
    assert (newest.number, newest.sha256) == (2, digest(newest.sections))
    with pytest.raises(Conflict, match="changed the minutes meanwhile"):
        edit_minutes(actor=world.coordinator, minutes=minutes, texts={0: "No."}, seen=1)
    with pytest.raises(Refused, match="Nothing is different"):
        edit_minutes(actor=world.coordinator, minutes=minutes, texts={0: "They met."}, seen=2)
    with pytest.raises(Refused) as refused:
        edit_minutes(actor=world.coordinator, minutes=minutes, texts={0: " "}, seen=2)
    assert refused.value.field == "section_0"
    with pytest.raises(Error), transaction.atomic():
        MinutesVersion.objects.filter(pk=newest.pk).update(sha256="0" * 64)


def test_the_next_meeting_has_them_on_its_agenda_by_itself(world, held, minutes):
    circulate_minutes(actor=world.coordinator, minutes=minutes)  # none is called yet
    later = next_meeting(world, held)
    assert [item.title for item in later.agenda_items.all()] == ["Minutes of 10 Mar 2026"]
    further = next_meeting(world, held, days=14)
    assert not further.agenda_items.exists()
    cancel_meeting(actor=world.coordinator, meeting=later, reason="Snow")
    assert [item.title for item in further.agenda_items.all()] == ["Minutes of 10 Mar 2026"]


def test_a_meeting_whose_day_has_passed_is_not_the_next_one(world, held, minutes):
    missed = next_meeting(world, held)
    with clock.freeze(NOON + dt.timedelta(days=8)):
        circulate_minutes(actor=world.coordinator, minutes=minutes)
        further = next_meeting(world, held, days=14)
    assert not missed.agenda_items.exists()
    assert [item.title for item in further.agenda_items.all()] == ["Minutes of 10 Mar 2026"]


def test_each_body_s_answers_are_in_its_own_words():
    line = {"label": "Cholecystectomy", "outcome": LineOutcome.RECOMMEND, "conditions": "", "reason": ""}
    assert _line(line, Body.MEC).startswith(f"Cholecystectomy: {LineOutcome.RECOMMEND.label}.")
    assert _line(line, Body.BOARD).startswith(f"Cholecystectomy: {BoardOutcome.RECOMMEND.label}.")


def approved(world, held, minutes):
    later = next_meeting(world, held)
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    with clock.freeze(NOON + dt.timedelta(days=7)):
        later = call_to_order(actor=world.coordinator, meeting=later)
        for user in world.members:
            mark_present(actor=world.coordinator, meeting=later, user=user)
        carry(world, later.agenda_items.get(), "To approve the minutes as circulated.")
    minutes.refresh_from_db()
    return minutes


def test_the_body_approves_them_and_the_chair_and_the_secretary_sign(world, held, minutes):
    approved(world, held, minutes)
    assert minutes.status == MinutesStatus.APPROVED
    assert to_sign(chair_of(world), world.facility) == [minutes]
    assert to_sign(world.members[3], world.facility) == []
    with pytest.raises(Forbidden, match="The chair of"):
        sign_minutes(actor=world.members[3], minutes=minutes, signed_as=SignedAs.CHAIR, number=1)
    sign_minutes(actor=world.coordinator, minutes=minutes, signed_as=SignedAs.SECRETARY, number=1)
    minutes.refresh_from_db()
    assert minutes.status == MinutesStatus.APPROVED
    signed = sign_minutes(actor=chair_of(world), minutes=minutes, signed_as=SignedAs.CHAIR, number=1)
    minutes.refresh_from_db()
    assert minutes.status == MinutesStatus.SIGNED
    assert (signed.name, signed.signed_at) == ("Ana Member", NOON)
    assert to_sign(chair_of(world), world.facility) == []
    with pytest.raises(Refused, match="already"):
        sign_minutes(actor=chair_of(world), minutes=minutes, signed_as=SignedAs.CHAIR, number=1)


def test_a_motion_that_fails_approves_nothing_and_they_come_again(world, held, minutes):
    later = next_meeting(world, held)
    further = next_meeting(world, held, days=14)
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    with clock.freeze(NOON + dt.timedelta(days=7)):
        later = call_to_order(actor=world.coordinator, meeting=later)
        for user in world.members:
            mark_present(actor=world.coordinator, meeting=later, user=user)
        item = later.agenda_items.get()
        motion = move(
            actor=world.coordinator, item=item, mover=world.members[0], seconder=world.members[3],
            text="To approve.", lines=[],
        )  # fmt: skip
        for user in world.members[:3]:
            cast_vote(actor=user, motion=motion, user=user, choice=VoteChoice.AGAINST)
        close_vote(actor=world.coordinator, motion=motion)
        adjourn(actor=world.coordinator, meeting=later)
    minutes.refresh_from_db()
    assert minutes.status == MinutesStatus.CIRCULATED
    assert further.agenda_items.filter(title="Minutes of 10 Mar 2026").exists()


def test_minutes_taken_back_leave_the_agenda_and_the_new_version_goes_on_it(world, held, minutes):
    later = next_meeting(world, held)
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    take_minutes_back(actor=world.coordinator, minutes=minutes, why="A name is wrong")
    assert later.agenda_items.get().status == AgendaStatus.POSTPONED
    edit_minutes(actor=world.coordinator, minutes=minutes, texts={0: "They met."}, seen=1)
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    item = later.agenda_items.get(status=AgendaStatus.OPEN)
    assert item.minutes_version.version.number == 2


def test_a_meeting_moved_into_the_time_to_come_has_them_on_its_agenda(world, held, minutes):
    missed = next_meeting(world, held)
    with clock.freeze(NOON + dt.timedelta(days=8)):
        circulate_minutes(actor=world.coordinator, minutes=minutes)
        assert not missed.agenda_items.exists()
        later = NOON + dt.timedelta(days=10)
        move_meeting(actor=world.coordinator, meeting=missed, starts_at=later, reason="Snow")
    assert [item.title for item in missed.agenda_items.all()] == ["Minutes of 10 Mar 2026"]


def test_why_they_were_changed_is_for_the_office_alone(world, held, minutes, client):
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    take_minutes_back(actor=world.coordinator, minutes=minutes, why="The vote on the marked review is wrong")
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    assert not AuditEvent.objects.filter(reason__contains="marked review").exists()
    url = reverse("bylaws:meeting_minutes", args=[held.uid])
    for reader, reads in ((world.coordinator, True), (world.members[3], False)):
        client.force_login(reader)
        assert ("marked review" in client.get(url).content.decode()) == reads


def test_who_leads_the_body_signs_as_chair_alone(world, held, minutes):
    approved(world, held, minutes)
    give_role(
        actor=world.system, user=chair_of(world), role=Role.MEDICAL_STAFF_COORDINATOR,
        facility=world.facility, start=dt.date(2020, 1, 1),
    )  # fmt: skip
    with pytest.raises(Refused, match="sign as chair"):
        sign_minutes(actor=chair_of(world), minutes=minutes, signed_as=SignedAs.SECRETARY, number=1)


def test_a_correction_is_a_new_version_that_is_approved_again(world, held, minutes):
    approved(world, held, minutes)
    sign_minutes(actor=chair_of(world), minutes=minutes, signed_as=SignedAs.CHAIR, number=1)
    with pytest.raises(Refused) as refused:
        correct_minutes(actor=world.coordinator, minutes=minutes, why=" ")
    assert refused.value.field == "reason"
    correct_minutes(actor=world.coordinator, minutes=minutes, why="Dan seconded, not Cora")
    minutes.refresh_from_db()
    assert (minutes.status, minutes.versions.count()) == (MinutesStatus.DRAFT, 2)
    assert minutes.versions.get(number=1).signatures.count() == 1
    shown = minutes_view(viewer=world.members[3], minutes=minutes)
    assert shown.version.number == 1  # what was approved stays until the next is circulated
    with pytest.raises(Refused, match="once the body has approved"):
        sign_minutes(actor=chair_of(world), minutes=minutes, signed_as=SignedAs.CHAIR, number=2)


def test_the_office_is_asked_for_minutes_until_they_are_circulated(world, held):
    assert to_write(world.coordinator, world.facility) == [held]
    minutes = draft_minutes(actor=world.coordinator, meeting=held)
    assert to_write(world.coordinator, world.facility) == [held]
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    assert to_write(world.coordinator, world.facility) == []


def test_what_the_writer_has_no_part_in_is_not_theirs_to_write(world, held, minutes):
    about = world.practitioner("Mara Quist", user=world.coordinator)
    meeting = world.meeting(present=world.members)
    add_matter(
        actor=world.director, meeting=meeting, title=TITLE, practitioner=about, subject_kind=KIND,
        subject_uid=uuid.uuid4(),
    )  # fmt: skip
    own = draft_minutes(actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting))
    place = next(n for n, each in enumerate(own.versions.get().sections) if each["peer_review"])
    with pytest.raises(Forbidden, match="written by somebody else"):
        edit_minutes(actor=world.coordinator, minutes=own, texts={place: "Nothing."}, seen=1)
    edit_minutes(actor=world.director, minutes=own, texts={place: "Discussed."}, seen=1)
    assert TITLE not in text_of(minutes_view(viewer=world.coordinator, minutes=own))


def test_the_body_is_told_by_mail_that_minutes_are_circulated_and_not_what_they_say(world, mailoutbox):
    world.members[0].email = "ana@example.org"
    world.members[0].save(update_fields=["email"])
    meeting = world.meeting(present=world.members)
    add_other_business(actor=world.coordinator, meeting=meeting, title="Zyxparking")
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    assert not MemberMail.objects.exists()
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    mail = MemberMail.objects.get()
    assert (mail.what, mail.recipient) == ("minutes", world.members[0])
    assert member_mails.send(mail.uid) == "sent"
    (sent,) = mailoutbox
    assert "Zyx" not in sent.subject + sent.body
    assert reverse("bylaws:meeting_minutes", args=[meeting.uid]) in sent.body


def test_minutes_taken_back_before_the_mail_went_out_are_told_of_when_they_are_circulated_again(world):
    world.members[0].email = "ana@example.org"
    world.members[0].save(update_fields=["email"])
    meeting = world.meeting(present=world.members)
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    take_minutes_back(actor=world.coordinator, minutes=minutes, why="A name is missing")
    assert member_mails.send(MemberMail.objects.get().uid) == "no longer needed"
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    assert member_mails.send(MemberMail.objects.latest("pk").uid) == "sent"


def test_an_address_from_which_mail_comes_back_is_not_written_to_until_it_works(world):
    world.members[0].email = "Ana@example.org"
    world.members[0].save(update_fields=["email"])
    meeting = world.meeting(present=world.members)
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    mail = MemberMail.objects.get()
    assert member_mails.send(mail.uid) == "sent"
    came = Came(ReturnHow.HAND, "Nobody of that name")
    record_return(actor=world.system, kind=MailKind.MEMBER, mail=mail, came=came)
    take_minutes_back(actor=world.coordinator, minutes=minutes, why="A name is missing")
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    assert MemberMail.objects.get() == mail
    take_minutes_back(actor=world.coordinator, minutes=minutes, why="Another name is missing")
    confirm_address(actor=world.system, failing=FailingAddress.objects.get(), reason="She answered")
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    assert MemberMail.objects.count() == 2


def test_the_office_sees_who_was_told_and_whom_the_mail_did_not_reach(world, sign_in):
    for member, address in zip(world.members, ("ana@example.org", "ben@example.org"), strict=False):
        member.email = address
        member.save(update_fields=["email"])
    meeting = world.meeting(present=world.members)
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    page = reverse("credentialing:members_told", args=["minutes", meeting.uid])
    office = sign_in(world.coordinator)
    assert "Nobody was written to." in office.get(page).content.decode()
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    assert AuditEvent.objects.get(verb="member_mail.queued").data["people"] == 2
    first, second = MemberMail.objects.order_by("pk")
    for mail in (first, second):
        assert member_mails.send(mail.uid) == "sent"
    came = Came(ReturnHow.HAND, "Nobody of that name")
    record_return(actor=world.system, kind=MailKind.MEMBER, mail=second, came=came)
    text = office.get(page).content.decode()
    assert page in office.get(reverse("bylaws:meeting_minutes", args=[meeting.uid])).content.decode()
    for said in ("ana@example.org", "ben@example.org", "Nobody of that name", "Came back"):
        assert said in text
    assert sign_in(world.members[0]).get(page).status_code == 403
    unknown = reverse("credentialing:members_told", args=["nothing", meeting.uid])
    assert sign_in(world.coordinator).get(unknown).status_code == 404
    # Whoever reminds sees that the account's address does not work, and may say that it does.
    failing = FailingAddress.objects.get()
    total, items = addresses_failing(world.director, world.facility, 5)
    assert (total, items[0].url) == (1, reverse("credentialing:address", args=[failing.uid]))
    director = sign_in(world.director)
    assert str(world.members[1]) in director.get(reverse("credentialing:account_addresses")).content.decode()
    answer = director.post(items[0].url, {"reason": "Ben called"})
    assert answer.status_code == 303
    assert addresses_failing(world.director, world.facility, 5)[0] == 0


def test_a_closed_account_is_not_written_to(world):
    world.members[0].email = "ana@example.org"
    world.members[0].save(update_fields=["email"])
    meeting = world.meeting(present=world.members)
    minutes = draft_minutes(
        actor=world.coordinator, meeting=adjourn(actor=world.coordinator, meeting=meeting)
    )
    circulate_minutes(actor=world.coordinator, minutes=minutes)
    world.members[0].is_active = False
    world.members[0].save(update_fields=["is_active"])
    mail = MemberMail.objects.get()
    assert member_mails.send(mail.uid) == "no longer needed"
    mail.refresh_from_db()
    assert mail.problem == "The account is closed."
