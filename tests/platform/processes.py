"""Finding what an instance left running."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from config.embedded.instance import Instance


def processes_of(var: Path) -> list[psutil.Process]:
    """Every process that works on the data folder ``var``, by its arguments or environment."""
    sockets = socket_folder_ending(var)
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            arguments = " ".join(process.cmdline())
            environment = process.environ()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if str(var) in arguments or sockets in arguments or environment.get("STANDING_VAR") == str(var):
            found.append(process)
    return found


def socket_folder_ending(var: Path) -> str:
    """What the socket folders of ``var`` have in common, whichever user they are made for."""
    return Instance(var).sockets.name.rpartition("-")[2]


def named(var: Path, part: str) -> list[psutil.Process]:
    """Those of them whose command line contains ``part``."""
    return [process for process in processes_of(var) if part in " ".join(process.cmdline())]


def still_running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended; one that has ended and that nobody has asked about yet counts as ended."""
    running = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE and process.is_running():
                running.append(process)
    return running


def wait_until(condition: Callable[[], Any], *, within: float = 30.0) -> Any:
    """The first true answer of ``condition``; a failure when there is none in time."""
    deadline = time.monotonic() + within
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {within:.0f} s: {condition}")
        time.sleep(0.02)
    return answer


def assert_nothing_runs(var: Path, *, within: float = 30.0) -> None:
    """Fails when a process of ``var`` is still there after a while."""
    deadline = time.monotonic() + within
    while left := processes_of(var):
        if time.monotonic() > deadline:
            raise AssertionError(f"Left running: {[(each.pid, each.cmdline()) for each in left]}")
        time.sleep(0.02)
