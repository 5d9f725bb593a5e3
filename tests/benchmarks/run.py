"""One run: a disposable database, the population, every question, the table."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from tests.benchmarks.measuring import Row, duration
from tests.benchmarks.questions import QUESTIONS
from tests.benchmarks.report import line_of, page_of, table_head
from tests.benchmarks.world import World, build_world
from tests.services import Services

PAGE = Path(settings.BASE_DIR) / "docs" / "reference" / "benchmarks.md"


def measure(world: World, only: str = "") -> Iterator[Row]:
    """Every question one after the other; ``only`` narrows to those that hold this word."""
    for name, ask in QUESTIONS.items():
        if only.lower() in name.lower():
            yield from ask(world)


def run_on_disposable_database(*, count: int, write: bool, only: str = "") -> int:
    """Build, measure, print; 1 when a row is over its budget."""
    services = Services("bench")
    services.start()
    try:
        services.fresh_database()
        with tempfile.TemporaryDirectory(prefix="standing-bench-") as folder:
            settings.STANDING_STORE = Path(folder) / "store"
            return _run(count, Path(folder), write=write, only=only)
    finally:
        services.drop_database()
        services.stop()


def _run(count: int, folder: Path, *, write: bool, only: str) -> int:
    began = time.monotonic()
    world = build_world(count, folder, _say)
    seconds = time.monotonic() - began
    rows_loaded = sum(world.counts.values())
    _say(f"{count:,} practitioners, {rows_loaded:,} rows, loaded in {duration(seconds)}")
    print(table_head(), flush=True)
    rows = []
    for row in measure(world, only):
        rows.append(row)
        print(line_of(row), flush=True)
    if write:
        PAGE.write_text(page_of(world, rows, seconds), encoding="utf-8")
        _say(f"Written: {PAGE.relative_to(settings.BASE_DIR)}")
    over = [row.question for row in rows if row.over]
    if over:
        _say(f"Over the budget: {'; '.join(over)}")
    return 1 if over else 0


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
