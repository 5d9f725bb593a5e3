"""``make demo``: everything on one machine with one command.

The port answers first, with a page that says how far the rest is. Then come the services, the database, the
demo world, the worker, the timer, the player of the registry and the web server, which takes over the port
that is already open. Every process is a direct child started through ``setpriv``: when this one ends, in
whatever way, so do they.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from config.embedded.commands import prepared_services
from config.embedded.databases import Cluster, migrate
from config.embedded.errors import EmbeddedError
from config.embedded.fingerprint import fingerprint
from config.embedded.instance import APPLICATION_ROLE, DATABASE, PROJECT, Instance, default_instance
from config.embedded.preparing import PreparingPage
from config.embedded.servers import end_of, require_tools

STOP_TIMEOUT = 15.0  # seconds a process gets to finish what it is doing
WEB_TIMEOUT = 60.0
MOST_RESTARTS = 5
UNFINISHED = f"{DATABASE}_unfinished"
#: In the data folder: what the player of the registry answers with, written by ``seed_demo``.
REGISTRY_RECORDS = "demo/registry.json"
BOARD_RECORDS = "demo/boards.json"
LIST_RECORDS = "demo/leie-next.csv"
#: Codes of the demo hospital's boards, all played by one player.
PLAYED_BOARDS = ("board-il", "board-mi")


class Stop(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass
class Program:
    """One long-running process of the demo, its output in a file of its own."""

    name: str
    command: Sequence[str]
    log: Path
    environment: dict[str, str]
    inherit: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *self.command],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.inherit,
                start_new_session=True,  # Ctrl-C reaches us alone: we end them in order
            )

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, seconds: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@dataclass
class Demo:
    """The demo of one checkout on one port."""

    instance: Instance
    host: str
    port: int
    listener: socket.socket
    page: PreparingPage
    programs: list[Program] = field(default_factory=list)
    #: Where the programs find what is played for them.
    addresses: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def say(self, step: str) -> None:
        """Tell the terminal and the page that is waiting in somebody's browser."""
        self.page.step = step
        print(f"  {time.monotonic() - self.started:5.1f} s  {step}", flush=True)

    @property
    def address(self) -> str:
        shown = "localhost" if self.host in ("", "0.0.0.0", "127.0.0.1") else self.host  # noqa: S104
        return f"http://{shown}:{self.port}/"

    def run(self) -> None:
        """Start everything, say where it is, and stay until told to stop."""
        with self._services():
            self._prepare_database()
            try:
                self._start_web()
                self._hand_over_the_port()
                self._start_queue()
                self._greet()
                self._watch()
            finally:
                self._stop_programs()

    # -- services and database ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def _services(self) -> Iterator[None]:
        need = [
            name
            for name, variable in (("postgres", "DATABASE_URL"), ("valkey", "REDIS_URL"))
            if not os.environ.get(variable)
        ]
        self.say("Starting the services" if need else "Using the services named in the environment")
        if not need:
            yield
            return
        with prepared_services(self.instance, need, say=self.say):
            yield

    def _prepare_database(self) -> None:
        """A migrated database with people in it.

        A new demo world is built under another name and gets its own when it is whole: an interrupted start
        leaves nothing half built.
        """
        url = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL")
        if url:
            migrate(url, self.say)
            if not Cluster.at(url).holds_people(url.rpartition("/")[2].partition("?")[0]):
                self._seed({})
            return
        cluster = Cluster.of(self.instance)
        if not cluster.exists(DATABASE) or not cluster.is_migrated(DATABASE):
            cluster.clone(cluster.ensure_template(self.say), UNFINISHED)
            self._seed(
                {
                    "DATABASE_URL": cluster.url(UNFINISHED, user=APPLICATION_ROLE),
                    "DATABASE_OWNER_URL": cluster.url(UNFINISHED),
                    "REDIS_URL": os.environ.get("REDIS_URL") or self.instance.redis_url(),
                }
            )
            cluster.set_label(UNFINISHED, fingerprint())
            cluster.drop(DATABASE)
            cluster.rename(UNFINISHED, DATABASE)
            return
        if cluster.label(DATABASE) != fingerprint():
            self.say("Bringing the tables up to date")
            migrate(cluster.url(DATABASE), self.say)
            cluster.set_label(DATABASE, fingerprint())
        if not cluster.holds_people(DATABASE):
            self._seed({})

    def _seed(self, environment: dict[str, str]) -> None:
        self.say("Building the demo world")
        self._manage("seed_demo", environment)

    def _manage(self, command: str, environment: dict[str, str]) -> None:
        """Run a management command, each line it prints shown as the step; what went wrong goes to a log."""
        log = self._log(command)
        with (
            log.open("w") as errors,
            subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", sys.executable, "manage.py", command],
                cwd=PROJECT,
                env=self._environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            ) as process,
        ):
            try:
                for line in process.stdout or ():
                    if line.strip():
                        self.say(line.strip())
            except Stop:
                process.terminate()
                raise
        if process.returncode != 0:
            raise EmbeddedError(f"manage.py {command} failed. {end_of(log)}")

    # -- programs ----------------------------------------------------------------------------------------

    def _environment(self, **more: str) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings.demo"),
            "STANDING_SITE_URL": os.environ.get("STANDING_SITE_URL", self.address.rstrip("/")),
            "PYTHONUNBUFFERED": "1",
            **self.addresses,
            **more,
        }

    def _start_web(self) -> None:
        """The web server, on the port that is open already, and what it asks: the registry's player."""
        self.say("Starting the web server")
        if not os.environ.get("NPPES_API_URL"):
            self.addresses["NPPES_API_URL"] = self._start_player("registry", "nppes", REGISTRY_RECORDS)
        if not os.environ.get("STANDING_SOURCE_ADDRESSES"):
            address = self._start_player("boards", "board", BOARD_RECORDS) + "?number={number}"
            lists = self._start_player("lists", "lists", LIST_RECORDS)
            self.addresses["STANDING_SOURCE_ADDRESSES"] = json.dumps(
                dict.fromkeys(PLAYED_BOARDS, address) | {"list-leie": lists}
            )
        handle = self.listener.fileno()
        self._start(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi:application"),
                *("--bind", f"fd://{handle}", "--preload"),
                *("--workers", "2", "--threads", "4", "--worker-class", "config.web.Worker"),
                *("--limit-request-line", "8190"),
                *("--logger-class", "config.web.Log", "--access-logfile", "-"),
                *("--graceful-timeout", "5", "--timeout", "120"),
                *("--no-control-socket",),
            ],
            inherit=[handle],
        )

    def _start_queue(self) -> None:
        """The worker and the timer; pages do not wait for them."""
        celery = (sys.executable, "-m", "celery", "-A", "config")
        self._start(
            "worker",
            [
                *(*celery, "worker", "--concurrency", "2", "--loglevel", "info"),
                *("--without-gossip", "--without-mingle"),  # there is only one
            ],
        )
        self._start("timer", [*celery, "beat", "--loglevel", "info", "--pidfile="])

    def _log(self, name: str) -> Path:
        folder = self.instance.var / "log"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{name}.log"

    def _start(self, name: str, command: Sequence[str], inherit: Sequence[int] = ()) -> Program:
        program = Program(name, command, self._log(name), self._environment(), inherit)
        program.start()
        self.programs.append(program)
        return program

    def _start_player(self, name: str, module: str, recorded: str) -> str:
        """Start a local player of a source; its address as it prints it."""
        command = [sys.executable, "-m", f"credentialing.sources.players.{module}", "--port", "0"]
        records = self.instance.var / recorded
        if records.exists():
            command += ["--records", str(records)]
        log = self._log(name)
        log.unlink(missing_ok=True)
        program = self._start(name, command)
        deadline = time.monotonic() + WEB_TIMEOUT
        while True:
            printed = log.read_text(errors="replace").partition("\n")
            if printed[1] and "http" in printed[0]:
                return "http" + printed[0].partition("http")[2].strip()
            if program.ended or time.monotonic() > deadline:
                raise EmbeddedError(f"The player of the {name} did not start. {end_of(log)}")
            time.sleep(0.05)

    def _hand_over_the_port(self) -> None:
        """Wait until the web server answers on the shared socket, then stop answering ourselves."""
        deadline = time.monotonic() + WEB_TIMEOUT
        while not self._web_answers():
            web = self.programs[-1]
            if web.ended or time.monotonic() > deadline:
                raise EmbeddedError(f"The web server did not start. {end_of(web.log)}")
            time.sleep(0.05)
        self.page.stop()

    def _web_answers(self) -> bool:
        host, port = self.listener.getsockname()[:2]
        connection = http.client.HTTPConnection(host, port, timeout=20)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _greet(self) -> None:
        self.say("Ready")
        print(f"\nStanding is at {self.address}\n", flush=True)
        with contextlib.suppress(EmbeddedError):
            self._print_logins()
        print(f"\nLogs and mails are in {self.instance.var}. Ctrl-C stops everything.", flush=True)

    def _print_logins(self) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", "demo_logins"],
            cwd=PROJECT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        print(
            done.stdout.rstrip() if done.returncode == 0 else "(manage.py demo_logins prints the logins)",
            flush=True,
        )

    def _watch(self) -> None:
        """Start again what ends without being told to, a few times."""
        while True:
            time.sleep(0.5)
            for program in self.programs:
                if program.ended:
                    program.restarts += 1
                    if program.restarts > MOST_RESTARTS:
                        raise EmbeddedError(f"The {program.name} keeps ending. {end_of(program.log)}")
                    print(f"The {program.name} ended and is started again; see {program.log}.", flush=True)
                    program.start()

    def _stop_programs(self) -> None:
        for program in reversed(self.programs):
            program.ask_to_stop()
        deadline = time.monotonic() + STOP_TIMEOUT
        for program in reversed(self.programs):
            program.wait(max(0.1, deadline - time.monotonic()))


