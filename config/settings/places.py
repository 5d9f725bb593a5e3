"""Where the services of a test run keep their data."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - as everywhere, the folder below it is made by whoever starts them
ROOMY = 8 * 2**30  # bytes that must be free: the databases of a run and their log take up to three of them


def place_of_tests(memory: Path = MEMORY) -> Path:
    """In ``memory`` where that is roomy, else on the disk; ``STANDING_TEST_PLACE`` names another folder.

    A test that commits has its database copied, two thousand files: on the disk that takes the processor a
    second, in memory a twentieth of one.
    """
    if named := os.environ.get("STANDING_TEST_PLACE"):
        return Path(named)
    roomy = _free(memory) >= ROOMY and os.access(memory, os.W_OK)
    return memory if roomy else Path(tempfile.gettempdir())


def _free(memory: Path) -> int:
    """Bytes the folder may still take: what it is allowed, and what the machine has."""
    try:
        told = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return min(int(told["MemAvailable"].split()[0]) * 1024, shutil.disk_usage(memory).free)
    except (OSError, KeyError):  # not every system has such a folder, or says how much memory is free
        return 0
