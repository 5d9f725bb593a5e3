"""A meeting that was called here and whose day has passed: recorded from its minutes, moved, or not held."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.choices import AgendaStatus, Body, CommitteeKind, MeetingStatus
from bylaws.models import AgendaItem, CommitteeSeat, Meeting, MinutesPaper
from bylaws.rules.meetings_held import held_by_body
from bylaws.services.agendas import add_other_business, add_step_to_agenda
from bylaws.services.alternates import designate_for_seat
from bylaws.services.bulk_minutes import Held, Told, record_minutes
from bylaws.services.committees import form_committee
from bylaws.services.meetings import call_to_order, cancel_meeting, move_meeting, schedule_meeting
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.models import MeetingInvitation
from tests.bylaws.world import NOON, TODAY
from tests.credentialing.scans import scan

CREDENTIALS = Body.CREDENTIALS_COMMITTEE
DAY = dt.timedelta(days=1)
PAPER = scan(1, about="Minutes of the evening")


@pytest.fixture
def world(world, settings, tmp_path):
    settings.STANDING_STORE = tmp_path / "store"
    return world


@pytest.fixture
def meeting(world):
    """The credentials committee, called for yesterday noon and never opened; two matters on its agenda."""
    with clock.freeze(NOON - 2 * DAY):
        made = schedule_meeting(
            actor=world.coordinator, committee=world.committees[CREDENTIALS], starts_at=NOON - DAY
        )
        step = world.step(world.recommended(), CREDENTIALS)
        add_step_to_agenda(actor=world.coordinator, meeting=made, step=step)
        add_other_business(actor=world.coordinator, meeting=made, title="Parking")
    return made


def test_it_is_not_called_to_order_any_more(world, meeting):
    with pytest.raises(Refused, match=r"that day has passed\. Record it from its minutes, move it"):
        call_to_order(actor=world.coordinator, meeting=meeting)
    meeting.refresh_from_db()
    assert meeting.status == MeetingStatus.SCHEDULED


def test_one_that_begins_late_over_midnight_is(world, meeting):
    with clock.freeze(NOON - DAY + dt.timedelta(hours=12, minutes=30)):  # half past midnight of the next day
        moved = move_meeting(
            actor=world.coordinator,
            meeting=meeting,
            starts_at=clock.now() + dt.timedelta(hours=20),
            reason="Late",
        )
    with clock.freeze(moved.starts_at + dt.timedelta(hours=5)):
        assert call_to_order(actor=world.coordinator, meeting=moved).status == MeetingStatus.IN_SESSION


def test_the_page_offers_what_can_be_done(world, meeting, sign_in):
    page = sign_in(world.coordinator).get(reverse("bylaws:meeting", args=[meeting.uid])).content.decode()
    for words in ("Record it from minutes", "Move it", "It was not held"):
        assert words in page
    assert "Call to order" not in page
    assert f"?meeting={meeting.uid}" in page


def test_not_held_it_counts_for_nothing_and_nobody_is_written_to(world, meeting):
    before = MeetingInvitation.objects.count()
    cancel_meeting(actor=world.coordinator, meeting=meeting, reason="Snow")
    assert MeetingInvitation.objects.count() == before
    assert set(meeting.agenda_items.values_list("status", flat=True)) == {AgendaStatus.POSTPONED}
    assert meeting.committee_id not in held_by_body(world.facility, TODAY, None)


def test_recorded_from_minutes_it_is_the_meeting_that_was_called(world, meeting):
    (item,) = AgendaItem.objects.filter(meeting=meeting, step__isnull=False)
    held = Held(
        starts_at=meeting.starts_at, mover="Ana Member", seconder="Ben Member", votes_for=4,
        present=world.members[:3],
    )  # fmt: skip
    done = record_minutes(
        actor=world.coordinator, committee=meeting.committee, held=held, files=[Told(item.step)],
        paper_name="minutes.pdf", paper=PAPER, meeting=meeting,
    )  # fmt: skip
    assert (done.meeting, done.left) == (meeting, [])
    assert Meeting.objects.get().status == MeetingStatus.ADJOURNED
    assert dict(meeting.agenda_items.values_list("title", "status")) == {
        item.title: AgendaStatus.ACTED, "Parking": AgendaStatus.POSTPONED
    }  # fmt: skip
    assert set(meeting.attendances.values_list("user", flat=True)) == {each.pk for each in world.members[:3]}
    for known_at in (None, clock.now()):
        assert held_by_body(world.facility, TODAY, known_at)[meeting.committee_id] == [TODAY - DAY]
    assert meeting.committee_id not in held_by_body(world.facility, TODAY, clock.now() - DAY)


def test_the_seats_are_asked_once_however_many_were_present(world, meeting):
    """An alternate was there as well, who has no seat of their own."""
    alternate = world.user("Alan Alternate", Role.COMMITTEE_MEMBER)
    seat = CommitteeSeat.objects.get(committee=meeting.committee, user=world.members[0])
    with clock.freeze(NOON - 20 * DAY):
        designate_for_seat(actor=world.coordinator, seat=seat, user=alternate)
    there = [alternate, *world.members[:3]]

    def record(present):
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            record_minutes(
                actor=world.coordinator, committee=meeting.committee, files=[], paper_name="minutes.pdf",
                held=Held(starts_at=meeting.starts_at, present=present), paper=PAPER, meeting=meeting,
            )  # fmt: skip
            assert set(meeting.attendances.values_list("user", flat=True)) == {each.pk for each in present}
            transaction.set_rollback(True)
        return len(asked.captured_queries)

    one = record(there[:1])
    assert record(there) <= one


def test_who_had_no_seat_was_not_present(world, meeting):
    held = Held(starts_at=meeting.starts_at, present=[world.director])
    with pytest.raises(Refused, match="had no seat") as refused:
        record_minutes(
            actor=world.coordinator, committee=meeting.committee, held=held, files=[],
            paper_name="minutes.pdf", paper=PAPER, meeting=meeting,
        )  # fmt: skip
    assert refused.value.field == "present"
    assert not MinutesPaper.objects.exists()


def test_one_to_come_is_not_recorded_as_held(world):
    coming = schedule_meeting(
        actor=world.coordinator, committee=world.committees[CREDENTIALS], starts_at=clock.now()
    )
    with pytest.raises(Refused, match="has not passed: call it to order"):
        record_minutes(
            actor=world.coordinator, committee=coming.committee, held=Held(starts_at=coming.starts_at),
            files=[], paper_name="minutes.pdf", paper=PAPER, meeting=coming,
        )  # fmt: skip


def test_a_body_before_which_no_file_comes_is_recorded_on_the_page(world, sign_in):
    general = form_committee(
        actor=world.system, facility=world.facility, kind=CommitteeKind.GENERAL_STAFF, name="Medical staff"
    )
    with clock.freeze(NOON - 2 * DAY):
        called = schedule_meeting(actor=world.coordinator, committee=general, starts_at=NOON - DAY)
    client = sign_in(world.coordinator)
    url = reverse("bylaws:bulk_minutes", args=[general.uid]) + f"?meeting={called.uid}"
    assert "Scan of the signed minutes" in client.get(url).content.decode()
    given = {
        "starts_at": "2026-03-09T12:00", "votes_against": "0", "abstentions": "0", "do": "record",
        "scan": SimpleUploadedFile("minutes.pdf", PAPER, "application/pdf"),
    }  # fmt: skip
    assert client.post(url, given).status_code == 303
    called.refresh_from_db()
    assert called.status == MeetingStatus.ADJOURNED
    assert held_by_body(world.facility, TODAY, None)[general.pk] == [TODAY - DAY]


def test_everything_that_is_wrong_is_said_at_once(world, meeting, sign_in):
    """Who moved is chosen among those who could that day; each row says what is wrong with it."""
    (item,) = AgendaItem.objects.filter(meeting=meeting, step__isnull=False)
    url = reverse("bylaws:bulk_minutes", args=[meeting.committee.uid]) + f"?meeting={meeting.uid}"
    client = sign_in(world.coordinator)
    page = client.get(url).content.decode()
    assert '<option value="Ana Member">Ana Member</option>' in page
    answer = client.post(
        url,
        {
            "starts_at": "", "mover": "Mickey Mouse", "votes_against": "-1", "abstentions": "0",
            f"{item.step.uid}-say": "asked", f"{item.step.uid}-recusals": "Ben Member", "do": "record",
        },
    )  # fmt: skip
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in (
        "Mickey Mouse was no voting member",
        "Say who seconded.",
        "Write a name, a colon and the reason",
    ):
        assert words in page
    assert "Ben Member</textarea>" in page
