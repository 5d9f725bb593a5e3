"""What a record is expected to hold, which hospitals, accreditors and payers set.

Values: ``parameters.yaml``.
"""

from __future__ import annotations

from config.rulebook.parameters import ParameterDefinition, define

#: List of {"expects", "provider_types", "minimum", "why"}. ``expects`` is a fact of
#: practitioners.rules.completeness.FACTS or the code of a kind of credential; ``provider_types`` may be "*".
EXPECTED_RECORD = define(
    ParameterDefinition("practitioners.expected_record", "What a record holds", combine="union")
).code

RENEWED_AHEAD_DAYS = define(
    ParameterDefinition(
        "practitioners.renewed_ahead_days",
        "Days before its last day from which a later last day of a credential is taken for its renewal",
        combine="min",
        unit="days",
        floor=0,
    )
).code

SHORTEST_TERM_DAYS = define(
    ParameterDefinition(
        "practitioners.shortest_term_days",
        "Days a renewal adds at least; less is two sources that contradict each other",
        combine="max",
        unit="days",
        floor=1,
    )
).code

TRAINING_OVERLAP_DAYS = define(
    ParameterDefinition(
        "practitioners.training_overlap_days",
        "Days two training programs may overlap before somebody asks why",
        combine="min",
        unit="days",
        floor=0,
    )
).code
