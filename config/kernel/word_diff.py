"""What differs between two texts, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

#: A word or a sign with the space after it: spaces by themselves match everywhere and say nothing.
_WORDS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
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
    # What is the same at both ends is mostly all but a few words, and costs nothing to find.
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    found = [Stretch("same", "".join(new[:head]))]
    found += _middle(old[head : len(old) - tail], new[head : len(new) - tail])
    found.append(Stretch("same", "".join(new[len(new) - tail :])))
    return [each for each in found if each.text]


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words the two begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _middle(old: Sequence[str], new: Sequence[str]) -> list[Stretch]:
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return [Stretch("gone", "".join(old)), Stretch("new", "".join(new))]
    found: list[Stretch] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Stretch("same", "".join(new[j1:j2])))
            continue
        found.append(Stretch("gone", "".join(old[i1:i2])))
        found.append(Stretch("new", "".join(new[j1:j2])))
    return found
