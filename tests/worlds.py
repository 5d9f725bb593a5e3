"""What all tests of a module start from, built once; every test has it as if it were built for it alone."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import pytest
from django.db import transaction

World = TypeVar("World")


class Shared(Generic[World]):
    """A world built once, or, where a test of the module commits, the way to build it."""

    def __init__(self, build: Callable[[], World], built: World | None):
        self._build, self._built = build, built

    def mine(self) -> World:
        """The world for one test: what it changes on the objects it is given, no other test sees."""
        return self._build() if self._built is None else copy.deepcopy(self._built)


@contextmanager
def shared(
    request: pytest.FixtureRequest, blocker: Any, build: Callable[[], World]
) -> Iterator[Shared[World]]:
    """Build within a transaction around the tests of the module; what they write is a savepoint in it.

    Used by a fixture of the module's scope. A test that commits cannot run within, so where there is one in
    the module every test builds for itself.
    """
    if any(_commits(item) for item in request.session.items if item.path == request.path):
        yield Shared(build, None)
        return
    around = transaction.atomic()
    with blocker.unblock():
        around.__enter__()
        built = build()
    yield Shared(build, built)
    with blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


def _commits(item: Any) -> bool:
    marker = item.get_closest_marker("django_db")
    asked = bool(marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0])))
    return asked or not {"transactional_db", "live_server"}.isdisjoint(item.fixturenames)
