import datetime as dt

import pytest

from practitioners.rules.provenance import (
    Decision,
    Terms,
    Word,
    disputes,
    fact_of,
    identifier_fact,
    same_name,
)

TERMS = Terms(renewed_ahead=180, shortest_term=180)
START = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)


def words(*said):
    """Words of (day, source, fact, value)."""
    return [
        Word(number, fact, value, source, START + dt.timedelta(days=day))
        for number, (day, source, fact, value) in enumerate(said)
    ]


def contested(*said, decided=(), terms=TERMS):
    decisions = [Decision(fact, value, START + dt.timedelta(days=day)) for day, fact, value in decided]
    return [one.fact.code for one in disputes(words(*said), decisions, terms) if one.open]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Núñez, María", "NUNEZ, MARIA", True),
        ("O'Brien, Mary T.", "O’Brien, Mary", True),
        ("O'Brien, Mary T.", "O'Brien, Mary Theresa", True),
        ("Reed, Mary", "Reed, Mary, Jr.", True),
        ("Reed, Mary, Sr.", "Reed, Mary, Jr.", False),
        ("Reed, Mary T.", "Reed, Mary Ann", False),
        ("Reed, Mary", "Reed, Marie", False),
        ("Reed, Mary", "Reid, Mary", False),
    ],
)
def test_when_two_names_may_be_one(one, other, same):
    assert same_name(one, other) is same
    assert same_name(other, one) is same


def test_case_accents_and_punctuation_are_no_difference_and_one_day_is():
    assert contested((0, "applicant", "issuer", "St. João's"), (1, "source", "issuer", "ST JOAOS")) == []
    assert contested((0, "roster", "birth_date", "1980-06-14"), (1, "nppes", "birth_date", "1980-06-15"))


def test_one_source_that_changes_its_word_contradicts_nobody():
    assert contested((0, "roster", "sex", "Female"), (1, "roster", "sex", "Male")) == []


def test_the_latest_word_of_a_source_counts():
    said = ((0, "roster", "sex", "Female"), (1, "nppes", "sex", "Male"), (2, "roster", "sex", "Male"))
    assert contested(*said[:2]) == ["sex"]
    assert contested(*said) == []


def test_a_decision_holds_until_a_source_says_something_new():
    said = [(0, "roster", "sex", "Female"), (1, "nppes", "sex", "Male")]
    decided = [(2, "sex", "Female")]
    assert contested(*said, decided=decided) == []
    assert contested(*said, (3, "nppes", "sex", "Male"), decided=decided) == []  # repeats itself
    assert contested(*said, (3, "caqh", "sex", "Female"), decided=decided) == []  # agrees
    assert contested(*said, (3, "caqh", "sex", "Male"), decided=decided) == ["sex"]
    assert contested(*said, (3, "coordinator", "sex", "Male"), decided=decided) == ["sex"]


@pytest.mark.parametrize(
    ("applicant", "board", "said_on", "conflict"),
    [
        ("2026-07-31", "2026-07-31", 1, False),
        ("2027-07-31", "2026-07-31", 1, True),  # the board says it runs out a year earlier
        ("2026-07-31", "2028-07-31", 30, False),  # renewed within the half year before
        ("2026-07-31", "2026-09-30", 30, True),  # two months are no term
        ("2026-12-31", "2028-12-31", 1, True),  # nobody renews ten months ahead
    ],
)
def test_a_renewal_is_told_from_a_contradiction(applicant, board, said_on, conflict):
    said = ((0, "applicant", "last_day", applicant), (said_on, "source", "last_day", board))
    assert contested(*said) == (["last_day"] if conflict else [])


def test_without_terms_no_later_day_is_a_renewal():
    said = ((0, "applicant", "last_day", "2026-07-31"), (30, "source", "last_day", "2028-07-31"))
    assert contested(*said) == []
    assert contested(*said, terms=None) == ["last_day"]
    assert contested(*said, terms=Terms(renewed_ahead=100, shortest_term=180)) == ["last_day"]


def test_a_word_taken_back_was_not_said_and_the_one_before_stands():
    said = ((0, "nppes", "sex", "Male"), (1, "roster", "sex", "Female"))
    assert contested(*said) == ["sex"]
    assert contested(*said, (2, "roster", "sex", "")) == []
    assert contested(*said, (2, "roster", "sex", "Male"), (3, "roster", "sex", "")) == ["sex"]
    assert contested(*said, (2, "roster", "sex", ""), (3, "roster", "sex", "")) == [], "nothing is left of it"
    decided = [(2, "sex", "Male")]
    newer = ((3, "roster", "sex", "Another answer"), (4, "roster", "sex", ""))
    assert contested(*said, newer[0], decided=decided) == ["sex"]
    assert contested(*said, *newer, decided=decided) == [], "the decision about the earlier word holds"


def test_two_systems_of_one_kind_are_two_sources():
    one, other = (
        Word(number, "sex", value, "roster", START + dt.timedelta(days=number), system=system)
        for number, (system, value) in enumerate((("north", "Female"), ("south", "Male")))
    )
    (dispute,) = disputes([one, other], [])
    assert dispute.open
    assert {standing.word.system for standing in dispute.words} == {"north", "south"}
    again = Word(2, "sex", "Female", "roster", START + dt.timedelta(days=2), system="south")
    assert disputes([one, other, again], []) == [], "a second roster of the same system speaks again"


def test_a_renewal_brings_its_own_first_day():
    said = (
        (0, "applicant", "first_day", "2024-08-01"),
        (0, "applicant", "last_day", "2026-07-31"),
        (90, "source", "first_day", "2026-08-01"),
        (90, "source", "last_day", "2028-07-31"),
    )
    assert contested(*said) == []


def test_numbers_of_which_a_person_has_one_are_compared():
    assert fact_of(identifier_fact("caqh")).compared
    assert fact_of(identifier_fact("medicaid", "IL")).label == "Medicaid number, IL"
    assert not fact_of(identifier_fact("medicare")).compared
    assert fact_of("identifier.wand") is None
    assert fact_of("shoe_size") is None
