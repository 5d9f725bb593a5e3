"""Mails that come back: at hand-over, by a notice later, by hand; and what becomes of the address."""

from __future__ import annotations

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import Element, MailKind, MailStatus, ReturnHow, Told
from credentialing.importing.delivery_notices import NotANotice, read_notice
from credentialing.models import FailingAddress, OutboxMessage, PacketMail, ReturnedMail
from credentialing.services import (
    bounces,
    enquiries,
    enquiry_mails,
    packet_mails,
    packets,
    reminders,
)
from credentialing.services.bounces import Came
from credentialing.services.enquiries import Recipient
from credentialing.services.reminders import queue_reminders
from credentialing.worklist.mail import addresses_failing
from practitioners.services.disclosures import load_question_sets
from tests.credentialing.services.test_reminders import member, queue
from tests.credentialing.world import NOON, TODAY

ADDRESS = "marisol@example.org"
GONE = Came(ReturnHow.HAND, "There is no such address.")


def notice(message_id: str, *, action: str = "failed", status: str = "5.1.1", head: bool = True) -> bytes:
    """What a mail system sends back (RFC 3464)."""
    original = f"Message-ID: {message_id}\r\nSubject: State license\r\n" if head else "Subject: no\r\n"
    return (
        "From: mailer-daemon@example.org\r\nTo: office@example.org\r\nSubject: Undelivered\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n'
        "\r\n--B\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {ADDRESS}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such\r\n user here\r\n\r\n"
        f"--B\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n--B--\r\n"
    ).encode()


def answering(monkeypatch, problem: Exception) -> None:
    """The mail system's answer; all the rest is ours."""

    def refuse(self, messages):
        raise problem

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)


def refusing(monkeypatch, number: int, text: bytes = b"5.1.1 no such user") -> None:
    answering(monkeypatch, smtplib.SMTPRecipientsRefused({ADDRESS: (number, text)}))


@pytest.fixture
def message(world) -> OutboxMessage:
    member(world)
    queue(world)
    return OutboxMessage.objects.get()


class TestNotice:
    def test_what_it_says(self):
        found = read_notice(notice("<reminder.1@standing.invalid>"))
        assert (found.message_id, found.address) == ("<reminder.1@standing.invalid>", ADDRESS)
        assert (found.code, found.reason) == ("5.1.1", "550 5.1.1 no such user here")

    def test_late_is_no_failure(self):
        assert read_notice(notice("<a@b>", action="delayed", status="4.4.1")) is None

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"", "no part message/delivery-status"),
            (b"\xff\x00\x80 not a mail at all", "no part message/delivery-status"),
            (notice("<a@b>", head=False), "Message-ID is missing"),
            (notice("<a@b>").replace(b"Action: failed\r\n", b""), "names no recipient"),
        ],
    )
    def test_any_other_message_is_told_apart(self, content, sentence):
        with pytest.raises(NotANotice, match=sentence):
            read_notice(content)


class TestHandOver:
    def test_an_address_refused_for_good_is_not_tried_again(self, message, monkeypatch):
        refusing(monkeypatch, 550)
        assert reminders.send(message.uid) == "returned"
        message.refresh_from_db()
        assert (message.status, message.sent_at) == (MailStatus.RETURNED, None)
        assert "550 5.1.1 no such user" in message.problem
        assert reminders.send(message.uid) == "returned"
        with clock.freeze(NOON + dt.timedelta(days=1)):
            assert reminders.sweep() == 0
        assert reminders.unsent() == []
        (returned,) = ReturnedMail.objects.all()
        assert (returned.how, returned.code, returned.address) == ("refused", "5.1.1", ADDRESS)
        assert AuditEvent.objects.filter(verb="outbox_message.came_back").count() == 1

    def test_a_busy_mail_system_is_asked_again(self, message, monkeypatch):
        refusing(monkeypatch, 451, b"4.7.1 greylisted")
        assert reminders.send(message.uid) == "failed"
        with clock.freeze(NOON + dt.timedelta(hours=1)):
            assert reminders.sweep() == 1
        assert not FailingAddress.objects.exists()

    @pytest.mark.parametrize(("text", "status"), [(b"5.1.1 unknown", "returned"), (b"5.7.1 spam", "failed")])
    def test_of_a_refused_message_what_speaks_of_its_address(self, message, monkeypatch, text, status):
        answering(monkeypatch, smtplib.SMTPDataError(550, text))
        assert reminders.send(message.uid) == status

    def test_a_form_whose_address_is_refused_waits_for_a_person(self, world, monkeypatch):
        person = world.practitioner()
        world.state_everything(person)
        item = world.item(world.signed(world.accepted(person)), Element.PEER_REFERENCE)
        enquiry = enquiries.send_form(
            actor=world.coordinator, item=item, recipient=Recipient(name="Ines Calloway", email=ADDRESS)
        )
        refusing(monkeypatch, 550)
        assert enquiry_mails.send(enquiry.mails.get().uid) == "returned"
        enquiry.refresh_from_db()
        assert (enquiry.status, FailingAddress.objects.get().address) == ("bounced", ADDRESS)
        monkeypatch.undo()
        enquiries.send_again(actor=world.coordinator, enquiry=enquiry)
        sent = enquiry.mails.get(status=MailStatus.WAITING)
        assert enquiry_mails.send(sent.uid) == "sent"
        bounces.enquiry_came_back(actor=world.coordinator, enquiry=enquiry, reason="It came back.")
        sent.refresh_from_db()
        enquiry.refresh_from_db()
        assert (sent.status, enquiry.status) == ("returned", "bounced")


