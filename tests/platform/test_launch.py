"""``make demo``: the port answers at once, one signal stops all, and a killed launcher leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded.commands import prepared_services
from config.embedded.databases import Cluster, ensure_database
from config.embedded.fingerprint import fingerprint
from config.embedded.instance import DATABASE, PROJECT, Instance
from tests.platform.processes import assert_nothing_runs, processes_of, still_running, wait_until

#: What the title of each of the launcher's processes holds.
PROGRAMS = {
    "web": "gunicorn: master",
    "worker": "[celeryd: ",
    "timer": "[celery beat]",
    "registry": "credentialing.sources.players.nppes",
    "boards": "credentialing.sources.players.board",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def launch(var: Path, port: int) -> subprocess.Popen[str]:
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("STANDING_", "DATABASE_", "REDIS_", "NPPES_"))
    }
    environment |= {"STANDING_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings.demo"}
    return subprocess.Popen(
        [sys.executable, "-m", "config.embedded.launch", "--port", str(port)],
        cwd=PROJECT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ask(port: int, path: str = "/healthz") -> tuple[int, str]:
    """Status and text of an answer; 0 when nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def read_until(launcher: subprocess.Popen[str], part: str) -> str:
    printed = ""
    for line in launcher.stdout or ():
        printed += line
        if part in line:
            return printed
    raise AssertionError(f"The launcher ended without saying {part!r}:\n{printed}")


@pytest.fixture
def built(var: Path) -> Path:
    """A data folder as a first start leaves it: migrated, labelled, and with somebody in it."""
    instance = Instance(var)
    with prepared_services(instance, ["postgres"], say=lambda sentence: None):
        ensure_database(instance)
        cluster = Cluster.of(instance)
        cluster.set_label(DATABASE, fingerprint())
        with cluster.connection(DATABASE) as cursor:
            cursor.execute(
                "INSERT INTO accounts_user (uid, username, password, first_name, last_name, email, is_system,"
                " is_superuser, is_staff, is_active, date_joined) VALUES"
                " (gen_random_uuid(), 'somebody', '', '', '', '', false, false, false, true, now())"
            )
    return var


@pytest.fixture
def launched(built: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = free_port()
    launcher = launch(built, port)
    yield launcher, port
    if launcher.poll() is None:
        launcher.kill()
    if launcher.stdout:
        launcher.stdout.close()
    launcher.wait(30)


def children(launcher: subprocess.Popen[str]) -> dict[str, psutil.Process]:
    """The launcher's own processes by the name in their title; some write that over their environment."""
    found = {}
    for child in psutil.Process(launcher.pid).children():
        try:
            title = " ".join(child.cmdline())
        except psutil.NoSuchProcess:  # it ended just now
            continue
        for name, part in PROGRAMS.items():
            if part in title:
                found[name] = child
    return found


def everything(launcher: subprocess.Popen[str], var: Path) -> list[psutil.Process]:
    """All that runs for this demo: what the launcher started, and the keeper with its servers."""
    return psutil.Process(launcher.pid).children(recursive=True) + processes_of(var)


def test_the_port_answers_while_everything_else_is_still_starting_and_ctrl_c_stops_it_all(launched, built):
    launcher, port = launched
    read_until(launcher, "getting ready at")
    status, text = ask(port)
    assert (status, "preparing" in text) == (503, True)
    status, text = ask(port, "/practitioners/")
    assert (status, "<progress" in text, "<style" in text) == (503, True, False)
    read_until(launcher, "Standing is at")
    status, text = ask(port)
    assert (status, json.loads(text)["status"]) == (200, "ok")
    assert "login" in ask(port, "/accounts/login/")[1].lower()
    read_until(launcher, "Ctrl-C stops everything")
    running = everything(launcher, built)
    launcher.send_signal(signal.SIGINT)
    assert "Stopped." in launcher.stdout.read()
    assert launcher.wait(30) == 0
    assert still_running(running) == []
    assert ask(port) == (0, "")


def test_a_killed_worker_is_started_again_and_a_killed_launcher_leaves_nothing_running(launched, built):
    launcher, _ = launched
    read_until(launcher, "Ctrl-C stops everything")
    worker = wait_until(lambda: children(launcher).get("worker"))
    worker.kill()
    read_until(launcher, "The worker ended and is started again")
    another = wait_until(lambda: children(launcher).get("worker"))
    assert another.pid != worker.pid
    wait_until(lambda: children(launcher).keys() == PROGRAMS.keys())
    running = everything(launcher, built)
    assert {"postgres", "valkey-server"} <= {each.name() for each in running}
    launcher.kill()
    launcher.wait(10)
    wait_until(lambda: not still_running(running))
    assert_nothing_runs(built)


def test_a_taken_port_is_told_before_anything_starts(var):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        launcher = launch(var, port)
        printed, _ = launcher.communicate(timeout=60)
    assert launcher.returncode == 1
    assert f"Port {port} is taken by another program" in printed
    assert "Traceback" not in printed
    assert not var.exists()
