"""One run: a disposable database, the population, every question, the table."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection, connections

from tests.benchmarks.measuring import Row, Spent, duration, failure
from tests.benchmarks.questions import COUNTED, QUESTIONS
from tests.benchmarks.report import FEW, Loads, line_of, page_of, table_head
from tests.benchmarks.world import World, build_world
from tests.services import Services

#: Seconds the load of 100,000 practitioners may take.
LOADING = 360.0
PAGE = Path(settings.BASE_DIR) / "docs" / "reference" / "benchmarks.md"


#: Bytes of the disk that one practitioner takes up, indexes and the log of the database included; measured.
DISK_EACH = 110_000
#: Bytes that stay free.
DISK_SPARE = 2 * 2**30


def measure(
    world: World, only: str = "", say: Callable[[str], None] = lambda line: None, questions=QUESTIONS
) -> Iterator[Row]:
    """Every question one after the other; ``only`` narrows to those that hold this word.

    A question that fails is a line of the table like any other, and the next one is asked all the same.
    """
    for name, ask in questions.items():
        if only.lower() not in name.lower():
            continue
        say(f"{name} ...")
        try:
            yield from ask(world)
        except Exception as error:
            traceback.print_exc()
            connections.close_all()
            yield failure(name, error)


def run_on_disposable_database(*, count: int, write: bool, only: str = "") -> int:
    """Build, measure, print; 1 when a row is over its budget."""
    loads = Loads(os.getloadavg()[0])
    services = Services("bench")
    services.start()
    try:
        with tempfile.TemporaryDirectory(prefix="standing-bench-") as folder:
            require_room(count, Path(settings.VAR_DIR))
            settings.STANDING_STORE = Path(folder) / "store"
            small: dict[str, str] = {}
            if count > FEW:
                services.fresh_database()
                small = _queries_of_few(Path(folder), only)
            services.fresh_database()
            return _run(count, Path(folder), loads, small, write=write, only=only)
    finally:
        services.drop_database()
        services.stop()


def require_room(count: int, folder: Path) -> None:
    """Refuse before an hour of work where the disk would be full in the middle of it."""
    needed, free = count * DISK_EACH + DISK_SPARE, shutil.disk_usage(folder).free
    _say(f"Disk: {free / 2**30:.0f} GB free, some {needed / 2**30:.1f} GB needed")
    if free < needed:
        raise SystemExit(f"{count:,} practitioners need some {needed / 2**30:.0f} GB of disk.")


def _queries_of_few(folder: Path, only: str) -> dict[str, str]:
    """How many queries each page asks beside a few people, by question."""
    world = build_world(FEW, folder)
    asked = {name: ask for name, ask in QUESTIONS.items() if name in COUNTED}
    rows = list(measure(world, only, questions=asked))
    return {row.question: row.notes[0] for row in rows if row.notes and "queries" in row.notes[0]}


def _run(count: int, folder: Path, loads: Loads, small: dict[str, str], *, write: bool, only: str) -> int:
    began = time.monotonic()
    world = build_world(count, folder, _say)
    seconds = time.monotonic() - began
    rows_loaded = sum(world.counts.values())
    _say(f"{count:,} practitioners, {rows_loaded:,} rows, loaded in {duration(seconds)}")
    _say(f"The database takes up {_database_size() / 2**30:.1f} GB")
    print(table_head(), flush=True)
    rows = [Row("load of the whole staff", LOADING, [Spent(seconds, seconds)])] if count >= 100_000 else []
    for row in measure(world, only, _say):
        rows.append(row)
        loads.look()
        if row.question in small and row.notes:
            asked = small[row.question]
            row.notes[0] += f" (beside {FEW} practitioners {'the same' if asked == row.notes[0] else asked})"
        print(line_of(row), flush=True)
        if write:  # after every question, so that a run that is ended early has not been for nothing
            PAGE.write_text(page_of(world, rows, seconds, loads), encoding="utf-8")
    print("\n\n".join(world.appendix), flush=True)
    _say(loads.told())
    if write:
        _say(f"Written: {PAGE.relative_to(settings.BASE_DIR)}; {duration(time.monotonic() - began)} in all")
    over = [f"{row.question} ({row.verdict})" for row in rows if row.over]
    if over:
        _say(f"Over the budget: {'; '.join(over)}")
    return 1 if over else 0


def _database_size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return cursor.fetchone()[0]


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)
