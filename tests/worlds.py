"""What many tests start from, built once; every test has it as if it were built for it alone.

It stands in a transaction around the tests, and what a test writes is a savepoint in that. What a module
builds for itself goes with the module; the world of a room (``room=True``) stays for the next module that
starts from it. Only one stands at a time, and none for a test that does not start from it; but a world may
be more of another one (:func:`more_of`), which then stands below it and stays when the more of it goes.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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


#: The worlds that stand, each within the one before it.
_standing: list[Standing] = []
_test_commits = False


def more_of(below: Callable[[], World]) -> Callable[[Callable[[World], World]], Callable[[], World]]:
    """Makes a build of a function that adds to what ``below`` builds, given a copy of that as its own."""

    def decorate(add: Callable[[World], World]) -> Callable[[], World]:
        @functools.wraps(add)
        def build() -> World:
            return add(below())

        build.below, build.add = below, add  # type: ignore[attr-defined]
        return build

    return decorate


class Shared(Generic[World]):
    """A world built once, or, for a test that commits, the way to build it."""

    def __init__(self, build: Callable[[], World], standing: Standing | None):
        self._build, self._of = build, standing

    def mine(self) -> World:
        """The world for one test: what it changes on the objects it is given, no other test sees."""
        if self._of is None or self._of is not _top():
            return self._build()
        return copy.deepcopy(self._of.built)


@contextmanager
def shared(
    request: Any,
    blocker: Any,
    build: Callable[[], World],
    *,
    room: bool = False,
    within: Callable[[Callable[[], Any]], AbstractContextManager[Any]] = lambda build: nullcontext(),
) -> Iterator[Shared[World]]:
    """Build once for the tests of the module, with ``room`` also for those of the modules after it.

    Used by a fixture of the module's scope. A test that commits cannot run within the transaction: each
    builds for itself. What stands already of the worlds this is more of is kept. Each is built ``within`` the
    context that is given for it.
    """
    if _test_commits:
        yield Shared(build, None)
        return
    wanted = _from_the_ground(build)
    kept = 0
    while kept < min(len(wanted), len(_standing)) and _standing[kept].build is wanted[kept]:
        kept += 1
    take_down(kept)
    for each in wanted[kept:]:
        with within(each):
            _set_up(request, blocker, each)
    here = _standing[-1]
    here.path = request.node.path
    yield Shared(build, here)
    if not room and here is _top():
        take_down()


def make_way(item: pytest.Item) -> None:
    """Called before each test: what it does not start from is taken down.

    A test that asks for no world finds the rows of the one its module used before it, and of no other.
    """
    global _test_commits
    _test_commits = commits(item)
    top = _top()
    if top is None:
        return
    asks = top.fixture in item.fixturenames
    if _test_commits or not (asks or item.path == top.path):
        take_down()
    elif asks:
        top.path = item.path


def take_down(kept: int = 0) -> None:
    """Undo what stands, if anything does, but for the lowest ``kept``."""
    while len(_standing) > kept:
        gone = _standing.pop()
        _undo(gone.around, gone.blocker)


def _top() -> Standing | None:
    return _standing[-1] if _standing else None


def _from_the_ground(build: Callable[[], Any]) -> list[Callable[[], Any]]:
    """The builds of the worlds this is more of, the lowest first, and itself."""
    builds = [build]
    while (below := getattr(builds[0], "below", None)) is not None:
        builds.insert(0, below)
    return builds


def _set_up(request: Any, blocker: Any, build: Callable[[], Any]) -> None:
    below = _top()
    around = transaction.atomic()
    with blocker.unblock():
        if below is None:
            _may_count()
        around.__enter__()
        try:
            built = build() if below is None else build.add(copy.deepcopy(below.built))  # type: ignore[attr-defined]
            _count()
        except BaseException:
            _undo(around, blocker)
            raise
    _standing.append(Standing(build, built, around, blocker, request.fixturename, request.node.path))


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
