"""Focused evaluations that no letter has told yet: known to a room above, which registers how to ask it.

What is for cause is peer review: it is kept apart, and told by letters of that class alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from config.organization.models import Facility
from credentialing.choices import LetterOccasion
from practitioners.models import Practitioner

#: For cause, so that only a letter of the class peer review may tell of it.
FOR_CAUSE = (LetterOccasion.CAUSE_BEGUN, LetterOccasion.CAUSE_CLOSED)


@dataclass(frozen=True)
class Evaluations:
    """What letters have to tell somebody, each in words for them: evaluations under way, and closed ones."""

    begun: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    cause_begun: tuple[str, ...] = ()
    cause_closed: tuple[str, ...] = ()

    def of(self, occasion: str) -> tuple[str, ...]:
        """What a letter on this occasion tells; nothing where the occasion is another."""
        told = {
            LetterOccasion.FPPE_BEGUN: self.begun,
            LetterOccasion.FPPE_CLOSED: self.closed,
            LetterOccasion.CAUSE_BEGUN: self.cause_begun,
            LetterOccasion.CAUSE_CLOSED: self.cause_closed,
        }
        return told.get(LetterOccasion(occasion), ())


#: ``(practitioner, facility) -> Evaluations``; three queries.
Ask = Callable[[Practitioner, Facility], Evaluations]
_asked: list[Ask] = []


def register_evaluations(ask: Ask) -> None:
    """Let the room above say what is to be told; once."""
    if _asked:
        raise RuntimeError("Which evaluations are to be told is registered twice.")
    _asked.append(ask)


def evaluations_to_tell(practitioner: Practitioner, facility: Facility) -> Evaluations:
    """What no letter has told the person yet; nothing where no room knows evaluations."""
    return _asked[0](practitioner, facility) if _asked else Evaluations()
