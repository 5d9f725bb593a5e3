"""The parent of the embedded servers: starts them for its first client, stops them after its last.

Every process that needs the services holds a connection to the keeper's socket. The kernel closes that
connection when the process ends, however it ends, so nobody has to tidy up after a killed one. When the
keeper itself is killed, the kernel ends the servers (they are its direct children, started through
``setpriv``).

The conversation is one line of JSON each way and then silence::

    client: {"need": ["postgres", "valkey"]}
    keeper: {"say": "Creating the database cluster"}     any number of these
    keeper: {"ready": true}    or    {"error": "sentence"}
    client: {"bye": true}                                the keeper closes the line; if this was the last
                                                         client, only after the servers have stopped
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from config.embedded.errors import EmbeddedError
from config.embedded.instance import Instance
from config.embedded.servers import Postgres, Server, Valkey, require_tools

NOBODY_CAME = 30.0  # seconds a fresh keeper waits for its first client
HEARTBEAT = 0.25  # seconds between two looks at the servers
MOST_RESTARTS = 5  # of one server; more than that is not an accident


class Stopped(Exception):
    """The keeper was told to stop by a signal."""


class Keeper:
    """One instance's servers and the clients that hold them."""

    def __init__(self, instance: Instance, listener: socket.socket) -> None:
        self.instance = instance
        self.listener = listener
        self.servers: dict[str, Server] = {}
        self.clients: dict[socket.socket, bytes] = {}
        self.leaving: list[socket.socket] = []
        self.restarts: dict[str, int] = {}
        self.had_a_client = False
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until the last client has gone."""
        lonely_since = time.monotonic()
        try:
            while True:
                for key, _ in self.selector.select(HEARTBEAT):
                    if key.fileobj is self.listener:
                        self._welcome()
                    else:
                        self.leaving += self._hear(key.fileobj)  # type: ignore[arg-type]
                if not self.clients and (self.had_a_client or time.monotonic() - lonely_since > NOBODY_CAME):
                    return
                for goodbye in self.leaving:
                    goodbye.close()
                self.leaving.clear()
                self._revive()
        finally:
            # First nobody can call any more, then the servers stop. Lines stay open until this process ends:
            # that is how the last caller hears that everything is over.
            self.listener.close()
            self.instance.keeper_socket.unlink(missing_ok=True)
            for server in reversed(list(self.servers.values())):
                server.stop()

    def _welcome(self) -> None:
        line, _ = self.listener.accept()
        self.had_a_client = True
        self.clients[line] = b""
        self.selector.register(line, selectors.EVENT_READ)

    def _hear(self, line: socket.socket) -> list[socket.socket]:
        """Read what a client says; the lines of those that said goodbye are returned, still open."""
        try:
            received = line.recv(4096)
        except OSError:
            received = b""
        if not received:
            self._forget(line)
            line.close()
            return []
        self.clients[line] += received
        while b"\n" in self.clients[line]:
            sentence, self.clients[line] = self.clients[line].split(b"\n", 1)
            message = json.loads(sentence)
            if "need" in message:
                self._provide(line, message["need"])
            elif "bye" in message:
                self._forget(line)
                return [line]
        return []

    def _forget(self, line: socket.socket) -> None:
        self.selector.unregister(line)
        del self.clients[line]

    def _provide(self, line: socket.socket, names: list[str]) -> None:
        kinds: dict[str, type[Server]] = {"postgres": Postgres, "valkey": Valkey}
        try:
            for name in names:
                server = self.servers.get(name) or kinds[name](self.instance)
                if not server.running:
                    server.start(lambda sentence: _tell(line, {"say": sentence}))
                self.servers[name] = server
        except EmbeddedError as error:
            _tell(line, {"error": str(error)})
        else:
            _tell(line, {"ready": True})

    def _revive(self) -> None:
        """A server that died while somebody needs it is started again, a few times."""
        for name, server in self.servers.items():
            if not server.running:
                self.restarts[name] = self.restarts.get(name, 0) + 1
                if self.restarts[name] > MOST_RESTARTS:
                    raise EmbeddedError(f"{name} keeps dying; see {server.log_file}.")
                _note(f"{name} died; starting it again")
                server.start(_note)


def _tell(line: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # a client that has gone is noticed when its line is read
        line.sendall(json.dumps(message).encode() + b"\n")


def _note(sentence: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), sentence, flush=True)


def _raise_stopped(number: int, frame: FrameType | None) -> None:
    raise Stopped


def keep(instance: Instance) -> None:
    """Become the instance's keeper, in the background; do nothing when it has one.

    Returns in the process that was started, once the keeper can be called; the keeper itself never returns.
    """
    require_tools()
    with instance.lock_file.open("a+") as lock, socket.socket(socket.AF_UNIX) as listener:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel frees it with the process
        except OSError:
            time.sleep(0.05)  # the other one is starting or leaving; whoever started us will call it again
            return
        instance.make_folders()  # a keeper that was just leaving took its socket folder with it
        # A file left by a killed keeper: we hold the lock, so nobody is listening behind it.
        instance.keeper_socket.unlink(missing_ok=True)
        listener.bind(str(instance.keeper_socket))
        listener.listen(64)
        if os.fork() == 0:
            status = 1
            try:
                lock.truncate(0)
                lock.write(f"{os.getpid()}\n")
                lock.flush()
                _keep_here(instance, listener)
                status = 0
            except EmbeddedError as error:
                _note(str(error))
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)


def _keep_here(instance: Instance, listener: socket.socket) -> None:
    keeper = Keeper(instance, listener)  # a name, because its open lines must outlive its run
    with contextlib.suppress(Stopped):
        keeper.run()
    shutil.rmtree(instance.sockets, ignore_errors=True)
    if instance.temporary:
        shutil.rmtree(instance.var, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """``python -m config.embedded.keeper DATA_FOLDER [--careless] [--temporary] [--buffers SIZE]``:
    started by clients.
    """
    parser = argparse.ArgumentParser(prog="config.embedded.keeper", description=main.__doc__)
    parser.add_argument("var", type=Path)
    parser.add_argument("--careless", action="store_true", help="trade durability for speed")
    parser.add_argument("--temporary", action="store_true", help="delete the data folder at the end")
    parser.add_argument("--buffers", default=Instance.buffers, help="what PostgreSQL keeps in its memory")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _raise_stopped)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client; its going is what stops us
    try:
        keep(
            Instance(
                options.var,
                durable=not options.careless,
                temporary=options.temporary,
                buffers=options.buffers,
            )
        )
    except EmbeddedError as error:
        _note(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
