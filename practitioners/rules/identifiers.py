"""Numbers somebody gave a person: which can be checked, and how they are written.

Formats: an ECFMG/USMLE number has eight digits, shown ``0-123-456-7``; a UPIN (retired in 2007, still a
column of the exclusion list) is a letter and five digits; a CAQH provider ID is numeric, eight digits as a
rule, and sources differ on its length, so that another form is a warning and no error. Payers' numbers
(Medicaid, PTAN) and the rest have no format of the whole country.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from practitioners.choices import IdentifierKind
from practitioners.rules.problems import Problem

LONGEST_VALUE, LONGEST_ISSUER = 60, 120
_ECFMG = re.compile(r"[0-9]-?[0-9]{3}-?[0-9]{3}-?[0-9]")
_UPIN = re.compile(r"[A-Z][0-9]{5}")
_CAQH = re.compile(r"[0-9]{7,10}")
_STATE = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class IdentifierCheck:
    """``value`` as it is stored, and what a person should look at before it is."""

    value: str
    warnings: tuple[str, ...] = ()


def check_identifier(kind: str, value: str) -> IdentifierCheck:
    """The number in the form in which it is stored.

    Raises ``Problem`` with a sentence when the kind is none, the number is missing or too long, or its kind
    has a format and it has another.
    """
    if kind not in IdentifierKind.values:
        raise Problem("Say what kind of number this is.", field="kind")
    text = " ".join(str(value or "").split())
    if not text:
        raise Problem("Enter the number.", field="value")
    if len(text) > LONGEST_VALUE:
        raise Problem(f"The number is longer than {LONGEST_VALUE} characters.", field="value")
    if kind == IdentifierKind.ECFMG:
        if not _ECFMG.fullmatch(text):
            raise Problem(f"“{text}” is no ECFMG number: it has eight digits, 0-123-456-7.", field="value")
        digits = text.replace("-", "")
        return IdentifierCheck(f"{digits[0]}-{digits[1:4]}-{digits[4:7]}-{digits[7]}")
    if kind == IdentifierKind.UPIN:
        if not _UPIN.fullmatch(text.upper()):
            raise Problem(f"“{text}” is no UPIN: it is a letter and five digits, A12345.", field="value")
        return IdentifierCheck(text.upper())
    if kind == IdentifierKind.CAQH and not _CAQH.fullmatch(text):
        return IdentifierCheck(text, ("A CAQH provider ID has seven to ten digits, eight as a rule.",))
    return IdentifierCheck(text)


def clean_identifier(
    kind: str,
    value: str,
    issuer: str = "",
    state: str = "",
    used_from: dt.date | None = None,
    used_until: dt.date | None = None,
) -> dict[str, Any]:
    """The columns of an identifier as they are stored; raises ``Problem`` at the field that cannot be."""
    check = check_identifier(kind, value)
    issuer, state = " ".join(str(issuer or "").split()), str(state or "").strip().upper()
    if len(issuer) > LONGEST_ISSUER:
        raise Problem(f"This is longer than {LONGEST_ISSUER} characters.", field="issuer")
    if state and not _STATE.fullmatch(state):
        raise Problem("Choose the state.", field="state")
    if used_from and used_until and used_until < used_from:
        raise Problem("Its last day lies before its first.", field="used_until")
    return {
        "kind": kind,
        "value": check.value,
        "issuer": issuer,
        "state": state,
        "used_from": used_from,
        "used_until": used_until,
    }
