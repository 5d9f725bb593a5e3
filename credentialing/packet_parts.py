"""What the room above gives a packet: the privileges that can be asked for, and asking for them.

Privileges belong to a higher room; it registers here what a packet needs of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from config.rulebook.verdicts import Verdict
from credentialing.models import Application
from credentialing.rules.packet_answers import OfferedForm


@dataclass(frozen=True)
class PrivilegePart:
    """``offered`` answers the forms of the application's facility in at most 3 queries; ``held`` what the
    applicant holds or has asked for, as codes by the uid of a form; ``ask(actor=, application=, asked=)``
    asks for these, in place of what was asked for before; ``cases=`` are the numbers of cases stated.
    ``judge`` answers the criteria of each form on what the applicant entered in the packet and holds here,
    and on nothing the office knows, in one query at most: by the uid of the form, then by code ("": core).
    """

    offered: Callable[[Application], Sequence[OfferedForm]]
    held: Callable[[Application, Sequence[OfferedForm]], Mapping[str, Sequence[str]]]
    ask: Callable[..., None]
    judge: Callable[..., Mapping[str, Mapping[str, Verdict]]]


_parts: list[PrivilegePart] = []


def register_privileges(part: PrivilegePart) -> None:
    """Let the room above answer for privileges."""
    if _parts:
        raise RuntimeError("The privileges of packets are registered twice.")
    _parts.append(part)


def privilege_part() -> PrivilegePart | None:
    """What was registered; None where no room keeps privileges."""
    return _parts[0] if _parts else None
