"""The timetable: its entries exist, and a reminder goes from the timer over a worker into a mail."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.schedules import crontab

from config.celery import app
from config.embedded.instance import PROJECT
from config.schedule import BEAT_SCHEDULE
from credentialing.models import OutboxMessage
from tests.faults.conftest import licence_that_ends


def test_every_entry_names_a_task_and_a_time():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in BEAT_SCHEDULE.values()} <= set(app.tasks)
    assert all(isinstance(entry["schedule"], crontab) for entry in BEAT_SCHEDULE.values())
    assert all(set(entry) <= {"task", "schedule", "args", "options"} for entry in BEAT_SCHEDULE.values())


def test_what_a_queue_may_lose_is_swept_and_the_nights_work_is_done():
    names = {entry["task"].removeprefix("credentialing.tasks.") for entry in BEAT_SCHEDULE.values()}
    assert {"nightly", "sweep_outbox", "sweep_verification"} <= names


@pytest.fixture
def beat(services, worker_environment, tmp_path: Path) -> Iterator[Path]:
    """The real timer in a process of its own, every entry due each second. Answers its log."""
    log_file = tmp_path / "beat.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "-A", "config", "beat"),
                *("--loglevel", "info", "--pidfile="),
            ],
            cwd=PROJECT,
            env=services.environment(
                **worker_environment | {"DJANGO_SETTINGS_MODULE": "tests.faults.beat_settings"}
            ),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    yield log_file
    process.kill()
    process.wait(10)


def test_a_reminder_goes_out_without_anybody_asking(world, mail_system, celery_worker, beat, wait_until):
    licence_that_ends(world)

    def sent_off() -> Counter:
        """How often the timer sent each task to the queue."""
        lines = beat.read_text().splitlines()
        return Counter(line.rpartition("(")[2].rstrip(")") for line in lines if "Sending due task" in line)

    wait_until(mail_system.files, within=60)
    before = sent_off()["credentialing.tasks.nightly"]
    wait_until(lambda: sent_off()["credentialing.tasks.nightly"] > before + 2, within=60)
    done = celery_worker.log.read_text().count("Task credentialing.tasks.nightly[")
    wait_until(
        lambda: celery_worker.log.read_text().count("Task credentialing.tasks.nightly[") > done, within=60
    )
    [message] = OutboxMessage.objects.all()
    assert message.status == "sent"
    assert mail_system.taken() == [message.message_id]
