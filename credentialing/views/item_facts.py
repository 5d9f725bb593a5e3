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
    facts: list[dict[str, Any]] = [{"label": "Required because", "value": item.required_because}]
    if wanted is not None and wanted.asked_by:
        asking = [_source_of(body.source, body.citation, body.confidence) for body in wanted.asked_by]
        facts.append({"label": "Asked for by", "value": asking})
    limit = f"{item.max_age_days} days on the day of the decision" if item.max_age_days else "no limit"
    facts.append({"label": "Oldest allowed", "value": limit})
    if item.bound_by:
        facts.append(
            {"label": "Limit set by", "value": _source_of(item.bound_by, item.citation, item.confidence)}
        )
    accepted = needs.bound(parameters.ACCEPTED_SOURCES, item.element)
    if item.accepted_sources:
        labels = dict(SourceKind.choices)
        facts.append(
            {"label": "Accepted", "value": [labels.get(kind, kind) for kind in item.accepted_sources]}
        )
    if accepted.is_set:
        told = _source_of(accepted.source, accepted.citation, accepted.confidence)
        facts.append({"label": "Who may answer is set by", "value": told})
    return facts


def _source_of(body: str, citation: str, confidence: str) -> str:
    """``NCQA: credentialing standards 2025. From a secondary source``"""
    told = f"{body}: {citation}" if citation else body
    if not confidence or confidence in (Confidence.CONFIRMED, Confidence.ADOPTED):
        return told
    return f"{told.rstrip('.')}. {Confidence(confidence).label}."
