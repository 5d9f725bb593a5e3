"""The queue and its worker: real processes, mails as files, and work that survives a killed worker."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session

from tests.platform import tasks


@pytest.fixture
def worker_modules() -> list[str]:
    return ["tests.platform.tasks"]


def test_a_worker_takes_a_task_on_this_tests_database(celery_worker, wait_until):
    tasks.note.delay("one")
    wait_until(lambda: Session.objects.filter(session_key="one").exists())
    [mail] = wait_until(celery_worker.mails)
    assert "Subject: Note one" in mail


def test_work_waits_while_no_worker_is_there(celery_worker, queue, wait_until):
    celery_worker.kill()
    tasks.note.delay("later")
    assert queue.llen("standing") == 1
    celery_worker.start()
    wait_until(lambda: Session.objects.filter(session_key="later").exists())


def test_a_task_under_way_when_the_worker_is_killed_is_done_by_the_next(celery_worker, tmp_path, wait_until):
    begun, go = tmp_path / "begun", tmp_path / "go"
    tasks.wait_for.delay(str(begun), str(go), "survived")
    wait_until(begun.exists)
    celery_worker.kill()
    assert not Session.objects.exists()
    begun.unlink()
    go.touch()
    celery_worker.start()
    wait_until(begun.exists)
    wait_until(lambda: Session.objects.filter(session_key="survived").exists())
    assert len(wait_until(celery_worker.mails)) == 1


def test_each_test_finds_an_empty_queue(queue):
    assert queue.dbsize() == 0
