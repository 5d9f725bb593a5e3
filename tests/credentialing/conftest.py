"""The hospitals every test of this room starts from, at noon of one day."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as all_settings

from config.kernel import clock
from tests.credentialing.world import NOON, World, build
from tests.worlds import Shared, shared


@pytest.fixture
def at_noon() -> Iterator[dt.datetime]:
    """The clock stands at noon of 10 March 2026 in Columbus."""
    with clock.freeze(NOON) as moment:
        yield moment


@pytest.fixture(scope="session")
def _stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The papers of hospitals that start with some, which stand longer than one module."""
    return tmp_path_factory.mktemp("stores")


@pytest.fixture(scope="module")
def _papers(request, _stores: Path) -> Path:
    """Where the papers of this module's hospitals are; each test begins with a copy."""
    build = _what_to_build(request)
    return _stores / f"{build.__module__}.{build.__name__}"


@pytest.fixture(scope="module")
def _hospitals(
    request, django_db_setup: None, django_db_blocker: Any, _papers: Path
) -> Iterator[Shared[World]]:
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(all_settings, "STANDING_STORE", _papers)
            hospitals = stack.enter_context(
                shared(request, django_db_blocker, _what_to_build(request), room=True)
            )
        yield hospitals


def _what_to_build(request) -> Any:
    return getattr(request.module, "HOSPITALS", build_at_noon)  # a module may start from more than that


def build_at_noon() -> World:
    with clock.freeze(NOON):
        return build()


@pytest.fixture
def world(
    _hospitals: Shared[World], _papers: Path, db: None, at_noon: dt.datetime, settings, tmp_path
) -> World:
    """The hospitals; evidence goes to a folder of this test."""
    settings.STANDING_STORE = tmp_path / "store"
    settings.STANDING_CHECKPOINTS = tmp_path / "checkpoints"
    if _papers.exists():
        shutil.copytree(_papers, settings.STANDING_STORE)
    return _hospitals.mine()
