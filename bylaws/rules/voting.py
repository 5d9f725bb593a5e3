"""How many must be present, and when a motion carries. Pure; the numbers come from parameters.

Kinds of quorum (``bylaws.quorum``): ``percent`` of the voting members in office, a ``fixed`` number, or
``max``, the larger of both. Kinds of threshold (``bylaws.vote_threshold``): ``majority_cast`` (more for than
against, abstentions not counted), ``majority_present``, ``two_thirds_cast``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.kernel.errors import Refused

QUORUM_KINDS = ("percent", "fixed", "max")
THRESHOLD_KINDS = ("majority_cast", "majority_present", "two_thirds_cast")


def members_needed(quorum: Mapping[str, Any], base: int) -> int:
    """Voting members who must be present when ``base`` are in office; at least one, also of an empty body.

    A share that is no whole number is rounded up: half of nine is five.
    """
    kind = quorum.get("kind")
    share = -(-base * int(quorum.get("percent", 0)) // 100)
    fixed = int(quorum.get("fixed", 0))
    if kind not in QUORUM_KINDS:
        raise Refused(f'The quorum rule "{kind}" is not one of {", ".join(QUORUM_KINDS)}.')
    return max(1, {"percent": share, "fixed": fixed, "max": max(share, fixed)}[kind])


def quorum_in_words(quorum: Mapping[str, Any]) -> str:
    """The rule as a person says it: ``half of the voting members in office``, ``3 voting members``."""
    percent, fixed = int(quorum.get("percent", 0)), int(quorum.get("fixed", 0))
    share = {50: "half", 33: "a third", 66: "two thirds", 67: "two thirds"}.get(percent, f"{percent} percent")
    in_words = {
        "percent": f"{share} of the voting members in office",
        "fixed": f"{fixed} voting members",
        "max": f"{share} of the voting members in office, but at least {fixed}",
    }
    return in_words.get(str(quorum.get("kind")), "an unknown rule")


def recused_count(quorum: Mapping[str, Any]) -> bool:
    """Whether a member who is recused from an item still counts as present for it."""
    return bool(quorum.get("recused_count", False))


def carries(threshold: Mapping[str, Any], *, votes_for: int, votes_against: int, present: int) -> bool:
    """Whether the motion carries. A tie never does."""
    kind = threshold.get("kind")
    if kind == "majority_cast":
        return votes_for > votes_against
    if kind == "majority_present":
        return votes_for * 2 > present
    if kind == "two_thirds_cast":
        return votes_for > 0 and votes_for * 3 >= (votes_for + votes_against) * 2
    raise Refused(f'The voting rule "{kind}" is not one of {", ".join(THRESHOLD_KINDS)}.')


def threshold_in_words(threshold: Mapping[str, Any]) -> str:
    """The rule as a person says it."""
    return {
        "majority_cast": "a majority of the votes cast",
        "majority_present": "a majority of the members present",
        "two_thirds_cast": "two thirds of the votes cast",
    }.get(str(threshold.get("kind")), "an unknown rule")
