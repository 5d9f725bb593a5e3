"""Addresses and telephone numbers as people type them: what no letter would reach and nobody can dial."""

from __future__ import annotations

import re
from collections.abc import Mapping

from practitioners.rules.problems import Problem

#: States and territories as people write them, and their postal codes.
STATE_NAMES = {
    "ALABAMA": "AL", "ALASKA": "AK", "ARIZONA": "AZ", "ARKANSAS": "AR", "CALIFORNIA": "CA", "COLORADO": "CO",
    "CONNECTICUT": "CT", "DELAWARE": "DE", "DISTRICT OF COLUMBIA": "DC", "FLORIDA": "FL", "GEORGIA": "GA",
    "HAWAII": "HI", "IDAHO": "ID", "ILLINOIS": "IL", "INDIANA": "IN", "IOWA": "IA", "KANSAS": "KS",
    "KENTUCKY": "KY", "LOUISIANA": "LA", "MAINE": "ME", "MARYLAND": "MD", "MASSACHUSETTS": "MA",
    "MICHIGAN": "MI", "MINNESOTA": "MN", "MISSISSIPPI": "MS", "MISSOURI": "MO", "MONTANA": "MT",
    "NEBRASKA": "NE", "NEVADA": "NV", "NEW HAMPSHIRE": "NH", "NEW JERSEY": "NJ", "NEW MEXICO": "NM",
    "NEW YORK": "NY", "NORTH CAROLINA": "NC", "NORTH DAKOTA": "ND", "OHIO": "OH", "OKLAHOMA": "OK",
    "OREGON": "OR", "PENNSYLVANIA": "PA", "PUERTO RICO": "PR", "RHODE ISLAND": "RI", "SOUTH CAROLINA": "SC",
    "SOUTH DAKOTA": "SD", "TENNESSEE": "TN", "TEXAS": "TX", "UTAH": "UT", "VERMONT": "VT", "VIRGINIA": "VA",
    "WASHINGTON": "WA", "WEST VIRGINIA": "WV", "WISCONSIN": "WI", "WYOMING": "WY", "AMERICAN SAMOA": "AS",
    "GUAM": "GU", "NORTHERN MARIANA ISLANDS": "MP", "VIRGIN ISLANDS": "VI",
}  # fmt: skip
_CODES = frozenset(STATE_NAMES.values())
_ZIP = re.compile(r"([0-9]{5})(?:[- ]?([0-9]{4}))?", re.ASCII)
#: Digits and what people write between them, perhaps an extension.
_PHONE = re.compile(
    r"\+?[0-9 ()./-]+(?:(?:,|;)? ?(?:x|ext\.?|extension) ?[0-9]{1,6})?", re.ASCII | re.IGNORECASE
)
#: The digits of the shortest number one can dial from outside the house: a local one.
FEWEST_DIGITS = 7


def check_state(text: str) -> str:
    """The postal code of a state or territory, from the code or the name; raises ``Problem`` for neither."""
    said = text.upper().strip(". ")
    found = said if said in _CODES else STATE_NAMES.get(said, "")
    if not found:
        raise Problem(f"“{text[:40]}” is not a state or territory.")
    return found


def check_zip(text: str) -> str:
    """A ZIP code as it is printed, ``60001`` or ``60001-1234``; raises ``Problem`` for anything else."""
    found = _ZIP.fullmatch(text)
    if found is None:
        raise Problem(f"“{text[:20]}” is not a ZIP code: five digits, or nine.")
    return "-".join(filter(None, found.groups()))


def check_phone(text: str) -> str:
    """The number as it was written; raises ``Problem`` for what nobody can dial."""
    if _PHONE.fullmatch(text) is None or sum(each in "0123456789" for each in text) < FEWEST_DIGITS:
        raise Problem(f"“{text[:30]}” is not a telephone number.")
    return text


def check_address(given: Mapping[str, str]) -> dict[str, str]:
    """The columns of a postal address with state and ZIP code as the post knows them; raises ``Problem`` at
    the one it does not. Of addresses abroad only the country's two letters and the phone are judged.
    """
    values = {name: " ".join(str(text or "").split()) for name, text in given.items()}
    country = values["country"] = values.get("country", "").upper() or "US"
    if re.fullmatch("[A-Z]{2}", country, re.ASCII) is None:
        raise Problem("A country is written in two letters, like US.", field="country")
    checks = {"phone": check_phone}
    if country == "US":
        checks |= {"state": check_state, "postal_code": check_zip}
    for name, check in checks.items():
        if values.get(name):
            try:
                values[name] = check(values[name])
            except Problem as problem:
                raise Problem(str(problem), field=name) from None
    return values
