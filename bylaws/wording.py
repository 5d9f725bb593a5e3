"""Values of this room's parameters in words, for pages."""

from __future__ import annotations

from bylaws.choices import GRANTING, Body, CommitteeKind
from bylaws.parameters import APPROVAL_CHAIN, QUORUM, STANDING_CONDITIONS, VOTE_THRESHOLD
from bylaws.rules.voting import quorum_in_words, recused_count, threshold_in_words


def verb_of(body: str) -> str:
    """What the body does: it grants, or it recommends."""
    return "grants" if body in GRANTING else "recommends"


def office_word(body: str) -> str:
    """What whoever acts alone for the body is called: "chair", "chief executive officer"."""
    return "chair" if body == Body.DEPARTMENT_CHAIR else str(Body(body).label).lower()


def in_words(code: str, value) -> str:
    """A value of this room's parameters as a person says it; empty for what says itself."""
    if value is None:
        return ""
    if code == APPROVAL_CHAIN.code:
        return ", then ".join(Body(body).label if body in Body.values else str(body) for body in value)
    if code == QUORUM.code:
        counted = "the recused count as present" if recused_count(value) else "the recused do not count"
        return f"{quorum_in_words(value)}; {counted}"
    if code == VOTE_THRESHOLD.code:
        return threshold_in_words(value)
    if code == STANDING_CONDITIONS.code:
        return ", ".join(str(each.get("rule", each)) for each in value) or "none"
    return ""


def subject_in_words(subject: str) -> str:
    """What a parameter is narrowed to, in words where this room knows the word."""
    if subject in CommitteeKind.values:
        return str(CommitteeKind(subject).label)
    return subject.replace("_", " ")
