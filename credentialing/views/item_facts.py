"""What the page of an item says of the rule: who asks, how old an answer may be, whose word counts."""

from __future__ import annotations

from typing import Any

from config.rulebook.choices import Confidence
from credentialing import parameters
from credentialing.models import VerificationItem
from credentialing.selectors.requirements import Requirements
from practitioners.choices import SourceKind


def asked_for(item: VerificationItem, needs: Requirements) -> list[dict[str, Any]]:
    """What is asked for, by whom, how old the answer may be and whose word counts: each with where it is
    written, and how sure that is unless it was confirmed.
    """
    wanted = next((one for one in needs.wanted if one.key == (item.element, item.credential_id)), None)
    accepted = needs.bound(parameters.ACCEPTED_SOURCES, item.element)
    limit = f"{item.max_age_days} days on the day of the decision" if item.max_age_days else "no limit"
    facts: list[dict[str, Any]] = [{"label": "Required because", "value": item.required_because}]
    for body in wanted.asked_by if wanted is not None else ():
        facts.append(_source("Asked for by", body.source, body.citation, body.confidence))
    facts.append({"label": "Oldest allowed", "value": limit})
    if item.bound_by:
        facts.append(_source("Limit set by", item.bound_by, item.citation, item.confidence))
    if item.accepted_sources:
        labels = dict(SourceKind.choices)
        kinds = [labels.get(kind, kind) for kind in item.accepted_sources]
        facts.append({"label": "Accepted", "value": kinds})
    if accepted.is_set:
        facts.append(_source("Accepted as set by", accepted.source, accepted.citation, accepted.confidence))
    return facts


def _source(label: str, body: str, citation: str, confidence: str) -> dict[str, Any]:
    """Whose rule it is and where it is written, with how sure that is as a hint."""
    sure = confidence in ("", Confidence.CONFIRMED, Confidence.ADOPTED)
    return {
        "label": label,
        "value": citation if citation.startswith(body) else f"{body}: {citation}" if citation else body,
        "hint": "" if sure else str(Confidence(confidence).label),
    }
