"""Who is told when a meeting is called, moved or canceled.

The room that mails registers here; it is called within the act, so that a mail is on its way if and only if
the act stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: ``tell(actor, meeting)``: the meeting as it is after the act.
Tell = Callable[[Any, Any], None]

_told: list[Tell] = []


def register(tell: Tell) -> None:
    """Have ``tell`` called whenever members have to hear of a meeting; once for each."""
    if tell in _told:
        raise RuntimeError("The same is told of meetings twice.")
    _told.append(tell)


def announce(actor: Any, meeting: Any) -> None:
    """Tell of a meeting that was called, moved or canceled."""
    for tell in _told:
        tell(actor, meeting)
