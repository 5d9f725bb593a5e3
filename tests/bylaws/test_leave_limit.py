"""Golden cases of BL-LOA-1: the boundary day and the days beside it, exempt, unknown."""

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import BarKind
from bylaws.rules import leave_limit
from bylaws.services.bars import open_bar
from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from tests.bylaws.world import TODAY
from tests.judging import ON, RANK, assert_plain, bounds, months_later, moved, near, quickly

DAY = dt.timedelta(days=1)
START, LAST = dt.date(2025, 3, 1), dt.date(2026, 2, 28)


def verdict(on, *leaves, months=12):
    bound = {"bylaws.leave_months": Bound("bylaws.leave_months", "", months, source="Bylaws")}
    return leave_limit.judge({"on": on, "leaves": list(leaves)}, bound)


@pytest.mark.parametrize(
    ("on", "outcome", "since"),
    [
        (START - DAY, Outcome.NOT_APPLICABLE, None),
        (START, Outcome.MET, None),
        (LAST - DAY, Outcome.MET, None),
        (LAST, Outcome.MET, None),
        (LAST + DAY, Outcome.NOT_MET, LAST + DAY),
    ],
)
def test_twelve_months_end_the_day_before_the_anniversary(on, outcome, since):
    found = verdict(on, DateRange(START, None))
    assert (found.outcome, found.since) == (outcome, since)


def test_from_a_leap_day():
    assert verdict(dt.date(2024, 3, 1), DateRange(dt.date(2024, 2, 29), None)).due == dt.date(2025, 2, 27)


def test_a_leave_prolonged_without_a_gap_is_one_leave():
    pieces = [DateRange(START, dt.date(2025, 9, 1)), DateRange(dt.date(2025, 9, 1), None)]
    assert verdict(LAST + DAY, *pieces).outcome == Outcome.NOT_MET
    with_a_gap = [DateRange(START, dt.date(2025, 9, 1)), DateRange(dt.date(2025, 9, 2), None)]
    assert verdict(LAST + DAY, *with_a_gap).outcome == Outcome.MET


def test_without_a_limit_it_is_unknown():
    assert verdict(LAST, DateRange(START, None), months=None).outcome == Outcome.UNKNOWN


def test_the_records_are_read_as_they_were_known(world):
    member = world.practitioner()
    world.appoint(member)
    before = clock.now()
    with clock.freeze(before + dt.timedelta(hours=1)):
        open_bar(
            actor=world.coordinator, practitioner=member, facility=world.facility, kind=BarKind.LEAVE,
            start=TODAY, cause="Military service",
        )  # fmt: skip

    def judged(known_at=None):
        found = judge_many(
            leave_limit.RULE, facility=world.facility, on=TODAY, known_at=known_at,
            practitioner_ids=[member.pk],
        )  # fmt: skip
        return found[member.pk].outcome

    assert (judged(), judged(before)) == (Outcome.MET, Outcome.NOT_APPLICABLE)


@quickly
@given(
    st.lists(st.tuples(near(-120, 20), st.none() | st.integers(1, 60)), max_size=5),
    st.none() | st.integers(1, 4),
)
def test_too_long_exactly_when_the_days_without_a_gap_are(pieces, months):
    """BL-LOA-1 for any leaves: counted back day by day from the day judged."""
    leaves = [DateRange(start, None if days is None else start + days * DAY) for start, days in pieces]

    def away(day):
        return any(each.lower <= day and (each.upper is None or day < each.upper) for each in leaves)

    def judged(months):
        return assert_plain(
            leave_limit.judge, {"on": ON, "leaves": leaves}, bounds(bylaws__leave_months=months)
        )

    found = judged(months)
    assert moved(leaves, 0) == leaves
    if not away(ON):
        assert found.outcome == Outcome.NOT_APPLICABLE
        return
    if months is None:
        assert found.outcome == Outcome.UNKNOWN
        return
    first = ON
    while away(first - DAY):
        first -= DAY
    assert found.facts["on_leave_since"] == first
    assert found.outcome == (Outcome.NOT_MET if months_later(first, months) <= ON else Outcome.MET)
    after = months_later(first, months)
    for on, outcome in ((after - DAY, Outcome.MET), (after, Outcome.NOT_MET)):
        assert verdict(on, DateRange(first, None), months=months).outcome == outcome
    assert RANK[judged(months + 1).outcome] >= RANK[found.outcome]
