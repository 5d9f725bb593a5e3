"""Forms by signed link: sent once, chased on the ladder, answered once, read by those who may."""

from __future__ import annotations

import datetime as dt
import json
import smtplib
import threading

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, connections, transaction

from config.audit.models import AuditEvent, ProtectedRead
from config.kernel import clock
from config.kernel.errors import Conflict, Forbidden, Refused
from credentialing.choices import Element, EnquiryStatus, ItemStatus
from credentialing.models import Enquiry, EnquiryMail, RedFlag
from credentialing.selectors import enquiries as reading
from credentialing.selectors.enquiries import Recipient, token_of
from credentialing.services import applications, enquiries, enquiry_answers, enquiry_mails, verification
from practitioners import store
from tests.credentialing.enquiries import (
    PEER,
    SECRET,
    deliver,
    file_with_peers,
    good_affiliation,
    good_reference,
    hospitals_with_peers,
    peer_item,
    send,
)
from tests.credentialing.world import NOON, build

HOSPITALS = hospitals_with_peers


@pytest.fixture
def application(world):
    return world.file


@pytest.fixture
def item(application):
    return peer_item(application)


def answer(enquiry, given=None, name="Ines Calloway", agrees=True):
    return enquiry_answers.answer(
        token=token_of(enquiry), given=given or good_reference(), signed_name=name, agrees=agrees
    )


class TestSending:
    def test_the_mail_says_who_asks_about_whom_and_the_send_is_an_attempt(self, world, item):
        enquiry = send(world, item)
        assert enquiry.status == EnquiryStatus.SENT
        (message,) = mail.outbox
        assert message.to == [PEER]
        assert "Quillfeather" in message.body
        assert reading.link_of(enquiry) in message.body
        item.refresh_from_db()
        assert item.status == ItemStatus.AWAITING
        attempt = item.attempts.get()
        assert (attempt.outcome, attempt.method, attempt.by) == ("sent", "letter", world.coordinator)

    def test_only_the_hash_of_the_link_is_kept(self, world, item):
        enquiry = send(world, item)
        token = token_of(enquiry)
        kept = " ".join(str(value) for value in Enquiry.objects.filter(pk=enquiry.pk).values()[0].values())
        assert token not in kept
        assert len(token) == 43
        assert reading.by_token(token) == enquiry
        assert reading.by_token(token[:-1] + ("A" if token[-1] != "A" else "B")) is None

    def test_a_mail_goes_out_once_however_often_it_is_sent(self, world, item):
        enquiry = send(world, item)
        for each in enquiry.mails.all():
            assert enquiry_mails.send(each.uid) == "sent"
        assert len(mail.outbox) == 1
        assert item.attempts.count() == 1

    @pytest.mark.parametrize(
        ("name", "email", "field", "sentence"),
        [
            ("Ines", "", "email", "record the answer by hand"),
            ("Ines", "ines at example", "email", "not an e-mail address"),
            ("Ines", "Marisol@Example.org", "email", "applicant's own address"),
            ("  ", PEER, "name", "Name whom"),
        ],
    )
    def test_whom_it_cannot_go_to_is_said_at_the_field(self, world, item, name, email, field, sentence):
        with pytest.raises(Refused, match=sentence) as refused:
            enquiries.send_form(
                actor=world.coordinator, item=item, recipient=Recipient(name=name, email=email)
            )
        assert refused.value.field == field
        assert not Enquiry.objects.exists()

    def test_what_no_form_asks_about_and_what_is_answered_is_refused(self, world, application, item):
        with pytest.raises(Refused, match="no form"):
            send(world, world.item(application, Element.STATE_LICENSE))
        world.answer(item)
        with pytest.raises(Refused, match="nothing left to ask"):
            send(world, item)

    def test_whoever_may_not_verify_may_not_send(self, world, item):
        with pytest.raises(Forbidden):
            enquiries.send_form(actor=world.lookup, item=item, recipient=Recipient(name="Ines", email=PEER))

    def test_sending_to_somebody_else_withdraws_the_first_link(self, world, item):
        first = send(world, item)
        second = send(world, item, email="other@example.org", name="Wren Abara")
        first.refresh_from_db()
        assert first.status == EnquiryStatus.WITHDRAWN
        with pytest.raises(Conflict, match="withdrawn"):
            answer(first)
        assert reading.standing(reading.by_token(token_of(second))) == reading.OPEN

    def test_whom_it_asks_and_what_never_changes(self, world, item):
        enquiry = send(world, item)
        for change in ({"recipient_email": "x@example.org"}, {"asked": {}}):
            with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
                Enquiry.objects.filter(pk=enquiry.pk).update(**change)

    def test_all_of_a_file_at_once_with_reasons_for_the_rest(self, world, application):
        sent, left = enquiries.send_all(actor=world.coordinator, application=application)
        names = {each.recipient_name: each.recipient_title for each in sent}
        assert sorted(names) == ["Farrukh Nazarbekov", "Ines Calloway", "Odell Marchetti"]
        assert names["Odell Marchetti"] == "Chair of surgery"
        assert len(left) == 1
        assert all("no e-mail address" in reason for _, reason in left)
        again, left = enquiries.send_all(actor=world.coordinator, application=application)
        assert again == []
        assert "A form is out already." in [reason for _, reason in left]

    def test_a_mail_that_came_back_can_be_sent_again(self, world, item):
        enquiry = send(world, item)
        enquiries.mark_bounced(actor=world.coordinator, enquiry=enquiry)
        again = enquiries.send_again(actor=world.coordinator, enquiry=enquiry)
        deliver(again)
        again.refresh_from_db()
        assert again.status == EnquiryStatus.SENT
        assert len(mail.outbox) == 2
        assert item.attempts.count() == 2

    def test_a_form_withdrawn_before_the_mail_went_out_is_not_mailed(self, world, item):
        enquiry = enquiries.send_form(
            actor=world.coordinator, item=item, recipient=Recipient(name="Ines", email=PEER)
        )
        enquiries.withdraw(actor=world.coordinator, enquiry=enquiry, reason="Wrong person.")
        deliver(enquiry)
        assert mail.outbox == []
        assert enquiry.mails.get().status == "moot"


