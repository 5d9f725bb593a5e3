"""Meetings as calendars read them: the text (RFC 5545), invitations by mail, the address subscribed to."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from email import message_from_bytes
from typing import Any

import pytest
from django.core import mail as outgoing
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from bylaws.choices import Body
from bylaws.models import AgendaItem, CalendarFeed
from bylaws.rules.calendar import CANCEL, PUBLISH, REQUEST, Event, calendar
from bylaws.selectors.calendar import invited, meetings_of_member, when
from bylaws.services.agendas import add_step_to_agenda
from bylaws.services.alternates import declare_absence, designate_for_seat
from bylaws.services.calendar import WORKS_FOR, make_feed, withdraw_feed
from bylaws.services.committees import end_seat
from bylaws.services.meetings import cancel_meeting, move_meeting, schedule_meeting
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import MailStatus
from credentialing.models import MeetingInvitation
from credentialing.selectors.invitations import invitations_of
from credentialing.services import invitations
from tests.bylaws.world import NOON, TODAY

WEEK = dt.timedelta(days=7)
COMMITTEE = Body.CREDENTIALS_COMMITTEE


def unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def an_event(**more) -> Event:
    values: dict[str, Any] = {
        "uid": uuid.UUID(int=7), "sequence": 2, "stamp": NOON, "starts_at": NOON + WEEK,
        "summary": "Board", "description": "A meeting",
    }  # fmt: skip
    return Event(**values | more)


class TestText:
    """RFC 5545, 3.1 and 3.3.11."""

    def test_one_event_line_by_line(self):
        event = an_event(summary="Board; of, trustees", description="First\nSecond \\ third", place="Room 1")
        assert unfolded(calendar([event], method=REQUEST, organizer="o@x.org", attendee="a@x.org")) == [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Standing//Meetings//EN",
            "METHOD:REQUEST",
            "BEGIN:VEVENT",
            "UID:00000000-0000-0000-0000-000000000007@standing.invalid",
            "SEQUENCE:2",
            "DTSTAMP:20260310T180000Z",
            "DTSTART:20260317T180000Z",
            "DTEND:20260317T190000Z",
            "SUMMARY:Board\\; of\\, trustees",
            "DESCRIPTION:First\\nSecond \\\\ third",
            "STATUS:CONFIRMED",
            "LOCATION:Room 1",
            "ORGANIZER:mailto:o@x.org",
            "ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=FALSE:mailto:a@x.org",
            "END:VEVENT",
            "END:VCALENDAR",
        ]

    @pytest.mark.parametrize("words", ["ä" * 200, "x" * 75, "x" * 67, "€" * 90 + "🙂" * 40, ""])
    def test_long_lines_are_folded_between_characters(self, words):
        lines = unfolded(calendar([an_event(summary=words)], method=PUBLISH))
        assert f"SUMMARY:{words}" in lines

    def test_nobody_writes_a_line_of_their_own(self):
        hostile = "Room\r\nATTENDEE:mailto:x@x.org\rBEGIN:VALARM\x00"
        text = calendar([an_event(place=hostile)], method=REQUEST, attendee="a@x.org\r\nX-EVIL:1")
        lines = unfolded(text)
        assert "LOCATION:Room\\nATTENDEE:mailto:x@x.orgBEGIN:VALARM" in lines
        assert not [line for line in lines if line.startswith(("X-EVIL", "BEGIN:VALARM", "ATTENDEE:mailto"))]

    def test_what_is_canceled_says_so(self):
        assert "STATUS:CANCELLED" in unfolded(calendar([an_event(canceled=True)], method=CANCEL))


@pytest.fixture
def world(world):
    for user in world.members:
        user.email = f"{user.username}@example.org"
        user.save(update_fields=["email"])
    return world


def called(world, *, place="Room 4", starts_at=NOON + WEEK):
    return schedule_meeting(
        actor=world.coordinator, committee=world.committees[COMMITTEE], starts_at=starts_at, place=place
    )


def sent(world) -> dict[str, list[str]]:
    """Everything that waits, sent; what calendars were told last, by recipient."""
    for row in MeetingInvitation.objects.filter(status=MailStatus.WAITING):
        invitations.send(row.uid)
    return {message.to[0]: unfolded(_part(message)) for message in outgoing.outbox}


def _part(message) -> str:
    parts = [
        part
        for part in message_from_bytes(message.message().as_bytes()).walk()
        if part.get_content_type() == "text/calendar"
    ]
    (part,) = parts
    text = part.get_payload(decode=True).decode()
    assert part.get_param("method") in text
    return text if "\r\n" in text else text.replace("\n", "\r\n")


def value(lines: list[str], name: str) -> str:
    (found,) = [line for line in lines if line.startswith(name + ":")]
    return found.partition(":")[2]


def test_everybody_seated_is_invited_moved_and_taken_back_under_one_uid(world):
    meeting = called(world)
    first = sent(world)
    assert set(first) == {user.email for user in world.members}
    lines = first[world.members[0].email]
    assert value(lines, "METHOD") == "REQUEST"
    assert value(lines, "SEQUENCE") == "0"
    assert value(lines, "LOCATION") == "Room 4"
    assert value(lines, "DTSTART") == "20260317T180000Z"
    uid = value(lines, "UID")

    move_meeting(
        actor=world.coordinator, meeting=meeting, starts_at=NOON + 2 * WEEK, place="Room 5", reason="Snow"
    )
    lines = sent(world)[world.members[0].email]
    assert (value(lines, "METHOD"), value(lines, "SEQUENCE"), value(lines, "UID")) == ("REQUEST", "1", uid)
    assert (value(lines, "LOCATION"), value(lines, "DTSTART")) == ("Room 5", "20260324T180000Z")

    cancel_meeting(actor=world.coordinator, meeting=meeting, reason="No matters")
    lines = sent(world)[world.members[0].email]
    assert (value(lines, "METHOD"), value(lines, "SEQUENCE"), value(lines, "UID")) == ("CANCEL", "2", uid)
    assert value(lines, "STATUS") == "CANCELLED"
    number = len(world.members)
    assert len(outgoing.outbox) == 3 * number
    assert [message.subject.partition(":")[0] for message in outgoing.outbox[::number]] == [
        "Meeting", "Moved", "Canceled",
    ]  # fmt: skip
    for row in MeetingInvitation.objects.all():
        assert invitations.send(row.uid) == "sent"  # once
    assert len(outgoing.outbox) == 3 * number


def test_nothing_of_the_agenda_leaves_the_house(world):
    case = world.recommended(world.practitioner("Marguerite Zyxwell"))
    meeting = called(world)
    add_step_to_agenda(actor=world.coordinator, meeting=meeting, step=world.step(case, COMMITTEE))
    move_meeting(
        actor=world.coordinator, meeting=meeting, starts_at=NOON + 2 * WEEK, reason="For Zyxwell's lawyer"
    )
    sent(world)
    cancel_meeting(actor=world.coordinator, meeting=meeting, reason="Zyxwell withdrew")
    sent(world)
    assert AgendaItem.objects.filter(practitioner=case.practitioner).exists()
    texts = [message.message().as_string() + message.body + _part(message) for message in outgoing.outbox]
    _, secret = make_feed(actor=world.members[0])
    texts.append(Client().get(reverse("bylaws:calendar", args=[secret])).content.decode())
    assert len(texts) > 3
    for text in texts:
        assert "zyxwell" not in text.casefold()
        assert case.title.casefold() not in text.casefold()
        assert "peer review" not in text.casefold()
        assert "Credentials" in text


def test_the_mail_says_when_with_the_zone_where_and_of_which_body(world):
    meeting = called(world)
    assert when(meeting) == "Tuesday 17 Mar 2026, 1:00 PM CDT"
    sent(world)
    body = outgoing.outbox[0].body
    assert when(meeting) in body
    assert "Where: Room 4" in body
    assert str(meeting.committee) in body
    assert reverse("bylaws:meeting", args=[meeting.uid]) in body


def test_what_was_moved_before_it_was_sent_goes_out_once_as_it_is_now(world):
    meeting = called(world)
    move_meeting(actor=world.coordinator, meeting=meeting, starts_at=NOON + 2 * WEEK, reason="Snow")
    sent(world)
    assert len(outgoing.outbox) == len(world.members)
    old = MeetingInvitation.objects.filter(sequence=0)
    assert {(each.status, each.problem) for each in old} == {("moot", "The meeting has changed since.")}


def test_what_has_begun_asks_nobody(world):
    called(world, starts_at=NOON)
    assert not MeetingInvitation.objects.exists()
    called(world)
    with clock.freeze(NOON + WEEK):
        assert sent(world) == {}
    assert {each.problem for each in MeetingInvitation.objects.all()} == {"The meeting has begun."}


def test_who_no_longer_sits_is_told_not_to_come_and_who_sits_since_is_invited(world):
    meeting = called(world)
    sent(world)
    gone = world.members[0]
    seat = world.committees[COMMITTEE].seats.get(user=gone)
    end_seat(actor=world.system, seat=seat, day=TODAY, reason="Moved away")
    late = world.user("Late Comer", Role.COMMITTEE_MEMBER)
    world.seat(COMMITTEE, late)
    with pytest.raises(Refused, match="Everybody who has an e-mail address"):
        invitations.invite_missing(actor=world.coordinator, meeting=meeting)
    late.email = "late@example.org"
    late.save(update_fields=["email"])
    with pytest.raises(Forbidden):
        invitations.invite_missing(actor=late, meeting=meeting)
    assert invitations.invite_missing(actor=world.coordinator, meeting=meeting) == 1
    move_meeting(actor=world.coordinator, meeting=meeting, starts_at=NOON + 2 * WEEK, reason="Snow")
    told = sent(world)
    assert value(told[gone.email], "METHOD") == "CANCEL"
    assert value(told["late@example.org"], "METHOD") == "REQUEST"
    assert value(told[world.members[1].email], "METHOD") == "REQUEST"


def test_the_alternate_of_who_is_away_is_invited_too(world):
    committee = world.committees[COMMITTEE]
    member, other = world.members[0], world.user("Alt Ernate", Role.COMMITTEE_MEMBER)
    designate_for_seat(actor=world.coordinator, seat=committee.seats.get(user=member), user=other)
    meeting = called(world)
    assert other not in invited(meeting)
    declare_absence(
        actor=world.coordinator, facility=world.facility, user=member, start=TODAY + dt.timedelta(days=5),
        last_day=TODAY + dt.timedelta(days=9),
    )  # fmt: skip
    assert {member, other} <= set(invited(meeting))


def test_who_was_told_not_to_come_or_never_heard_is_invited_again(world):
    meeting = called(world)
    sent(world)
    back, away = world.members[:2]
    MeetingInvitation.objects.filter(recipient=away).update(status="returned", sent_at=None)
    with pytest.raises(Refused, match="Everybody who has an e-mail address"):
        invitations.invite_missing(actor=world.coordinator, meeting=meeting)  # not again to where it failed
    away.email = "new@example.org"
    away.save(update_fields=["email"])
    assert invitations.invite_missing(actor=world.coordinator, meeting=meeting) == 1
    # The mailbox moves, and moves back: the old address works again.
    sent(world)
    MeetingInvitation.objects.filter(recipient=away, status="sent").update(status="returned", sent_at=None)
    away.email = MeetingInvitation.objects.filter(recipient=away).earliest("pk").recipient_email
    away.save(update_fields=["email"])
    assert invitations.invite_missing(actor=world.coordinator, meeting=meeting) == 1
    seat = world.committees[COMMITTEE].seats.get(user=back)
    end_seat(actor=world.system, seat=seat, day=TODAY, reason="Moved away")
    move_meeting(actor=world.coordinator, meeting=meeting, starts_at=NOON + 2 * WEEK, reason="Snow")
    assert value(sent(world)[back.email], "METHOD") == "CANCEL"
    world.seat(COMMITTEE, back)
    meeting.refresh_from_db()
    assert [each.missing for each in invitations_of(meeting) if each.user == back] == [True]
    assert invitations.invite_missing(actor=world.coordinator, meeting=meeting) == 1
    assert value(sent(world)[back.email], "METHOD") == "REQUEST"


def test_an_invitation_is_one_for_each_state_of_a_meeting(world):
    called(world)
    row = MeetingInvitation.objects.first()
    values = {
        "meeting": row.meeting, "recipient": row.recipient, "recipient_email": row.recipient_email,
        "sequence": 0,
        "method": "REQUEST", "created_at": NOON, "message_id": "<other>",
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="invited_once_to_each_state"), transaction.atomic():
        MeetingInvitation.objects.create(**values)


def test_the_page_says_who_is_invited_and_who_has_no_address(world, sign_in):
    late = world.user("Late Comer", Role.COMMITTEE_MEMBER)
    world.seat(COMMITTEE, late)
    meeting = called(world)
    rows = {each.user: each.mail for each in invitations_of(meeting)}
    assert rows[late] is None
    assert rows[world.members[0]].status == "waiting"
    client = sign_in(world.coordinator)
    url = reverse("credentialing:meeting_invitations", args=[meeting.uid])
    assert "No e-mail address: call them" in client.get(url).content.decode()
    assert client.post(url).status_code == 303
    assert "Everybody who has an e-mail address is invited." in client.get(url).content.decode()
    assert sign_in(world.members[0]).get(url).status_code == 403


class TestSubscription:
    """ADR 0012: shown once, kept as a hash, ends by itself, withdrawn at once."""

    def get(self, secret):
        return Client().get(reverse("bylaws:calendar", args=[secret]))

    def test_a_calendar_reads_the_meetings_of_its_owner_alone(self, world):
        mine = called(world)
        schedule_meeting(actor=world.coordinator, committee=world.committees[Body.MEC], starts_at=NOON + WEEK)
        feed, secret = make_feed(actor=world.members[0])
        assert secret not in (feed.digest, str(feed.uid))
        answer = self.get(secret)
        assert answer["Content-Type"].startswith("text/calendar")
        lines = unfolded(answer.content.decode())
        assert re.findall(r"UID:([^@]+)@", "\n".join(lines)) == [str(mine.uid)]
        assert "METHOD:PUBLISH" in lines
        cancel_meeting(actor=world.coordinator, meeting=mine, reason="No matters")
        assert "STATUS:CANCELLED" in unfolded(self.get(secret).content.decode())

    def test_withdrawn_replaced_over_or_unknown_it_opens_nothing(self, world):
        member = world.members[0]
        _, first = make_feed(actor=member)
        _, second = make_feed(actor=member)
        assert (self.get(first).status_code, self.get(second).status_code) == (404, 200)
        with clock.freeze(NOON + WORKS_FOR):
            assert self.get(second).status_code == 404
        assert withdraw_feed(actor=member)
        assert not withdraw_feed(actor=member)
        assert self.get(second).status_code == 404
        assert self.get("guess").status_code == 404

    def test_an_owner_who_is_gone_or_lost_the_role_silences_it(self, world):
        member = world.members[0]
        _, secret = make_feed(actor=member)
        member.is_active = False
        member.save(update_fields=["is_active"])
        assert self.get(secret).status_code == 404
        with pytest.raises(Forbidden):
            make_feed(actor=world.user("No Body"))

    def test_the_page_shows_the_address_once(self, world, sign_in):
        client = sign_in(world.members[0])
        url = reverse("bylaws:calendar_feed")
        assert "You have no address yet." in client.get(url).content.decode()
        made = client.post(url, {"act": "make"}).content.decode()
        (secret,) = re.findall(r"/meetings/calendar/([\w-]+)\.ics", made)
        assert self.get(secret).status_code == 200
        assert secret not in client.get(url).content.decode()
        client.post(url, {"act": "withdraw"})
        assert not CalendarFeed.objects.filter(withdrawn_at__isnull=True).exists()

    def test_whoever_runs_meetings_subscribes_to_all_of_the_house(self, world):
        """Their calendar stood empty: they sit on no body."""
        meeting = called(world)
        assert list(meetings_of_member(world.coordinator)) == [meeting]
        assert list(meetings_of_member(world.board_members[0])) == []

    def test_one_meeting_is_a_file_for_who_may_see_it(self, world, sign_in):
        meeting = called(world)
        url = reverse("bylaws:meeting_calendar", args=[meeting.uid])
        assert b"BEGIN:VEVENT" in sign_in(world.members[0]).get(url).content
        assert sign_in(world.user("No Body", Role.COMMITTEE_MEMBER)).get(url).status_code == 404
