import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.choices import IdentifierKind
from practitioners.rules.identifiers import check_identifier, clean_identifier
from practitioners.rules.problems import Problem

eight = st.from_regex(r"[0-9]{8}", fullmatch=True)


@given(eight)
def test_an_ecfmg_number_is_kept_as_it_is_shown(digits):
    shown = f"{digits[0]}-{digits[1:4]}-{digits[4:7]}-{digits[7]}"
    assert check_identifier("ecfmg", digits).value == shown
    assert check_identifier("ecfmg", shown).value == shown


@given(st.from_regex(r"[0-9]{1,7}|[0-9]{9,12}|[0-9]{3}-[0-9]{5}", fullmatch=True))
def test_another_ecfmg_number_is_refused(text):
    with pytest.raises(Problem, match="eight digits"):
        check_identifier("ecfmg", text)


@given(st.from_regex(r"[A-Za-z][0-9]{5}", fullmatch=True))
def test_a_upin_is_a_letter_and_five_digits(text):
    assert check_identifier("upin", text).value == text.upper()


@given(st.from_regex(r"[0-9]{6}|[A-Z]{2}[0-9]{4}|[A-Z][0-9]{4}|[A-Z][0-9]{6}", fullmatch=True))
def test_another_upin_is_refused(text):
    with pytest.raises(Problem, match="a letter and five digits"):
        check_identifier("upin", text)


@given(st.from_regex(r"[0-9]{7,10}", fullmatch=True))
def test_a_caqh_id_of_seven_to_ten_digits_says_nothing(text):
    assert check_identifier("caqh", text).warnings == ()


@given(st.from_regex(r"[0-9]{1,6}|[0-9]{11,14}|[A-Z][0-9]{7}", fullmatch=True))
def test_another_caqh_id_warns_and_is_kept(text):
    check = check_identifier("caqh", text)
    assert check.value == text
    assert len(check.warnings) == 1


@given(st.sampled_from(["medicaid", "medicare", "ncsbn", "military", "employee", "other"]),
       st.text("ABC-0123456789", min_size=1, max_size=60))  # fmt: skip
def test_numbers_without_a_form_of_the_whole_country_are_kept(kind, text):
    check = check_identifier(kind, text)
    assert (check.value, check.warnings) == (text, ())


@pytest.mark.parametrize("kind", IdentifierKind.values)
def test_nothing_and_too_much_are_refused(kind):
    for text in ("", "   ", "x" * 61):
        with pytest.raises(Problem) as refused:
            check_identifier(kind, text)
        assert refused.value.field == "value"


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({"kind": "wand"}, "kind"),
        ({"state": "Illinois"}, "state"),
        ({"issuer": "x" * 121}, "issuer"),
        ({"used_from": dt.date(2026, 2, 1), "used_until": dt.date(2026, 1, 31)}, "used_until"),
    ],
)
def test_the_other_columns_are_checked(given_, field):
    with pytest.raises(Problem) as refused:
        clean_identifier(**{"kind": "other", "value": "A1", **given_})
    assert refused.value.field == field
