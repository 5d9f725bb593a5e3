"""What differs between two texts, word by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_WORDS = re.compile(r"\s+|[^\s\w]|\w+")
#: Beyond this many words the two texts are laid side by side as a whole: comparing grows with the square.
MOST_WORDS = 3_000


@dataclass(frozen=True)
class Stretch:
    """A piece of text that stands in both (``same``), only in the older (``gone``) or the newer (``new``)."""

    kind: Literal["same", "gone", "new"]
    text: str


def word_diff(was: str, now: str) -> list[Stretch]:
    """The two texts as one, in stretches. Those that are the same or gone give the older text, those that are
    the same or new the newer one.
    """
    old, new = _WORDS.findall(was), _WORDS.findall(now)
    if was == now:
        return [Stretch("same", now)] if now else []
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return [each for each in (Stretch("gone", was), Stretch("new", now)) if each.text]
    found: list[Stretch] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Stretch("same", "".join(new[j1:j2])))
            continue
        if i2 > i1:
            found.append(Stretch("gone", "".join(old[i1:i2])))
        if j2 > j1:
            found.append(Stretch("new", "".join(new[j1:j2])))
    return found
