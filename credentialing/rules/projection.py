"""When a file may be decided: through the bodies still ahead, by the meetings they have called. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Projection:
    """The day of the last body's meeting; None when it cannot be known, and then ``sentence`` says why."""

    on: dt.date | None
    sentence: str


def project(
    ahead: Sequence[tuple[str, str]],
    meetings: Mapping[str, Sequence[dt.date]],
    today: dt.date,
    ready: dt.date | None = None,
) -> Projection:
    """The first day the last body can decide on, when every body acts at its next meeting.

    ``ahead`` are the bodies still to act, in order: (code, name). ``meetings`` are the days each body that
    meets has called; a body without an entry acts outside meetings (a department's chair) and is taken to act
    in time. ``ready`` is the day the file reaches the first of them (None: today). A body that meets but has
    called no meeting late enough leaves the day unknown.
    """
    day, path = ready or today, []
    for code, name in ahead:
        if code not in meetings:
            path.append(f"once the {name} has acted")
            continue
        coming = min((each for each in meetings[code] if each >= day), default=None)
        if coming is None:
            return Projection(None, f"Not known: no meeting of the {name} is called{_after(day, today)}.")
        day = coming
        path.append(f"{name} {day.day} {day:%b}")
    if not any(code in meetings for code, _ in ahead):
        return Projection(None, "Not known: no meeting is ahead of the file.")
    return Projection(day, f"At the earliest: {', '.join(path)}.")


def _after(day: dt.date, today: dt.date) -> str:
    return f" after {day.day} {day:%b %Y}" if day > today else ""
