"""Golden cases of BL-AMD-1: a day of notice too few and those beside it, votes, the board, unknown."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.rules import amendment_valid
from bylaws.services.amendments import close_ballot, give_notice, open_ballot, record_board, record_papers
from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from tests.bylaws.test_amendments import drafted, staff, turnout_of
from tests.bylaws.world import NOON, TODAY
from tests.judging import ON, assert_plain, quickly

__all__ = ["staff"]
DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
NOTICED = dt.date(2026, 1, 5)
KEPT = {
    "on": ON, "in_force_from": dt.date(2026, 3, 1), "noticed": NOTICED, "opened": NOTICED + 14 * DAY,
    "until": NOTICED + 27 * DAY, "counted_on": NOTICED + 28 * DAY, "approved": dt.date(2026, 2, 20),
    "members": 10, "for": 3, "against": 2, "abstained": 0,
    "notice_days": 14, "ballot_days": 14, "turnout_percent": 50, "threshold": {"kind": "majority_cast"},
}  # fmt: skip


def verdict(**more):
    parameters = {code: Bound(code, "", None) for code in amendment_valid.ASKED}
    return assert_plain(amendment_valid.judge, KEPT | more, parameters, days=79)


@pytest.mark.parametrize(
    ("kept", "outcome", "told"),
    [
        ({}, MET, "approved by the board on 20 Feb 2026"),
        ({"opened": NOTICED + 13 * DAY}, NOT_MET, "opened 13 days after the notice; 14 are asked for"),
        ({"opened": NOTICED + 15 * DAY, "until": NOTICED + 28 * DAY}, MET, "In force since 1 Mar 2026."),
        ({"until": NOTICED + 26 * DAY}, NOT_MET, "open for 13 of 14 days"),
        ({"members": 11}, NOT_MET, "5 of 11 voting members voted"),
        ({"for": 2, "against": 3}, NOT_MET, "did not carry it"),
        ({"approved": dt.date(2026, 3, 1)}, MET, "1 Mar 2026"),
        ({"approved": dt.date(2026, 3, 2)}, NOT_MET, "The board approved it on 2 Mar 2026 only."),
    ],
)
def test_a_day_short_and_the_days_that_are_enough(kept, outcome, told):
    found = verdict(**kept)
    assert (found.outcome, found.since) == (outcome, KEPT["in_force_from"])
    assert told in found.sentence


@pytest.mark.parametrize("name", ["noticed", "opened", "counted_on", "approved", "notice_days", "threshold"])
def test_what_is_not_on_record_is_unknown_and_never_met(name):
    found = verdict(**{name: None})
    assert found.outcome == UNKNOWN
    assert "Not on record" in found.sentence
    assert verdict(**{name: None, "members": 11, "turnout_percent": 90}).outcome == (
        UNKNOWN if name in ("counted_on", "threshold") else NOT_MET
    )


DAYS = st.integers(0, 20)


@quickly
@given(DAYS, DAYS, st.integers(0, 5), st.integers(0, 5), st.integers(0, 3), st.integers(-5, 5))
def test_not_met_exactly_where_a_day_a_vote_or_the_board_was_missing(
    notice, length, votes_for, votes_against, abstained, before
):
    """For any way: a day of notice more, or a vote more for it, never makes it worse."""

    def outcome(notice=notice, votes_for=votes_for):
        opened = NOTICED + notice * DAY
        return verdict(
            opened=opened,
            until=opened + (length - 1) * DAY,
            **{"for": votes_for, "against": votes_against, "abstained": abstained},
            approved=KEPT["in_force_from"] - before * DAY,
        ).outcome

    cast = votes_for + votes_against + abstained
    kept = notice >= 14 and length >= 14 and cast >= 5 and votes_for > votes_against and before >= 0
    assert outcome() == (MET if kept else NOT_MET)
    if kept:
        assert outcome(notice=notice + 1) == outcome(votes_for=votes_for + 1) == MET


def judged(world, on, known_at=None):
    found = judge_many(amendment_valid.RULE, facility=world.facility, on=on, known_at=known_at)
    return [each.outcome for each in found.values()]


def test_its_way_is_read_as_it_was_known(world, staff):
    def later(days):
        return clock.freeze(NOON + days * DAY)

    amendment = drafted(world)
    give_notice(actor=world.coordinator, amendment=amendment, day=TODAY)
    with later(14):
        amendment = open_ballot(actor=world.coordinator, amendment=amendment, day=TODAY + 14 * DAY)
        came = turnout_of(amendment).missing[:4]
        record_papers(
            actor=world.coordinator, amendment=amendment, voters=[each.pk for each in came],
            day=TODAY + 14 * DAY,
        )  # fmt: skip
    with later(28):
        amendment = close_ballot(
            actor=world.coordinator, amendment=amendment, day=TODAY + 28 * DAY, votes_for=3, votes_against=1,
            abstained=0,
        )  # fmt: skip
    with later(40):
        record_board(
            actor=world.coordinator, amendment=amendment, day=TODAY + 40 * DAY, approved=True,
            note="Meeting of the board", takes_effect_on=TODAY + 60 * DAY,
        )  # fmt: skip
    start = TODAY + 60 * DAY
    assert judged(world, start - DAY) == []
    assert judged(world, start) == [MET]
    assert judged(world, start, known_at=NOON + 30 * DAY) == []
    world.parameter("bylaws.amendment_notice_days", 30, start=TODAY + 15 * DAY)
    assert judged(world, start) == [MET]  # as was asked on the day the ballot opened
