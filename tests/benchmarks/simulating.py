"""What is measured of the simulator: one amendment tried on the whole staff, beside the rule's own run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bylaws.parameters import APPOINTMENT_TERM, ATTENDANCE_PERCENT
from bylaws.selectors.compliance import judge_everybody
from bylaws.selectors.judged import judged_people
from bylaws.selectors.simulation import affected, simulate
from config.accounts.services.users import system_user
from config.kernel import clock
from config.rulebook.models import SourceBody
from config.rulebook.rules import rules
from config.rulebook.selectors.parameters import DraftValue
from config.rulebook.services.parameters import HOUSE
from tests.benchmarks.measuring import Row, once
from tests.benchmarks.world import World

#: Seconds that an amendment may be tried for on so many people; of more people in proportion.
BUDGET, PEOPLE = 10.0, 10_000
#: The facts are gathered once and judged twice, and who changes is told: at most so often the rule's own run.
MOST = 3
QUESTION = "amendment simulation on 10,000 practitioners"


def simulating(world: World) -> Iterator[Row]:
    """More meetings to attend and terms of a year at most: only the rules that read these are run, under both
    laws; the terms are too long for most.
    """
    facility, today = world.facility, clock.today(world.facility)
    people = judged_people(facility, today)
    house = SourceBody.objects.get(code=HOUSE)
    drafts = [
        DraftValue(code, "", house.pk, value, "Medical Staff Bylaws")
        for code, value in ((ATTENDANCE_PERCENT.code, 60), (APPOINTMENT_TERM.code, 12))
    ]
    run = affected(rules(), drafts)
    yard, own = once(partial(judge_everybody, run, facility=facility, on=today))
    spent, tried = once(partial(simulate, viewer=system_user(), facility=facility, on=today, drafts=drafts))
    row = Row(
        QUESTION,
        BUDGET * max(len(people), PEOPLE) / PEOPLE,
        [spent],
        "the rule's own run",
        [yard],
        MOST,
    )
    row.notes.append(
        f"{len(tried.rules)} of {len(rules())} rules run, {len(people):,} people, "
        f"{len(tried.changes):,} judged otherwise"
    )
    if [each.rule for each in tried.rules] != run:
        row.faults.append("other rules were run than those that read what changes")
    if not tried.changes:
        row.faults.append("nobody is judged otherwise")
    if [dict(each.before) for each in tried.rules] != [dict(each.counts) for each in own]:
        row.faults.append("the law in force is judged otherwise than by the rule's own run")
    yield row