class TestLadder:
    def remind(self, world, days: int) -> int:
        with clock.freeze(NOON + dt.timedelta(days=days)):
            found = enquiry_mails.queue_reminders(actor=world.system)["queued"]
            for each in EnquiryMail.objects.filter(status="waiting"):
                enquiry_mails.send(each.uid)
        return found

    def test_each_step_once_and_each_an_attempt(self, world, item):
        send(world, item)
        told = [(days, self.remind(world, days)) for days in (9, 10, 10, 11, 20, 29, 30, 31)]
        assert [days for days, found in told if found] == [10, 20, 30]
        assert [each.subject.startswith("Reminder") for each in mail.outbox] == [False, True, True, True]
        assert item.attempts.count() == 4

    def test_after_days_without_a_worker_one_reminder_goes_out(self, world, item):
        send(world, item)
        assert self.remind(world, 25) == 1
        assert EnquiryMail.objects.get(step_days__isnull=False).step_days == 20

    def test_nobody_is_reminded_of_what_is_answered_withdrawn_or_expired(self, world, application, item):
        answered = send(world, item)
        answer(answered)
        withdrawn = send(
            world, peer_item(application, "Odell Marchetti"), email="o@example.org", name="Odell"
        )
        enquiries.withdraw(actor=world.coordinator, enquiry=withdrawn, reason="Answered by letter.")
        send(world, peer_item(application, "Farrukh Nazarbekov"), email="f@example.org", name="Farrukh")
        assert self.remind(world, 10) == 1
        assert self.remind(world, 61) == 0

    def test_what_the_queue_lost_is_found(self, world, item):
        enquiries.send_form(actor=world.coordinator, item=item, recipient=Recipient(name="Ines", email=PEER))
        assert enquiry_mails.sweep() == 0
        with clock.freeze(NOON + dt.timedelta(hours=1)):
            assert enquiry_mails.sweep() == 1


