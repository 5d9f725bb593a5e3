"""A small demo world, built once for the tests of this folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from config.demo.build import Builder, build_world
from config.kernel import clock
from tests.demo.digest import digest_by_table
from tests.services import Services


@dataclass
class Built:
    """A world, where its files are, and what was said while it was built."""

    builder: Builder
    folder: Path
    today: dt.date
    said: list[str]
    digest: dict[str, str] = field(default_factory=dict)  # by table, as it stood when it was built


def build(folder: Path, *, processes: int = 1) -> Built:
    """The small world of today."""
    said: list[str] = []
    today = clock.today("America/Chicago")
    builder = build_world(today=today, folder=folder, small=True, processes=processes, say=said.append)
    return Built(builder, folder, today, said)


@pytest.fixture(autouse=True)
def _own_checkpoints() -> None:
    """The world below brings the folder its checkpoints were written to."""


@pytest.fixture(scope="module")
def world(
    django_db_setup: None,
    django_db_blocker: Any,
    services: Services,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Built]:
    """The small world, committed; each test works on it in a transaction that is rolled back."""
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(settings, "STANDING_CHECKPOINTS", folder / "checkpoints")
        patched.setattr(settings, "STANDING_STORE", folder / "store")
        with django_db_blocker.unblock():
            built = build(folder)
            services.count_rows()
            built.digest = digest_by_table()
        yield built
        with django_db_blocker.unblock():
            services.fresh_database()