class TestRecorded:
    def test_by_a_notice_once(self, world, message):
        reminders.send(message.uid)
        told = read_notice(notice(message.message_id))
        assert bounces.record_notice(actor=world.system, notice=told) == "came back"
        assert bounces.record_notice(actor=world.system, notice=told) == "known already"
        message.refresh_from_db()
        assert message.problem == "Sent on 10 Mar 2026, and came back: 550 5.1.1 no such user here"
        # Sent again, the notice of the first time says nothing of the second.
        failing = FailingAddress.objects.get()
        bounces.confirm_address(actor=world.coordinator, failing=failing, reason="They answered")
        reminders.send_again(actor=world.coordinator, message=message)
        assert reminders.send(message.uid) == "sent"
        assert bounces.record_notice(actor=world.system, notice=told) == "known already"
        other = read_notice(notice("<reminder.elsewhere@standing.invalid>"))
        assert bounces.record_notice(actor=world.system, notice=other) == "not ours"

    def test_by_hand_by_those_who_remind(self, world, message):
        given = {"kind": MailKind.REMINDER, "mail": message, "came": GONE}
        with pytest.raises(Refused, match="only what was sent can come back"):
            bounces.record_return(actor=world.coordinator, **given)
        reminders.send(message.uid)
        with pytest.raises(Forbidden):
            bounces.record_return(actor=world.lookup, **given)
        with pytest.raises(Refused, match="Say how"):
            bounces.record_return(actor=world.coordinator, **given | {"came": Came(ReturnHow.HAND, " ")})
        bounces.record_return(actor=world.coordinator, **given)
        with pytest.raises(Refused, match="comes back"):
            reminders.send_again(actor=world.coordinator, message=message)

    def test_the_database_keeps_both(self, world, message):
        reminders.send(message.uid)
        returned = bounces.record_return(
            actor=world.coordinator, kind=MailKind.REMINDER, mail=message, came=GONE
        )
        failing = FailingAddress.objects.get()
        for rows, changed in (
            (ReturnedMail.objects.filter(pk=returned.pk), {"reason": "x"}),
            (FailingAddress.objects.filter(pk=failing.pk), {"address": "x@example.org"}),
            (FailingAddress.objects.filter(pk=failing.pk), {"ended_at": NOON}),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                rows.update(**changed)


class TestInstead:
    """What is due goes to the office, and says so."""

    @pytest.fixture
    def failing(self, world, message) -> FailingAddress:
        world.coordinator.email = "coordinator@fernwick.example"
        world.coordinator.save()
        reminders.send(message.uid)
        bounces.record_return(actor=world.coordinator, kind=MailKind.REMINDER, mail=message, came=GONE)
        mail.outbox.clear()
        return FailingAddress.objects.get()

    def test_the_coordinator_is_reminded_where_the_office_has_no_address(self, world, failing):
        assert queue(world) == 1
        instead = OutboxMessage.objects.get(status=MailStatus.WAITING)
        assert instead.recipient == "coordinator@fernwick.example"
        assert reminders.send(instead.uid) == "sent"
        assert f"mail to {ADDRESS} comes back since\n10 Mar 2026" in mail.outbox[0].body
        assert queue(world) == 0

    def test_a_corrected_address_is_written_to(self, world, failing):
        person = OutboxMessage.objects.first().practitioner
        assert addresses_failing(world.coordinator, world.facility, 5)[0] == 1
        world.email(person, "marisol@elsewhere.example")
        assert addresses_failing(world.coordinator, world.facility, 5) == (0, [])
        assert queue(world) == 2  # and the coordinator, as from fourteen days on
        fresh = OutboxMessage.objects.get(status=MailStatus.WAITING, told=Told.PRACTITIONER)
        assert fresh.recipient == "marisol@elsewhere.example"
        assert reminders.send(fresh.uid) == "sent"
        assert "comes back" not in mail.outbox[0].body

    def test_an_address_that_works_after_all(self, world, failing):
        with pytest.raises(Refused, match="Say how you know"):
            bounces.confirm_address(actor=world.coordinator, failing=failing, reason=" ")
        bounces.confirm_address(actor=world.coordinator, failing=failing, reason="They answered")
        with pytest.raises(Refused, match="already"):
            bounces.confirm_address(actor=world.coordinator, failing=failing, reason="They answered")
        assert addresses_failing(world.coordinator, world.facility, 5) == (0, [])
        message = OutboxMessage.objects.get()
        reminders.send_again(actor=world.coordinator, message=message)
        assert reminders.send(message.uid) == "sent"

    def test_what_waits_to_go_there_is_dropped(self, world, failing):
        later = TODAY + dt.timedelta(days=4)
        OutboxMessage.objects.filter(status=MailStatus.WAITING).delete()
        bounces.confirm_address(actor=world.coordinator, failing=failing, reason="They answered")
        queue_reminders(actor=world.system, on=later)
        mine = OutboxMessage.objects.filter(told=Told.PRACTITIONER)
        waiting = mine.get(status=MailStatus.WAITING)
        again = mine.exclude(pk=waiting.pk).get()
        reminders.send_again(actor=world.coordinator, message=again)
        reminders.send(again.uid)
        bounces.record_return(actor=world.coordinator, kind=MailKind.REMINDER, mail=again, came=GONE)
        assert reminders.send(waiting.uid) == "no longer needed"

    def test_the_packets_ladder_goes_to_the_coordinator_without_the_link(self, world, failing):
        load_question_sets(actor=world.system)
        application = world.application(world.practitioner(last_name="Fennimore"))
        application.coordinator = world.coordinator
        application.save()
        packet = packets.invite(
            actor=world.coordinator, application=application, name="A. Fennimore", email=ADDRESS
        )
        link = packet.links.get()
        reminder = packet_mails.queue_mail(actor=world.system, link=link, kind="due", days_left=7)
        assert packet_mails.send(reminder.uid) == "sent"
        (told,) = mail.outbox
        assert told.to == ["coordinator@fernwick.example"]
        assert f"Mail to {ADDRESS} comes back" in told.body
        assert "http" not in told.body


class TestDoors:
    def test_the_command(self, world, message, tmp_path, capsys):
        reminders.send(message.uid)
        folder = tmp_path / "bounces"
        folder.mkdir()
        (folder / "1.eml").write_bytes(notice(message.message_id))
        (folder / "2.eml").write_bytes(b"Subject: lunch?\r\n\r\nAt noon.")
        with pytest.raises(SystemExit) as stopped:
            call_command("record_bounces", str(folder))
        assert stopped.value.code == 1
        said = capsys.readouterr()
        assert said.out.splitlines() == ["1 delivery notice read.", "1 came back.", "1 message left out."]
        assert said.err.startswith("2.eml: It is no delivery notification")
        box = tmp_path / "box"
        lines = notice(message.message_id).replace(b"\r\n", b"\n")
        box.write_bytes(b"From mailer-daemon Tue Mar 10 2026\n" + lines + b"\n")
        call_command("record_bounces", str(box))
        assert "1 known already." in capsys.readouterr().out
        with pytest.raises(SystemExit) as stopped:
            call_command("record_bounces", str(tmp_path / "nowhere"))
        assert stopped.value.code == 2
        assert "There is no file or folder" in capsys.readouterr().err

    def test_by_hand_and_from_today_to_the_contact(self, world, message, client):
        reminders.send(message.uid)
        client.force_login(world.coordinator)
        page = reverse("credentialing:reminder_came_back", args=[message.uid])
        assert client.get(page).status_code == 200
        assert client.post(page, {"words": "550"}).status_code == 422
        client.post(page, {"why": "There is no such address.", "words": "550 unknown"})
        assert client.post(page, {"why": "It came back."}).status_code == 422
        (item,) = addresses_failing(world.coordinator, world.facility, 5)[1]
        assert item.detail == f"{ADDRESS}: There is no such address. 550 unknown"
        listed = client.get(reverse("credentialing:addresses")).content.decode()
        assert ADDRESS in listed
        shown = client.get(item.url).content.decode()
        assert reverse("practitioners:contact", args=[message.practitioner.uid, "email"]) in shown
        assert client.post(item.url, {"reason": ""}).status_code == 422
        client.post(item.url, {"reason": "They answered."})
        assert client.get(item.url).status_code == 404
        client.force_login(world.lookup)
        assert client.get(page).status_code == 403

    def test_a_packets_mail_by_hand(self, world, client):
        load_question_sets(actor=world.system)
        application = world.application(world.practitioner(last_name="Fennimore"))
        packets.invite(actor=world.coordinator, application=application, name="A. Fennimore", email=ADDRESS)
        invitation = PacketMail.objects.get()
        packet_mails.send(invitation.uid)
        client.force_login(world.coordinator)
        back = reverse("credentialing:packet", args=[invitation.link.packet.uid])
        page = reverse("credentialing:packet_mail_came_back", args=[invitation.uid])
        assert page in client.get(back).content.decode()
        client.post(page, {"why": "There is no such address."})
        assert "Came back" in client.get(back).content.decode()
