"""The shape of a provider taxonomy code."""

import pytest

from practitioners.rules.problems import Problem
from practitioners.rules.taxonomy import check_taxonomy_code, is_taxonomy_code


@pytest.mark.parametrize("code", ["207R00000X", "103TC0700X", "363L00000X", "2085R0202X"])
def test_codes(code):
    assert is_taxonomy_code(code)
    assert check_taxonomy_code(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    "code",
    [
        "",
        None,
        "207R00000",
        "207R00000XX",
        "207R00000Y",
        "207r00000x",
        "207R-0000X",
        "２07R00000X",
        "207R00000X\n",
    ],
)
def test_what_is_no_code(code):
    assert not is_taxonomy_code(code)


@pytest.mark.parametrize("code", ["", None, "SURGERY", "207R00000Y", "x" * 500])
def test_the_refusal_is_a_sentence(code):
    with pytest.raises(Problem, match="ten") as refused:
        check_taxonomy_code(code)
    assert len(str(refused.value)) < 150
