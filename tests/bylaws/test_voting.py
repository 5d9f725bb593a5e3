"""Quorum and majorities, to the last vote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.rules.voting import carries, members_needed, quorum_in_words, threshold_in_words
from config.kernel.errors import Refused


@pytest.mark.parametrize(
    ("rule", "base", "needed"),
    [
        ({"kind": "percent", "percent": 50}, 8, 4),
        ({"kind": "percent", "percent": 50}, 9, 5),
        ({"kind": "percent", "percent": 50}, 1, 1),
        ({"kind": "percent", "percent": 50}, 0, 1),
        ({"kind": "percent", "percent": 33}, 9, 3),
        ({"kind": "percent", "percent": 33}, 10, 4),
        ({"kind": "percent", "percent": 0}, 9, 1),
        ({"kind": "fixed", "fixed": 3}, 2, 3),
        ({"kind": "max", "percent": 33, "fixed": 3}, 5, 3),
        ({"kind": "max", "percent": 33, "fixed": 3}, 12, 4),
    ],
)
def test_members_needed(rule, base, needed):
    assert members_needed(rule, base) == needed


@given(percent=st.integers(0, 100), base=st.integers(0, 500))
def test_a_share_is_never_less_than_asked_for_nor_a_member_more(percent, base):
    needed = members_needed({"kind": "percent", "percent": percent}, base)
    assert needed * 100 >= percent * base
    assert needed == 1 or (needed - 1) * 100 < percent * base


@pytest.mark.parametrize(
    ("kind", "votes", "result"),
    [
        ("majority_cast", (3, 2, 9), True),
        ("majority_cast", (2, 2, 9), False),
        ("majority_cast", (1, 0, 9), True),
        ("majority_cast", (0, 0, 9), False),
        ("majority_present", (5, 0, 9), True),
        ("majority_present", (4, 0, 9), False),
        ("majority_present", (4, 0, 8), False),
        ("two_thirds_cast", (4, 2, 9), True),
        ("two_thirds_cast", (5, 3, 9), False),
        ("two_thirds_cast", (0, 0, 9), False),
    ],
)
def test_when_a_motion_carries(kind, votes, result):
    votes_for, votes_against, present = votes
    assert (
        carries({"kind": kind}, votes_for=votes_for, votes_against=votes_against, present=present) is result
    )


def test_rules_nobody_knows_are_refused_and_the_known_ones_are_words():
    with pytest.raises(Refused, match="show of hands"):
        members_needed({"kind": "show of hands"}, 5)
    with pytest.raises(Refused, match="loudest"):
        carries({"kind": "loudest"}, votes_for=1, votes_against=0, present=1)
    assert quorum_in_words({"kind": "percent", "percent": 50}) == "half of the voting members in office"
    assert quorum_in_words({"kind": "percent", "percent": 40}) == "40 percent of the voting members in office"
    assert threshold_in_words({"kind": "majority_cast"}) == "a majority of the votes cast"
