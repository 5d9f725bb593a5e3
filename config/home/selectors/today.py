"""What waits for a person at a facility: the queues of every room their roles open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.urls import reverse

from config.accounts.policies import permissions, roles_by_facility
from config.kernel import clock
from config.kernel.registries import Queue, WorkItem, queues
from config.organization.models import Facility

#: Lines of a queue on the page.
SHOWN = 8
#: Lines of a queue on a page of its own.
WHOLE = 200
#: Queues that come with the page; the rest follow by themselves, whatever the number of roles.
AT_ONCE = 5


@dataclass(frozen=True)
class FilledQueue:
    """A queue with what waits in it."""

    queue: Queue
    count: int
    items: Sequence[WorkItem]
    today: dt.date

    @property
    def all_url(self) -> str:
        """Where all that waits is listed: the list of its own, or the queue's page; empty: all is shown."""
        if self.queue.more_url:
            return str(self.queue.more_url)
        return reverse("home:queue", args=[self.queue.code]) if self.count > len(self.items) else ""

    @property
    def counted(self) -> str:
        """How many wait, in words: of a queue that counts up to a number, ``200+``."""
        return (
            f"{self.count:,}+"
            if self.queue.counts_to and self.count >= self.queue.counts_to
            else str(self.count)
        )

    @property
    def late(self) -> int:
        """How many of the lines shown are past their day."""
        return sum(1 for item in self.items if item.due and item.due < self.today)

    @property
    def blocked(self) -> int:
        """How many of the lines shown wait for somebody else."""
        return sum(1 for item in self.items if item.waiting_for)


def queues_for(viewer, facility: Facility) -> list[Queue]:
    """The queues somebody sees at the facility, in order; no queries beyond the roles."""
    held = permissions(viewer, facility)
    roles = {str(role) for role in roles_by_facility(viewer).get(facility.pk, set())}
    return [
        replace(queue, more_url=queue.more_url(viewer, facility)) if callable(queue.more_url) else queue
        for queue in queues.all()
        if queue.permission in held and (not queue.roles or roles & {str(role) for role in queue.roles})
    ]


def today_for(viewer, facility: Facility, *, whole: bool = False) -> tuple[list[FilledQueue], list[Queue]]:
    """The first queues with what waits in them, and the queues to be fetched afterwards; none of those where
    the ``whole`` is wanted at once, of somebody who has few.
    """
    mine = queues_for(viewer, facility)
    first = mine if whole else [queue for queue in mine if not queue.slow][:AT_ONCE]
    filled = [fill(queue, viewer, facility) for queue in first]
    return filled, [queue for queue in mine if queue not in first]


def fill(queue: Queue, viewer, facility: Facility, *, limit: int = SHOWN) -> FilledQueue:
    """The queue with its count and first lines, ``limit`` at most."""
    count, items = queue.items(viewer, facility, limit)
    return FilledQueue(queue, count, tuple(items), clock.today(facility))
