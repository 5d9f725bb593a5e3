"""A hospital on committed rows, the registry it asks, and a worker whose steps can be held."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from django.db import connection

from config.kernel import clock
from credentialing.choices import Element
from credentialing.models import OutboxMessage, VerificationItem
from credentialing.services.reminders import queue_reminders
from credentialing.sources.players.nppes import Player, start_player
from practitioners.models import Evidence, Practitioner
from tests.credentialing.world import World, build
from tests.faults.gates import Gate
from tests.faults.mail import FOLDER
from tests.services import Services, Worker

RECORDS = json.loads((Path(__file__).parents[1] / "journeys" / "registry_surgeon.json").read_text())[
    "results"
]
NPI = RECORDS[0]["number"]
LONGER_THAN_ANY_CLAIM = dt.timedelta(hours=1)


@pytest.fixture
def world(transactional_db: None) -> World:
    """Two hospitals; the time is the real one."""
    return build()


@pytest.fixture
def player() -> Iterator[Player]:
    """The registry with one record; how it answers is the test's choice."""
    with start_player(RECORDS) as running:
        yield running


@pytest.fixture
def worker_environment(player: Player, tmp_path: Path) -> dict[str, str]:
    """The worker asks our registry and hands its mails to a mail system with gates."""
    folder = tmp_path / "mail-system"
    folder.mkdir()
    return {
        "NPPES_API_URL": player.url,
        "EMAIL_BACKEND": "tests.faults.mail.HeldMail",
        "EMAIL_FILE_PATH": str(folder / "mails"),
        FOLDER: str(folder),
    }


@dataclass
class MailSystem:
    """What the worker's mail system holds."""

    folder: Path

    def files(self) -> list[Path]:
        """One per message that was taken."""
        return sorted((self.folder / "mails").glob("*.eml"))

    def taken(self) -> list[str]:
        """The Message-ID of each handing over, in order; a message handed over twice is there twice."""
        count = self.folder / "taken"
        return count.read_text().split() if count.exists() else []


@pytest.fixture
def mail_system(worker_environment: dict[str, str]) -> MailSystem:
    return MailSystem(Path(worker_environment[FOLDER]))


@pytest.fixture
def gate(mail_system: MailSystem) -> Iterator[Callable[[str], Gate]]:
    """``gate("before")`` holds the mail system before it takes a message, ``gate("after")`` after it did."""
    made: list[Gate] = []

    def build_gate(name: str) -> Gate:
        made.append(Gate(mail_system.folder / name))
        return made[-1]

    yield build_gate
    for each in made:
        each.open()


@pytest.fixture
def second_worker(
    services: Services, worker_modules: list[str], worker_environment: dict[str, str], tmp_path: Path
) -> Iterator[Worker]:
    """Another worker on the same queue, for the test to start."""
    worker = Worker(services, tmp_path / "second", worker_modules, worker_environment)
    yield worker
    worker.kill()


@pytest.fixture
def nothing_left(queue: redis.Redis, wait_until: Callable) -> Callable[[], None]:
    """Wait until no task is waiting and none is being worked on, one that a killed worker held included."""

    def wait() -> None:
        wait_until(lambda: not queue.llen("standing") and not queue.hlen("unacked"), within=30)

    return wait


@pytest.fixture
def somebody_waits_for_a_lock(wait_until) -> Callable[[], None]:
    """Wait until another connection to this database stands before a row that is locked."""

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND wait_event_type = 'Lock'"
            )
            return cursor.fetchone()[0] > 0

    return lambda: wait_until(waits)


# -- work ----------------------------------------------------------------------------------------------------


def ask_the_registry(world: World) -> VerificationItem:
    """An application is accepted; its NPI is asked about by machine. The question is a row and a task."""
    surgeon = world.practitioner(npi=NPI, last_name="Kowalczyk", first_name="Marcus", middle_name="Antoni")
    world.state_everything(surgeon)
    item = world.item(world.signed(world.accepted(surgeon)), Element.NPI)
    assert item.status == "requested"
    return item


def licence_that_ends(world: World, *, days: int = 20, npi: str | None = None) -> Practitioner:
    """Somebody with an address whose licence ends in so many days."""
    practitioner = world.practitioner(npi=npi)
    world.email(practitioner, f"surgeon{practitioner.pk}@example.org")
    last_day = clock.today() + dt.timedelta(days=days)
    world.claim(
        practitioner, "LICENSE", dt.date(2012, 7, 1), last_day, state="OH", number=f"35.{practitioner.pk:06}"
    )
    return practitioner


def queue_the_reminders(world: World) -> list[OutboxMessage]:
    """The day's reminders: rows, and a task for each."""
    queue_reminders(actor=world.system)
    return list(OutboxMessage.objects.order_by("pk"))


def let_an_hour_pass(*items: VerificationItem | OutboxMessage) -> None:
    """What these rows say of when they were asked or claimed lies an hour back: whoever did it is dead."""
    for item in items:
        item.refresh_from_db()
        changed = {
            name: getattr(item, name) - LONGER_THAN_ANY_CLAIM
            for name in ("created_at", "claimed_at", "requested_at")
            if getattr(item, name, None)
        }
        type(item).objects.filter(pk=item.pk).update(**changed)


def killed(worker: Worker) -> None:
    """``kill -9``, and a new one in its place."""
    worker.kill()
    worker.start()


def answers_of_the_registry(application) -> list[Evidence]:
    """Evidence of the applicant that came from the registry; the signed release is evidence, too."""
    signed = application.items.get(element=Element.ATTESTATION).evidence_id
    return list(Evidence.objects.filter(practitioner=application.practitioner).exclude(pk=signed))
