"""What an explanation is worth: thresholds to the day, and an oracle that looks at every single day."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.rules.gaps import (
    Activity,
    Explained,
    Gap,
    GapLimits,
    fully_explained,
    judge_gap,
    judge_history,
)

FIRST = dt.date(2024, 1, 1)
LIMITS = GapLimits(clarify_days=60, writing_days=180, years=5)
ONE = dt.timedelta(days=1)


def gap_of(days):
    return Gap(FIRST, FIRST + ONE * (days - 1))


def said(first, last, in_writing=False):
    return Explained(FIRST + ONE * first, FIRST + ONE * last, in_writing)


@pytest.mark.parametrize(
    ("days", "explanations", "outcome"),
    [
        (60, [], "NOT_APPLICABLE"),
        (61, [], "UNKNOWN"),
        (61, [said(0, 60)], "MET"),
        (61, [said(0, 59)], "UNKNOWN"),
        (61, [said(0, 30), said(31, 60)], "MET"),
        (61, [said(0, 30), said(32, 60)], "UNKNOWN"),
        (180, [said(0, 400)], "MET"),
        (181, [said(0, 400)], "NOT_MET"),
        (181, [said(0, 400, True)], "MET"),
        (181, [said(0, 400), said(0, 90, True)], "NOT_MET"),
        (181, [said(0, 90, True), said(91, 180, True)], "MET"),
        (181, [said(-50, -1, True)], "UNKNOWN"),
    ],
)
def test_the_boundaries_of_explaining(days, explanations, outcome):
    assert judge_gap(gap_of(days), explanations, LIMITS).verdict.outcome == outcome


def test_without_limits_nothing_is_asked():
    assert judge_gap(gap_of(900), [], GapLimits()).verdict.outcome == "NOT_APPLICABLE"
    verdict, judged = judge_history([Activity(FIRST)], [], GapLimits(), on=dt.date(2025, 1, 1))
    assert (verdict.outcome, judged) == ("NOT_APPLICABLE", [])


def test_only_one_limit_suffices():
    assert judge_gap(gap_of(181), [said(0, 180)], GapLimits(writing_days=180)).verdict.outcome == "NOT_MET"
    assert judge_gap(gap_of(181), [said(0, 180)], GapLimits(clarify_days=180)).verdict.outcome == "MET"


def test_a_history_of_which_nothing_is_stated_is_unknown():
    verdict, judged = judge_history([], [], LIMITS, on=dt.date(2025, 1, 1))
    assert verdict.outcome == "UNKNOWN"
    assert judged == []
    assert verdict.cure


def test_a_history_is_as_good_as_its_worst_gap():
    work = [
        Activity(dt.date(2018, 1, 1), dt.date(2021, 1, 31)),
        Activity(dt.date(2021, 9, 1), dt.date(2023, 1, 31)),
        Activity(dt.date(2023, 5, 1)),
    ]
    explained = [Explained(dt.date(2021, 2, 1), dt.date(2021, 8, 31), True, "Family")]
    verdict, judged = judge_history(work, explained, LIMITS, on=dt.date(2025, 1, 1))
    assert [each.verdict.outcome for each in judged] == ["MET", "UNKNOWN"]
    assert verdict.outcome == "UNKNOWN"
    assert "1 of 2 gaps" in verdict.sentence
    assert verdict.facts["looked_at_since"] == dt.date(2020, 1, 1)


spans = st.lists(st.tuples(st.integers(-40, 300), st.integers(0, 200), st.booleans()), max_size=6)


@given(st.integers(1, 300), spans, st.integers(0, 300), st.integers(0, 300))
def test_the_judgement_is_that_of_counting_days(length, drawn, clarify, writing):
    gap = gap_of(length)
    explanations = [said(start, start + more, written) for start, more, written in drawn]
    days = {gap.first_day + ONE * number for number in range(length)}

    def spoken(rows):
        return {
            row.first_day + ONE * n for row in rows for n in range((row.last_day - row.first_day).days + 1)
        }

    explained = days <= spoken(explanations)
    written = days <= spoken([row for row in explanations if row.in_writing])
    assert fully_explained(gap, explanations) is explained
    expected = (
        "NOT_APPLICABLE" if length <= min(clarify, writing)
        else "UNKNOWN" if not explained
        else "NOT_MET" if length > writing and not written
        else "MET"
    )  # fmt: skip
    limits = GapLimits(clarify_days=clarify, writing_days=writing, years=5)
    assert judge_gap(gap, explanations, limits).verdict.outcome == expected
