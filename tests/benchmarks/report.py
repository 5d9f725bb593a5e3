"""The table of a run, on the screen and as a page of the documentation."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from config.kernel import clock
from tests.benchmarks.measuring import RATIO_FROM, Row, duration
from tests.benchmarks.world import World

HEAD = ("question", "budget", "measured p50 / p95", "work p95", "yardstick", "ratio", "")
WIDTHS = (46, 14, 21, 9, 26, 5, 6)
#: Beside so many people the queries of a page are counted first, to see that they stay the same.
FEW = 300


def _cells(row: Row) -> tuple[str, ...]:
    if row.failed:
        return (row.question, "-", "-", "-", "-", "-", row.verdict)
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


def page_of(world: World, rows: list[Row], loading: float, loads: Loads) -> str:
    """The page of the documentation, of as many questions as were asked so far."""
    loaded = ", ".join(
        f"{number:,} {table.partition('.')[2]}" for table, number in world.counts.items() if number
    )
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench SCALE=full`; figures of one run on one machine. Budgets hold for the 95th",
        "percentile, by the clock: that is what people wait. *Work* is what the process and its database",
        "backend spent on the processor of it; where it is far below, the machine was busy otherwise. The",
        "yardstick was measured in the same run; its ratio is that of the work, and counts from",
        f"{duration(RATIO_FROM)} on, because below that it says how fast Python is.",
        "",
        f"Run on {clock.today():%d %B %Y}: {_machine()}. The embedded services ran on the same machine, and",
        f"without flushing to disk. {loads.told()}",
        "",
        f"Loaded in {duration(loading)}: {loaded}.",
        "",
        "| Question | Budget | Measured p50 / p95 | Work p95 | Yardstick | Ratio | | Noticed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append("| " + " | ".join([*_cells(row), "; ".join([*row.notes, *row.faults])]) + " |")
    return "\n\n".join(["\n".join(lines), *world.appendix]) + "\n"


@dataclass
class Loads:
    """How many processes wanted a processor: before the run and while it went on."""

    before: float
    seen: list[float] = field(default_factory=list)

    def look(self) -> float:
        """Note how it is now (over the last minute) and answer it."""
        self.seen.append(os.getloadavg()[0])
        return self.seen[-1]

    def told(self) -> str:
        """In words; where others worked as well, that the times by the clock are theirs too."""
        cores = os.cpu_count() or 1
        most = max(self.seen, default=self.before)
        sentence = f"Load of the machine: {self.before:.1f} before the run, {most:.1f} at the most during it."
        if self.before > cores / 2 or most > cores + 1:
            sentence += " **Others used the machine at the same time**: times by the clock hold their share."
        return sentence


def _machine() -> str:
    """The machine without a name: cores, memory, versions."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('shared_buffers')")
        version, buffers = cursor.fetchone()
    memory = next(
        int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if "MemTotal" in line
    )
    return (
        f"{os.cpu_count()} cores, {memory / 2**20:.0f} GB of memory, "
        f"Python {platform.python_version()}, PostgreSQL {version.split()[0]} with {buffers} of buffers"
    )
