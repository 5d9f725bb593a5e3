"""Starts real Celery workers quickly: one process has imported everything they need and forks each of them.

Importing Django, Celery and all of ours takes a new interpreter seconds, and tests start dozens of workers.
A worker from here is a process like any other: with its own session, environment and settings, on no
connection of anybody's, to be killed and waited for. What a cold start does, ``make demo``'s tests show.

The test process asks through a pipe, one JSON object a line (``arguments`` of the command line, its whole
``environment``, ``log`` to write to), and is answered the new process's number; see :class:`Nursery`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from config.embedded.instance import PROJECT


class Child:
    """A process that is not ours but the nursery's, with what a test asks of a process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def has_ended(self, within: float = 0) -> bool:
        """Whether it has, or does within so many seconds."""
        if self._handle is None:
            return True
        if not select.select([self._handle], [], [], within)[0]:
            return False
        os.close(self._handle)
        self._handle = None
        return True

    def terminate(self) -> None:
        """Ask it to end."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def kill_with_all_it_started(self) -> None:
        """``kill -9`` of it and of the processes of its session."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class Nursery:
    """The preloaded process, started with the first worker and ended by the end of its input."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def start(self, arguments: list[str], environment: Mapping[str, str], log: Path) -> Child:
        """A new worker with this command line (what follows ``celery``) and exactly this environment."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery"],
                cwd=PROJECT,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        request = {"arguments": arguments, "environment": dict(environment), "log": str(log)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise AssertionError(
                f"The nursery of workers ended with {self._process.wait(10)}; see its output."
            )
        return Child(int(answer))

    def close(self) -> None:
        """End it; the workers it started do not notice."""
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait(10)
            self._process.stdout.close()
            self._process = None


# -- the process itself --------------------------------------------------------------------------------------


def main() -> None:
    """Import everything, then fork a worker for each line of the input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an import prints is no answer
    _preload()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries whoever ended
    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become_a_worker(request)
        answers.write(f"{pid}\n")
        answers.flush()


def _preload() -> None:
    """Whatever a worker imports sooner or later. Nothing may be connected, and no thread may run."""
    import django
    from django.db import connections
    from django.utils.module_loading import autodiscover_modules

    django.setup()
    autodiscover_modules("tasks")
    for module in (
        "celery.apps.worker",
        "celery.bin.celery",
        "celery.bin.worker",
        "celery.concurrency.prefork",
        "celery.worker.components",
        "celery.worker.consumer",
        "config.urls",
        "django.test.signals",  # whatever of Django's keeps a setting hears there that it changed
        "kombu.transport.redis",
        "tests.faults.mail",
    ):
        importlib.import_module(module)
    assert threading.active_count() == 1, threading.enumerate()
    assert not [each for each in connections.all(initialized_only=True) if each.connection]
    gc.collect()
    gc.freeze()


def _become_a_worker(request: dict[str, Any]) -> None:
    """In the new process; does not return."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, file in ((0, nothing), (1, log), (2, log)):
            os.dup2(file, number)
        os.closerange(3, 256)
        sys.stdin = os.fdopen(0)
        _read_settings_of(request["environment"])
        sys.argv = ["celery", *request["arguments"]]
        from celery.bin.celery import main as celery

        code = celery()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def _read_settings_of(environment: dict[str, str]) -> None:
    """Settings are made from the environment: have them made again from this one, and tell who kept any."""
    from django.conf import Settings, empty, settings
    from django.core.signals import setting_changed
    from django.db import connections

    os.environ.clear()
    os.environ.update(environment)
    before = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    importlib.reload(sys.modules["config.settings.base"])
    importlib.reload(sys.modules[environment["DJANGO_SETTINGS_MODULE"]])
    settings._wrapped = empty
    for alias in [each.alias for each in connections.all(initialized_only=True)]:
        del connections[alias]
    connections._settings = None
    del connections.settings
    for name, value in before.items():
        if name != "DATABASES" and getattr(settings, name) != value:
            setting_changed.send(Settings, setting=name, value=getattr(settings, name), enter=True)


if __name__ == "__main__":
    main()
