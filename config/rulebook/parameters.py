"""Declarations of parameters: what a number means and how several sources combine.

A room declares its parameters in its own ``parameters.py`` (imported when the app is ready) and ships default
values in ``parameters.yaml`` beside it, loaded by ``manage.py load_parameters``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Combine = Literal["min", "max", "all_of", "union", "no_merge"]


@dataclass(frozen=True)
class ParameterDefinition:
    """One kind of parameter.

    ``combine``: ``min``/``max`` - the strictest number binds; ``union`` - lists are joined; ``all_of`` - each
    source's value must be satisfied by itself; ``no_merge`` - chains and quorum, where only one source may
    decide (bylaws before the product default). ``floor`` and ``ceiling`` are the legal limits of a value;
    ``choices`` are the words it can be, where it is one of a few; ``of_text``: a list holds texts alone.
    ``default_binds``: the product's default takes part beside accreditors and payers, until the hospital's
    own bylaws say otherwise; without it the default speaks only where nobody else does.
    ``problem`` says what is wrong with a value of a shape of its own, to follow the title; empty: nothing.
    """

    code: str
    title: str
    combine: Combine
    unit: str = ""
    floor: int | None = None
    ceiling: int | None = None
    limit_reason: str = ""
    choices: tuple[str, ...] = ()
    of_text: bool = False
    selected_by: str = "the day judged"
    default_binds: bool = False
    problem: Callable[[Any], str] | None = None


_definitions: dict[str, ParameterDefinition] = {}


def define(definition: ParameterDefinition) -> ParameterDefinition:
    """Declare a parameter; a code is declared once."""
    if definition.code in _definitions:
        raise RuntimeError(f"Parameter {definition.code} is declared twice.")
    _definitions[definition.code] = definition
    return definition


def definition(code: str) -> ParameterDefinition:
    """The declaration of a code."""
    return _definitions[code]


def definitions() -> dict[str, ParameterDefinition]:
    """All declarations by code."""
    return dict(_definitions)
