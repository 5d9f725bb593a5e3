"""The hospital the matrix asks about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from config.audit.models import AuditEvent
from config.kernel import clock
from tests.matrix.asking import EVERYBODY
from tests.matrix.world import MORNING, World, build_world
from tests.worlds import Shared, shared


@pytest.fixture(scope="session")
def _matrix_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The papers of the hospital, which stands longer than one module."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def _matrix(
    request: Any, django_db_setup: None, django_db_blocker: Any, _matrix_store: Path
) -> Iterator[Shared[World]]:
    before = settings.STANDING_STORE
    settings.STANDING_STORE = _matrix_store
    with shared(request, django_db_blocker, _build, room=True) as matrix:
        yield matrix
    settings.STANDING_STORE = before


def _build() -> World:
    with clock.freeze(MORNING):
        world = build_world()
    world.things["event"] = AuditEvent.objects.filter(facility_code="").first()
    return world


@pytest.fixture(scope="module")
def world(_matrix: Shared[World], django_db_blocker: Any) -> Iterator[World]:
    """The same for all tests of a module, and as it was built for the next; the clock stands still."""
    with django_db_blocker.unblock(), clock.freeze(MORNING):
        outer = transaction.atomic()
        outer.__enter__()
        try:
            built = _matrix.mine()
            built.clients = {name: Client() for name in (*EVERYBODY, "")}
            for name in EVERYBODY:
                built.clients[name].force_login(built.people[name])
            yield built
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)
