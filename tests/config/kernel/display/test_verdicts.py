"""How a verdict reads, whether it is the object or the plain data of a frozen record."""

import pytest
from django.template.loader import render_to_string

from config.kernel.display import verdicts
from config.kernel.pages import Action
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict


def leaf(outcome, code="x", **more):
    return Verdict(outcome, code, code, f"{code} said so.", **more)


@pytest.fixture
def tree():
    met = leaf(
        Outcome.MET, "licence", facts={"last_day": "2026-06-30"}, evidence=(EvidenceRef("e", "Page", "/e/"),)
    )
    return Verdict(
        Outcome.NOT_MET,
        "root",
        "Complete the file",
        "Something is missing.",
        children=(
            met,
            leaf(Outcome.UNKNOWN, "query", cure="Log the query.", confidence="secondary"),
            Verdict(
                Outcome.NOT_MET,
                "references",
                "References",
                "1 of 2.",
                children=(leaf(Outcome.NOT_MET, "r2"),),
            ),
            leaf(Outcome.NOT_APPLICABLE, "dea"),
        ),
    )


def test_what_stops_the_file_comes_first(tree):
    assert [each.code for each in verdicts.unmet_first(tree.children)] == [
        "references",
        "query",
        "licence",
        "dea",
    ]


def test_the_leaves_add_up(tree):
    assert verdicts.leaves_count(tree) == "1 met, 1 not met, 1 unknown, 1 not applicable"
    assert verdicts.leaves_count(tree.children[0]) == ""


def test_unknown_needs_attention_as_not_met_does():
    assert [verdicts.needs_attention(leaf(outcome)) for outcome in Outcome] == [False, True, True, False]


def test_the_tree_shows_words_facts_evidence_and_cure(tree):
    html = render_to_string("partials/verdict.html", {"verdict": tree})
    for text in (
        "Complete the file",
        "Not met",
        "Unknown",
        "Log the query.",
        "30 Jun 2026",
        'href="/e/"',
        "secondary",
    ):
        assert text in html
    wrong = "licence"  # the code of the leaf
    assert html.index("References") < html.index("query said so.") < html.index(f"{wrong} said so.")


def test_a_frozen_record_reads_as_the_verdict_did(tree):
    live = render_to_string("partials/verdict.html", {"verdict": tree})
    frozen = render_to_string("partials/verdict.html", {"verdict": tree.as_data()})
    # Only the addresses of evidence are not part of the record.
    assert frozen == live.replace('<a href="/e/">Page</a>', "Page")


def test_where_the_gate_is_shut_the_reason_stands_where_the_button_would_be(tree):
    action = Action("Complete the file", url="/go/", method="post")
    shut = render_to_string("partials/gate.html", {"verdict": tree, "action": action, "heading": "Complete"})
    assert "<button" not in shut
    assert "Something is missing." in shut
    is_open = render_to_string(
        "partials/gate.html", {"verdict": leaf(Outcome.MET), "action": action, "heading": "Complete"}
    )
    assert 'action="/go/"' in is_open
    assert "<button" in is_open
