"""When a source is left alone, and when its turn comes."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentialing.choices import SourceHealth
from credentialing.rules.resting import CUT_OFF, Call, rest_of, wait_for_turn

NOON = dt.datetime(2026, 3, 10, 17, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
REST = 15 * MINUTE


def calls(*outcomes: str, last: dt.datetime = NOON) -> list[Call]:
    """Questions a minute apart, the oldest first; the last one ends at ``last``."""
    moments = [last - MINUTE * back for back in range(len(outcomes) - 1, -1, -1)]
    return [Call(at, outcome, at) for at, outcome in zip(moments, outcomes, strict=True)]


def judge(asked, *, now=NOON, woken_at=None):
    return rest_of(asked, now=now, failures_before_rest=3, rest=REST, woken_at=woken_at)


@pytest.mark.parametrize(
    ("outcomes", "health", "may_ask"),
    [
        ((), SourceHealth.UNASKED, True),
        (("found",), SourceHealth.ANSWERING, True),
        (("not_found",), SourceHealth.ANSWERING, True),
        (("could_not_check",), SourceHealth.TROUBLE, True),
        (("could_not_check",) * 2, SourceHealth.TROUBLE, True),
        (("could_not_check",) * 3, SourceHealth.RESTING, False),
        (("found", *("could_not_check",) * 3), SourceHealth.RESTING, False),
        (("could_not_check", "could_not_check", "not_found"), SourceHealth.ANSWERING, True),
        (("could_not_check", "found", "could_not_check", "could_not_check"), SourceHealth.TROUBLE, True),
    ],
)
def test_failures_in_a_row_count_and_an_answer_ends_them(outcomes, health, may_ask):
    rest = judge(calls(*outcomes))
    assert (rest.health, rest.may_ask) == (health, may_ask)


def test_it_rests_to_the_moment_and_then_one_question_tries_it():
    failed = calls(*("could_not_check",) * 3)
    assert judge(failed, now=NOON + REST - dt.timedelta(microseconds=1)).may_ask is False
    over = NOON + REST
    assert judge(failed, now=over).may_ask is True
    trying = [*failed, Call(over)]
    assert judge(trying, now=over + MINUTE).may_ask is False
    assert judge(trying, now=over + CUT_OFF).may_ask is True  # that worker is gone
    assert judge([*failed, Call(over, "could_not_check", over)], now=over + MINUTE).health == "resting"
    assert judge([*failed, Call(over, "found", over)], now=over + MINUTE).health == "answering"


def test_a_question_that_began_before_the_rest_is_no_try():
    failed = calls(*("could_not_check",) * 3)
    assert judge([Call(NOON - MINUTE), *failed], now=NOON + REST).may_ask is True


def test_a_person_may_wake_it():
    failed = calls(*("could_not_check",) * 3)
    assert judge(failed, now=NOON + MINUTE, woken_at=NOON).may_ask is True
    again = [*failed, Call(NOON + MINUTE, "could_not_check", NOON + MINUTE)]
    rest = judge(again, now=NOON + MINUTE, woken_at=NOON)
    assert (rest.health, rest.failures) == (SourceHealth.TROUBLE, 1)


@given(st.lists(st.sampled_from(["found", "not_found", "could_not_check"]), max_size=12))
def test_it_rests_exactly_when_the_last_three_failed(outcomes):
    rests = outcomes[-3:] == ["could_not_check"] * 3
    assert (judge(calls(*outcomes)).health == SourceHealth.RESTING) is rests


@given(
    st.lists(st.integers(0, 120), max_size=20),
    st.integers(1, 6),
)
def test_never_more_in_any_minute_than_may_be(seconds_ago, per_minute):
    asked = [NOON - dt.timedelta(seconds=each) for each in seconds_ago]
    wait = wait_for_turn(asked, now=NOON, per_minute=per_minute)
    assert dt.timedelta(0) <= wait <= MINUTE
    then = NOON + wait
    assert sum(1 for each in asked if then - each < MINUTE) < per_minute or not wait
    if not wait:
        assert sum(1 for each in asked if NOON - each < MINUTE) < per_minute
