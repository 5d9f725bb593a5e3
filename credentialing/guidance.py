"""Whom to ask about an element by hand, and where: words and addresses of ``guidance.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from config.kernel.yaml_files import read_yaml

FILE = Path(__file__).with_name("guidance.yaml")


@dataclass(frozen=True)
class Place:
    """Somewhere on the web where it can be asked."""

    name: str
    url: str


@dataclass(frozen=True)
class Guidance:
    """Whom to ask, in a sentence, and the places that serve the profession."""

    ask: str
    places: tuple[Place, ...]


@cache
def _written() -> dict[str, dict[str, Any]]:
    return read_yaml(FILE)


def guidance_for(element: str, provider_type: str) -> Guidance:
    """Whom to ask about the element of somebody of this profession. Raises ``KeyError`` for no element."""
    written = _written()[element]
    return Guidance(
        ask=written["ask"],
        places=tuple(
            Place(one["name"], one["url"])
            for one in written["places"]
            if not one.get("types") or provider_type in one["types"]
        ),
    )
