"""Golden cases of BL-APP-2: one case without the privilege, explained, not confirmed, none; known then."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.rulebook.verdicts import Outcome
from privileging.rules import practised
from tests.judging import ON, RANK, assert_plain, quickly

DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NONE = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE


def verdict(cases, without=0, unclear=0):
    first = ON - 9 * DAY if without else None
    facts = {"on": ON, "cases": cases, "without": without, "first": first, "unclear": unclear}
    return assert_plain(practised.judge, facts, {}, days=89)


@pytest.mark.parametrize(
    ("cases", "without", "unclear", "outcome"),
    [(0, 0, 0, NONE), (1, 0, 0, MET), (1, 1, 0, NOT_MET), (9, 0, 1, UNKNOWN), (9, 1, 1, NOT_MET)],
)
def test_one_case_without_the_privilege_decides(cases, without, unclear, outcome):
    found = verdict(cases, without, unclear)
    assert found.outcome == outcome
    if outcome == NOT_MET:
        assert found.since == ON - 9 * DAY
        assert "1 done without the privilege and not explained, the first on 1 Mar 2026." in found.sentence


@quickly
@given(st.lists(st.sampled_from(["covered", "without", "unclear"]), max_size=6))
def test_met_exactly_where_every_case_is_covered_or_explained(covers):
    """For any cases: to explain one never makes it worse, and one more in order changes nothing."""

    def outcome(covers):
        return verdict(len(covers), covers.count("without"), covers.count("unclear")).outcome

    expected = NOT_MET if "without" in covers else UNKNOWN if "unclear" in covers else MET
    assert outcome(covers) == (expected if covers else NONE)
    for at in range(len(covers)):
        explained = [*covers[:at], "covered", *covers[at + 1 :]]
        assert RANK[outcome(explained)] >= RANK[outcome(covers)]
    assert outcome([*covers, "covered"]) == expected
