"""A name in every form a list may print it: upper case, no accents, punctuation both ways, cut to a width.

The pure beginning of exclusion matching: :mod:`.blocking` files people and rows by these forms, and
:mod:`.matching` compares them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from practitioners.rules.names import CREDENTIALS, SUFFIXES, search_variants, split_surname, word_set

#: Widths of the layout of the OIG's list, in characters; other lists have their own.
LAST_WIDTH, FIRST_WIDTH = 20, 15
#: No key is made of more letters than this, whatever width a list has.
KEY_LETTERS = 40
#: Forms kept in memory: more than the different names of a large staff and its lists.
KEPT = 1 << 18

_PARTICLES = word_set(
    "DE LA LAS LOS DEL DELLA DI DA DAS DO DOS DU VAN VON DER DEN TER TEN AL EL BIN IBN ST MC MAC O D Y E"
)
_ENDINGS = frozenset(SUFFIXES) | frozenset(CREDENTIALS)


@lru_cache(maxsize=KEPT)
def last_forms(text: str, width: int = LAST_WIDTH) -> tuple[str, ...]:
    """Every form under which a surname may be printed: whole, joined, by part; suffix off; cut to ``width``.

    The cut is made both before and after punctuation is dropped, because the list was cut with it.
    """
    if _is_plain(text):
        return (text.upper()[:width] if width else text.upper(),)
    surname = split_surname(text).surname
    forms: dict[str, None] = {}
    for source in (surname, _cut(surname, width), _cut(text, width)):
        for variant in _word_variants(source):
            tokens = _without_endings(variant.split())
            whole = " ".join(tokens)
            parts = [token for token in tokens if len(token) > 1 and token not in _PARTICLES]
            turned = [" ".join(reversed(tokens))] if len(tokens) == 2 else []
            for form in (whole, whole.replace(" ", ""), *turned, *parts):
                if form:
                    forms[_cut(form, width)] = None
    return tuple(forms)


@lru_cache(maxsize=KEPT)
def first_forms(text: str, width: int = FIRST_WIDTH) -> tuple[str, ...]:
    """Every form of a given name: whole, joined, and its first word; cut to ``width``."""
    if _is_plain(text):
        return (text.upper()[:width] if width else text.upper(),)
    forms: dict[str, None] = {}
    for source in (text, _cut(text, width)):
        for variant in _word_variants(source):
            tokens = _without_endings(variant.split())
            whole = " ".join(tokens)
            for form in (whole, whole.replace(" ", ""), *tokens[:1]):
                if form:
                    forms[_cut(form, width)] = None
    return tuple(forms)


def _is_plain(text: str) -> bool:
    """Whether a name is one word of plain letters, as most are: its only form is itself."""
    return text.isascii() and text.isalpha() and text.upper() not in _ENDINGS


def _word_variants(text: str) -> list[str]:
    """The search variants that still have their words apart (endings are taken off by word)."""
    variants = search_variants(text)
    return [variant for variant in variants if variant == variants[0] or " " in variant]


def _without_endings(tokens: list[str]) -> list[str]:
    """Tokens less suffixes and degrees at the end; the first word always stays."""
    end = len(tokens)
    while end > 1 and tokens[end - 1] in _ENDINGS:
        end -= 1
    return tokens[:end]


def _cut(text: str, width: int) -> str:
    return text[:width].rstrip() if width else text


def surname_key(surname: str, width: int) -> str:
    """The key under which the bearers of a listed surname are counted: whole, without spaces, cut."""
    forms = last_forms(surname, width)
    return f"L{forms[0].replace(' ', '')[:KEY_LETTERS]}" if forms else ""


def surname_keys(surnames: Iterable[str], width: int) -> set[str]:
    """The keys of many, without those of nothing."""
    return {key for surname in surnames if (key := surname_key(surname, width))}


def name_key(last: str, first: str, last_width: int, first_width: int) -> str:
    """The key under which the bearers of a whole name are counted; empty where half of it is missing."""
    surname, given = surname_key(last, last_width), first_forms(first, first_width)
    return f"{surname}/{given[0]}" if surname and given else ""


def count_bearers(
    names: Iterable[tuple[str, str]], last_width: int = LAST_WIDTH, first_width: int = FIRST_WIDTH
) -> Counter[str]:
    """How many of these (last name, given name) bear each surname, whole or as a part of a double one, and
    each whole name, by :func:`surname_key` and :func:`name_key`.
    """
    counts: Counter[str] = Counter()
    for (last, first), times in Counter(names).items():
        for form in last_forms(last, last_width):
            if " " not in form:
                counts[f"L{form[:KEY_LETTERS]}"] += times
        if whole := name_key(last, first, last_width, first_width):
            counts[whole] += times
    return counts
