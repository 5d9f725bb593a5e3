"""What the applicant reads of the criteria: their own entries, in no word of the office."""

from __future__ import annotations

import datetime as dt

import pytest

from config.rulebook.verdicts import Outcome, Verdict
from privileging.rules.criteria import judge_criteria
from privileging.rules.criteria_facts import CriteriaFacts
from privileging.rules.stated import NOT_ENTERED, statements_of, told, volumes_of

ON = dt.date(2026, 11, 24)
#: Words of the office's own work.
INTERNAL = ("verif", "on file", "on record", "claimed", "confirmed", "grant ", "record ")


def judged(tree: dict, **facts) -> Verdict:
    return told(judge_criteria(tree, CriteriaFacts(on=ON, provider_type="MD", **facts)))


@pytest.mark.parametrize(
    ("tree", "facts"),
    [
        ({"type": "DEGREE", "in": ["MD"]}, {}),
        ({"type": "PROVIDER_TYPE", "in": ["PA"]}, {}),
        ({"type": "TRAINING", "specialties": ["Surgery"]}, {}),
        ({"type": "BOARD", "status": "certified", "specialties": ["Surgery"]}, {}),
        ({"type": "VOLUME", "group": "x", "at_least": 3, "months": 12}, {}),
        ({"type": "PROCTORED", "group": "x", "at_least": 3}, {}),
        ({"type": "LIFE_SUPPORT", "courses": ["ACLS"]}, {}),
        ({"type": "COURSE", "name": "x"}, {}),
        ({"type": "SUPERVISION"}, {}),
        ({"type": "PREREQUISITE", "privilege": "X-1"}, {}),
        ({"type": "PREREQUISITE", "privilege": "X-1"}, {"requested": frozenset({"X-1"})}),
        ({"type": "PREREQUISITE", "privilege": "X-1"}, {"held": {"X-1": ON}}),
        (
            {"type": "VOLUME", "group": "x", "at_least": 30, "months": 12},
            {
                "volumes": tuple(
                    volumes_of({"x": {"cases": "3", "from": "2026-01-01", "through": "2026-02-01"}})
                )
            },
        ),
    ],
)
def test_no_word_of_the_office_reaches_the_applicant(tree, facts):
    for verdict in (judged(tree, **facts), *judged({"all": [tree]}, **facts).children):
        said = f"{verdict.sentence} {verdict.cure}".lower()
        assert not [word for word in INTERNAL if word in said], said
        assert said.strip()
        assert (verdict.facts, verdict.evidence) == ({}, ())


def test_a_degree_the_office_knows_from_the_profession_is_not_entered():
    verdict = judged({"type": "DEGREE", "in": ["MD"]})
    assert (verdict.outcome, verdict.sentence) == (Outcome.UNKNOWN, NOT_ENTERED)
    entered = statements_of(
        [{"type": "MEDICAL_SCHOOL", "degree": "MD", "last_day": "2005-05-31"}], {"MEDICAL_SCHOOL": "School"}
    )
    assert judged({"type": "DEGREE", "in": ["MD"]}, statements=tuple(entered)).outcome is Outcome.MET


def test_a_privilege_that_is_needed_says_what_to_do():
    tree = {"type": "PREREQUISITE", "privilege": "X-1"}
    verdict = judged(tree)
    assert verdict.sentence == "You do not hold it, and do not ask for it."
    assert verdict.cure == "Ask for that privilege as well."
    assert judged(tree, requested=frozenset({"X-1"})).cure == ""


def test_an_unknown_profession_is_no_closed_door():
    tree = {"type": "PROVIDER_TYPE", "in": ["MD"]}
    verdict = told(judge_criteria(tree, CriteriaFacts(on=ON, provider_type="OTHER")))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "not open" not in verdict.cure
