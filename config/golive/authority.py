"""On whose authority something holds that was decided before this system was there."""

from __future__ import annotations

import datetime as dt


def authority_before(decided_on: dt.date) -> str:
    """The words of an appointment or grant taken over: the board of that day, as recorded before."""
    return f"As recorded before, board of {decided_on.day} {decided_on:%b %Y}"
