"""The number of a DEA registration: arithmetic is an error, everything about people a warning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.rules.dea import check_dea, check_digit


@pytest.mark.parametrize(
    "number", ["AP5836727", "BB1388568", "F91234563", "MJ3614511", "ap5836727", " AP 5836727 ", "AP-5836727"]
)
def test_known_numbers_are_acceptable(number):
    assert check_dea(number).acceptable
    assert check_dea(number).number == number.replace(" ", "").replace("-", "").upper()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("AB1234567", "check digit"),
        ("", "Enter the DEA number"),
        (None, "Enter the DEA number"),
        ("A1234563", "not a DEA number"),
        ("IP5836727", "not a DEA number"),
        ("AP583672", "not a DEA number"),
        ("AP58367270", "not a DEA number"),
        ("A85836727", "not a DEA number"),
    ],
)
def test_arithmetic_and_form_are_errors(number, words):
    check = check_dea(number, "Person", "MD")
    assert not check.acceptable
    assert words in check.errors[0]
    assert check.warnings == []


@pytest.mark.parametrize("last_name", ["Peterson", "peterson", "", "de la Peña", "Ruiz-Portillo", "’Pell"])
def test_a_fitting_last_name_gives_no_warning(last_name):
    assert check_dea("AP5836727", last_name).warnings == []


def test_another_last_name_warns_and_never_refuses():
    check = check_dea("AP5836727", "Smith", "MD")
    assert check.acceptable
    assert len(check.warnings) == 1
    assert "Smith" in check.warnings[0]


def test_a_business_address_number_asks_nothing_about_the_name():
    assert check_dea("F91234563", "Smith", "MD").warnings == []


@pytest.mark.parametrize(
    ("number", "provider_type", "warned"),
    [
        ("AP5836727", "MD", False),
        ("BB1388568", "DO", False),
        ("MJ3614511", "MD", True),
        ("MJ3614511", "NP", False),
        ("MJ3614511", "PA-C", False),
        ("AP5836727", "CRNA", True),
        ("AP5836727", "OTHER", False),
        ("AP5836727", "", False),
    ],
)
def test_the_kind_of_registrant_warns(number, provider_type, warned):
    assert bool(check_dea(number, "", provider_type).warnings) is warned


def test_an_institutions_number_with_an_internal_code():
    check = check_dea("BB1388568-R12", "Smith", "MD")
    assert (check.number, check.suffix, check.errors) == ("BB1388568", "R12", [])
    assert "institution" in check.warnings[0]
    assert len(check.warnings) == 1


@given(st.from_regex(r"[0-9]{6}", fullmatch=True), st.integers(0, 9))
def test_only_the_right_last_digit_passes(six, last):
    assert check_dea(f"FP{six}{last}").acceptable is (last == check_digit(six))
