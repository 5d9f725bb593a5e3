"""When reports and audits are due to a payer that delegated, and what it looks for in a file."""

from __future__ import annotations

import datetime as dt

import pytest

from credentialing.rules.delegation import (
    Terms,
    calendar_period,
    counts_of,
    cycle,
    next_audit,
    notice,
    reports_due,
    roster_after,
)
from credentialing.rules.file_review import Mark, review_marks

D = dt.date


@pytest.mark.parametrize(
    ("day", "rhythm", "first", "last"),
    [
        (D(2026, 2, 28), "monthly", D(2026, 2, 1), D(2026, 2, 28)),
        (D(2026, 3, 31), "quarterly", D(2026, 1, 1), D(2026, 3, 31)),
        (D(2026, 4, 1), "quarterly", D(2026, 4, 1), D(2026, 6, 30)),
        (D(2026, 12, 31), "half_yearly", D(2026, 7, 1), D(2026, 12, 31)),
    ],
)
def test_periods_are_those_of_the_calendar(day, rhythm, first, last):
    assert calendar_period(day, rhythm) == (first, last)


def due(terms, today, sent=()):
    return [(each.first_day, each.last_day, each.due_on) for each in reports_due(terms, today, sent)]


def test_a_report_is_due_once_its_period_is_over_and_until_it_is_sent():
    terms = [Terms(D(2026, 1, 15), None, "monthly", 10)]
    assert due(terms, D(2026, 1, 31)) == [], "the month is not over on its last day"
    january = (D(2026, 1, 15), D(2026, 1, 31), D(2026, 2, 10))
    assert due(terms, D(2026, 2, 1)) == [january]
    assert due(terms, D(2026, 3, 1)) == [january, (D(2026, 2, 1), D(2026, 2, 28), D(2026, 3, 10))]
    assert due(terms, D(2026, 3, 1), {D(2026, 1, 31)}) == [(D(2026, 2, 1), D(2026, 2, 28), D(2026, 3, 10))]


def test_the_last_period_ends_with_the_agreement_and_a_change_of_terms_cuts_none():
    ended = [Terms(D(2026, 1, 1), D(2026, 2, 10), "monthly", 0)]
    assert due(ended, D(2026, 6, 1))[-1] == (D(2026, 2, 1), D(2026, 2, 10), D(2026, 2, 10))
    changed = [
        Terms(D(2026, 1, 1), D(2026, 2, 10), "quarterly", 0),
        Terms(D(2026, 2, 11), None, "monthly", 5),
    ]
    assert [each[:2] for each in due(changed, D(2026, 5, 1))] == [
        (D(2026, 1, 1), D(2026, 3, 31)),
        (D(2026, 4, 1), D(2026, 4, 30)),
    ]


def test_an_audit_is_due_a_year_after_the_last_or_after_the_beginning():
    assert next_audit([], D(2024, 2, 29), 12) == D(2025, 2, 28)
    assert next_audit([D(2023, 6, 1), D(2025, 3, 2)], D(2023, 1, 1), 12) == D(2026, 3, 2)


def test_the_cycle_is_counted_to_the_end_of_its_last_month():
    assert cycle(D(2023, 3, 10), D(2026, 3, 31), 36).mark == Mark.YES
    late = cycle(D(2023, 3, 10), D(2026, 4, 1), 36)
    assert late.mark == Mark.NO
    assert "the cycle ended 31 Mar 2026" in late.sentence
    assert cycle(None, D(2026, 4, 1), 36).mark == Mark.NOT_APPLICABLE


def test_the_decision_is_told_within_its_days_and_nobody_is_listed_before():
    decided = D(2026, 3, 1)
    assert notice(decided, D(2026, 3, 31), 30).mark == Mark.YES
    assert notice(decided, D(2026, 4, 1), 30).mark == Mark.NO
    assert notice(decided, D(2026, 4, 30), 60).mark == Mark.YES
    assert notice(decided, D(2026, 5, 1), None).mark == Mark.YES
    assert notice(decided, None, None).mark == Mark.NO
    assert roster_after(decided, decided).mark == Mark.YES
    assert roster_after(decided, D(2026, 2, 28)).mark == Mark.NO
    assert roster_after(decided, None).mark == Mark.NOT_APPLICABLE


def test_marks_of_people_score_as_those_computed_do():
    fine = {"DEA": Mark.YES, "CYCLE": Mark.NOT_APPLICABLE}
    first = review_marks([fine] * 12)
    assert (first.looked_at, first.went_on, first.failed) == (8, False, 0)
    short = review_marks([*[fine] * 7, {"DEA": Mark.YES, "CYCLE": Mark.NO}, *[fine] * 4])
    assert (short.looked_at, short.failed) == (12, 1)
    (dea, told) = short.scores
    assert (dea.label, dea.yes, dea.no) == ("DEA registration", 12, 0)
    assert (told.label, told.yes, told.no, told.percent) == ("Recredentialed within the cycle", 0, 1, 0)


def test_counts_of_a_report():
    lines = [
        {"what": "Add", "turnaround": "30"},
        {"what": "Recredentialed", "turnaround": "60", "in_cycle": "no"},
        {"what": "Term"},
    ]
    assert counts_of(lines) == {
        "adds": 1, "terms": 1, "recredentialed": 1, "out_of_cycle": 1, "turnaround_median": 45,
        "turnaround_longest": 60,
    }  # fmt: skip
    assert counts_of([])["turnaround_median"] is None
