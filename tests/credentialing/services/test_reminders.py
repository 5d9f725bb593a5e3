"""Reminders: one per credential, threshold and recipient, and one mail whatever happens in between."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.core import mail
from django.db import connections
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.choices import CommitteeKind, SeatRole
from bylaws.services.appointments import end_appointment
from bylaws.services.committees import form_committee, seat_member
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.rulebook.services.parameters import set_parameter
from credentialing.choices import LeftOut, MailStatus, Told
from credentialing.mail import OneFilePerMessage
from credentialing.models import OutboxMessage
from credentialing.selectors.ladder import due_today, preview
from credentialing.selectors.reminded import Trial
from credentialing.services import applications, outbox, reminders
from credentialing.workflow import OUTBOX_MESSAGE
from practitioners.choices import CredentialStatus
from practitioners.models import CredentialType
from practitioners.services.credential_types import configure_credential_type
from practitioners.services.people import link_user
from tests.credentialing.world import NOON, TODAY, build

#: The practitioner alone.
WHO = Told.PRACTITIONER


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
        outbox.claim(OUTBOX_MESSAGE, message, clock.now())
        assert reminders.send(message.uid) == "another worker holds it"
        assert mail.outbox == []
        with clock.freeze(NOON + outbox.claim_stale_after() + dt.timedelta(seconds=1)):
            assert reminders.send(message.uid) == "sent"
        assert mail.outbox[0].extra_headers["Message-ID"] == message.message_id

    def test_a_worker_killed_after_sending_makes_no_second_mail(self, message, settings, tmp_path):
        settings.EMAIL_BACKEND = "credentialing.mail.OneFilePerMessage"
        settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
        outbox.claim(OUTBOX_MESSAGE, message, clock.now())
        reminders.build_mail(message).send()  # ... and then the machine lost its power
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


class TestCopies:
    """The coordinator is told from fourteen days before the end on, the chair from seven."""

    @pytest.fixture
    def chaired(self, world):
        world.coordinator.email = "dana@fernwick.example"
        world.coordinator.save()
        chair = world.user("Ada Chairwell", Role.DEPARTMENT_CHAIR)
        chair.email = "Ada@Fernwick.example"
        chair.save()
        body = form_committee(
            actor=world.staff_coordinator, facility=world.facility, kind=CommitteeKind.DEPARTMENT,
            name="Department of Surgery", department=world.surgery,
        )  # fmt: skip
        seat_member(actor=world.staff_coordinator, committee=body, user=chair, seat_role=SeatRole.CHAIR)
        return chair

    @pytest.mark.parametrize(
        ("days_left", "tolds"),
        [
            (30, {"practitioner"}),
            (14, {"practitioner", "coordinator"}),
            (8, {"practitioner", "coordinator"}),
            (7, {"practitioner", "coordinator", "chair"}),
            (0, {"practitioner", "coordinator", "chair"}),
        ],
    )
    def test_who_is_told_on_which_step(self, world, chaired, days_left, tolds):
        member(world, days_left)
        assert queue(world) == len(tolds)
        assert set(OutboxMessage.objects.values_list("told", flat=True)) == tolds
        assert queue(world) == 0

    def test_the_mail_to_the_chair_names_kind_and_day_and_nothing_protected(self, world, chaired):
        person = member(world, 7)
        world.claim(
            person, "HEALTH_CLEARANCE", dt.date(2025, 1, 1), TODAY + dt.timedelta(days=7), issuer="Clinic"
        )
        queue(world)
        told = OutboxMessage.objects.get(told="chair")  # of nothing in the section of health
        assert told.recipient == "ada@fernwick.example"
        assert reminders.send(told.uid) == "sent"
        (sent,) = mail.outbox
        assert sent.subject == f"{person}: State license (OH), through 17 Mar 2026"
        assert sent.body.startswith("To the chair of the department:")
        assert "35.100001" not in sent.body
        health = OutboxMessage.objects.get(
            told="coordinator", credential_period__identity__credential_type__code="HEALTH_CLEARANCE"
        )
        assert reminders.build_mail(health).subject == f"{person}: Credential, through 17 Mar 2026"

    def test_one_mail_to_an_address_that_is_reached_in_two_ways(self, world, chaired):
        person = member(world, 7)
        world.email(person, "dana@fernwick.example")
        link_user(actor=world.system, practitioner=person, user=chaired)
        queue(world)
        told = OutboxMessage.objects.filter(recipient="dana@fernwick.example").values_list("told", flat=True)
        assert list(told) == ["practitioner"]
        assert not OutboxMessage.objects.filter(told="chair").exists()  # it is the chair's own licence

    def test_who_works_the_file_and_not_all_coordinators(self, world, chaired):
        world.colleague.email = "robin@fernwick.example"
        world.colleague.save()
        person = member(world, 14)
        queue(world, on=TODAY - dt.timedelta(days=1))
        assert not OutboxMessage.objects.filter(told="coordinator").exists()
        world.application(person, kind="reappointment")
        queue(world)
        assert OutboxMessage.objects.get(told="coordinator").recipient == "dana@fernwick.example"

    def test_a_kind_of_its_own_says_whom(self, world, chaired):
        set_parameter(
            actor=world.system, code="credentialing.reminder_copies", source="bylaws", subject="LICENSE",
            facility=world.facility, value=[{"to": "chair", "within": 60}, {"to": "mayor"}, "?"],
            valid=DateRange(dt.date(2020, 1, 1), None), citation="Policy", confidence="adopted",
        )  # fmt: skip
        member(world, 50)
        queue(world)
        assert set(OutboxMessage.objects.values_list("told", flat=True)) == {"practitioner", "chair"}


class TestDueToday:
    """All due today, looked at and then sent; who is left out, and why."""

    def test_it_says_who_is_left_out(self, world):
        member(world, 7)
        silent = world.practitioner(npi=None, last_name="Silent")
        world.claim(
            silent, "LICENSE", dt.date(2020, 1, 1), TODAY + dt.timedelta(days=7), state="OH", number="35.2",
            issuer="State Medical Board of Ohio",
        )  # fmt: skip
        world.appoint(silent)
        due = due_today([world.facility.pk], on=TODAY)
        assert [(each.recipient, each.told) for each in due.mails] == [
            ("marisol@example.org", "practitioner")
        ]
        assert {each.why for each in due.missed} == {LeftOut.NO_ADDRESS}
        assert sorted(str(each.told) for each in due.missed) == [*["chair"] * 2, *["coordinator"] * 2, WHO]
        assert [each.practitioner for each in due.missed if each.told == WHO] == [silent]
        assert due_today([world.other.pk], on=TODAY).total == 0

    def test_just_what_was_looked_at_is_sent(self, world):
        member(world, 7)
        seen = due_today([world.facility.pk], on=TODAY).seen
        late = member(world, 14, last_name="Latecomer")
        with pytest.raises(Refused, match="has changed since you looked"):
            reminders.send_seen(
                actor=world.coordinator, facility_ids=[world.facility.pk], on=TODAY, seen=seen
            )
        assert not OutboxMessage.objects.exists()
        due = due_today([world.facility.pk], on=TODAY)
        sent = reminders.send_seen(
            actor=world.coordinator, facility_ids=[world.facility.pk], on=TODAY, seen=due.seen
        )
        assert sent == due.total == 2
        assert OutboxMessage.objects.filter(practitioner=late).count() == 1
        assert due_today([world.facility.pk], on=TODAY).total == 0

    def test_the_page_shows_it_and_sends_it(self, world, client, django_assert_max_num_queries):
        member(world, 7)
        client.force_login(world.coordinator)
        with django_assert_max_num_queries(20):
            page = client.get("/reminders/queue/")
        text = page.content.decode()
        assert "Send 1 reminder<" in text
        assert "marisol@example.org" in text
        assert "No address" in text
        stale = client.post("/reminders/queue/", {"seen": "nonsense"})
        assert stale.status_code == 422
        assert "has changed since you looked" in stale.content.decode()
        client.post("/reminders/queue/", {"seen": page.context["due"].seen})
        assert OutboxMessage.objects.count() == 1


class TestPreview:
    def test_it_says_what_the_ladder_in_force_will_send_and_the_nights_send_just_that(self, world):
        member(world, 35)
        tried = preview([world.facility.pk], on=TODAY)
        assert [(each.step, (each.on - TODAY).days) for each in tried.mails] == [
            (60, 0), (30, 5), (14, 21), (7, 28), (1, 34), (0, 35),
        ]  # fmt: skip
        assert tried.days == [(each.on, 1) for each in tried.mails]
        assert (tried.total, tried.people, tried.steps[0], tried.tolds) == (6, 1, (60, 1, 1), [(WHO, 6)])
        assert not OutboxMessage.objects.exists()
        for days in {(each.on - TODAY).days for each in tried.mails}:
            queue(world, on=TODAY + dt.timedelta(days=days))
        assert set(OutboxMessage.objects.values_list("threshold_days", flat=True)) == {60, 30, 14, 7, 1, 0}
        assert preview([world.facility.pk], on=TODAY).total == 0

    def test_another_ladder_is_tried_on_the_same_people(self, world):
        member(world, 35)
        tried = preview([world.facility.pk], on=TODAY, trial=Trial([20, 10]))
        assert [(each.step, (each.on - TODAY).days) for each in tried.mails] == [(20, 15), (10, 25)]
        assert sum(number for _, number in tried.days) == 2
        assert preview([world.other.pk], on=TODAY).total == 0

    def test_a_kinds_own_ladder_is_tried_before_it_is_switched_on(self, world):
        person = member(world, 100)
        world.claim(
            person, "DEA", dt.date(2024, 1, 1), TODAY + dt.timedelta(days=300), number="AB1234563", state="OH"
        )
        kind = CredentialType.objects.get(code="DEA")
        tried = preview([world.facility.pk], on=TODAY, trial=Trial([200, 100], kind))
        assert [(each.step, (each.on - TODAY).days) for each in tried.mails] == [(200, 100), (100, 200)]
        assert (tried.ladder, tried.total) == ([200, 100], 2)

    def test_the_page_tries_it_and_says_what_is_mistyped(self, world, client):
        member(world, 35)
        client.force_login(world.coordinator)
        page = client.get("/reminders/ladder/")
        assert "The ladder in force would send 6 mails about 1 person on 6 days" in page.content.decode()
        page = client.get("/reminders/ladder/", {"days": "20, 10"})
        assert "This ladder would send 2 mails" in page.content.decode()
        kind = CredentialType.objects.get(code="DEA")
        page = client.get("/reminders/ladder/", {"days": "20, 10", "kind": kind.pk})
        assert "Nothing would go out in the next year" in page.content.decode()
        wrong = client.get("/reminders/ladder/", {"days": "soon"})
        assert wrong.status_code == 422
        assert "whole numbers of days" in wrong.content.decode()
