"""Loaded by a worker: a place to stand still after a step is written and before the queue hears of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery.signals import task_postrun

from tests.faults.gates import wait_at
from tests.faults.mail import FOLDER


@task_postrun.connect
def hold(task: Any = None, **_: Any) -> None:
    """Wait at the gate ``written``, where there is one, once a step of a run is done."""
    if task is not None and task.name == "credentialing.tasks.ask_step":
        wait_at(Path(os.environ[FOLDER]) / "written")
