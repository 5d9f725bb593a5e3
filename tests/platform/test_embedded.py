"""The embedded services: shared, durable, and gone when nobody needs them, however that came about."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest

from config.embedded import isolation
from config.embedded.client import connect
from config.embedded.databases import Cluster
from config.embedded.errors import EmbeddedError
from config.embedded.instance import PROJECT, Instance
from config.embedded.servers import Postgres
from tests.platform.processes import assert_nothing_runs, named, processes_of, wait_until

# A client that says when it has the services, then holds them until it is killed or its input ends.
CLIENT = """
import sys
from pathlib import Path
from config.embedded.client import connect
from config.embedded.instance import Instance
line = connect(Instance(Path(sys.argv[1]), durable=False), say=print)
print("ready", flush=True)
sys.stdin.read()
line.hang_up()
"""

#: As whom they are tried: root has two ways to run PostgreSQL; in a user namespace it is somebody else.
WAYS = ["root in a namespace", "root as nobody", "another user"] if os.getuid() == 0 else ["this user"]


def start_client(var: Path, way: str = "") -> subprocess.Popen[str]:
    prefix = list(isolation.NAMESPACE) if way == "another user" else []
    more = {"STANDING_EMBEDDED_AS": "nobody"} if way == "root as nobody" else {}
    client = subprocess.Popen(
        [*prefix, sys.executable, "-c", CLIENT, str(var)],
        cwd=PROJECT,
        env=os.environ | more,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in client.stdout or ():
        if line == "ready\n":
            return client
    raise AssertionError("The client did not get the services.")


def end_client(client: subprocess.Popen[str]) -> None:
    for pipe in (client.stdin, client.stdout):
        if pipe is not None:
            pipe.close()
    client.wait(30)


def query(instance: Instance, statement: str, database: str = "postgres") -> list[tuple]:
    with Cluster.of(instance).connection(database) as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_it_is_the_postgresql_the_plan_names(instance):
    line = connect(instance)
    try:
        assert query(instance, "SHOW server_version")[0][0].startswith("18.")
        assert query(instance, "SHOW data_checksums") == [("on",)]
        assert query(instance, "SHOW listen_addresses") == [("",)]
        assert query(instance, "SHOW server_encoding") == [("UTF8",)]
        assert query(instance, "SELECT datcollate FROM pg_database WHERE datname = 'postgres'") == [
            ("C.UTF-8",)
        ]
    finally:
        line.hang_up()


def test_only_this_user_can_reach_the_sockets(instance):
    line = connect(instance)
    try:
        assert instance.sockets.stat().st_mode & 0o777 == 0o700
        assert len(str(instance.valkey_socket)) < 107
    finally:
        line.hang_up()


def test_data_survive_a_restart_and_hanging_up_leaves_nothing(instance, var):
    line = connect(instance)
    query(instance, "CREATE DATABASE kept")
    line.hang_up()
    assert_nothing_runs(var)
    line = connect(instance)
    try:
        assert Cluster.of(instance).exists("kept")
    finally:
        line.hang_up()


def test_two_clients_share_one_server_and_the_last_one_ends_it(instance, var):
    first, second = connect(instance), connect(instance)
    assert len(named(var, "/bin/postgres -D")) == 1
    first.hang_up()
    assert query(instance, "SELECT 1") == [(1,)]
    second.hang_up()
    assert_nothing_runs(var)


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_client_leaves_nothing_running(way, var):
    client = start_client(var, way)
    assert {"postgres", "valkey-server"} <= {process.name().split()[0] for process in processes_of(var)}
    client.kill()
    end_client(client)
    assert_nothing_runs(var)


@pytest.mark.parametrize("way", WAYS)
def test_a_killed_keeper_takes_its_servers_along_and_the_next_start_works(way, var):
    client = start_client(var, way)
    [keeper] = named(var, "config.embedded.keeper")
    keeper.kill()
    assert_nothing_runs_but(var, client.pid)
    end_client(client)
    again = start_client(var, way)
    end_client(again)
    assert_nothing_runs(var)


def assert_nothing_runs_but(var: Path, pid: int) -> None:
    wait_until(lambda: {process.pid for process in processes_of(var)} <= {pid})


def test_a_killed_postgres_is_started_again_for_who_needs_it(instance, var):
    line = connect(instance)
    try:
        query(instance, "CREATE DATABASE kept")
        [server] = [
            each for each in named(var, "/bin/postgres -D") if each.parent().pid == keeper_pid(instance)
        ]
        server.kill()

        def answers() -> bool:
            try:
                return Cluster.of(instance).exists("kept")
            except psycopg2.OperationalError:
                return False

        wait_until(answers)
    finally:
        line.hang_up()


def keeper_pid(instance: Instance) -> int:
    return int(instance.lock_file.read_text())


def test_files_left_by_a_power_cut_do_not_stop_the_next_start(instance):
    connect(instance).hang_up()
    instance.make_folders()
    instance.keeper_socket.touch()
    instance.valkey_socket.touch()
    # The number of a process that lives and is no database server: this one.
    (Postgres(instance).data / "postmaster.pid").write_text(f"{os.getpid()}\n{Postgres(instance).data}\n")
    line = connect(instance)
    try:
        assert query(instance, "SELECT 1") == [(1,)]
    finally:
        line.hang_up()


def test_data_of_another_major_version_are_refused_with_a_sentence(instance):
    connect(instance).hang_up()
    version_file = Postgres(instance).data / "PG_VERSION"
    version_file.write_text("17\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 17; this Standing brings PostgreSQL 18"):
        connect(instance)


def test_a_socket_folder_somebody_else_prepared_is_refused(instance):
    instance.sockets.write_text("in the way")
    try:
        with pytest.raises(EmbeddedError, match="belongs to somebody else"):
            connect(instance)
    finally:
        instance.sockets.unlink()


def test_a_missing_system_tool_is_named(instance, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedError, match="'setpriv'"):
        connect(instance)


def test_a_temporary_instance_leaves_no_folder(var):
    temporary = Instance(var, durable=False, temporary=True)
    connect(temporary).hang_up()
    assert not var.exists()
    assert not temporary.sockets.exists()


class TestManagementCommands:
    """They start the services when none run, stop them after, and start nothing when addresses are named."""

    def run(self, var: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("STANDING_TEST")}
        environment |= {"STANDING_VAR": str(var), "DJANGO_SETTINGS_MODULE": "config.settings.demo", **more}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def test_on_a_fresh_machine(self, instance, var):
        done = self.run(var, "showmigrations", "accounts")
        assert done.returncode == 0, done.stderr
        assert "[X] 0001_initial" in done.stdout
        assert_nothing_runs(var)

    def test_with_services_that_run_already(self, instance, var):
        line = connect(instance)
        try:
            [server] = servers(var)
            assert self.run(var, "showmigrations", "accounts").returncode == 0
            assert servers(var) == [server]
        finally:
            line.hang_up()

    def test_with_addresses_in_the_environment(self, services, var, db):
        done = self.run(
            var,
            "showmigrations",
            "accounts",
            DATABASE_URL=services.application_url,
            DATABASE_OWNER_URL=services.owner_url,
            REDIS_URL=services.redis_url,
        )
        assert done.returncode == 0, done.stderr
        assert not var.exists()

    def test_that_cannot_start_them_says_why(self, instance, var):
        connect(instance).hang_up()
        (Postgres(instance).data / "PG_VERSION").write_text("17\n")
        done = self.run(var, "showmigrations")
        assert done.returncode == 1
        assert re.search(r"made by PostgreSQL 17", done.stderr)
        assert "Traceback" not in done.stderr


def servers(var: Path) -> list[int]:
    return [each.pid for each in named(var, "/bin/postgres -D") if each.parent() and is_keeper(each.parent())]


def is_keeper(process: psutil.Process | None) -> bool:
    return process is not None and "config.embedded.keeper" in " ".join(process.cmdline())


def test_a_signal_to_the_keeper_stops_everything_in_order(instance, var):
    line = connect(instance)
    os.kill(keeper_pid(instance), signal.SIGTERM)
    assert_nothing_runs(var)
    line.hang_up()
    assert not (Postgres(instance).data / "postmaster.pid").exists()
