"""Golden cases of BL-DIS-1: the day in which the hours end and those beside it, exempt, unknown."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from privileging.rules import volunteer_decided
from tests.judging import ON, RANK, assert_plain, bounds, quickly
from tests.privileging.conftest import NOON, TODAY
from tests.privileging.kinds import act, in_review, special_only
from tests.privileging.test_disasters import ARRIVED, HOUR, _facilities, decide, opened_for, staff, volunteer

__all__ = ["_facilities", "staff", "volunteer"]
DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NONE = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
#: 72 hours later it is 23:30 of the 10th in Chicago.
CAME = dt.datetime(2026, 1, 8, 5, 30, tzinfo=dt.UTC)
LAST = dt.date(2026, 1, 10)


def verdict(on, *arrivals, hours=72, zone="America/Chicago"):
    facts = {
        "on": on, "zone": zone,
        "arrivals": [{"arrived_at": came, "decided_on": decided} for came, decided in arrivals],
    }  # fmt: skip
    return assert_plain(volunteer_decided.judge, facts, bounds(credentialing__volunteer_hours=hours))


@pytest.mark.parametrize(
    ("on", "outcome"), [(LAST - DAY, MET), (LAST, MET), (LAST + DAY, NOT_MET), (LAST + 9 * DAY, NOT_MET)]
)
def test_through_the_day_in_which_the_hours_end(on, outcome):
    found = verdict(on, (CAME, None))
    assert (found.outcome, found.due) == (outcome, LAST)
    assert found.since == (LAST + DAY if outcome == NOT_MET else None)
    # an hour later it is the next day
    assert verdict(LAST + DAY, (CAME + dt.timedelta(hours=1), None)).outcome == MET


def test_decided_exempt_and_not_known():
    assert verdict(LAST + 2 * DAY, (CAME, LAST)).outcome == MET
    assert verdict(LAST + 2 * DAY, (CAME, LAST + 2 * DAY)).outcome == MET  # late, and cured
    assert verdict(LAST + 2 * DAY, (CAME, LAST), (CAME, None)).outcome == NOT_MET
    assert verdict(LAST).outcome == NONE
    assert verdict(LAST, (CAME, None), hours=None).outcome == UNKNOWN
    assert verdict(LAST, (None, None)).outcome == UNKNOWN
    # One taken over from elsewhere hides no breach of another.
    for arrivals in ([(CAME, None), (None, None)], [(None, None), (CAME, None)]):
        assert verdict(LAST, *arrivals).outcome == UNKNOWN
        assert verdict(LAST + DAY, *arrivals).outcome == NOT_MET
        assert verdict(LAST + DAY, *arrivals, hours=None).outcome == UNKNOWN


@quickly
@given(
    st.lists(st.tuples(st.none() | st.integers(0, 200), st.booleans()), max_size=3),
    st.integers(1, 72),
)
def test_not_met_exactly_from_the_day_after_the_last_moment(arrivals, hours):
    """For any arrivals: counted from midnight, more hours never make it worse, decided it is met."""
    midnight = dt.datetime.combine(ON + DAY, dt.time(), dt.UTC)
    rows = [
        (None if ago is None else midnight - dt.timedelta(hours=ago, seconds=1), ON if decided else None)
        for ago, decided in arrivals
    ]

    def outcome(hours, rows=rows):
        return verdict(ON, *rows, hours=hours, zone="UTC").outcome

    # The last moment lies before the day began, 24 hours before its midnight.
    waiting = [ago for ago, decided in arrivals if not decided]
    late = any(ago is not None and ago - hours >= 24 for ago in waiting)
    expected = NOT_MET if late else UNKNOWN if None in waiting else MET
    assert outcome(hours) == (expected if arrivals else NONE)
    for ago, expected in ((hours + 23, MET), (hours + 24, NOT_MET)):  # to the hour
        assert outcome(hours, [(midnight - dt.timedelta(hours=ago, seconds=1), None)]) == expected
    assert RANK[outcome(hours + 1)] >= RANK[outcome(hours)]
    assert outcome(hours, [(came, ON) for came, _ in rows]) == (MET if rows else NONE)


@pytest.mark.django_db
def test_the_arrival_is_read_with_what_was_decided_as_known_then(world, staff, volunteer):
    person = volunteer.practitioner_id

    def judged(on, known_at=None):
        found = judge_many(
            volunteer_decided.RULE,
            facility=world.lakeside,
            on=on,
            known_at=known_at,
            practitioner_ids=[person],
        )
        return found[person]

    assert judged(TODAY).outcome == MET
    assert judged(TODAY).due == (ARRIVED + 72 * HOUR).date()
    assert judged(TODAY - DAY).outcome == NONE
    with clock.freeze(NOON + DAY):
        decide(staff, volunteer)
    assert "was decided on" in judged(TODAY + DAY).sentence
    assert "it is decided by" in judged(TODAY + DAY, NOON).sentence


@pytest.mark.django_db
def test_of_two_files_with_one_arrival_each_is_decided_by_itself(world, staff, volunteer):
    """What was decided of the first file says nothing of what was granted under the second."""
    with clock.freeze(NOON + HOUR):
        decide(staff, volunteer)
    again = opened_for(world, staff, volunteer.practitioner)
    special_only(staff, again, "GS-ROBOTIC")
    (only,) = in_review(staff, again)
    act(staff.executive, only, again)
    facts = volunteer_decided.gather(world.lakeside, TODAY, None, [volunteer.practitioner_id])
    found = facts[volunteer.practitioner_id]["arrivals"]
    assert {(each["arrived_at"], each["decided_on"]) for each in found} == {(ARRIVED, TODAY), (ARRIVED, None)}
