import pytest

from practitioners.rules.addresses import check_address, check_phone, check_state, check_zip
from practitioners.rules.problems import Problem


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("60001", "60001"),
        ("60001-1234", "60001-1234"),
        ("600011234", "60001-1234"),
        ("60001 1234", "60001-1234"),
    ],
)
def test_a_zip_code_is_kept_as_it_is_printed(said, kept):
    assert check_zip(said) == kept


@pytest.mark.parametrize("said", ["ABC", "6000", "60001-12", "600011", "٦٠٠٠١", "60001;1234"])
def test_what_is_no_zip_code_is_said_so(said):
    with pytest.raises(Problem, match="not a ZIP code"):
        check_zip(said)


@pytest.mark.parametrize(
    "said",
    [
        "(555) 555-0142",
        "555-0142",
        "555.555.0142",
        "+49 30 1234567",
        "5555550142 x12",
        "555-555-0142, ext. 4",
    ],
)
def test_a_number_one_can_dial_is_kept_as_written(said):
    assert check_phone(said) == said


@pytest.mark.parametrize("said", ["call me", "12345", "555-HOME-001", "555-0142 or 555-0143", "ext. 12"])
def test_what_nobody_can_dial_is_said_so(said):
    with pytest.raises(Problem, match="not a telephone number"):
        check_phone(said)


def test_a_state_is_known_by_code_and_by_name():
    assert [check_state(said) for said in ("IL", "il", "Illinois")] == ["IL", "IL", "IL"]
    with pytest.raises(Problem, match="not a state"):
        check_state("XX")


def test_an_address_of_the_country_is_judged_and_one_abroad_left_alone():
    here = {
        "line_1": " 12  Elm ",
        "state": "illinois",
        "postal_code": "600021234",
        "country": "us",
        "phone": "",
    }
    assert check_address(here) == {
        "line_1": "12 Elm", "state": "IL", "postal_code": "60002-1234", "country": "US", "phone": "",
    }  # fmt: skip
    abroad = {"line_1": "1 Rue A", "state": "Île-de-France", "postal_code": "F-75001", "country": "FR"}
    assert check_address(abroad) == abroad


@pytest.mark.parametrize(
    ("field", "said"), [("state", "XX"), ("postal_code", "ABC"), ("country", "U1"), ("phone", "hello")]
)
def test_the_part_that_cannot_be_is_named(field, said):
    good = {"line_1": "12 Elm", "state": "IL", "postal_code": "60002", "country": "US", "phone": ""}
    with pytest.raises(Problem) as problem:
        check_address({**good, field: said})
    assert problem.value.field == field
