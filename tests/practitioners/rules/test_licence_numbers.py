"""Licence numbers are equal as a whole or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.rules.licence_numbers import (
    LicenceNumberMatch,
    compare,
    normal_form,
    only_exact,
    same_number,
)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("MD-198586", "md 198586", LicenceNumberMatch.SAME),
        ("05-19194", "0519194", LicenceNumberMatch.SAME),
        ("35.100001", "35100001", LicenceNumberMatch.SAME),
        ("007898", "7898", LicenceNumberMatch.SAME_BUT_FOR_LEADING_ZEROS),
        ("7918", "C7918", LicenceNumberMatch.DIFFERENT),
        ("C7918", "R7918", LicenceNumberMatch.DIFFERENT),
        ("MD0123", "MD123", LicenceNumberMatch.DIFFERENT),
        ("12", "120", LicenceNumberMatch.DIFFERENT),
        ("0", "00", LicenceNumberMatch.DIFFERENT),
        ("", "7918", LicenceNumberMatch.UNKNOWN),
        ("--", "7918", LicenceNumberMatch.UNKNOWN),
        (None, None, LicenceNumberMatch.UNKNOWN),
    ],
)
def test_comparison(one, other, expected):
    assert compare(one, other) is expected
    assert compare(other, one) is expected


def test_a_boards_search_by_parts_yields_only_the_exact_row():
    assert only_exact("7918", ["C7918", "R7918", "79180"]) is None
    assert only_exact("C-7918", ["R7918", "C7918"]) == 1
    assert only_exact("7918", ["7918", "79-18"]) is None
    assert only_exact("", ["", "1"]) is None


@given(st.text(max_size=30))
def test_normal_form_is_stable(text):
    form = normal_form(text)
    assert normal_form(form) == form
    assert same_number(text, form) is bool(form)