class TestAnswer:
    def test_it_is_encrypted_evidence_that_waits_for_a_review(self, world, item):
        enquiry, content = answer(send(world, item), good_reference(comments=SECRET))
        item.refresh_from_db()
        assert item.status == ItemStatus.RECEIVED
        assert (item.result, item.findings) == ("", {})
        evidence = item.evidence
        assert evidence.data_class == "peer_review"
        assert evidence == enquiry.evidence
        assert SECRET.encode() not in store.stored_bytes(evidence.store_key)
        kept = json.loads(store.get(evidence.store_key, encrypted=True))
        assert kept["hash"] == content["hash"] == enquiry.answer_hash
        assert kept["signed_by"] == "Ines Calloway"
        assert enquiry.status == EnquiryStatus.ANSWERED
        verification.verify(actor=world.coordinator, item=item)
        item.refresh_from_db()
        assert item.status == ItemStatus.VERIFIED

    def test_a_link_is_for_one_answer(self, world, item):
        enquiry = send(world, item)
        answer(enquiry)
        with pytest.raises(Conflict, match="has been answered"):
            answer(enquiry)
        with pytest.raises(Conflict, match="has been answered"):
            enquiry_answers.decline(token=token_of(enquiry), reason="No.", signed_name="Ines")

    def test_an_expired_link_takes_no_answer_until_it_is_sent_again(self, world, item):
        enquiry = send(world, item)
        with clock.freeze(NOON + dt.timedelta(days=60)):
            with pytest.raises(Conflict, match="is over"):
                answer(enquiry)
            enquiries.send_again(actor=world.coordinator, enquiry=enquiry)
            answer(enquiry)

    def test_nothing_is_taken_once_the_answer_is_needed_no_longer(self, world, application, item):
        enquiry = send(world, item)
        applications.withdraw(actor=world.coordinator, application=application, reason="Took another post.")
        with pytest.raises(Conflict, match="has what it needs"):
            answer(enquiry)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"judgment": ""}, "judgment"),
            ({"judgment": "splendid"}, "judgment"),
            ({"reservations": "yes"}, "reservations_text"),
            ({"known_since": dt.date(2027, 1, 1)}, "known_since"),
        ],
    )
    def test_what_is_missing_or_impossible_is_said_at_the_question(self, world, item, change, field):
        enquiry = send(world, item)
        with pytest.raises(Refused) as refused:
            answer(enquiry, good_reference(**change))
        assert refused.value.field == field
        enquiry.refresh_from_db()
        assert enquiry.status == EnquiryStatus.SENT

    def test_without_name_or_consent_nothing_is_signed(self, world, item):
        enquiry = send(world, item)
        with pytest.raises(Refused, match="Type your name"):
            answer(enquiry, name="  ")
        with pytest.raises(Refused, match="Tick the statement"):
            answer(enquiry, agrees=False)

    def test_nothing_of_it_stands_in_the_trail(self, world, item):
        answer(send(world, item), good_reference(comments=SECRET, judgment="below"))
        trail = json.dumps(list(AuditEvent.objects.values("reason", "data", "subject_label")), default=str)
        assert SECRET not in trail
        assert "below" not in trail

    def test_reading_it_takes_the_class_and_is_logged(self, world, item):
        enquiry, _ = answer(send(world, item), good_reference(comments=SECRET))
        with pytest.raises(Forbidden):
            reading.read_answer(world.lookup, enquiry)
        before = ProtectedRead.objects.count()
        signed = reading.read_answer(world.coordinator, enquiry)
        assert signed.holds
        assert SECRET in [each["answer"] for each in signed.answers]
        assert ProtectedRead.objects.count() == before + 1

    def test_a_changed_answer_does_not_hold(self, world, item):
        enquiry, content = answer(send(world, item))
        assert reading.answer_in(enquiry, content).holds
        changed = json.loads(json.dumps(content))
        changed["values"]["judgment"] = "above"
        assert not reading.answer_in(enquiry, changed).holds

    def test_adverse_raises_the_flag_of_references_without_repeating_the_answer(self, world, item):
        answer(send(world, item), good_reference(comments=SECRET, recommend="no"))
        verification.verify(actor=world.coordinator, item=item, adverse=True, note="See the evidence.")
        flag = RedFlag.objects.get(item=item)
        assert flag.code == "RF-REF"
        assert SECRET not in flag.sentence

    def test_a_refusal_is_evidence_and_the_item_still_waits(self, world, item):
        enquiry = send(world, item)
        enquiry_answers.decline(token=token_of(enquiry), reason=SECRET, signed_name="Ines Calloway")
        enquiry.refresh_from_db()
        item.refresh_from_db()
        assert (enquiry.status, item.status) == (EnquiryStatus.DECLINED, ItemStatus.AWAITING)
        assert SECRET not in enquiry.closing_reason
        assert reading.read_answer(world.coordinator, enquiry).declined == SECRET
        assert send(world, item, email="other@example.org", name="Wren Abara").status == "sent"


