"""What many tests start from, built once; every test has it as if it were built for it alone.

It stands in a transaction around the tests, and what a test writes is a savepoint in that. What a module
builds for itself goes with the module; the world of a room (``room=True``) stays for the next module that
starts from it. Only one stands at a time, and none for a test that does not start from it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest
from django.db import connection, connections, transaction

from config.embedded.instance import APPLICATION_ROLE

World = TypeVar("World")
#: Tables of more than one page of the disk: these alone can hold many rows.
MORE_THAN_A_PAGE = """
    SELECT relname FROM pg_class
     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
       AND pg_relation_size(oid) > current_setting('block_size')::int
"""
#: Of how many rows on it matters that PostgreSQL knows. A table that is counted while it holds few, on pages
#: that worlds taken down have left, counts as nearly empty whatever a test writes to it.
MANY = 50


@dataclass
class Standing:
    """What was built, in its transaction; ``fixture``: through which fixture tests ask for it."""

    build: Callable[[], Any]
    built: Any
    around: transaction.Atomic
    blocker: Any
    fixture: str
    path: Path


_standing: Standing | None = None
_test_commits = False


class Shared(Generic[World]):
    """A world built once, or, for a test that commits, the way to build it."""

    def __init__(self, build: Callable[[], World], standing: Standing | None):
        self._build, self._of = build, standing

    def mine(self) -> World:
        """The world for one test: what it changes on the objects it is given, no other test sees."""
        if self._of is None or self._of is not _standing:
            return self._build()
        return copy.deepcopy(self._of.built)


@contextmanager
def shared(
    request: Any, blocker: Any, build: Callable[[], World], *, room: bool = False
) -> Iterator[Shared[World]]:
    """Build once for the tests of the module, with ``room`` also for those of the modules after it.

    Used by a fixture of the module's scope. A test that commits cannot run within the transaction: each
    builds for itself.
    """
    if _test_commits:
        yield Shared(build, None)
        return
    if _standing is None or _standing.build is not build:
        take_down()
        _set_up(request, blocker, build)
    here = _standing
    yield Shared(build, here)
    if not room and here is _standing:
        take_down()


def make_way(item: pytest.Item) -> None:
    """Called before each test: what it does not start from is taken down.

    A test that asks for no world finds the rows of the one its module used before it, and of no other.
    """
    global _test_commits
    _test_commits = commits(item)
    if _standing is None:
        return
    asks = _standing.fixture in item.fixturenames
    if _test_commits or not (asks or item.path == _standing.path):
        take_down()
    elif asks:
        _standing.path = item.path


def take_down() -> None:
    """Undo what stands, if anything does."""
    global _standing
    if _standing is None:
        return
    gone, _standing = _standing, None
    _undo(gone.around, gone.blocker)


def _set_up(request: Any, blocker: Any, build: Callable[[], Any]) -> None:
    global _standing
    around = transaction.atomic()
    with blocker.unblock():
        _may_count()
        around.__enter__()
        try:
            built = build()
            _count()
        except BaseException:
            _undo(around, blocker)
            raise
    _standing = Standing(build, built, around, blocker, request.fixturename, request.node.path)


def _may_count() -> None:
    """Let the application's role count rows for PostgreSQL, which is otherwise the owner's to do."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO {APPLICATION_ROLE}")


def _count() -> None:
    """Have PostgreSQL count what was built.

    It takes rows that nobody counted for a handful, and goes through one table for each row of another: half
    of what the database does for the pages of a hospital.
    """
    with connection.cursor() as cursor:
        cursor.execute(MORE_THAN_A_PAGE)
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM (SELECT FROM "{name}" LIMIT {MANY}) AS first')
            if cursor.fetchone()[0] == MANY:
                cursor.execute(f'ANALYZE "{name}"')


def _undo(around: transaction.Atomic, blocker: Any) -> None:
    with blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


def commits(item: Any) -> bool:
    """Whether a test works on committed rows, not in a transaction that is rolled back."""
    marker = item.get_closest_marker("django_db")
    asked = bool(marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])))
    return asked or not {"transactional_db", "live_server"}.isdisjoint(item.fixturenames)
