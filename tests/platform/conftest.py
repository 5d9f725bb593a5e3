"""Instances of the embedded services of a test's own."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded.clusters import ensure_cached_cluster
from config.embedded.instance import Instance
from config.settings.places import place_of_tests
from tests.platform.processes import processes_of, socket_folder_ending


@pytest.fixture
def var() -> Iterator[Path]:
    """A data folder; whatever a failed test left running on it is ended."""
    above = Path(tempfile.mkdtemp(prefix="standing-var-", dir=place_of_tests()))
    folder = above / "var"
    yield folder
    for process in processes_of(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    for place in ("/tmp", "/var/tmp"):
        for left in Path(place).glob(f"standing-*-{socket_folder_ending(folder)}"):
            shutil.rmtree(left)
    shutil.rmtree(above)


@pytest.fixture
def instance(var: Path) -> Instance:
    """An instance that starts from the prepared cluster."""
    ensure_cached_cluster(lambda sentence: None)
    return Instance(var, durable=False)
