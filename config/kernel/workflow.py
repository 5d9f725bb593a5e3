"""Transition tables: a stored status moves only along a declared line.

The table drives the guard in the service, the buttons on the page, the diagram in the docs and a trigger in
the database.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import pgtrigger

from config.kernel.errors import Forbidden, Refused

_registry: dict[str, Workflow] = {}


@dataclass(frozen=True)
class Transition:
    """One allowed move. ``by`` names permissions (any one suffices); ``event`` is the audit verb."""

    source: str
    target: str
    by: tuple[str, ...]
    event: str
    label: str
    guard: str = ""  # in words, for the diagram and the docs; the service evaluates it
    notify: str = ""  # whom, in words


@dataclass
class Workflow:
    """The transition table of one status field."""

    name: str
    choices: type
    initial: tuple[str, ...]
    transitions: tuple[Transition, ...]
    field: str = "status"
    _moves: dict[tuple[str, str], Transition] = dataclasses.field(init=False, default_factory=dict)

    def __post_init__(self):
        for move in self.transitions:
            pair = (str(move.source), str(move.target))
            if pair in self._moves:
                raise ValueError(f"{self.name}: {pair} is declared twice")
            self._moves[pair] = move
        _registry[self.name] = self

    def move(self, source: str, target: str) -> Transition:
        """The declared move, or a refusal that names both states."""
        try:
            return self._moves[(str(source), str(target))]
        except KeyError:
            here, there = self.choices(source).label, self.choices(target).label
            raise Refused(f'This is "{here}" and cannot become "{there}" from there.') from None

    def check(self, thing, target: str, permissions: Iterable[str]) -> Transition:
        """The move of the thing to ``target`` for a person holding ``permissions``, or a refusal."""
        move = self.move(getattr(thing, self.field), target)
        if not set(move.by) & set(permissions):
            raise Forbidden(f'Your role does not include "{move.label}".')
        return move

    def targets(self, source: str) -> list[Transition]:
        """Moves that leave ``source``, in declared order."""
        return [move for move in self.transitions if str(move.source) == str(source)]

    def triggers(self) -> list[pgtrigger.Trigger]:
        """Database triggers: declared moves only, and a declared status on insert."""
        initial = ", ".join(f"'{state!s}'" for state in self.initial)
        return [
            pgtrigger.FSM(
                name=f"{self.field}_moves",
                field=self.field,
                transitions=[(str(move.source), str(move.target)) for move in self.transitions],
            ),
            pgtrigger.Trigger(
                name=f"{self.field}_starts",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition(f"NOT (NEW.{self.field} IN ({initial}))"),
                func=f"""
                    RAISE EXCEPTION '% is not a first status of {self.name}', NEW.{self.field}
                        USING ERRCODE = 'integrity_constraint_violation';
                """,
            ),
        ]

    def mermaid(self) -> str:
        """The state diagram of the docs."""
        lines = ["stateDiagram-v2"]
        lines += [f"    [*] --> {state!s}" for state in self.initial]
        lines += [f"    {move.source!s} --> {move.target!s}: {move.label}" for move in self.transitions]
        return "\n".join(lines) + "\n"


def all_workflows() -> dict[str, Workflow]:
    """Every declared workflow by name."""
    return dict(_registry)