def open_port(host: str, port: int) -> socket.socket:
    """The listening socket; a sentence when another program has the port."""
    listener = socket.socket(socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise EmbeddedError(
                f"Port {port} is taken by another program. Stop that one, or choose another port: "
                f"make demo PORT={port + 1}"
            ) from None
        raise EmbeddedError(
            f"Port {port} on {host or 'all addresses'} cannot be opened: {error.strerror}."
        ) from None
    return listener


def _raise_stop(number: int, frame: FrameType | None) -> None:
    # A second Ctrl-C while we are stopping would leave things half stopped; the kernel ends them if we
    # are killed.
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stop


def main(arguments: list[str] | None = None) -> int:
    """``python -m config.embedded.launch [--host 127.0.0.1] [--port 8000]``"""
    parser = argparse.ArgumentParser(prog="config.embedded.launch", description="Start the whole demo.")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _raise_stop)
    try:
        require_tools()
        with open_port(options.host, options.port) as listener:
            page = PreparingPage(listener)
            page.start()
            demo = Demo(default_instance(), options.host, listener.getsockname()[1], listener, page)
            print(f"Standing is getting ready at {demo.address}", flush=True)
            demo.run()
    except Stop:
        print("\nStopped.", flush=True)
    except EmbeddedError as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
