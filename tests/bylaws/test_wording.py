"""What pages and papers call things: values of parameters, and titles beside a name."""

import pytest

from bylaws.papers import said
from bylaws.templatetags.agendas import beside
from bylaws.wording import in_words
from config.rulebook.selectors.parameters import Bound


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("bylaws.attendance_meetings", ["general_staff", "department"], "Medical staff, Department"),
        ("bylaws.attendance_meetings", [], "none"),
        ("bylaws.attendance_remote", "counts", "it counts"),
        ("bylaws.attendance_remote", "does_not_count", "it does not count"),
        ("bylaws.staff_year_month", 1, "January"),
        ("bylaws.staff_year_month", 12, "December"),
        (
            "bylaws.amendment_threshold",
            {"kind": "majority_cast"},
            in_words("bylaws.vote_threshold", {"kind": "majority_cast"}),
        ),
        ("bylaws.attendance_percent", 50, ""),
    ],
)
def test_values_of_parameters_in_words(code, value, words):
    assert in_words(code, value) == words


@pytest.mark.parametrize(
    ("code", "value", "told"),
    [
        (
            "bylaws.approval_chain",
            ["department_chair", "mec"],
            "Department chair, then Medical Executive Committee (Bylaws)",
        ),
        ("bylaws.attendance_categories", ["active", "courtesy"], "active, courtesy (Bylaws)"),
        ("bylaws.attendance_categories", [], "none (Bylaws)"),
        ("bylaws.attendance_percent", 60, "60 % of the meetings (Bylaws)"),
        ("bylaws.attendance_percent", None, "not set"),
    ],
)
def test_the_paper_of_an_amendment_says_values_as_a_person_does(code, value, told):
    """Members who vote read "Department chair, then ...", and no notation of a program."""
    assert said(Bound(code, "", value, source="Bylaws")) == told


@pytest.mark.parametrize(
    ("title", "person", "told"),
    [
        ("Initial appointment, Lee, Grace M. at Lakeside", "Lee, Grace M.", "Initial appointment"),
        (
            "Initial appointment, of Fox at Lakeside",
            "Lee, Grace M.",
            "Initial appointment, of Fox at Lakeside",
        ),
        ("Parking at the annex", None, "Parking at the annex"),
    ],
)
def test_beside_the_name_a_title_does_not_say_it_again(title, person, told):
    assert beside(title, person) == told
