"""How a process reaches the embedded services: it holds a line to the keeper for as long as it needs them."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from config.embedded.errors import EmbeddedError
from config.embedded.instance import PROJECT, Instance
from config.embedded.servers import end_of

PATIENCE = 90.0  # seconds for the services to answer, recovery and somebody else's stop included
FAREWELL = 30.0  # seconds for the servers to stop when we are the last to leave


class Line:
    """An open line to a keeper whose services are running."""

    def __init__(self, instance: Instance, connection: socket.socket) -> None:
        self.instance = instance
        self._connection = connection

    def hang_up(self) -> None:
        """Tell the keeper we need nothing more; when nobody else does, wait until the servers stopped."""
        with contextlib.suppress(OSError):
            self._connection.settimeout(FAREWELL)
            self._connection.sendall(b'{"bye": true}\n')
            while self._connection.recv(4096):
                pass
        self._connection.close()


def connect(
    instance: Instance,
    *,
    need: Sequence[str] = ("postgres", "valkey"),
    say: Callable[[str], None] = lambda sentence: None,
) -> Line:
    """A line to the instance's keeper, with ``need`` running; the keeper is started when there is none."""
    deadline = time.monotonic() + PATIENCE
    while True:
        instance.make_folders()
        connection = _call(instance)
        if connection is not None and _order(connection, need, say):
            return Line(instance, connection)
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"The embedded services did not answer within {PATIENCE:.0f} s; see the files in "
                f"{instance.logs}."
            )
        _start_keeper(instance)


def _call(instance: Instance) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(instance.keeper_socket))
    except OSError:
        connection.close()
        return None
    connection.settimeout(PATIENCE)
    return connection


def _order(connection: socket.socket, need: Sequence[str], say: Callable[[str], None]) -> bool:
    """Say what we need and wait for it. False when the keeper is just leaving: it hangs up without a word."""
    try:
        connection.sendall(json.dumps({"need": list(need)}).encode() + b"\n")
        with connection.makefile("rb") as replies:
            for reply in replies:
                message = json.loads(reply)
                if "error" in message:
                    connection.close()
                    raise EmbeddedError(message["error"])
                if "ready" in message:
                    return True
                say(message["say"])
    except TimeoutError:
        raise EmbeddedError(f"The embedded services were not ready within {PATIENCE:.0f} s.") from None
    except OSError:
        pass
    connection.close()
    return False


def _start_keeper(instance: Instance) -> None:
    """Start a keeper unless one is there; it goes into the background as soon as it can be called.

    In a session of its own, because Ctrl-C in our terminal must reach us and not it.
    """
    command = [sys.executable, "-m", "config.embedded.keeper", str(instance.var)]
    if not instance.durable:
        command.append("--careless")
    if instance.temporary:
        command.append("--temporary")
    command += ["--buffers", instance.buffers]
    log_file = instance.logs / "keeper.log"
    with log_file.open("ab") as log:
        done = subprocess.run(
            command,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=False,
        )
    if done.returncode != 0:
        raise EmbeddedError(f"The embedded services did not start. {end_of(log_file)}")
