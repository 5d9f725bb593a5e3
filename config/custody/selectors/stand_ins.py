"""Where content that came from another installation lies readable."""

from __future__ import annotations

from collections.abc import Iterable

from config.custody.models import StandIn


def stand_in_of(key: str) -> str | None:
    """The key of the same content encrypted here, or None for content of this house; one query."""
    return StandIn.objects.filter(key=key).values_list("stands_in", flat=True).first()


def stand_ins_among(keys: Iterable[str]) -> set[str]:
    """Those of the keys under which stand-ins lie; one query."""
    return set(StandIn.objects.filter(stands_in__in=list(keys)).values_list("stands_in", flat=True))
