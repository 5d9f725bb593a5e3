"""The services for the time of one management command."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence

from django.conf import settings

from config.embedded.client import connect
from config.embedded.clusters import ensure_cached_cluster
from config.embedded.databases import Say, ensure_database
from config.embedded.errors import EmbeddedError
from config.embedded.instance import Instance
from config.embedded.servers import Postgres

#: Commands that read files only. Everything else may ask the database, so the services are there for it.
WITHOUT_SERVICES = {
    "build_icons",
    "check",
    "check_templates",
    "collectstatic",
    "diffsettings",
    "findstatic",
    "help",
    "makemigrations",
    "spectacular",
    "startapp",
    "startproject",
    "version",
    "write_docs",
}

#: Commands that are content with a database without tables: they make them.
WITHOUT_TABLES = {"migrate"}


def services_needed() -> list[str]:
    """The services whose address the environment does not name."""
    addresses = {"postgres": settings.DATABASE_URL, "valkey": settings.REDIS_URL_FROM_ENVIRONMENT}
    return [name for name, address in addresses.items() if not address]


@contextlib.contextmanager
def services_for_command(argv: Sequence[str]) -> Iterator[None]:
    """Start the services a management command may want, unless they run already, and stop them after it."""
    command = argv[1] if len(argv) > 1 else "help"
    if command in WITHOUT_SERVICES or command.startswith("-") or {"--help", "-h"} & set(argv):
        yield
        return
    need = services_needed()
    if not need:
        yield
        return
    empty = command in WITHOUT_TABLES
    try:
        with prepared_services(settings.EMBEDDED, need, say=_to_terminal, empty=empty):
            if "postgres" in need:
                ensure_database(settings.EMBEDDED, empty=empty, say=_to_terminal)
            yield
    except EmbeddedError as error:
        sys.exit(str(error))


@contextlib.contextmanager
def prepared_services(
    instance: Instance, need: Sequence[str], *, say: Say, empty: bool = False
) -> Iterator[None]:
    """Hold the services ``need`` names; a new cluster has the migrated template in it unless ``empty``."""
    if "postgres" in need and not empty and not Postgres(instance).exists():
        ensure_cached_cluster(say)
    line = connect(instance, need=need, say=say)
    try:
        yield
    finally:
        line.hang_up()


def _to_terminal(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
