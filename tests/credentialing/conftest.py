"""The hospitals every test of this room starts from, at noon of one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from config.kernel import clock
from tests.credentialing.world import NOON, World, build
from tests.worlds import Shared, shared


@pytest.fixture
def at_noon() -> Iterator[dt.datetime]:
    """The clock stands at noon of 10 March 2026 in Columbus."""
    with clock.freeze(NOON) as moment:
        yield moment


@pytest.fixture(scope="module")
def _hospitals(request, django_db_setup: None, django_db_blocker: Any) -> Iterator[Shared[World]]:
    build = getattr(request.module, "HOSPITALS", build_at_noon)  # a module may start from more than that
    with shared(request, django_db_blocker, build, room=True) as hospitals:
        yield hospitals


def build_at_noon() -> World:
    with clock.freeze(NOON):
        return build()


@pytest.fixture
def world(_hospitals: Shared[World], db: None, at_noon: dt.datetime, settings, tmp_path) -> World:
    """The hospitals; evidence goes to a folder of this test."""
    settings.STANDING_STORE = tmp_path / "store"
    settings.STANDING_CHECKPOINTS = tmp_path / "checkpoints"
    return _hospitals.mine()
