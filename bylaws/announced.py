"""Who is told when a meeting is called, moved or canceled, and when something waits for somebody.

The room that mails registers here; it is called within the act, so that a mail is on its way if and only if
the act stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

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


@dataclass(frozen=True)
class Waits:
    """Something that waits for people with an account: ``what`` it is (``bylaws.choices.WaitsFor``), which
    one, at which hospital, for whom. Nothing of what it says.
    """

    what: str
    subject_uid: UUID
    facility: Any
    users: Iterable[Any]


#: ``call(actor=, waits=)``.
Call = Callable[..., None]

_called: list[Call] = []


def register_call(call: Call) -> None:
    """Have ``call`` called whenever something waits for somebody; once for each."""
    if call in _called:
        raise RuntimeError("The same is called for twice.")
    _called.append(call)


def call_for(actor: Any, waits: Waits) -> None:
    """Tell people that something waits for them."""
    for call in _called:
        call(actor=actor, waits=waits)
