"""What a rule of quorum and a rule of voting may look like, for whoever sets one. What they mean:
``bylaws.rules.voting``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

QUORUM_KINDS = ("percent", "fixed", "max", "those_present")
THRESHOLD_KINDS = (
    "majority_cast",
    "majority_present",
    "majority_office",
    "two_thirds_cast",
    "two_thirds_present",
    "two_thirds_office",
)
#: Values of ``chair_votes``.
CHAIR_ALWAYS, CHAIR_ON_TIES = "always", "ties"


def quorum_problem(value: Any) -> str:
    """What is wrong with a quorum rule somebody sets, to follow its title; empty when it is sound."""
    flags = ("recused_count", "vacancies_count", "physician_majority")
    problem = _problem(value, QUORUM_KINDS, {"kind", "percent", "fixed", *flags}, flags)
    if problem:
        return problem
    kind = value["kind"]
    percent, fixed = value.get("percent", 0), value.get("fixed", 0)
    for name, number in (("percent", percent), ("fixed", fixed)):
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            return f"{name} must be a whole number"
    if percent > 100 or (kind in ("percent", "max") and percent < 1):
        return f"percent must be from 1 to 100, not {percent}"
    if kind != "percent" and fixed < 1:
        return f"fixed, how many voting members at least, must be 1 or more, not {fixed}"
    return ""


def threshold_problem(value: Any) -> str:
    """The same of a voting rule."""
    known = {"kind", "abstentions_count", "chair_votes"}
    problem = _problem(value, THRESHOLD_KINDS, known, ("abstentions_count",))
    if problem:
        return problem
    if value.get("chair_votes", CHAIR_ALWAYS) not in (CHAIR_ALWAYS, CHAIR_ON_TIES):
        return f'chair_votes must be {CHAIR_ALWAYS} or {CHAIR_ON_TIES}, not "{value["chair_votes"]}"'
    return ""


def _problem(value: Any, kinds: tuple[str, ...], known: set[str], flags: tuple[str, ...]) -> str:
    if not isinstance(value, Mapping):
        return f'write a kind and what goes with it, such as {{"kind": "{kinds[0]}"}}'
    if value.get("kind") not in kinds:
        return f'the kind must be one of {", ".join(kinds)}, not "{value.get("kind")}"'
    unknown = sorted(str(name) for name in value if name not in known)
    if unknown:
        return f"{', '.join(unknown)} is not part of it; it takes {', '.join(sorted(known))}"
    wrong = next((name for name in flags if not isinstance(value.get(name, False), bool)), "")
    return f"{wrong} must be true or false" if wrong else ""
