"""Reminders: one per credential, threshold and recipient, and one mail whatever happens in between."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.core import mail
from django.db import connections
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.services.appointments import end_appointment
from config.kernel import clock
from config.kernel.errors import Forbidden
from config.rulebook.services.parameters import set_parameter
from credentialing.choices import MailStatus
from credentialing.mail import OneFilePerMessage
from credentialing.models import OutboxMessage
from credentialing.selectors.ladder import preview
from credentialing.services import applications, outbox, reminders
from practitioners.choices import CredentialStatus
from practitioners.services.credential_types import configure_credential_type
from tests.credentialing.world import NOON, TODAY, build


def member(world, days_left=10, **more):
    """Somebody on the staff whose licence has so many days left after today."""
    person = world.practitioner(npi=None, **more)
    world.email(person, "Marisol@Example.org")
    world.claim(
        person, "LICENSE", dt.date(2020, 1, 1), TODAY + dt.timedelta(days=days_left), state="OH",
        number="35.100001", issuer="State Medical Board of Ohio",
    )  # fmt: skip
    world.appoint(person)
    return person


def queue(world, on=TODAY):
    return reminders.queue_reminders(actor=world.system, on=on)["queued"]


class TestQueue:
    @pytest.mark.parametrize(
        ("days_left", "threshold"),
        [(90, 90), (91, None), (89, 90), (60, 60), (45, 60), (8, 14), (7, 7), (1, 1), (0, 0), (-1, None)],
    )
    def test_only_the_nearest_threshold_reached(self, world, days_left, threshold):
        member(world, days_left)
        queue(world)
        found = list(OutboxMessage.objects.values_list("threshold_days", flat=True))
        assert found == ([] if threshold is None else [threshold])

    def test_twice_writes_nothing_new(self, world):
        member(world)
        assert queue(world) == 1
        assert queue(world) == 0
        assert OutboxMessage.objects.count() == 1

    def test_each_rung_of_the_ladder_once(self, world):
        member(world, 90)
        for day in range(92):
            queue(world, TODAY + dt.timedelta(days=day))
        rungs = OutboxMessage.objects.order_by("-threshold_days").values_list("threshold_days", flat=True)
        assert list(rungs) == [90, 60, 30, 14, 7, 1, 0]

    def test_one_statement_for_any_number_of_people(self, world, django_assert_max_num_queries):
        for number in range(12):
            member(world, 5 + number, last_name=f"Member{number}")
        with django_assert_max_num_queries(14):
            assert queue(world) == 12

    def test_a_renewed_credential_needs_no_reminder(self, world):
        person = member(world, 10)
        world.claim(
            person, "LICENSE", TODAY + dt.timedelta(days=11), TODAY + dt.timedelta(days=700), state="OH",
            number="35.100001", issuer="State Medical Board of Ohio",
        )  # fmt: skip
        live = person.credentials.get().periods.live()
        queued = queue(world)
        assert queued == (0 if live.count() > 1 or live.get().valid.upper > dt.date(2027, 1, 1) else 1)

    def test_what_is_gone_already_cannot_expire(self, world):
        person = world.practitioner(npi=None)
        world.email(person, "marisol@example.org")
        world.claim(
            person, "LICENSE", dt.date(2020, 1, 1), TODAY + dt.timedelta(days=5), state="OH", number="1",
            issuer="Board", status=CredentialStatus.REVOKED,
        )  # fmt: skip
        assert queue(world) == 0

    def test_who_left_or_was_not_taken_on_is_not_reminded(self, world):
        person = world.practitioner(npi=None)
        world.email(person, "marisol@example.org")
        world.claim(
            person, "LICENSE", dt.date(2020, 1, 1), TODAY + dt.timedelta(days=5), state="OH", number="1",
            issuer="Board",
        )  # fmt: skip
        application = world.application(person)
        applications.withdraw(actor=world.coordinator, application=application, reason="Moved")
        assert queue(world) == 0

    def test_the_office_receives_a_copy_where_it_has_an_address(self, world):
        set_parameter(
            actor=world.system, code="credentialing.office_email", source="bylaws", facility=world.facility,
            value="office@fernwick.example", valid=DateRange(dt.date(2020, 1, 1), None), citation="Office",
            confidence="adopted",
        )  # fmt: skip
        member(world)
        queue(world)
        assert set(OutboxMessage.objects.values_list("recipient", flat=True)) == {
            "marisol@example.org",
            "office@fernwick.example",
        }

    def test_only_those_who_may_remind(self, world):
        with pytest.raises(Forbidden):
            reminders.queue_reminders(actor=world.lookup, on=TODAY)


class TestSend:
    @pytest.fixture
    def message(self, world):
        member(world)
        queue(world)
        return OutboxMessage.objects.get()

    def test_it_is_sent_once(self, message):
        assert reminders.send(message.uid) == "sent"
        assert reminders.send(message.uid) == "sent"
        assert len(mail.outbox) == 1
        message.refresh_from_db()
        assert (message.status, message.attempts) == (MailStatus.SENT, 1)

    def test_the_mail_names_kind_and_day_and_nothing_protected(self, message):
        reminders.send(message.uid)
        sent = mail.outbox[0]
        assert sent.to == ["marisol@example.org"]
        assert "State license (OH): valid through 20 Mar 2026" in sent.subject
        assert "35.100001" not in sent.body + sent.subject
        assert sent.extra_headers["Message-ID"] == message.message_id

    def test_a_fresh_claim_is_respected_and_a_stale_one_taken_over(self, message):
        claimed = reminders._claim(message.uid)
        assert reminders.send(message.uid) == "another worker holds it"
        assert mail.outbox == []
        with clock.freeze(NOON + outbox.claim_stale_after() + dt.timedelta(seconds=1)):
            assert reminders.send(message.uid) == "sent"
        assert mail.outbox[0].extra_headers["Message-ID"] == claimed.message_id

    def test_a_worker_killed_after_sending_makes_no_second_mail(self, message, settings, tmp_path):
        settings.EMAIL_BACKEND = "credentialing.mail.OneFilePerMessage"
        settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
        reminders.build_mail(reminders._claim(message.uid)).send()  # ... and then the machine lost its power
        with clock.freeze(NOON + outbox.claim_stale_after() + dt.timedelta(seconds=1)):
            assert reminders.sweep() == 1
            assert reminders.send(message.uid) == "sent"
        assert len(list((tmp_path / "mail").iterdir())) == 1

    def test_a_refusal_of_the_mail_system_is_kept_and_tried_again(self, message, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        assert reminders.send(message.uid) == "failed"
        message.refresh_from_db()
        assert message.status == MailStatus.FAILED
        assert "Refused" in message.problem
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert reminders.send(message.uid) == "sent"

    def test_a_reminder_that_became_moot_is_dropped(self, world, message):
        person = message.practitioner
        world.claim(
            person, "LICENSE", dt.date(2020, 1, 1), TODAY + dt.timedelta(days=800), state="OH",
            number="35.100001", issuer="State Medical Board of Ohio",
        )  # fmt: skip
        assert reminders.send(message.uid) == "no longer needed"
        message.refresh_from_db()
        assert message.status == MailStatus.MOOT
        assert mail.outbox == []

    def test_who_left_before_it_went_out_is_not_written_to(self, world, message):
        (term,) = message.practitioner.appointments.all()
        end_appointment(actor=world.staff_coordinator, appointment=term, day=TODAY, reason="Resigned")
        assert reminders.send(message.uid) == "no longer needed"
        assert mail.outbox == []


def test_one_file_per_message_id(tmp_path):
    backend = OneFilePerMessage(file_path=tmp_path)
    for body in ("first", "second"):
        message = mail.EmailMessage(
            "Subject", body, "a@example.org", ["b@example.org"], headers={"Message-ID": "<one/../two@x>"}
        )
        assert backend.send_messages([message]) == 1
    (written,) = tmp_path.iterdir()
    assert written.name == "one_.._two@x.eml"
    assert b"second" in written.read_bytes()


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_one_mail(settings, tmp_path):
    settings.STANDING_STORE = tmp_path / "store"
    with clock.freeze(NOON):
        world = build()
        member(world)
        queued: list[int] = []

        def both():
            try:
                queued.append(queue(world))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=both) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(queued) == [0, 0, 0, 1]
        uid = OutboxMessage.objects.get().uid
        outcomes: list[str] = []

        def sending():
            try:
                outcomes.append(reminders.send(uid))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=sending) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert "sent" in outcomes
    assert len(mail.outbox) == 1


class TestOwnLadder:
    """A kind with a ladder of its own is reminded of by that, the others by the parameter."""

    @pytest.fixture
    def permit(self, world):
        person = world.practitioner()
        world.email(person, "marisol@example.org")
        configure_credential_type(
            actor=world.system, code="FLUOROSCOPY_PERMIT", name="Fluoroscopy permit", category="registration",
            fields={}, number_label="Permit number", reminder_days=[200, 45],
        )  # fmt: skip
        return person

    @pytest.mark.parametrize(
        ("days_left", "threshold"), [(201, None), (200, 200), (90, 200), (45, 45), (1, 45)]
    )
    def test_the_rung_reached(self, world, permit, days_left, threshold):
        world.claim(
            permit, "FLUOROSCOPY_PERMIT", dt.date(2025, 1, 1), TODAY + dt.timedelta(days=days_left),
            number="FL-77", issuer="State",
        )  # fmt: skip
        reminders.queue_reminders(actor=world.system)
        found = list(OutboxMessage.objects.values_list("threshold_days", flat=True))
        assert found == ([] if threshold is None else [threshold])

    def test_others_keep_the_parameter(self, world, permit):
        last = TODAY + dt.timedelta(days=60)
        world.claim(permit, "FLUOROSCOPY_PERMIT", dt.date(2025, 1, 1), last, number="FL-77", issuer="State")
        world.claim(permit, "LICENSE", dt.date(2025, 1, 1), last, state="OH", number="35.1", issuer="Board")
        reminders.queue_reminders(actor=world.system)
        assert set(
            OutboxMessage.objects.values_list(
                "credential_period__identity__credential_type__code", "threshold_days"
            )
        ) == {("FLUOROSCOPY_PERMIT", 200), ("LICENSE", 60)}


class TestPreview:
    def test_it_says_what_the_ladder_in_force_will_send_and_the_nights_send_just_that(self, world):
        member(world, 35)
        tried = preview([world.facility.pk], on=TODAY)
        assert [(mail.on, mail.step) for mail in tried.mails] == [
            (TODAY, 60),
            (TODAY + dt.timedelta(days=5), 30),
            (TODAY + dt.timedelta(days=21), 14),
            (TODAY + dt.timedelta(days=28), 7),
        ]
        assert (tried.total, tried.people, tried.steps[0]) == (4, 1, (60, 1, 1))
        assert not OutboxMessage.objects.exists()
        for days in range(31):
            queue(world, on=TODAY + dt.timedelta(days=days))
        assert set(OutboxMessage.objects.values_list("threshold_days", flat=True)) == {60, 30, 14, 7}
        assert preview([world.facility.pk], on=TODAY).total == 0

    def test_another_ladder_is_tried_on_the_same_people(self, world):
        member(world, 35)
        tried = preview([world.facility.pk], on=TODAY, ladder=[20, 10])
        assert [(each.step, (each.on - TODAY).days) for each in tried.mails] == [(20, 15), (10, 25)]
        assert sum(number for _, number in tried.days) == 2
        assert preview([world.other.pk], on=TODAY).total == 0

    def test_the_page_tries_it_and_says_what_is_mistyped(self, world, client):
        member(world, 35)
        client.force_login(world.coordinator)
        page = client.get("/reminders/ladder/")
        assert "The ladder in force would send" in page.content.decode()
        page = client.get("/reminders/ladder/", {"days": "20, 10"})
        assert "This ladder would send" in page.content.decode()
        wrong = client.get("/reminders/ladder/", {"days": "soon"})
        assert wrong.status_code == 422
        assert "whole numbers of days" in wrong.content.decode()
