"""PostgreSQL dies under a worker and comes back: what was committed is there, what was not is done again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.db import OperationalError, connections

from config.embedded.client import connect
from config.embedded.clusters import ensure_cached_cluster
from config.embedded.databases import Cluster, ensure_database
from config.embedded.instance import DATABASE, OWNER_ROLE, Instance
from credentialing import tasks
from credentialing.models import OutboxMessage
from credentialing.selectors.runs import progress
from credentialing.services.automatic import sweep_after
from credentialing.services.runs import check_application
from practitioners.selectors.evidence import verify_everything
from tests.faults.conftest import (
    answers_of_the_registry,
    ask_the_registry,
    let_an_hour_pass,
    licence_that_ends,
    queue_the_reminders,
)


class OwnDatabase:
    """A PostgreSQL of this test's own, because the one of the whole run is not ours to kill."""

    def __init__(self, instance: Instance, wait_until) -> None:
        self.instance = instance
        self.wait_until = wait_until

    def postmaster(self) -> psutil.Process:
        """The server's first process: the one our keeper started."""
        keeper = psutil.Process(int(self.instance.lock_file.read_text()))
        [found] = [each for each in keeper.children() if "postgres" in " ".join(each.cmdline())]
        return found

    def kill(self) -> None:
        """``kill -9``; its keeper starts it again, and it recovers what was committed."""
        before = self.postmaster()
        before.kill()
        self.wait_until(self._answers_after(before.pid), within=60)

    def _answers_after(self, pid: int):
        def answers() -> bool:
            connections.close_all()
            try:
                return self.postmaster().pid != pid and OutboxMessage.objects.count() >= 0
            except (OperationalError, ValueError, psutil.NoSuchProcess):
                return False

        return answers


@pytest.fixture
def database(tmp_path: Path, transactional_db: None, wait_until) -> Iterator[OwnDatabase]:
    """This test's own server, with durable commits, holding the migrated schema; the test's rows go there."""
    ensure_cached_cluster(lambda sentence: None)
    instance = Instance(tmp_path / "own")
    line = connect(instance, need=("postgres",))
    ensure_database(instance)
    connections.close_all()
    shared = {alias: dict(connections[alias].settings_dict) for alias in ("default", "owner")}
    for alias in shared:
        connections[alias].settings_dict.update(HOST=str(instance.sockets), PORT="", NAME=DATABASE)
    yield OwnDatabase(instance, wait_until)
    connections.close_all()
    for alias, before in shared.items():
        connections[alias].settings_dict.update(before)
    line.hang_up()
    shutil.rmtree(instance.sockets, ignore_errors=True)


@pytest.fixture
def worker_environment(worker_environment, database) -> dict[str, str]:
    cluster = Cluster.of(database.instance)
    return worker_environment | {
        "DATABASE_URL": database.instance.database_url(),
        "DATABASE_OWNER_URL": cluster.url(DATABASE, user=OWNER_ROLE),
    }


@pytest.fixture
def world(database, world):
    """The hospitals on the test's own server."""
    return world


def test_a_worker_goes_on_after_the_database_came_back(
    database, world, mail_system, celery_worker, wait_until, nothing_left
):
    licence_that_ends(world)
    [first] = queue_the_reminders(world)
    wait_until(lambda: OutboxMessage.objects.filter(status="sent").exists())
    nothing_left()
    database.kill()
    licence_that_ends(world)
    [_, second] = queue_the_reminders(world)
    wait_until(lambda: OutboxMessage.objects.filter(status="sent").count() == 2)
    assert mail_system.taken() == [first.message_id, second.message_id]


def test_killed_while_the_registry_is_asked(database, world, player, celery_worker, wait_until, nothing_left):
    player.behave("slow", times=1)
    item = ask_the_registry(world)
    wait_until(lambda: player.requests)
    run = check_application(actor=world.coordinator, application=item.application)
    database.kill()
    assert [each.over for each in progress(run, again_after=sweep_after()).steps] == [False]
    player.stopping.set()  # only now the answer comes
    nothing_left()
    let_an_hour_pass(item)
    tasks.sweep_verification.delay()
    wait_until(lambda: type(item).objects.get(pk=item.pk).status == "received")
    nothing_left()
    assert len(answers_of_the_registry(item.application)) == 1
    assert item.attempts.count() == 1
    run.refresh_from_db()
    assert (run.steps.get().outcome, run.ended_at is None) == ("answered", False)
    assert verify_everything() == []


def test_killed_while_a_mail_is_handed_over(
    database, world, gate, mail_system, celery_worker, wait_until, nothing_left
):
    held = gate("after")
    licence_that_ends(world)
    [message] = queue_the_reminders(world)
    wait_until(held.somebody_waits)
    database.kill()
    message.refresh_from_db()
    assert message.status == "claimed"  # committed before the mail was handed over
    held.open()
    nothing_left()
    let_an_hour_pass(message)
    tasks.sweep_outbox.delay()
    wait_until(lambda: OutboxMessage.objects.filter(status="sent").exists())
    nothing_left()
    assert set(mail_system.taken()) == {message.message_id}
    assert len(mail_system.files()) == 1
