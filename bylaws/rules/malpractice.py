"""BL-INS-1: current malpractice cover.

Met by a policy that its carrier confirmed and that covers the day. A claim nobody confirmed is neither cover
nor the lack of it: unknown. Whether the limits suffice is judged with the file, not here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bylaws.parameters import STANDING_CONDITIONS
from bylaws.rules.current_credential import (
    Required,
    current_in_sets,
    gather_current,
    judge_current,
    register_required,
    surely_current,
)
from config.organization.models import Facility
from config.rulebook.rules import Facts, InSets, Parameters, Rule, register
from config.rulebook.verdicts import Verdict

COVER = register_required(
    Required(
        code="BL-INS-1",
        title="Current malpractice coverage",
        kind="MALPRACTICE",
        noun="Malpractice coverage",
        source="the carrier",
        fact="policy",
        law="Common in bylaws",
        confidence="unconfirmed",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Policies by practitioner id, in two queries."""
    return dict(gather_current(COVER, facility, on, known_at, practitioner_ids))


def surely_met(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int]
) -> set[int]:
    """Of the ids, those whom a confirmed policy covers that day; one query."""
    return surely_current(COVER, facility, on, known_at, practitioner_ids)


def in_sets(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> InSets:
    """What :func:`judge` says of people whose category carries privileges, as statements."""
    return current_in_sets(COVER, facility, on, known_at)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    return judge_current(COVER, facts, parameters)


RULE = register(
    Rule(
        code=COVER.code,
        title=COVER.title,
        version="1",
        parameters=(STANDING_CONDITIONS.code,),
        facts=gather,
        judge=judge,
        waivable=False,
        standing=True,
        surely_met=surely_met,
        in_sets=in_sets,
    )
)
