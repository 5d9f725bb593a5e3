"""The real services the tests run on, and a real worker.

One run has one disposable PostgreSQL and Valkey: whoever asks first starts them, everybody else holds a line
to them. The process that runs the tests (each xdist worker) works in its own clone of the migrated template
and in its own numbered database of Valkey. With ``DATABASE_OWNER_URL`` and ``REDIS_URL`` set, those are used
instead.
"""

from __future__ import annotations

import copy
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import redis
from django.conf import settings
from django.db import connections
from psycopg2 import sql

from config.embedded.client import Line, connect
from config.embedded.clusters import ensure_cached_cluster
from config.embedded.databases import Cluster
from config.embedded.instance import APPLICATION_ROLE
from config.settings.base import cache_location
from tests.nursery import Child, Nursery

WORKER_START = 30.0  # seconds
World = TypeVar("World")


class Services:
    """The services of this run as one test process sees them. Nothing starts before it is needed."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self.database = f"test_standing_{worker}"
        self.nursery = Nursery()
        self._line: Line | None = None
        self._prepared: dict[str, Any] = {}
        #: Whether somebody committed to this process's database: it is to be replaced before it is used.
        self.soiled = False
        self._application_secret = connections["default"].settings_dict["PASSWORD"]

    def start(self) -> None:
        """Hold the embedded services; with external addresses there is nothing to start."""
        if self._line is None and not settings.DATABASE_URL:
            ensure_cached_cluster(_say)
            self._line = connect(settings.EMBEDDED)

    def stop(self) -> None:
        self.nursery.close()
        if self._line is not None:
            self._line.hang_up()
            self._line = None

    @cached_property
    def cluster(self) -> Cluster:
        self.start()
        if settings.DATABASE_URL:
            return Cluster.at(settings.DATABASE_OWNER_URL or settings.DATABASE_URL)
        return Cluster.of(settings.EMBEDDED)

    @cached_property
    def template(self) -> str:
        return self.cluster.ensure_template(_say)

    @property
    def application_url(self) -> str:
        """This process's database as the application's role."""
        return self.cluster.url(self.database, user=APPLICATION_ROLE, password=self._application_secret)

    @property
    def owner_url(self) -> str:
        return self.cluster.url(self.database)

    @property
    def redis_url(self) -> str:
        self.start()
        return settings.REDIS_URL

    def fresh_database(self, template: str = "") -> None:
        """A new clone under this process's name; open connections to the old one are cut."""
        connections.close_all()
        self.cluster.clone(template or self.template, self.database)
        self.soiled = False
        for alias in ("default", "owner"):
            connections[alias].settings_dict["NAME"] = self.database
            settings.DATABASES[alias]["NAME"] = self.database

    def count_rows(self) -> None:
        """Have PostgreSQL count what this process's database holds; uncounted rows it takes for a handful."""
        with self.cluster.connection(self.database) as cursor:
            cursor.execute("ANALYZE")

    def rows_by_table(self) -> dict[str, int]:
        """How many rows each table of this process's database holds."""
        with self.cluster.connection(self.database) as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
            tables = [name for (name,) in cursor.fetchall()]
            counts = sql.SQL(", ").join(
                sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(name)) for name in tables
            )
            cursor.execute(sql.SQL("SELECT ARRAY[{}]").format(counts))
            return dict(zip(tables, cursor.fetchone()[0], strict=True))

    def prepared(self, name: str, build: Callable[[], World]) -> World:
        """What ``build`` makes in a fresh database: run once in this process, then a clone of what it made.

        For tests that commit, in a database nobody has written to yet. ``build`` must not depend on the time
        and write rows only: a clone has neither files nor what is in the queue.
        """
        kept = f"{self.database}_{name}"
        if name in self._prepared:
            self.fresh_database(kept)
        else:
            if self.soiled:
                self.fresh_database()
            world = build()
            connections.close_all()
            self._cut_off(self.database)
            self.count_rows()
            self.cluster.clone(self.database, kept)
            self._prepared[name] = world
        return copy.deepcopy(self._prepared[name])

    def _cut_off(self, database: str) -> None:
        """End the connections that are still closing: of the thread of a server, of a worker."""
        with self.cluster.connection() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [database]
            )

    def drop_database(self) -> None:
        connections.close_all()
        for name in (self.database, *(f"{self.database}_{name}" for name in self._prepared)):
            self.cluster.drop(name)
        self._prepared.clear()

    def valkey(self) -> redis.Redis:
        """A client of this process's numbered database."""
        return redis.Redis.from_url(cache_location(self.redis_url))

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a process that shall work on this test's database and queue."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": self.application_url,
            "DATABASE_OWNER_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
            "PYTHONUNBUFFERED": "1",
            **more,
        }


def _say(sentence: str) -> None:
    print(sentence, file=sys.__stderr__, flush=True)


@dataclass
class Worker:
    """A real Celery worker in a process of its own. Its mails are files in ``mail``.

    ``environment`` is what it is told besides where its database and queue are. A task that was under way
    when it was killed comes back after two seconds, and so does one that simply runs longer than that: it is
    delivered twice.
    """

    services: Services
    folder: Path
    modules: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: Child | None = None

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    def mails(self) -> list[str]:
        """The messages sent so far, as written to files, in no order."""
        separator = "-" * 79 + "\n"
        texts = [path.read_text() for path in self.mail.glob("*")]
        return [message for text in texts for message in text.split(separator) if message.strip()]

    def start(self, *, concurrency: int = 1) -> None:
        """Start it and wait until it takes tasks."""
        self.mail.mkdir(parents=True, exist_ok=True)
        environment = self.services.environment(
            EMAIL_BACKEND="django.core.mail.backends.filebased.EmailBackend",
            EMAIL_FILE_PATH=str(self.mail),
            STANDING_TASK_RETURNS_AFTER="2",
            CELERY_SKIP_CHECKS="1",  # they load every page; `make check` and make demo's tests run them
        )
        environment.update(self.environment)
        before = self.log.stat().st_size if self.log.exists() else 0
        self.log.touch()
        arguments = [
            *("-A", "config", "worker"),
            *("--concurrency", str(concurrency), "--loglevel", "info"),
            *("--without-gossip", "--without-mingle"),
            *(f"--include={module}" for module in self.modules),
        ]
        self.process = self.services.nursery.start(arguments, environment, self.log)
        deadline = time.monotonic() + WORKER_START
        while b" ready." not in self.log.read_bytes()[before:]:
            if self.process.has_ended(within=0.05) or time.monotonic() > deadline:
                raise AssertionError(f"The worker did not start:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """``kill -9`` of the worker and of the processes it runs tasks in: the machine lost its power."""
        if self.process is not None and not self.process.has_ended():
            self.process.kill_with_all_it_started()
            self.process.has_ended(within=10)

    def stop(self) -> None:
        """Let it finish its task, then end it."""
        if self.process is not None and not self.process.has_ended():
            self.process.terminate()
            if not self.process.has_ended(within=15):
                self.kill()
