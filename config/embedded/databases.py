"""Roles, the database, the migrated template and its clones.

Migrating from zero takes seconds; cloning a migrated database takes a moment. So one template database is
kept per fingerprint of everything that shapes a fresh database, and the demo and every test worker get a
clone of it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from config.embedded.errors import EmbeddedError
from config.embedded.fingerprint import fingerprint
from config.embedded.instance import APPLICATION_ROLE, DATABASE, OWNER_ROLE, PROJECT, Instance

TEMPLATE_PREFIX = "template_standing_"

Say = Callable[[str], None]


def _silent(sentence: str) -> None:
    pass


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL server seen by the owner of Standing's databases."""

    host: str
    port: int | None = None
    user: str = OWNER_ROLE
    password: str = ""

    @classmethod
    def of(cls, instance: Instance) -> Cluster:
        """The embedded server of ``instance``."""
        return cls(str(instance.sockets))

    @classmethod
    def at(cls, url: str) -> Cluster:
        """The server at the address ``url`` (a ``DATABASE_OWNER_URL``)."""
        parts = urlsplit(url)
        socket_folder = parts.path[1:].rpartition("/")[0]
        return cls(
            socket_folder or unquote(parts.hostname or ""),
            parts.port,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
        )

    @contextlib.contextmanager
    def connection(self, database: str = "postgres") -> Iterator[Any]:
        """A cursor outside any transaction, as the owner."""
        connection = psycopg2.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password or None,
            dbname=database,
            application_name="standing preparing databases",
            options="-c lock_timeout=0",  # whoever waits for another to build the template waits to the end
        )
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def url(self, database: str, *, user: str | None = None, password: str | None = None) -> str:
        """The address of one of this server's databases."""
        name = user or self.user
        secret = password if user else self.password
        login = f"{name}:{secret}" if secret else name
        if self.host.startswith("/"):
            return f"postgres://{login}@/{self.host}/{database}"
        port = f":{self.port}" if self.port else ""
        return f"postgres://{login}@{self.host}{port}/{database}"

    def exists(self, database: str) -> bool:
        with self.connection() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            return cursor.fetchone() is not None

    def is_migrated(self, database: str) -> bool:
        """Whether any migration was ever run in it."""
        with self.connection(database) as cursor:
            cursor.execute("SELECT to_regclass('django_migrations') IS NOT NULL")
            return bool(cursor.fetchone()[0])

    def holds_people(self, database: str) -> bool:
        """Whether anybody could sign in: an account besides the system's own."""
        with self.connection(database) as cursor:
            cursor.execute("SELECT EXISTS (SELECT FROM accounts_user WHERE NOT is_system)")
            return bool(cursor.fetchone()[0])

    def label(self, database: str) -> str:
        """The fingerprint of the code that last migrated it, empty when unknown."""
        with self.connection() as cursor:
            cursor.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database]
            )
            found = cursor.fetchone()
            return (found and found[0]) or ""

    def set_label(self, database: str, label: str) -> None:
        """Note which code migrated it."""
        with self.connection() as cursor:
            cursor.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(database), sql.Literal(label))
            )

    def rename(self, database: str, name: str) -> None:
        with self.connection() as cursor:
            cursor.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(database), sql.Identifier(name)
                )
            )

    def ensure_roles(self) -> None:
        """The application's role, made where it is missing. The owner exists: we are connected as it."""
        with self.connection() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION_ROLE])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(APPLICATION_ROLE)))

    def create_empty(self, database: str) -> None:
        """A database with extensions and privileges, and no table yet."""
        self.ensure_roles()
        with self.connection() as cursor:
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(database)))
        with self.connection(database) as cursor:
            cursor.execute((Path(__file__).parent / "sql" / "database.sql").read_text())

    def clone(self, template: str, database: str) -> None:
        """``database`` as a copy of ``template``; an older one of that name is dropped."""
        with self.connection() as cursor:
            names: dict[str, sql.Composable] = {
                "database": sql.Identifier(database),
                "template": sql.Identifier(template),
            }
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {database} WITH (FORCE)").format(**names))
            # Copying files is quickest where nobody waits for the disk, and slowest where each must reach it.
            cursor.execute("SHOW fsync")
            names["strategy"] = sql.SQL("WAL_LOG" if cursor.fetchone()[0] == "on" else "FILE_COPY")
            cursor.execute(
                sql.SQL("CREATE DATABASE {database} TEMPLATE {template} STRATEGY {strategy}").format(**names)
            )

    def drop(self, database: str) -> None:
        with self.connection() as cursor:
            cursor.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
            )

    def ensure_template(self, say: Say = _silent) -> str:
        """The name of the migrated template for this code: built when missing; older ones are dropped."""
        template = TEMPLATE_PREFIX + fingerprint()
        with self.connection() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtext(%s))", [TEMPLATE_PREFIX]
            )  # freed with the session
            cursor.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATE_PREFIX]
            )
            found = {name for (name,) in cursor.fetchall()}
            if template not in found:
                self._build_template(template, say)
            for old in found - {template}:
                cursor.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(old)))
                cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(old)))
        return template

    def _build_template(self, template: str, say: Say) -> None:
        unfinished = f"unfinished_{template}"
        self.drop(unfinished)
        self.create_empty(unfinished)
        migrate(self.url(unfinished), say)
        with self.connection() as cursor:
            names = {"unfinished": sql.Identifier(unfinished), "template": sql.Identifier(template)}
            cursor.execute(sql.SQL("ALTER DATABASE {unfinished} RENAME TO {template}").format(**names))
            cursor.execute(sql.SQL("ALTER DATABASE {template} IS_TEMPLATE true").format(**names))


#: Runs manage.py. Migrations build all model classes a dozen times; looking for garbage among them takes a
#: good part of the time, and the process ends with the last one anyway.
WITHOUT_COLLECTING = "import gc; gc.disable(); import manage; manage.main()"


def migrate(owner_url: str, say: Say = _silent) -> None:
    """Run every migration on the database at ``owner_url`` in its own process, telling whose turn it is."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.demo",
        "DATABASE_URL": owner_url,
        "DATABASE_OWNER_URL": owner_url,
        "REDIS_URL": "redis://localhost:1",  # migrations queue nothing; named so that nothing is started
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-c", WITHOUT_COLLECTING, "migrate", "--no-color", "--skip-checks"]
    printed = []
    told = ""
    with subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            printed.append(line)
            room = line.split()[1].partition(".")[0] if line.strip().startswith("Applying") else told
            if room != told:
                say(f"Creating tables: {room}")
                told = room
    if process.returncode != 0:
        raise EmbeddedError("The migrations failed:\n" + "".join(printed[-40:]))


def ensure_database(instance: Instance, *, empty: bool = False, say: Say = _silent) -> bool:
    """The instance's database, made when missing: a clone of the template, or without tables when ``empty``.

    A database in which nothing was ever migrated counts as missing. True when it was made just now.
    """
    cluster = Cluster.of(instance)
    if cluster.exists(DATABASE):
        if empty or cluster.is_migrated(DATABASE):
            return False
        cluster.drop(DATABASE)
    if empty:
        cluster.create_empty(DATABASE)
    else:
        cluster.clone(cluster.ensure_template(say), DATABASE)
    return True
