"""What a final action of due process does, by the services that do such a thing anyway.

Rooms above register what is theirs (revoking privileges, deciding a file) in their ``final_actions.py``; this
room's own are in ``bylaws.services.final_actions``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bylaws.choices import BarScope
from config.kernel.errors import Refused


@dataclass(frozen=True)
class Paper:
    """A file somebody brings: its name and content."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Ordered:
    """What the final action orders. ``decided_on`` is the day it was decided, ``authority`` says in which
    minutes or decision; ``day`` the first day it is in force; ``words`` the cause, which is peer review.
    ``condition`` is of a restriction: what is still allowed, as the ward reads it.
    """

    decided_on: dt.date
    authority: str
    day: dt.date
    words: str
    scope: str = BarScope.ALL_PRIVILEGES
    privilege_codes: tuple[str, ...] = ()
    condition: str = ""
    paper: Paper | None = None


#: ``take(actor, track, ordered)`` does it and answers with the uids of what it made, as text by name.
Take = Callable[[Any, Any, Ordered], dict[str, str]]
#: ``undo(actor, track, result, reason)`` takes it back, or refuses with why it cannot be any more.
Undo = Callable[[Any, Any, dict[str, str], str], None]

_registered: dict[str, tuple[Take, Undo]] = {}


def register(action: str, take: Take, undo: Undo) -> None:
    """Say how a final action is done and taken back; once for each."""
    if str(action) in _registered:
        raise RuntimeError(f"The final action {action} is registered twice.")
    _registered[str(action)] = (take, undo)


def take(actor: Any, track: Any, action: str, ordered: Ordered) -> dict[str, str]:
    """Do it, within the act that asked who may."""
    if str(action) not in _registered:
        raise Refused("Choose what the final action does.", field="action")
    return _registered[str(action)][0](actor, track, ordered)


def undo(actor: Any, track: Any, action: str, result: dict[str, str], reason: str) -> None:
    """Take it back, within the act that asked who may."""
    _registered[str(action)][1](actor, track, result, reason)
