"""What screening found of one person in one row, as it is written."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple

from credentialing.choices import MatchClass
from credentialing.rules import matching
from credentialing.rules.matching import Match, ScorePart

WORD = {
    matching.MatchClass.CONFIRMED_CANDIDATE: MatchClass.CONFIRMED_CANDIDATE,
    matching.MatchClass.POSSIBLE: MatchClass.POSSIBLE,
    matching.MatchClass.WEAK: MatchClass.WEAK,
}


class Finding(NamedTuple):
    """A row that may be a person, as it is written: its key, the class, and the score as JSON."""

    row_id: int
    match_class: MatchClass
    score: str


def finding(row_id: int, match: Match) -> Finding:
    """A match as it is written. A large staff has many at once, so each holds little memory."""
    used = match.name_used
    head = {
        "score": match.score,
        "name_used": used.text if used else "",
        "name_label": used.label if used else "",
        "swapped": match.swapped,
    }
    parts = ", ".join(map(_part, match.parts))
    return Finding(row_id, WORD[match.match_class], f'{json.dumps(head)[:-1]}, "parts": [{parts}]}}')


@lru_cache(maxsize=1 << 16)
def _part(part: ScorePart) -> str:
    """A part as JSON; many are the same sentence again."""
    return json.dumps(part.as_fields())
