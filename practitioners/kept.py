"""Which bytes in the store rows of other rooms need: each room that keeps some says how to ask.

Asked before bytes are removed, so that taking a scan out of one file leaves it where it rightly lies as well.
"""

from __future__ import annotations

from collections.abc import Callable

#: ``needs(key)``: whether a row of that room needs the bytes with this address.
Needs = Callable[[str], bool]

_needs: list[Needs] = []


def register(needs: Needs) -> None:
    """Have ``needs`` asked before bytes are removed; once for each."""
    if needs in _needs:
        raise RuntimeError("The same is asked of kept bytes twice.")
    _needs.append(needs)


def needed_elsewhere(key: str) -> bool:
    """Whether a row of a room above needs the bytes."""
    return any(needs(key) for needs in _needs)
