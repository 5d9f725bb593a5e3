"""The check digit of the National Provider Identifier."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.rules.npi import check_npi, npi_from_nine, npi_is_valid
from practitioners.rules.problems import Problem

VALID = [
    "1234567893", "1003000126", "1881018208", "1972902351", "1497758544", "1245319599",
    "2000000002", "1000000004",
]  # fmt: skip
first_nine = st.from_regex(r"[12][0-9]{8}", fullmatch=True)


@pytest.mark.parametrize("number", VALID)
def test_known_numbers_are_valid(number):
    assert npi_is_valid(number)
    assert check_npi(number) == number


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("1234567890", "check digit"),
        ("123456789", "9 digits"),
        ("3234567893", "begins with 1 or 2"),
        ("12345678931", "11 digits"),
        ("0000000000", "nobody's number"),
        ("", "ten digits"),
        (None, "ten digits"),
        ("12345A7893", "digits only"),
        ("१२३४५६७८९३", "digits only"),
        ("1234567893" * 50, "500 digits"),
    ],
)
def test_what_cannot_be_an_npi_is_refused_with_a_sentence(number, words):
    assert not npi_is_valid(number)
    with pytest.raises(Problem, match=words) as refused:
        check_npi(number)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 200
    assert refused.value.field == "npi"


@pytest.mark.parametrize("written", [" 1234567893 ", "1234-567-893", "1234 567 893", 1234567893])
def test_separators_are_dropped(written):
    assert check_npi(written) == "1234567893"


def test_strict_validity_takes_no_separators_and_no_number():
    assert not npi_is_valid("1234 567 893")
    assert not npi_is_valid(1234567893)


@given(first_nine)
def test_exactly_one_last_digit_fits(nine):
    npi = npi_from_nine(nine)
    assert [digit for digit in "0123456789" if npi_is_valid(nine + digit)] == [npi[-1]]


@given(first_nine)
def test_the_equivalent_sum_with_constant_24(nine):
    total = 24
    for index, character in enumerate(reversed(nine)):
        doubled = int(character) * 2 if index % 2 == 0 else int(character)
        total += doubled - 9 if doubled > 9 else doubled
    assert npi_from_nine(nine)[-1] == str(-total % 10)


@given(first_nine, st.integers(0, 9), st.integers(1, 9))
def test_one_mistyped_digit_is_always_found(nine, place, shift):
    npi = npi_from_nine(nine)
    changed = npi[:place] + str((int(npi[place]) + shift) % 10) + npi[place + 1 :]
    assert not npi_is_valid(changed)


@pytest.mark.parametrize("wrong", ["12345678", "3" * 9, "12345678x", "१२३४५६७८९"])
def test_nine_digits_are_needed_to_make_one(wrong):
    with pytest.raises(ValueError):
        npi_from_nine(wrong)
