"""The table of a run, on the screen and as a page of the documentation."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from django.db import connection

from config.kernel import clock
from tests.benchmarks.measuring import RATIO_FROM, Row, duration
from tests.benchmarks.world import World

HEAD = ("question", "budget", "measured p50 / p95", "work p95", "yardstick", "ratio", "")
WIDTHS = (46, 14, 21, 9, 26, 5, 4)


def _cells(row: Row) -> tuple[str, ...]:
    measured = f"{duration(row.p50)} / {duration(row.p95)}" if len(row.times) > 1 else duration(row.p95)
    yard = f"{row.yardstick} {duration(row.yard)}" if row.yard_times else "-"
    return (
        row.question,
        row.budget,
        measured,
        duration(row.work),
        yard,
        f"{row.ratio:.1f}" if row.ratio is not None else "-",
        row.verdict,
    )


def table_head() -> str:
    """The heading for the screen."""
    return " | ".join(name.ljust(width) for name, width in zip(HEAD, WIDTHS, strict=True))


def line_of(row: Row) -> str:
    """One row for the screen, with what else was noticed below it."""
    line = " | ".join(cell.ljust(width) for cell, width in zip(_cells(row), WIDTHS, strict=True))
    return "\n".join([line, *(f"    {note}" for note in [*row.notes, *row.faults])])


def page_of(world: World, rows: list[Row], loading: float) -> str:
    """The page of the documentation."""
    loaded = ", ".join(
        f"{number:,} {table.partition('.')[2]}" for table, number in world.counts.items() if number
    )
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench SCALE=full`; figures of one run on one machine. Budgets hold for the 95th",
        "percentile. *Work* is what the process and its database backend spent on the processor: where only",
        "the clock is over the budget, the machine was busy otherwise (*wait*). The yardstick was measured",
        "in the same run; its ratio is that of the work, and counts from",
        f"{duration(RATIO_FROM)} on, because below that it says how fast Python is.",
        "",
        f"Run on {clock.today():%d %B %Y}: {_machine()}. The embedded services ran on the same machine, and",
        "without flushing to disk.",
        "",
        f"Loaded in {duration(loading)}: {loaded}.",
        "",
        "| Question | Budget | Measured p50 / p95 | Work p95 | Yardstick | Ratio | | Noticed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append("| " + " | ".join([*_cells(row), "; ".join([*row.notes, *row.faults])]) + " |")
    return "\n".join(lines) + "\n"


def _machine() -> str:
    """The machine without a name: cores, memory, versions."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0].split()[0]
    memory = next(
        int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line
    )
    load = os.getloadavg()[2]
    return (
        f"{os.cpu_count()} cores (load {load:.0f} with everything else on it), "
        f"{memory / 2**20:.0f} GB of memory, "
        f"Python {platform.python_version()}, PostgreSQL {postgres}"
    )