class TestAffiliation:
    @pytest.fixture
    def work(self, application):
        return application.items.get(element=Element.WORK_HISTORY)

    def test_dates_only_needs_no_word_on_the_standing(self, world, work):
        given = {"extent": "dates_only", "status": "former", "appointed_on": dt.date(2012, 7, 1),
                 "ended_on": dt.date(2020, 6, 30)}  # fmt: skip
        enquiry, _ = answer(send(world, work), given, name="Kit Moreau")
        signed = reading.read_answer(world.coordinator, enquiry)
        assert signed.concerns == ["The organization answers with dates only, by its policy."]

    def test_standing_and_investigation_are_proposed_and_raise_the_flag(self, world, work):
        given = good_affiliation(good_standing="no", under_investigation="yes", explanation=SECRET)
        enquiry, _ = answer(send(world, work), given, name="Kit Moreau")
        assert len(reading.read_answer(world.coordinator, enquiry).concerns) == 2
        work.refresh_from_db()
        assert work.evidence.data_class == "peer_review"
        verification.verify(actor=world.coordinator, item=work, adverse=True, note=SECRET)
        flag = RedFlag.objects.get(item=work)
        assert flag.code == "RF-AFFIL"
        assert SECRET not in flag.sentence
        assert not AuditEvent.objects.filter(reason__contains=SECRET).exists()

    def test_an_end_before_the_beginning_is_said(self, world, work):
        given = good_affiliation(status="former", ended_on=dt.date(2011, 1, 1))
        with pytest.raises(Refused, match="before the first"):
            answer(send(world, work), given, name="Kit Moreau")


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_are_one(at_noon, settings, tmp_path):
    settings.STANDING_STORE = tmp_path / "store"
    world = build()
    item = peer_item(file_with_peers(world))
    enquiry = send(world, item)
    outcomes: list[str] = []

    def answering():
        try:
            answer(enquiry)
            outcomes.append("taken")
        except Conflict:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=answering) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "refused", "refused", "taken"]
    assert item.application.practitioner.evidence.filter(title__startswith="Peer reference").count() == 1


class Refusing(BaseEmailBackend):
    """A mail system that knows no such address."""

    def send_messages(self, email_messages):
        raise smtplib.SMTPRecipientsRefused({PEER: (550, b"no such user")})


class Down(BaseEmailBackend):
    """A mail system that does not answer."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError


class TestMailSystem:
    def made(self, world, item):
        return enquiries.send_form(
            actor=world.coordinator, item=item, recipient=Recipient(name="Ines", email=PEER)
        )

    def test_an_address_it_refuses_comes_back_at_once(self, world, item, settings):
        settings.EMAIL_BACKEND = f"{__name__}.Refusing"
        enquiry = self.made(world, item)
        deliver(enquiry)
        enquiry.refresh_from_db()
        assert enquiry.status == EnquiryStatus.BOUNCED
        assert not item.attempts.exists()
        found = reading.needing_a_person(Enquiry.objects.all(), today=NOON.date())
        assert list(found) == [enquiry]

    def test_one_that_does_not_answer_is_tried_again_and_then_left_to_a_person(self, world, item, settings):
        settings.EMAIL_BACKEND = f"{__name__}.Down"
        enquiry = self.made(world, item)
        message = enquiry.mails.get()
        for _ in range(5):
            assert enquiry_mails.send(message.uid) == "failed"
        enquiry.refresh_from_db()
        assert enquiry.status == EnquiryStatus.TO_SEND
        enquiry_mails.send(message.uid)
        enquiry.refresh_from_db()
        assert enquiry.status == EnquiryStatus.BOUNCED
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        deliver(enquiries.send_again(actor=world.coordinator, enquiry=enquiry))
        enquiry.refresh_from_db()
        assert enquiry.status == EnquiryStatus.SENT
        assert enquiry_mails.send(message.uid) == "moot"
        assert len(mail.outbox) == 1
