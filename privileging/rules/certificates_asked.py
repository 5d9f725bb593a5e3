"""Which certificates a tree of criteria asks for by itself. Pure.

Only what has to be held whatever else is: every part of an "all". One of several ways is asked for only
where all the ways are certificates of one kind ("ACLS or PALS"). "Certified or eligible" is met by training
as well, and what may be waived may have been: neither is asked for by itself, and both are judged with the
file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

LIFE_SUPPORT, BOARD_CERT = "LIFE_SUPPORT", "BOARD_CERT"


@dataclass(frozen=True, order=True)
class Asked:
    """One certificate: ``kind`` is the code of the credential type, ``contents`` the courses or specialties
    of which one suffices.
    """

    kind: str
    contents: tuple[str, ...]

    @property
    def part(self) -> str:
        """What names it in bars and verdicts."""
        return f"{self.kind}:{'|'.join(self.contents)}"


def certificates_asked(tree: Mapping[str, Any], kinds: Collection[str]) -> tuple[Asked, ...]:
    """The certificates of these kinds that the tree asks for by itself, each once, in order."""
    return tuple(sorted(set(_asked(tree, kinds))))


def _asked(tree: Mapping[str, Any], kinds: Collection[str]) -> list[Asked]:
    if "all" in tree:
        return [each for child in tree["all"] for each in _asked(child, kinds)]
    one = _whole(tree)
    return [one] if one is not None and one.kind in kinds else []


def _whole(tree: Mapping[str, Any]) -> Asked | None:
    """The certificate the tree comes to; None where it is something else, or not only that."""
    if "any" in tree:
        ways = [_whole(child) for child in tree["any"]]
        sound = [each for each in ways if each is not None]
        if not sound or len(sound) < len(ways) or len({each.kind for each in sound}) > 1:
            return None
        return Asked(sound[0].kind, _sorted({each for way in sound for each in way.contents}))
    if tree.get("type") == "LIFE_SUPPORT":
        return Asked(LIFE_SUPPORT, _sorted(tree["courses"]))
    if tree.get("type") == "BOARD" and tree["status"] == "certified" and not tree.get("waiver"):
        return Asked(BOARD_CERT, _sorted(tree["specialties"]))
    return None


def _sorted(contents: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted({" ".join(str(each).split()) for each in contents}))
