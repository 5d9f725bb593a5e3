"""What this room leaves to the bylaws. Values and their sources stand in ``parameters.yaml`` beside it."""

from config.rulebook.parameters import ParameterDefinition, define

SHAREABLE_REASONS = define(
    ParameterDefinition(
        code="privileging.shareable_reasons",
        title="Reasons a ward or operating room may be told when the answer is no",
        combine="union",
        selected_by="the day asked about",
    )
)

FPPE_MONTHS = define(
    ParameterDefinition(
        code="privileging.fppe_months",
        title="Time for the first focused evaluation where the form sets none",
        combine="min",
        unit="months",
        floor=1,
        ceiling=24,
        limit_reason="A focused evaluation that takes longer than a term evaluates nothing.",
        selected_by="the day of the grant",
    )
)
