"""Golden cases of BL-CDS-1: the last valid day and those beside it, whom it concerns, unknown."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.rulebook.verdicts import Outcome
from credentialing.rules import state_registration
from tests.judging import ON, assert_plain, bounds, credentials, outcome_of, quickly, runs

DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NONE = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
FIRST, LAST = dt.date(2024, 8, 1), dt.date(2026, 7, 31)


def row(number, state="", last=LAST, **more):
    return {
        "number": number, "from": FIRST, "to": last + DAY, "standing": "confirmed", "status": "ACTIVE",
        "state": state, "extra": {}, "evidence": "", "evidence_title": "",
    } | more  # fmt: skip


OURS = row("336.100200")
DEA = row("BO1234563", "IL", last=dt.date(2027, 5, 31))


def verdict(registrations, dea=(DEA,), on=ON, states=("IL", "MI"), carries=True):
    facts = {
        "on": on, "state": "", "facility_state": "IL", "category": "Honorary", "carries_privileges": carries,
        "dea": list(dea), "credentials": list(registrations),
    }  # fmt: skip
    parameters = bounds(credentialing__cds_states=None if states is None else list(states))
    return assert_plain(state_registration.judge, facts, parameters, days=73)


@pytest.mark.parametrize(
    ("on", "outcome"),
    [
        (LAST - DAY, MET),
        (LAST, MET),
        (LAST + DAY, NOT_MET),
        (FIRST, MET),
    ],
)
def test_the_last_valid_day_and_the_days_beside_it(on, outcome):
    found = verdict([OURS], on=on)
    assert found.outcome == outcome
    if outcome == NOT_MET:
        assert found.since == LAST + DAY
        assert found.sentence.endswith("336.100200 ran out with 31 Jul 2026.")


def test_whom_it_concerns():
    assert verdict([]).outcome == UNKNOWN  # who prescribes, and of whom nothing is on record
    assert verdict([], states=("MI",)).outcome == NONE
    assert verdict([], states=None).outcome == UNKNOWN
    assert verdict([], states=None, dea=()).outcome == NONE
    assert verdict([], carries=False).outcome == NONE
    assert verdict([], dea=()).outcome == NONE
    assert verdict([], dea=[row("BO1", "IL", last=FIRST)]).outcome == NONE  # ran out, for BL-DEA-1 to say
    assert verdict([], dea=[row("BO1", "IL", status="SURRENDERED")]).outcome == NONE


@pytest.mark.parametrize("dea", [row("BO1", "IL", standing="claimed"), row("BO1", "")])
def test_where_it_is_not_known_whether_somebody_prescribes_here_nothing_is_a_breach(dea):
    ended = row("336.1", last=FIRST)
    assert verdict([ended], dea=[dea]).outcome == UNKNOWN
    assert verdict([OURS], dea=[dea]).outcome == MET


@quickly
@given(credentials(), credentials(states=("IL", ""), most=2), st.booleans())
def test_of_all_registrations_of_the_state_the_best_decides(registrations, dea, registers):
    """For any record: with one of the DEA for here it is asked, and a claimed one makes no breach."""
    found = verdict(registrations, dea, states=["IL"] if registers else ["MI"]).outcome
    counting = [each for each in dea if runs(each) and each["status"] in ("ACTIVE", "PROBATION", "UNKNOWN")]
    surely = any(each["standing"] == "confirmed" and each["state"] == "IL" for each in counting)
    best = outcome_of(registrations)
    if not registers:
        assert found == NONE
    elif not counting:
        assert found == (MET if best == MET else NONE)
    else:
        assert found == (UNKNOWN if best == NOT_MET and not surely else best)
    assert verdict(registrations, dea, carries=False).outcome == NONE
    assert verdict(registrations[::-1], dea[::-1], states=["IL"] if registers else ["MI"]).outcome == found
