"""Social security numbers: what can be one, and how little of it is shown.

Nine digits: area (3), group (2), serial (4). No number has area 000, 666 or 900 to 999 (the last are taxpayer
numbers of other kinds), group 00 or serial 0000. Two were printed by the thousand, on cards sold with wallets
and in a leaflet of the administration, and are nobody's.
"""

from __future__ import annotations

import re

from practitioners.rules.problems import Problem

#: Withdrawn by the Social Security Administration (its history page, "Misused SSNs").
PRINTED = frozenset({"078051120", "219099999"})
_WRITTEN = re.compile(r"([0-9]{3})[\s\-]?([0-9]{2})[\s\-]?([0-9]{4})")
_ANYWHERE = re.compile(r"(?<![0-9])[0-9]{3}[\s\-]?[0-9]{2}[\s\-]?[0-9]{4}(?![0-9])")


def check_ssn(value: object) -> str:
    """The nine digits. Raises ``Problem``, whose sentence never repeats what was typed."""
    text = str(value if value is not None else "").strip()
    if not text:
        raise Problem("Enter the social security number: nine digits.", field="number")
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise Problem("A social security number has nine digits, like 123-45-6789.", field="number")
    area, group, serial = written.groups()
    if area in ("000", "666") or area[0] == "9":
        raise Problem("No social security number begins with 000, 666 or 9.", field="number")
    if group == "00":
        raise Problem("The two digits in the middle are never 00.", field="number")
    if serial == "0000":
        raise Problem("The last four digits are never 0000.", field="number")
    if area + group + serial in PRINTED:
        raise Problem("This number was printed as a sample and is nobody's.", field="number")
    return area + group + serial


def ssn_written(digits: str) -> str:
    """``123-45-6789``."""
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def holds_ssn(text: str) -> bool:
    """Whether something in a text is written like a social security number."""
    return bool(_ANYWHERE.search(text))
