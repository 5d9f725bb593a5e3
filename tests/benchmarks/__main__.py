"""``make bench``: measure against the budgets on a disposable database, which is gone afterwards.

SCALE=small (2,000 practitioners), full (100,000), or a number of practitioners. Exit 1 when a row is over its
budget. ``--write`` (by itself at full scale) writes the table into the documentation.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
#: As docker-compose.yml gives it to PostgreSQL.
os.environ.setdefault("STANDING_TEST_BUFFERS", "1GB")
# On the disk, as a hospital's; the memory of most machines could not hold a large staff either.
os.environ.setdefault("STANDING_TEST_PLACE", tempfile.gettempdir())
django.setup()

from tests.benchmarks.run import run_on_disposable_database  # noqa: E402

SCALES = {"small": 2_000, "full": 100_000}


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the page of the documentation")
    parser.add_argument("--only", default="", metavar="WORD", help="only the questions that hold this word")
    options = parser.parse_args()
    scale = os.environ.get("SCALE", "small")
    if scale not in SCALES and not (scale.isdigit() and int(scale)):
        parser.error("SCALE is small, full, or a number of practitioners.")
    count = SCALES.get(scale) or int(scale)
    write = options.write or (scale == "full" and not options.only)
    return run_on_disposable_database(count=count, write=write, only=options.only)


if __name__ == "__main__":
    sys.exit(main())
