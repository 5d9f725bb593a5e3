"""Taking the time and the memory of something, beside a yardstick measured in the same run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

#: Where the measured time is below this, a ratio to bare SQL says how fast Python is, and does not count.
RATIO_FROM = 0.020  # seconds
MEGABYTE = 2**20
#: How much a streamed job may grow whatever the number of rows.
FLAT = 64 * MEGABYTE


@dataclass
class Row:
    """One line of the table. Times in seconds; ``limit`` holds for the 95th percentile."""

    question: str
    limit: float
    times: Sequence[float]
    yardstick: str = ""
    yard_times: Sequence[float] = ()
    most_ratio: float | None = None
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def p50(self) -> float:
        """Half of the answers were faster."""
        return percentile(self.times, 50)

    @property
    def p95(self) -> float:
        """One of twenty answers was slower."""
        return percentile(self.times, 95)

    @property
    def ratio(self) -> float | None:
        """The 95th percentile against that of the yardstick; None without one."""
        return self.p95 / percentile(self.yard_times, 95) if self.yard_times else None

    @property
    def over(self) -> bool:
        """Whether a budget is overrun: the time, the ratio where it counts, or something else said."""
        slow = (
            self.most_ratio is not None
            and self.ratio is not None
            and self.ratio > self.most_ratio
            and self.p95 > RATIO_FROM
        )
        return self.p95 > self.limit or slow or bool(self.faults)

    @property
    def budget(self) -> str:
        """The budget in words."""
        ratio = f", {self.most_ratio:g} x" if self.most_ratio is not None else ""
        return f"{duration(self.limit)}{ratio}"


def percentile(values: Sequence[float], share: int) -> float:
    """The value that ``share`` percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def duration(seconds: float) -> str:
    """A time as people read it: 12.3 ms, 4.20 s."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def timed(ask: Callable[..., Any], questions: Sequence[Any], *, rounds: int = 2) -> list[float]:
    """Seconds of every answer; the first round warms up and does not count."""
    times = []
    for turn in range(rounds + 1):
        for question in questions:
            began = time.perf_counter()
            ask(question)
            if turn:
                times.append(time.perf_counter() - began)
    return times


def once(job: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of one long job, and what it answered."""
    began = time.perf_counter()
    answer = job()
    return time.perf_counter() - began, answer


def bare(statement: str) -> Callable[[Any], list[Any]]:
    """Ask the database itself: ``bare(sql)(parameters)``."""

    def ask(parameters: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    return ask


def resident() -> int:
    """Bytes this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Growth:
    """How much more memory was held at the most than at the beginning."""

    bytes: int = 0

    @property
    def megabytes(self) -> str:
        """As people read it."""
        return f"{self.bytes / MEGABYTE:.0f} MB"


@contextmanager
def growth(pause: float = 0.05) -> Iterator[Growth]:
    """Look at the memory of this process from time to time while something runs."""
    found, before, ended = Growth(), resident(), threading.Event()

    def look() -> None:
        while not ended.wait(pause):
            found.bytes = max(found.bytes, resident() - before)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()
        found.bytes = max(found.bytes, resident() - before)
