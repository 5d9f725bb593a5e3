"""How often something may be done from one place; for pages that are open without an account."""

from __future__ import annotations

from django.core.cache import cache


def count(key: str, within: int) -> int:
    """How often ``key`` was counted within so many seconds from the first time, this time included."""
    cache.add(key, 0, within)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out in between
        return 1
