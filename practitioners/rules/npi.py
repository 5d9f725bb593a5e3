"""The National Provider Identifier (45 CFR 162.406): ten digits, the last a check digit.

The check digit is the Luhn digit of ``80840`` followed by the first nine digits; 80840 is the card
issuer prefix of health applications in the United States.
"""

from __future__ import annotations

import re

from stdnum import luhn

from practitioners.rules.problems import Problem

ISSUER_PREFIX = "80840"
NO_NPI = "0000000000"
_SEPARATORS = re.compile(r"[\s\-‐-―.]+")


def npi_is_valid(value: object) -> bool:
    """Whether ``value`` is exactly ten digits, begins with 1 or 2 and has the right check digit."""
    return (
        isinstance(value, str)
        and len(value) == 10
        and value.isascii()
        and value.isdigit()
        and value[0] in "12"
        and luhn.is_valid(ISSUER_PREFIX + value)
    )


def check_npi(value: object) -> str:
    """The NPI as ten digits, without spaces and dashes.

    Raises :class:`~practitioners.rules.problems.Problem` with a sentence when it cannot be an NPI.
    """
    text = _SEPARATORS.sub("", str(value if value is not None else ""))
    shown = text[:30]
    if not text:
        raise Problem("Enter the NPI: ten digits.", field="npi")
    if not (text.isascii() and text.isdigit()):
        raise Problem(f"“{shown}” is not an NPI: an NPI consists of digits only.", field="npi")
    if len(text) != 10:
        raise Problem(f"“{shown}” is not an NPI: it has {len(text)} digits, an NPI has 10.", field="npi")
    if text == NO_NPI:
        raise Problem("0000000000 stands for “no NPI” in federal lists; it is nobody's number.", field="npi")
    if text[0] not in "12":
        raise Problem(f"“{shown}” is not an NPI: an NPI begins with 1 or 2.", field="npi")
    if not luhn.is_valid(ISSUER_PREFIX + text):
        raise Problem(
            f"The check digit of NPI {text} is wrong: one of its digits is probably mistyped.", field="npi"
        )
    return text


def npi_from_nine(first_nine: str) -> str:
    """The NPI that begins with these nine digits, its check digit added (for invented people)."""
    if (
        len(first_nine) != 9
        or not (first_nine.isascii() and first_nine.isdigit())
        or first_nine[0] not in "12"
    ):
        raise ValueError("Nine digits are needed, the first of them 1 or 2.")
    return first_nine + luhn.calc_check_digit(ISSUER_PREFIX + first_nine)
