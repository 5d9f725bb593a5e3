"""Quorum and majorities, to the last vote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.rules.composition import physician_majority
from bylaws.rules.voting import (
    carries,
    count_votes,
    measure,
    members_needed,
    quorum_in_words,
    threshold_in_words,
)
from bylaws.vote_shapes import quorum_problem, threshold_problem
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
    ("rule", "votes", "result"),
    [
        # for, against, abstentions, present and taking part, in office
        ({"kind": "majority_cast"}, (3, 2, 4, 9, 9), True),
        ({"kind": "majority_cast"}, (2, 2, 5, 9, 9), False),
        ({"kind": "majority_cast"}, (1, 0, 8, 9, 9), True),
        ({"kind": "majority_cast"}, (0, 0, 9, 9, 9), False),
        ({"kind": "majority_cast", "abstentions_count": True}, (3, 2, 1, 9, 9), False),
        ({"kind": "majority_cast", "abstentions_count": True}, (4, 2, 1, 9, 9), True),
        ({"kind": "majority_present"}, (5, 0, 0, 9, 9), True),
        ({"kind": "majority_present"}, (4, 0, 0, 9, 9), False),
        ({"kind": "majority_present"}, (4, 0, 0, 8, 9), False),
        ({"kind": "majority_office"}, (4, 0, 0, 5, 8), False),
        ({"kind": "majority_office"}, (5, 0, 0, 5, 8), True),
        ({"kind": "two_thirds_cast"}, (4, 2, 0, 9, 9), True),
        ({"kind": "two_thirds_cast"}, (5, 3, 0, 9, 9), False),
        ({"kind": "two_thirds_cast"}, (0, 0, 0, 9, 9), False),
        ({"kind": "two_thirds_cast", "abstentions_count": True}, (4, 2, 1, 9, 9), False),
        ({"kind": "two_thirds_present"}, (4, 0, 0, 6, 9), True),
        ({"kind": "two_thirds_present"}, (4, 0, 0, 7, 9), False),
        ({"kind": "two_thirds_office"}, (6, 0, 0, 6, 9), True),
        ({"kind": "two_thirds_office"}, (5, 0, 0, 5, 8), False),
    ],
)
def test_when_a_motion_carries(rule, votes, result):
    names = ("votes_for", "votes_against", "abstentions", "present", "in_office")
    assert carries(rule, **dict(zip(names, votes, strict=True))) is result


@pytest.mark.parametrize(
    ("others", "chair", "tally"),
    [
        (("for", "against"), "for", (2, 1, 0, False)),  # a tie: the chair breaks it
        (("for", "against"), "against", (1, 2, 0, False)),
        (("for", "for", "against"), "against", (2, 1, 0, True)),  # no tie: the chair makes none
        (("for", "abstain"), "against", (1, 0, 1, True)),
        (("abstain",), "for", (1, 0, 1, False)),  # none for and none against is a tie
    ],
)
def test_a_chair_who_votes_on_ties_only(others, chair, tally):
    votes = dict(enumerate(others, start=1)) | {0: chair}
    found = count_votes({"kind": "majority_cast", "chair_votes": "ties"}, votes, presiding=0)
    assert (found.votes_for, found.votes_against, found.abstentions, found.chair_aside) == tally
    always = count_votes({"kind": "majority_cast"}, votes, presiding=0)
    assert always.votes_for + always.votes_against + always.abstentions == len(votes)
    assert not always.chair_aside


def test_the_recused_count_for_the_quorum_alone():
    found = measure(
        {"kind": "fixed", "fixed": 4, "recused_count": True},
        voting={1, 2, 3, 4, 5},
        present={1, 2, 3, 4},
        barred={3, 4},
    )
    assert (found.present, found.taking_part, found.recused, found.met) == (4, 2, 2, True)


def test_whose_file_it_is_counts_for_nothing():
    for counted in (True, False):
        rule = {"kind": "fixed", "fixed": 2, "recused_count": counted}
        found = measure(rule, voting={1, 2, 3}, present={1, 2, 3}, barred={3}, own=3)
        assert (found.present, found.taking_part, found.recused) == (2, 2, 1)


def test_vacant_seats_count_in_the_base_where_the_rule_says_so():
    members = {1, 2, 3, 4, 5, 6, 7, 8}
    half = {"kind": "percent", "percent": 50}
    without = measure(half, voting=members, present={1, 2, 3, 4}, barred=set(), vacant=1)
    assert (without.base, without.needed, without.met) == (8, 4, True)
    counted = measure(
        half | {"vacancies_count": True}, voting=members, present={1, 2, 3, 4}, barred=set(), vacant=1
    )
    assert (counted.base, counted.in_office, counted.needed, counted.met) == (9, 8, 5, False)


@pytest.mark.parametrize(("physicians", "met"), [({1, 2, 3}, True), ({1, 2}, False), ({3, 4, 5}, False)])
def test_most_of_those_present_are_physicians_where_the_rule_asks_it(physicians, met):
    rule = {"kind": "those_present", "fixed": 3, "physician_majority": True}
    found = measure(rule, voting={1, 2, 3, 4, 5}, present={1, 2, 3, 4}, barred=set(), physicians=physicians)
    assert (found.met, found.physicians) == (met, len(physicians & {1, 2, 3, 4}))


def test_those_present_decide_but_not_fewer_than_the_rule_says():
    rule = {"kind": "those_present", "fixed": 3}
    assert not measure(rule, voting=set(range(90)), present={1, 2}, barred=set()).met
    assert measure(rule, voting=set(range(90)), present={1, 2, 3}, barred=set()).met


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"kind": "percent", "percent": 50}, ""),
        ({"kind": "max", "percent": 33, "fixed": 3, "recused_count": True, "vacancies_count": True}, ""),
        ({"kind": "those_present", "fixed": 20, "physician_majority": True}, ""),
        ("half", "write a kind"),
        ({"percent": 50}, "the kind must be one of percent, fixed, max, those_present"),
        ({"kind": "show of hands"}, 'not "show of hands"'),
        ({"kind": "percent"}, "percent must be from 1 to 100, not 0"),
        ({"kind": "percent", "percent": 101}, "not 101"),
        ({"kind": "percent", "percent": "50"}, "percent must be a whole number"),
        ({"kind": "fixed", "fixed": 0}, "must be 1 or more, not 0"),
        ({"kind": "fixed", "fixed": True}, "fixed must be a whole number"),
        ({"kind": "max", "percent": 33}, "must be 1 or more, not 0"),
        ({"kind": "percent", "percent": 50, "recused_count": "no"}, "recused_count must be true or false"),
        ({"kind": "percent", "percent": 50, "proxies": True}, "proxies is not part of it"),
    ],
)
def test_a_wrong_quorum_is_told_when_it_is_set(value, problem):
    found = quorum_problem(value)
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"kind": "majority_cast"}, ""),
        ({"kind": "two_thirds_office", "abstentions_count": False, "chair_votes": "ties"}, ""),
        ({"kind": "majority"}, 'not "majority"'),
        (["majority_cast"], "write a kind"),
        ({"kind": "majority_cast", "abstentions_count": 1}, "abstentions_count must be true or false"),
        (
            {"kind": "majority_cast", "chair_votes": "never"},
            'chair_votes must be always or ties, not "never"',
        ),
        ({"kind": "majority_cast", "turnout": 25}, "turnout is not part of it"),
    ],
)
def test_a_wrong_threshold_is_told_when_it_is_set(value, problem):
    found = threshold_problem(value)
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(
    ("types", "outcome", "says"),
    [
        ((), "UNKNOWN", "No voting member"),
        (("MD", "DO", "DDS"), "MET", "2 of 3 voting members are physicians (MD or DO): more than half."),
        (
            ("MD", "DDS"),
            "NOT_MET",
            "1 of 2 voting members is a physician (MD or DO); more than half must be.",
        ),
        (("MD", "DDS", "NP"), "NOT_MET", "more than half must be"),
        (("MD", "MD", "", "NP"), "UNKNOWN", "2 of 4"),
        (("MD", "MD", "MD", "", ""), "MET", "3 of 5"),
        (("MD", "", "NP", "PA"), "NOT_MET", "1 of 4"),
        (("", ""), "UNKNOWN", "not on record"),
    ],
)
def test_the_majority_of_physicians_with_what_is_not_known(types, outcome, says):
    found = physician_majority(types)
    assert found.outcome == outcome
    assert says in found.sentence


def test_rules_nobody_knows_are_refused_and_the_known_ones_are_words():
    with pytest.raises(Refused, match="show of hands"):
        members_needed({"kind": "show of hands"}, 5)
    with pytest.raises(Refused, match="loudest"):
        carries({"kind": "loudest"}, votes_for=1, votes_against=0, abstentions=0, present=1, in_office=1)
    assert quorum_in_words({"kind": "percent", "percent": 50}) == "half of the voting members in office"
    assert quorum_in_words({"kind": "percent", "percent": 40}) == "40 percent of the voting members in office"
    assert threshold_in_words({"kind": "majority_cast"}) == "a majority of the votes cast"
    assert threshold_in_words({"kind": "loudest"}) == "an unknown rule"
    assert quorum_in_words({"kind": "those_present", "fixed": 9}) == "those present, but at least 9"
    assert quorum_in_words({"kind": "percent", "percent": 50, "vacancies_count": True}) == (
        "half of all voting seats, the vacant ones too"
    )
    assert threshold_in_words({"kind": "two_thirds_office", "chair_votes": "ties"}) == (
        "two thirds of all voting members in office; the chair votes on ties only"
    )
