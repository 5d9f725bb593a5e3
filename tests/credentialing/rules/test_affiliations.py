"""When the standard affiliation letter can go, and what a letter says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from config.rulebook.verdicts import Outcome
from credentialing.rules.affiliations import (
    BY_PERSON,
    BY_RULE,
    NOT_FOUND,
    Standing,
    Stop,
    Term,
    judge,
    paragraphs,
    spans,
    words_of,
)

TODAY = dt.date(2026, 3, 10)
NOW = Term("Active", "Surgery", dt.date(2025, 1, 1), dt.date(2026, 12, 31))
PAST = Term("Active", "Surgery", dt.date(2021, 1, 1), dt.date(2022, 12, 31))
GOOD = Standing(TODAY, BY_RULE, "", True, (NOW,))
SUSPENDED = Stop("Administrative suspension", protected=False, leave=False, stands=True)
LEAVE = Stop("Leave of absence", protected=False, leave=True, stands=True)
PRECAUTIONARY = Stop("Precautionary suspension", protected=True, leave=False, stands=False)


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, Outcome.MET),
        ({"found": BY_PERSON, "found_by": "Dana Whitlock"}, Outcome.MET),
        ({"found": NOT_FOUND, "terms": ()}, Outcome.UNKNOWN),
        ({"release": False}, Outcome.UNKNOWN),
        ({"terms": ()}, Outcome.NOT_MET),
        ({"terms": (PAST,)}, Outcome.MET),
        ({"terms": (replace(PAST, ended_early="Resigned"),)}, Outcome.UNKNOWN),
        ({"terms": (replace(PAST, ended_early="Resigned"), NOW)}, Outcome.MET),
        ({"terms": (replace(NOW, last_day=TODAY),)}, Outcome.MET),  # the last day is a day of the term
        ({"terms": (replace(NOW, first_day=TODAY + dt.timedelta(1)),)}, Outcome.NOT_MET),  # not begun
        ({"stops": (SUSPENDED,)}, Outcome.NOT_MET),
        ({"stops": (replace(SUSPENDED, stands=False),)}, Outcome.MET),
        ({"stops": (LEAVE,)}, Outcome.UNKNOWN),
        ({"stops": (PRECAUTIONARY,)}, Outcome.NOT_MET),
        ({"matters": 1}, Outcome.NOT_MET),
        ({"matters": 1, "release": False}, Outcome.NOT_MET),
    ],
)
def test_the_standard_reply_fits_only_what_is_plainly_so(changed, outcome):
    assert judge(replace(GOOD, **changed)).outcome == outcome


def test_the_verdict_tells_no_protected_cause():
    verdict = judge(replace(GOOD, stops=(PRECAUTIONARY,), matters=2))
    assert "recautionary" not in str(verdict.as_data())
    assert "Something of a protected class is on file." in str(verdict.as_data())


def test_terms_that_follow_each_other_are_told_as_one():
    following = Term("Active", "Surgery", dt.date(2023, 1, 1), dt.date(2024, 12, 31))
    other = Term("Courtesy", "Surgery", dt.date(2015, 1, 1), dt.date(2016, 12, 31))
    assert spans([NOW, following, PAST, other], TODAY) == [
        {
            "category": "Courtesy",
            "department": "Surgery",
            "from": "January 1, 2015",
            "to": "December 31, 2016",
        },
        {
            "category": "Active",
            "department": "Surgery",
            "from": "January 1, 2021",
            "to": "present (term through December 31, 2026)",
        },
    ]


def test_only_the_standard_letter_speaks_of_standing():
    given = {
        "name": "M. Quill, MD",
        "facility": "Fernwick",
        "definition": "all is well",
        "text": "One.\n\nTwo.",
    }
    standard = words_of("standard", former=True, **given)
    assert standard["statement"][0] == "M. Quill, MD left in good standing."
    assert "all is well" in standard["statement"][1]
    for kind in ("dates", "own"):
        assert "standing" not in str(words_of(kind, former=False, **given))
    assert words_of("own", former=False, **given)["statement"] == ["One.", "Two."]


def test_an_empty_line_begins_a_paragraph():
    assert paragraphs("One\r\nline.\r\n\r\n\r\n Two. \n\n") == ["One line.", "Two."]
