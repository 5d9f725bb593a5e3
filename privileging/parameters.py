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

#: subject = application kind, with its ground where the ground has its own limit.
LONGEST_DAYS = define(
    ParameterDefinition(
        code="privileging.longest_days",
        title="Longest time privileges may be granted for where they are granted for a time",
        combine="min",
        unit="days",
        floor=1,
        ceiling=120,
        limit_reason="Temporary privileges run for at most 120 days; day 1 is the day of the grant.",
        selected_by="the day of the grant",
    )
)

#: How long after a term the privileges of that term are not given for a time.
BRIDGE_DAYS = define(
    ParameterDefinition(
        code="privileging.bridge_days",
        title="Days after a term ran out in which its privileges are not granted for a time",
        combine="max",
        unit="days",
        floor=0,
        selected_by="the day of the grant",
    )
)

#: "bodies" or "not_renewed" (choices.RenewalRoute).
RENEWAL_UNMET = define(
    ParameterDefinition(
        code="privileging.renewal_unmet",
        title=(
            "What becomes of a privilege a member holds that does not meet its criteria for renewal (bodies, "
            "or not_renewed)"
        ),
        combine="no_merge",
        selected_by="the day it is judged",
    )
)

FPPE_AFTER_LEAVE = define(
    ParameterDefinition(
        code="privileging.fppe_after_leave_months",
        title="After a leave longer than this the privileges begin with a focused evaluation again",
        combine="min",
        unit="months",
        floor=1,
        selected_by="the day of the return",
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
