"""What is measured of compliance: every rule over the whole staff, judged, recorded, and recorded again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.db import transaction

from bylaws.models import Finding
from bylaws.selectors.compliance import judge_everybody
from bylaws.selectors.judged import judged_of, judged_people
from bylaws.services.compliance_runs import record_run
from config.accounts.services.users import system_user
from config.kernel import clock
from config.rulebook.rules import rules
from tests.benchmarks.measuring import Row, growth, once
from tests.benchmarks.world import World

#: Seconds that 20 rules may take over so many people; of more people in proportion.
BUDGET, PEOPLE = 30.0, 10_000


def complying(world: World) -> Iterator[Row]:
    """Judging beside the set queries of the rules alone; then what is written, once and again."""
    facility, today = world.facility, clock.today(world.facility)
    people = judged_people(facility, today)
    budget = BUDGET * max(len(people), PEOPLE) / PEOPLE
    yard, _ = once(partial(_ask, world))
    # First what is recorded every night: what memory it needs is looked at before anything else took some.
    record = partial(record_run, actor=system_user(), facility=facility)
    with transaction.atomic():
        with growth() as grown:
            spent, recorded = once(record)
        row = Row("compliance recorded, the first night", budget, [spent], "the rules' set queries", [yard])
        row.notes.append(f"{Finding.objects.count():,} findings. Memory grew by {grown.megabytes}")
        yield row
        before = Finding.objects.count()
        spent, again = once(record)
        row = Row(
            "compliance recorded, the same night again", budget, [spent], "the rules' set queries", [yard]
        )
        if again.run.digest != recorded.run.digest or Finding.objects.count() != before:
            row.faults.append("the same facts gave something else")
        yield row
        transaction.set_rollback(True)
    judge = partial(judge_everybody, rules(), facility=facility, on=today)
    spent, results = once(judge)
    row = Row("compliance, every rule over everybody", budget, [spent], "the rules' set queries", [yard])
    row.notes.append(f"{len(results)} rules, {len(people):,} people")
    if any(sum(each.counts.values()) != each.total for each in results) or any(
        each.total != len(people) for each in results if each.rule.about_people
    ):
        row.faults.append("outcomes do not add up")
    yield row


def _ask(world: World) -> None:
    """The facts of every rule, asked once and judged by nobody."""
    today = clock.today(world.facility)
    for kind in sorted({rule.subject for rule in rules()}):
        with judged_of(kind, world.facility, today) as population:
            for rule in (each for each in rules() if each.subject == kind):
                rule.facts(world.facility, today, None, list(population))
