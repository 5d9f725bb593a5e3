"""How a verdict reads: its word, icon and colour, and what needs attention first."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()

#: From what stops the file to what does not concern it.
OUTCOME_ORDER = ("NOT_MET", "UNKNOWN", "MET", "NOT_APPLICABLE")
OUTCOME_ICONS = {
    "MET": "circle-check",
    "NOT_MET": "circle-x",
    "UNKNOWN": "help-circle",
    "NOT_APPLICABLE": "circle-minus",
}


#: Words for the outcomes of frozen records, which keep the value alone.
OUTCOME_WORDS = {"MET": "Met", "NOT_MET": "Not met", "UNKNOWN": "Unknown", "NOT_APPLICABLE": "Not applicable"}


def _part(verdict, name: str):
    """A part of a verdict, be it the object or the plain data of a frozen record."""
    return verdict.get(name) if isinstance(verdict, Mapping) else getattr(verdict, name, None)


def _outcome(verdict) -> str:
    outcome = _part(verdict, "outcome") or verdict
    return str(getattr(outcome, "value", outcome)).upper()


@register.filter
def outcome_word(verdict) -> str:
    """The outcome in words: ``Not met``."""
    return OUTCOME_WORDS.get(_outcome(verdict), _outcome(verdict).replace("_", " ").capitalize())


@register.filter
def outcome_icon(verdict) -> str:
    """The icon of an outcome."""
    return OUTCOME_ICONS.get(_outcome(verdict), "point")


@register.filter
def outcome_class(verdict) -> str:
    """``met``, ``not-met``, ``unknown`` or ``not-applicable``: the class that colours a verdict."""
    return _outcome(verdict).lower().replace("_", "-")


@register.filter
def unmet_first(verdicts) -> list:
    """Verdicts in the order a reader needs them: not met, unknown, met, not applicable."""
    return sorted(
        verdicts or (),
        key=lambda each: OUTCOME_ORDER.index(_outcome(each)) if _outcome(each) in OUTCOME_ORDER else 9,
    )


@register.filter
def needs_attention(verdict) -> bool:
    """Whether a verdict is not met or unknown; such a node is shown open."""
    return _outcome(verdict) in ("NOT_MET", "UNKNOWN")


@register.filter
def leaves_count(verdict) -> str:
    """``9 met, 2 not met, 1 unknown``: what the leaves of a verdict add up to; empty for a leaf."""
    waiting = list(_part(verdict, "children") or ())
    if not waiting:
        return ""
    counts: dict[str, int] = dict.fromkeys(("MET", "NOT_MET", "UNKNOWN", "NOT_APPLICABLE"), 0)
    while waiting:
        node = waiting.pop()
        children = _part(node, "children")
        if children:
            waiting.extend(children)
        else:
            counts[_outcome(node)] = counts.get(_outcome(node), 0) + 1
    return ", ".join(
        f"{number} {OUTCOME_WORDS.get(name, name).lower()}" for name, number in counts.items() if number
    )
