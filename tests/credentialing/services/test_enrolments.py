"""Continuous Query enrolments that end: the ladder, the queue of Today, and the renewal."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail

from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import MailStatus, NPDBQueryKind
from credentialing.models import ContinuousQueryPeriod, EnrolmentMail, EnrolmentReminder
from credentialing.selectors.enrolments import step_reached
from credentialing.services import enrolment_mails, npdb
from credentialing.worklist.enrolments import enrolments_ending
from tests.credentialing.world import NOON, TODAY

LAST = dt.date(2027, 3, 9)  # of an enrolment of today


@pytest.mark.parametrize(
    ("left", "step"), [(61, None), (60, 60), (59, 60), (30, 30), (8, 14), (7, 7), (1, 1), (0, 1), (-1, None)]
)
def test_the_nearest_step_reached(left, step):
    assert step_reached([60, 30, 14, 7, 1], left) == step


@pytest.fixture
def enrolled(world):
    """Two members enrolled today, one of them by the other entity as well."""
    world.coordinator.email = "coordinator@fernwick.example"
    world.coordinator.save()
    people = [world.practitioner(last_name=name, npi=None) for name in ("Abney", "Bellweather")]
    for person in people:
        world.appoint(person, start=dt.date(2026, 1, 1))
        world.query(person, kind=NPDBQueryKind.CONTINUOUS)
    there = world.user("Indy Anna", "credentialing_coordinator", facility=world.other)
    world.query(people[0], actor=there, facility=world.other, kind=NPDBQueryKind.CONTINUOUS)
    return people


def at(days_left: int):
    return clock.freeze(NOON + (LAST - TODAY) - dt.timedelta(days=days_left))


def remind(world) -> int:
    return enrolment_mails.queue_reminders(actor=world.system)["queued"]


class TestLadder:
    def test_one_mail_of_all_that_reached_a_step_once(self, world, enrolled):
        with at(61):
            assert remind(world) == 0
        with at(60):
            assert (remind(world), remind(world)) == (1, 0)
        sent = EnrolmentMail.objects.get()
        assert (sent.recipient, sent.lines.count()) == ("coordinator@fernwick.example", 2)
        with at(45):
            assert remind(world) == 0
        with at(20):
            assert remind(world) == 1
        steps = EnrolmentReminder.objects.order_by("pk").values_list("step_days", flat=True)
        assert list(steps) == [60, 60, 30, 30]

    def test_it_names_who_and_when_and_is_sent_once(self, world, enrolled):
        with at(60):
            remind(world)
            sent = EnrolmentMail.objects.get()
            assert enrolment_mails.send(sent.uid) == "sent"
            assert enrolment_mails.send(sent.uid) == "sent"
        (message,) = mail.outbox
        assert message.subject.startswith("Continuous Query: 2 enrollments end")
        assert "9 Mar 2027: Abney, Marisol Tessa" in message.body
        assert "DCN" not in message.body

    def test_who_was_renewed_meanwhile_is_left_out(self, world, enrolled):
        with at(60):
            remind(world)
        with at(50):
            sent = EnrolmentMail.objects.get()
            world.query(enrolled[0], kind=NPDBQueryKind.CONTINUOUS, queried_on=clock.today())
            assert "Abney" not in enrolment_mails.build_mail(sent).body
            world.query(enrolled[1], kind=NPDBQueryKind.CONTINUOUS, queried_on=clock.today())
            assert enrolment_mails.send(sent.uid) == "no longer needed"
            sent.refresh_from_db()
            assert sent.status == MailStatus.MOOT
            assert remind(world) == 0

    def test_the_sweep_finds_what_the_queue_lost(self, world, enrolled):
        with at(60):
            remind(world)
        with at(59):
            assert enrolment_mails.sweep() == 1


class TestToday:
    def test_per_entity_until_it_is_renewed(self, world, enrolled):
        def seen() -> list[tuple[str, dt.date]]:
            items = enrolments_ending(world.coordinator, world.facility, 5)[1]
            return [(item.title.split(",")[0], item.due) for item in items]

        with at(61):
            assert seen() == []
        with at(60):
            assert seen() == [("Abney", LAST), ("Bellweather", LAST)]
        with at(-30):  # it ended, and nobody renewed it
            assert seen() == [("Abney", LAST), ("Bellweather", LAST)]
        with at(10):
            world.query(enrolled[0], kind=NPDBQueryKind.CONTINUOUS, queried_on=clock.today())
            assert seen() == [("Bellweather", LAST)]

    def test_a_renewal_goes_on_from_the_end(self, world, enrolled):
        given = {"actor": world.coordinator, "practitioner": enrolled[0], "facility": world.facility}
        answer = {"dcn": "5500000000000042", "content": b"Renewed."}
        with at(100), pytest.raises(Refused, match="renewed in its last 90 days"):
            npdb.renew_enrolment(**given, **answer, renewed_on=clock.today())
        with at(20):
            npdb.renew_enrolment(**given, **answer, renewed_on=clock.today())
        periods = ContinuousQueryPeriod.objects.live().filter(
            identity__practitioner=enrolled[0], identity__npdb_entity=world.facility.npdb_entity
        )
        assert [(each.start, each.end) for each in periods.order_by("valid")] == [
            (TODAY, LAST),
            (dt.date(2027, 3, 10), dt.date(2028, 3, 9)),
        ]
        never = world.practitioner(last_name="Never", npi=None)
        with pytest.raises(Refused, match="never enrolled"):
            npdb.renew_enrolment(**given | {"practitioner": never}, **answer, renewed_on=TODAY)

    def test_in_three_clicks_from_today(self, world, enrolled, client):
        client.force_login(world.coordinator)
        with at(20):
            (first, _) = enrolments_ending(world.coordinator, world.facility, 5)[1]  # one
            assert "runs through 9 Mar 2027" in client.get(first.url).content.decode()
            typed = {"renewed_on": clock.today(), "dcn": "5500000000000043", "response_text": "Renewed."}
            assert client.post(first.url, typed).status_code == 422
            done = client.post(first.url, typed | {"adverse": "no"})  # two: no report; three: renew
            assert done.status_code == 303
            assert enrolments_ending(world.coordinator, world.facility, 5)[0] == 1
            again = client.post(first.url, typed | {"adverse": "no", "dcn": "5500000000000044"})
            assert b"it is renewed in its last 90 days" in again.content
