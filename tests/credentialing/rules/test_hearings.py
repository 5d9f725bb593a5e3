"""Whether the board may act: the day before, the last day and the day after, and what was recorded."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from credentialing.choices import HearingEvent, HearingState
from credentialing.rules.hearings import Right, state_of, why_held

ACTED = dt.date(2026, 3, 10)
SENT, RECEIVED, LAST = dt.date(2026, 3, 11), dt.date(2026, 3, 14), dt.date(2026, 4, 13)
RUNS = Right("Medical Executive Committee", ACTED, ACTED, SENT, RECEIVED, 30)


@pytest.mark.parametrize(
    ("right", "on", "state"),
    [
        (replace(RUNS, noticed_on=None, sent_on=None, delivered_on=None), LAST, HearingState.TO_NOTIFY),
        (replace(RUNS, sent_on=None, delivered_on=None), LAST, HearingState.TO_NOTIFY),
        (RUNS, ACTED, HearingState.TO_NOTIFY),
        (replace(RUNS, delivered_on=None), LAST, HearingState.NOT_DELIVERED),
        (RUNS, SENT, HearingState.NOT_DELIVERED),
        (RUNS, RECEIVED, HearingState.RUNNING),
        (RUNS, LAST, HearingState.RUNNING),
        (RUNS, LAST + dt.timedelta(days=1), HearingState.EXPIRED),
        (replace(RUNS, days=None), dt.date(2030, 1, 1), HearingState.RUNNING),
    ],
)
def test_the_time_runs_from_receipt_and_its_last_day_counts(right, on, state):
    assert state_of(right, on) == state
    assert bool(why_held(right, on)) == (state != HearingState.EXPIRED)


@pytest.mark.parametrize(
    ("event", "held"),
    [(HearingEvent.WAIVED, False), (HearingEvent.REQUESTED, True), (HearingEvent.OVER, False)],
)
def test_what_was_recorded_counts_from_its_day(event, held):
    right = replace(RUNS, event=event, event_on=dt.date(2026, 3, 20))
    assert state_of(right, dt.date(2026, 3, 19)) == HearingState.RUNNING
    assert bool(why_held(right, dt.date(2026, 3, 20))) is held
    assert bool(why_held(right, LAST + dt.timedelta(days=90))) is held, "who asked in time is heard"


def test_the_sentence_says_who_acted_and_until_when():
    said = why_held(RUNS, RECEIVED)
    assert "Medical Executive Committee acted against on 10 Mar 2026" in said
    assert "can ask for a hearing through 13 Apr 2026." in said
    assert "no source sets how long" in why_held(replace(RUNS, days=None), RECEIVED)
