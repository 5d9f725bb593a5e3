"""A worker killed while it asks the NPI registry: the question survives, the answer is there once."""

from __future__ import annotations

import pytest

from credentialing import tasks
from practitioners.selectors.evidence import verify_everything
from tests.faults.conftest import NPI, answers_of_the_registry, ask_the_registry, killed, let_an_hour_pass


def assert_answered_once(item, times_asked=None, player=None):
    item.refresh_from_db()
    assert item.status == "received"
    [evidence] = answers_of_the_registry(item.application)
    assert item.evidence == evidence
    [attempt] = item.attempts.all()
    assert (attempt.outcome, attempt.evidence) == ("answered", evidence)
    assert verify_everything() == []
    if player is not None:
        assert len(player.requests) == times_asked


@pytest.fixture
def asked(world, player, celery_worker, wait_until):
    """A question that the registry is slow to answer; a worker waits for it."""
    player.behave("slow", times=1)
    item = ask_the_registry(world)
    wait_until(lambda: player.requests)
    assert f"number={NPI}" in player.requests[0]
    return item


def test_the_next_worker_takes_the_question_up(asked, player, celery_worker, wait_until, nothing_left):
    killed(celery_worker)
    wait_until(lambda: type(asked).objects.get(pk=asked.pk).status == "received")
    nothing_left()
    assert_answered_once(asked, 2, player)


def test_nothing_is_written_before_the_answer_is_there(asked, celery_worker):
    celery_worker.kill()
    asked.refresh_from_db()
    assert asked.status == "requested"
    assert not asked.attempts.exists()
    assert answers_of_the_registry(asked.application) == []


def test_the_sweep_asks_again_what_the_queue_lost(
    asked, player, celery_worker, queue, wait_until, nothing_left
):
    celery_worker.kill()
    queue.flushdb()
    celery_worker.start()
    let_an_hour_pass(asked)
    tasks.sweep_verification.delay()
    wait_until(lambda: type(asked).objects.get(pk=asked.pk).status == "received")
    nothing_left()
    assert_answered_once(asked, 2, player)


def test_a_question_asked_twice_at_once_is_answered_once(
    asked, player, celery_worker, second_worker, wait_until, nothing_left
):
    second_worker.start()
    tasks.verify_automatically.delay(str(asked.uid))
    wait_until(lambda: type(asked).objects.get(pk=asked.pk).status == "received")
    player.stopping.set()  # now the slow answer comes too
    wait_until(lambda: "answered meanwhile" in celery_worker.log.read_text())
    nothing_left()
    assert_answered_once(asked)


def test_the_same_task_again_changes_nothing(world, player, celery_worker, wait_until, nothing_left):
    item = ask_the_registry(world)
    wait_until(lambda: type(item).objects.get(pk=item.pk).status == "received")
    for _ in range(2):
        tasks.verify_automatically.delay(str(item.uid))
    nothing_left()
    assert_answered_once(item, 1, player)
