"""How judgements are made from judgements."""

import datetime as dt
from itertools import product

import pytest

from config.kernel.canonical import digest
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict, combine_all, combine_any, combine_none

MET, NOT_MET, UNKNOWN, NONE = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE


def verdict(outcome: Outcome) -> Verdict:
    return Verdict(outcome, "x", "X", "x.")


@pytest.mark.parametrize(
    ("outcomes", "every", "any_one", "none"),
    [
        ([], NONE, NONE, NONE),
        ([NONE], NONE, NONE, NONE),
        ([MET], MET, MET, NOT_MET),
        ([NOT_MET], NOT_MET, NOT_MET, MET),
        ([UNKNOWN], UNKNOWN, UNKNOWN, UNKNOWN),
        ([MET, NONE], MET, MET, NOT_MET),
        ([NOT_MET, NONE], NOT_MET, NOT_MET, MET),
        ([MET, NOT_MET], NOT_MET, MET, NOT_MET),
        ([MET, UNKNOWN], UNKNOWN, MET, NOT_MET),
        ([NOT_MET, UNKNOWN], NOT_MET, UNKNOWN, UNKNOWN),
        ([MET, NOT_MET, UNKNOWN, NONE], NOT_MET, MET, NOT_MET),
    ],
)
def test_all_any_and_none_of(outcomes, every, any_one, none):
    children = [verdict(outcome) for outcome in outcomes]
    for order in (children, children[::-1]):
        assert combine_all(order) == every
        assert combine_any(order) == any_one
        assert combine_none(order) == none


@pytest.mark.parametrize("outcomes", list(product(Outcome, repeat=3)))
def test_unknown_never_looks_like_met(outcomes):
    children = [verdict(outcome) for outcome in outcomes]
    if UNKNOWN in outcomes:
        assert combine_all(children) != MET
        assert combine_none(children) != MET
        assert MET in outcomes or combine_any(children) != MET


@pytest.mark.parametrize(("outcome", "met"), [(MET, True), (NONE, True), (NOT_MET, False), (UNKNOWN, False)])
def test_only_met_and_not_applicable_let_pass(outcome, met):
    assert verdict(outcome).met is met


def test_a_verdict_as_data_is_canonical_and_whole():
    tree = Verdict(
        NOT_MET,
        "BL-LIC-1",
        "License",
        "Ran out.",
        facts={"last_day": dt.date(2026, 2, 28), "states": ("IL", "WI"), "count": 2, "open": True},
        evidence=(EvidenceRef("u1", "Board page", "/evidence/u1/"),),
        citation="art. 7",
        since=dt.date(2026, 3, 1),
        children=(verdict(UNKNOWN), Verdict(MET, "y", "Y", "y.", children=(verdict(MET),))),
    )
    data = tree.as_data()
    assert data["facts"] == {"last_day": "2026-02-28", "states": ["IL", "WI"], "count": 2, "open": True}
    assert data["evidence"] == [{"uid": "u1", "label": "Board page"}], "addresses are no part of the record"
    assert data["since"] == "2026-03-01"
    assert "cure" not in data
    assert digest(data) == digest(tree.as_data())
    assert [leaf.outcome for leaf in tree.leaves()] == [UNKNOWN, MET]
