"""What this room leaves to the bylaws. Values and their sources stand in ``parameters.yaml`` beside it."""

from config.rulebook.parameters import ParameterDefinition, define
from privileging.choices import RenewalRoute

SHAREABLE_REASONS = define(
    ParameterDefinition(
        code="privileging.shareable_reasons",
        title="Reasons a ward or operating room may be told when the answer is no",
        combine="union",
        selected_by="the day asked about",
    )
)

#: Codes of credential types.
CERTIFICATE_KINDS = define(
    ParameterDefinition(
        code="privileging.certificates_kept_up",
        title="Certificates whose lapse reaches the privileges that ask for them",
        combine="union",
        of_text=True,
        selected_by="the day judged",
    )
)

#: Codes of credential types. Never one that is health or identity: the ward is told of them.
TOLD_AHEAD = define(
    ParameterDefinition(
        code="privileging.told_ahead",
        title="Credentials whose last day is told beside an answer about a day to come",
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
        choices=tuple(RenewalRoute.values),
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

FPPE_EXTENSIONS = define(
    ParameterDefinition(
        code="privileging.fppe_extensions",
        title="How often a focused evaluation may be extended",
        combine="min",
        unit="times",
        floor=0,
        selected_by="the day of the extension",
    )
)

PROCTOR_LINK_DAYS = define(
    ParameterDefinition(
        code="privileging.proctor_link_days",
        title="Days for which a proctor's link opens the form, counted from when it was made",
        combine="min",
        unit="days",
        floor=1,
        ceiling=730,
        limit_reason="A link that outlives every evaluation is a door left open.",
        selected_by="the day the proctor is named",
    )
)

OPPE_MONTHS = define(
    ParameterDefinition(
        code="privileging.oppe_months",
        title="Longest cycle of ongoing evaluation (OPPE)",
        combine="min",
        unit="months",
        floor=1,
        ceiling=36,
        limit_reason="A cycle longer than a term evaluates nothing before the next decision.",
        selected_by="the day judged",
    )
)

OPPE_MIN_VOLUME = define(
    ParameterDefinition(
        code="privileging.oppe_min_volume",
        title="Cases below which nobody is compared with their peers",
        combine="max",
        unit="cases",
        floor=1,
        selected_by="the last day of the cycle",
    )
)

OPPE_MIN_PEERS = define(
    ParameterDefinition(
        code="privileging.oppe_min_peers",
        title="Peers with data below which no comparison is drawn",
        combine="max",
        unit="practitioners",
        floor=1,
        selected_by="the last day of the cycle",
    )
)

OPPE_INNER_LIMIT = define(
    ParameterDefinition(
        code="privileging.oppe_inner_limit",
        title="Inner limits of the funnel: so much of what chance alone does lies within",
        combine="max",
        unit="per mille",
        floor=500,
        ceiling=999,
        limit_reason="Limits that hold everything name nobody, limits that hold half name half.",
        selected_by="the last day of the cycle",
    )
)

OPPE_OUTER_LIMIT = define(
    ParameterDefinition(
        code="privileging.oppe_outer_limit",
        title="Outer limits of the funnel: outside them a person looks at it",
        combine="max",
        unit="per mille",
        floor=500,
        ceiling=999,
        limit_reason="Limits that hold everything name nobody, limits that hold half name half.",
        selected_by="the last day of the cycle",
    )
)

#: Names as the catalogue writes them under ``resources``; declared per facility, from a day on.
RESOURCES = define(
    ParameterDefinition(
        code="privileging.resources",
        title="Resources that exist at the facility, without which certain privileges are not offered",
        combine="union",
        of_text=True,
        selected_by="the day a form is offered, asked on or published",
    )
)

#: Of the facility's own day.
NOTICE_HOUR = define(
    ParameterDefinition(
        code="privileging.notice_hour",
        title="Hour from which departments are told what changed that day",
        combine="no_merge",
        unit="o'clock",
        floor=0,
        ceiling=23,
        limit_reason="The hours of a day are 0 to 23.",
        selected_by="the day of the message",
    )
)

SURGICAL_FORMS = define(
    ParameterDefinition(
        code="privileging.surgical_forms",
        title="Forms whose privileges stand on the surgical roster",
        combine="union",
        selected_by="the day of the roster",
    )
)

#: subject = code of a privilege with a number of its own; empty: every other one.
LOW_VOLUME_CASES = define(
    ParameterDefinition(
        code="privileging.low_volume_cases",
        title="Fewer cases of a privilege than this are a low volume",
        combine="no_merge",
        unit="cases",
        floor=1,
        selected_by="the day of the report",
    )
)

LOW_VOLUME_MONTHS = define(
    ParameterDefinition(
        code="privileging.low_volume_months",
        title="Time over which cases are counted for a low volume",
        combine="no_merge",
        unit="months",
        floor=1,
        ceiling=60,
        limit_reason="Cases of more than five years ago say nothing of today.",
        selected_by="the day of the report",
    )
)
