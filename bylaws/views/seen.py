"""A frozen record as a tree to read: verdicts as verdicts, the rest as labels and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Keys by which a part of a frozen record is known to be a verdict.
VERDICT_KEYS = {"outcome", "code", "title", "sentence"}


@dataclass
class Node:
    """One part of the record: a verdict, a value, or a heading over other parts."""

    label: str
    value: Any = None
    verdict: Mapping[str, Any] | None = None
    children: list[Node] = field(default_factory=list)


def seen_tree(record: Any) -> list[Node]:
    """The parts of a frozen record, in order."""
    return _node("", record).children


def _node(label: str, part: Any) -> Node:
    if isinstance(part, Mapping):
        if part.keys() >= VERDICT_KEYS:
            return Node(label, verdict=part)
        return Node(label, children=[_node(key, value) for key, value in part.items()])
    if isinstance(part, list) and any(isinstance(each, Mapping | list) for each in part):
        return Node(label, children=[_node(_name(each, number), each) for number, each in enumerate(part, 1)])
    return Node(label, value=", ".join(str(each) for each in part) if isinstance(part, list) else part)


def _name(part: Any, number: int) -> str:
    """What a part of a list calls itself, else its number."""
    if isinstance(part, Mapping):
        for key in ("label", "title", "name", "element", "code", "uid"):
            if isinstance(part.get(key), str) and part[key]:
                return part[key]
    return str(number)
