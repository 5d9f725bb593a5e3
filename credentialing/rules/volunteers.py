"""The clocks of a volunteer in a disaster, counted in hours from the moment of arrival. Pure.

Source: EM.12.02.03 (numbering before 2026): the license is verified at its source as soon as the emergency is
under control, or within 72 hours of arrival, whichever comes first; whether the privileges continue is
decided within 72 hours.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

#: From so long before it falls due something stands on Today.
NEAR = dt.timedelta(hours=24)
#: What the field calls it.
VERIFY, DECIDE = "License verified at its source", "Decision whether they continue"


@dataclass(frozen=True)
class Deadline:
    """Something to be done by a moment: ``done`` says that it was; ``why`` completes "due because"."""

    what: str
    due: dt.datetime
    done: bool
    why: str

    def past(self, now: dt.datetime) -> bool:
        """Whether it was not done in time: the moment itself is still in time."""
        return not self.done and now > self.due

    def near(self, now: dt.datetime) -> bool:
        """Whether it has to be done within the next hours, or is past."""
        return not self.done and now >= self.due - NEAR


def ends_at(arrived_at: dt.datetime, hours: int) -> dt.datetime:
    """The last moment of so many hours from the arrival."""
    return arrived_at + dt.timedelta(hours=hours)


def deadlines(
    arrived_at: dt.datetime,
    hours: int,
    *,
    under_control_at: dt.datetime | None,
    verified: bool,
    decided: bool,
) -> tuple[Deadline, Deadline]:
    """Verification at the source, and the decision to continue, each with the moment it falls due."""
    last = ends_at(arrived_at, hours)
    verify, why = last, f"{hours} hours from arrival"
    if under_control_at is not None and max(under_control_at, arrived_at) < last:
        verify, why = max(under_control_at, arrived_at), "the emergency is under control"
    return (
        Deadline(VERIFY, verify, verified, why),
        Deadline(DECIDE, last, decided, f"{hours} hours from arrival"),
    )


def hours_text(now: dt.datetime, due: dt.datetime) -> str:
    """How far away the moment is, in whole hours, never rounded in anybody's favour: ``in 5 hours``, ``in
    less than an hour``, ``2 hours ago``.
    """
    hours = int(abs(due - now).total_seconds() // 3600)
    many = f"{hours} hour{'s' if hours != 1 else ''}" if hours else "less than an hour"
    return f"in {many}" if due >= now else f"{many} ago"
