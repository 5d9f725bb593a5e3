"""Taking the time and the memory of something, beside a yardstick measured in the same run.

Two times are taken: by the clock, which is what people wait and what the budgets hold for, and what this
thread and its database backend spent on the processor. Where others use the machine as well, the first says
how long they made us wait too, the second what the work costs.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

#: Where the measured time is below this, a ratio to bare SQL says how fast Python is, and does not count.
RATIO_FROM = 0.020  # seconds
MEGABYTE = 2**20
#: How much a streamed job may grow whatever the number of rows.
FLAT = 64 * MEGABYTE


class Spent(NamedTuple):
    """Seconds one answer took: by the clock, and of work on the processor."""

    clock: float
    work: float


@dataclass
class Row:
    """One line of the table. Times in seconds; ``limit`` holds for the 95th percentile."""

    question: str
    limit: float
    times: Sequence[Spent]
    yardstick: str = ""
    yard_times: Sequence[Spent] = ()
    most_ratio: float | None = None
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    failed: bool = False

    @property
    def p50(self) -> float:
        """Half of the answers were faster, by the clock."""
        return percentile([each.clock for each in self.times], 50)

    @property
    def p95(self) -> float:
        """One of twenty answers was slower, by the clock."""
        return percentile([each.clock for each in self.times], 95)

    @property
    def work(self) -> float:
        """One of twenty answers cost more, on the processor."""
        return percentile([each.work for each in self.times], 95)

    @property
    def yard(self) -> float:
        """The same of the yardstick."""
        return percentile([each.work for each in self.yard_times], 95)

    @property
    def ratio(self) -> float | None:
        """Work against that of the yardstick; None without one."""
        return self.work / self.yard if self.yard_times and self.yard else None

    @property
    def verdict(self) -> str:
        """``ok``; ``OVER`` by the clock, its ratio or a fault; ``FAILED`` where no answer came."""
        costly = (
            self.most_ratio is not None
            and self.ratio is not None
            and self.ratio > self.most_ratio
            and self.work > RATIO_FROM
        )
        if self.failed:
            return "FAILED"
        return "OVER" if self.p95 > self.limit or costly or self.faults else "ok"

    @property
    def over(self) -> bool:
        """Whether a budget is overrun, or nothing could be measured."""
        return self.verdict != "ok"

    @property
    def budget(self) -> str:
        """The budget in words."""
        ratio = f", {self.most_ratio:g} x" if self.most_ratio is not None else ""
        return f"{duration(self.limit)}{ratio}"


def failure(question: str, error: BaseException) -> Row:
    """The line of a question that could not be answered: what went wrong instead of times."""
    said = " ".join(str(error).split())[:200]
    return Row(question, 0, [], faults=[f"{type(error).__name__}: {said}"], failed=True)


def percentile(values: Sequence[float], share: int) -> float:
    """The value that ``share`` percent of the values do not exceed; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def duration(seconds: float) -> str:
    """A time as people read it: 12.3 ms, 4.20 s."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


class Watch:
    """Takes the time from its making to :meth:`spent`."""

    def __init__(self) -> None:
        self._backend = _backend()
        self._server, self._thread, self._clock = self._on_server(), time.thread_time(), time.perf_counter()

    def spent(self) -> Spent:
        """What was spent so far."""
        clock, thread = time.perf_counter() - self._clock, time.thread_time() - self._thread
        server = self._on_server()
        if server is None or self._server is None:  # the server is elsewhere: its work cannot be seen
            return Spent(clock, clock)
        return Spent(clock, thread + server - self._server)

    def _on_server(self) -> float | None:
        """Seconds the database backend has spent on the processor since it was started."""
        try:
            return int(self._backend.read_text().split()[0]) / 1e9
        except (OSError, ValueError, IndexError):
            return None


def _backend() -> Path:
    connection.ensure_connection()
    return Path(f"/proc/{connection.connection.get_backend_pid()}/schedstat")


def timed(ask: Callable[..., Any], questions: Sequence[Any], *, rounds: int = 2) -> list[Spent]:
    """What every answer took; the first round warms up and does not count."""
    times = []
    for turn in range(rounds + 1):
        for question in questions:
            watch = Watch()
            ask(question)
            if turn:
                times.append(watch.spent())
    return times


def once(job: Callable[[], Any]) -> tuple[Spent, Any]:
    """What one long job took, and what it answered."""
    watch = Watch()
    answer = job()
    return watch.spent(), answer


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
