"""The queue loses everything: what was to be done is still known, is done, and is done once."""

from __future__ import annotations

from credentialing import tasks
from credentialing.models import OutboxMessage
from tests.faults.conftest import (
    answers_of_the_registry,
    ask_the_registry,
    let_an_hour_pass,
    licence_that_ends,
    queue_the_reminders,
)


def test_what_was_queued_and_lost_is_queued_again_by_the_sweeps(
    world, player, mail_system, celery_worker, queue, wait_until, nothing_left
):
    celery_worker.kill()
    item = ask_the_registry(world)
    for _ in range(3):
        licence_that_ends(world)
    messages = queue_the_reminders(world)
    assert len(messages) == 3
    assert queue.llen("standing") == 4
    queue.flushdb()
    celery_worker.start()
    let_an_hour_pass(item, *messages)
    for _ in range(2):  # two sweeps in a row queue the same work twice
        tasks.sweep_verification.delay()
        tasks.sweep_outbox.delay()
    wait_until(lambda: OutboxMessage.objects.filter(status="sent").count() == 3)
    nothing_left()
    item.refresh_from_db()
    assert item.status == "received"
    assert len(answers_of_the_registry(item.application)) == 1
    assert item.attempts.count() == 1
    assert len(player.requests) == 1
    assert sorted(mail_system.taken()) == sorted(message.message_id for message in messages)
    assert len(mail_system.files()) == 3


def test_a_queue_emptied_under_a_running_worker_is_used_on(
    world, mail_system, celery_worker, queue, wait_until, nothing_left
):
    licence_that_ends(world)
    [first] = queue_the_reminders(world)
    wait_until(lambda: OutboxMessage.objects.filter(status="sent").exists())
    nothing_left()
    queue.flushdb()
    licence_that_ends(world)
    [_, second] = queue_the_reminders(world)
    wait_until(lambda: OutboxMessage.objects.filter(status="sent").count() == 2)
    assert mail_system.taken() == [first.message_id, second.message_id]


def test_what_is_fresh_is_left_to_the_task_that_was_just_queued(world, celery_worker, queue):
    """A sweep does not double work that is only a moment old."""
    celery_worker.kill()
    ask_the_registry(world)
    licence_that_ends(world)
    queue_the_reminders(world)
    assert queue.llen("standing") == 2
    assert tasks.sweep_verification() == 0
    assert tasks.sweep_outbox() == 0
    assert queue.llen("standing") == 2
