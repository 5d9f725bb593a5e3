import pytest
from hypothesis import given
from hypothesis import strategies as st

from practitioners.rules.problems import Problem
from practitioners.rules.ssn import check_ssn, holds_ssn, ssn_written

areas = st.integers(1, 899).filter(lambda area: area != 666)
valid = st.builds(
    lambda area, group, serial: f"{area:03d}{group:02d}{serial:04d}",
    areas,
    st.integers(1, 99),
    st.integers(1, 9999),
)


@given(valid)
def test_what_can_be_one_passes_in_every_way_it_is_written(digits):
    written = ssn_written(digits)
    for each in (digits, written, written.replace("-", " "), f" {written} "):
        assert check_ssn(each) == digits
    assert holds_ssn(f"It is {written}.")


@given(valid, st.sampled_from(["000", "666", *(str(area) for area in range(900, 1000))]))
def test_areas_never_given_out(digits, area):
    with pytest.raises(Problem, match="begins with"):
        check_ssn(area + digits[3:])


@given(valid)
def test_groups_and_serials_never_given_out(digits):
    with pytest.raises(Problem, match="middle"):
        check_ssn(digits[:3] + "00" + digits[5:])
    with pytest.raises(Problem, match="last four"):
        check_ssn(digits[:5] + "0000")


@given(st.text(max_size=30).filter(lambda text: sum(each in "0123456789" for each in text) != 9))
def test_anything_else_is_refused_without_being_repeated(text):
    with pytest.raises(Problem) as refused:
        check_ssn(text)
    assert refused.value.field == "number"
    if len(text.strip()) > 8:
        assert text.strip() not in str(refused.value)


@pytest.mark.parametrize("text", ["12345678", "1234567890", "12-345-6789", "123.45.6789", "١٢٣456789", None])
def test_other_forms_are_none(text):
    with pytest.raises(Problem):
        check_ssn(text)


def test_a_telephone_number_or_an_npi_is_not_taken_for_one():
    assert not holds_ssn("Called 312-555-0142 about NPI 1234567893")


@pytest.mark.parametrize("sample", ["078-05-1120", "219-09-9999"])
def test_samples_that_were_printed_are_nobodys(sample):
    with pytest.raises(Problem, match="printed as a sample"):
        check_ssn(sample)
