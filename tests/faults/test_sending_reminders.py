"""A worker killed while it sends a reminder: still one mail per credential, threshold and recipient."""

from __future__ import annotations

import email
from collections import Counter

import pytest

from config.kernel import clock
from credentialing import tasks
from credentialing.models import OutboxMessage
from credentialing.services.reminders import queue_reminders
from tests.faults.conftest import let_an_hour_pass, licence_that_ends, queue_the_reminders


def is_sent(message: OutboxMessage) -> bool:
    message.refresh_from_db()
    return message.status == "sent"


def assert_one_mail(mail_system, message: OutboxMessage) -> None:
    [file] = mail_system.files()
    mail = email.message_from_bytes(file.read_bytes())
    assert mail["Message-ID"].strip() == message.message_id
    assert mail["To"] == message.recipient
    assert set(mail_system.taken()) == {message.message_id}
    assert (
        OutboxMessage.objects.filter(
            credential_period=message.credential_period, recipient=message.recipient
        ).get()
        == message
    )


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_handing_the_mail_over(
    moment, world, gate, mail_system, celery_worker, wait_until, nothing_left
):
    held = gate(moment)
    licence_that_ends(world)
    [message] = queue_the_reminders(world)
    wait_until(held.somebody_waits)
    message.refresh_from_db()
    assert message.status == "claimed"
    assert len(mail_system.files()) == (1 if moment == "after" else 0)
    celery_worker.kill()
    held.open()
    celery_worker.start()
    nothing_left()  # the task that comes back finds the claim of the dead worker, and respects it
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("claimed", 1)
    let_an_hour_pass(message)
    tasks.sweep_outbox.delay()
    wait_until(lambda: is_sent(message))
    nothing_left()
    assert message.attempts == 2
    assert len(mail_system.taken()) == (2 if moment == "after" else 1)
    assert_one_mail(mail_system, message)


def test_the_same_task_twice_sends_one_mail(world, mail_system, celery_worker, wait_until, nothing_left):
    licence_that_ends(world)
    [message] = queue_the_reminders(world)
    for _ in range(2):
        tasks.send_message.delay(str(message.uid))
    wait_until(lambda: is_sent(message))
    nothing_left()
    assert len(mail_system.taken()) == 1
    assert_one_mail(mail_system, message)


def test_the_same_day_queued_twice_sends_one_mail(
    world, mail_system, celery_worker, wait_until, nothing_left
):
    licence_that_ends(world)
    [message] = queue_the_reminders(world)
    wait_until(lambda: is_sent(message))
    assert queue_reminders(actor=world.system)["queued"] == 0
    tasks.queue_reminders.delay()
    tasks.queue_reminders.delay(clock.today().isoformat())
    nothing_left()
    assert len(mail_system.taken()) == 1
    assert_one_mail(mail_system, message)


def test_two_workers_at_once_send_one_mail(
    world, gate, mail_system, celery_worker, second_worker, wait_until, nothing_left
):
    held = gate("before")
    licence_that_ends(world)
    [message] = queue_the_reminders(world)
    wait_until(held.somebody_waits)
    second_worker.start()
    tasks.send_message.delay(str(message.uid))
    wait_until(lambda: "another worker holds it" in second_worker.log.read_text())
    assert mail_system.taken() == []
    held.open()
    wait_until(lambda: is_sent(message))
    nothing_left()
    assert message.attempts == 1
    assert len(mail_system.taken()) == 1
    assert_one_mail(mail_system, message)


def test_a_queue_of_mails_survives_a_worker_that_dies_twice(
    world, mail_system, celery_worker, wait_until, nothing_left
):
    """Killed at whatever it is doing, twice, with two processes at work: everybody hears once."""
    for _ in range(20):
        licence_that_ends(world)
    celery_worker.kill()
    messages = queue_the_reminders(world)
    assert len(messages) == 20
    celery_worker.start(concurrency=2)
    for enough in (4, 10):
        wait_until(lambda enough=enough: len(mail_system.taken()) >= enough)
        celery_worker.kill()
        assert len(mail_system.taken()) < 20
        celery_worker.start(concurrency=2)
    nothing_left()
    left = OutboxMessage.objects.exclude(status="sent")
    # Killed with one in its hands; or after it took one from the queue and before it said so there.
    assert {message.status for message in left} <= {"claimed", "waiting"}
    let_an_hour_pass(*left)
    tasks.sweep_outbox.delay()
    wait_until(lambda: not OutboxMessage.objects.exclude(status="sent").exists())
    nothing_left()
    assert len(mail_system.files()) == 20
    taken = Counter(mail_system.taken())
    assert set(taken) == {message.message_id for message in messages}
    assert taken.total() <= 20 + 2 * 2  # at most what each of the killed processes had in its hands
