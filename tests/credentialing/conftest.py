"""The hospitals every test of this room starts from, at noon of one day."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    return _papers_of(_what_to_build(request), _stores)


@pytest.fixture(scope="module")
def _hospitals(
    request, django_db_setup: None, django_db_blocker: Any, _stores: Path
) -> Iterator[Shared[World]]:
    @contextmanager
    def with_papers(build: Callable[[], World]) -> Iterator[None]:
        papers, below = _papers_of(build, _stores), getattr(build, "below", None)
        shutil.rmtree(papers, ignore_errors=True)  # of the same hospitals, built before
        if below is not None and _papers_of(below, _stores).exists():
            shutil.copytree(_papers_of(below, _stores), papers)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(all_settings, "STANDING_STORE", papers)
            yield

    build = _what_to_build(request)
    with shared(request, django_db_blocker, build, room=True, within=with_papers) as hospitals:
        yield hospitals


def _papers_of(build: Callable[[], World], stores: Path) -> Path:
    return stores / f"{build.__module__}.{build.__name__}"


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
