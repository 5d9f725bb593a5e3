"""The pseudonym under which a case is named: never a patient's name, number or day of birth. Pure."""

from __future__ import annotations

import re

LONGEST = 40
#: A pseudonym: letters, digits and dashes, one digit at least. A name, or a date with slashes, is none.
PSEUDONYM = re.compile(rf"(?=.*\d)[A-Za-z0-9][A-Za-z0-9-]{{2,{LONGEST - 1}}}")
#: Digits that read as a day of the calendar, the year first or last, as a birth date typed for a pseudonym
#: does, or as a social security number.
LIKE_A_PERSON = re.compile(
    r"(19|20)\d\d-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])"
    r"|(0?[1-9]|1[0-2])-?(0?[1-9]|[12]\d|3[01])-?(19|20)\d\d"
    r"|\d{3}-?\d{2}-?\d{4}"
)


def problem_of(encounter: str) -> str:
    """Why the text is no pseudonym of an encounter, as a sentence; empty where it is one."""
    if not PSEUDONYM.fullmatch(encounter):
        return (
            f"Enter the pseudonym of the encounter: 3 to {LONGEST} letters, digits and dashes, "
            "one digit at least, never a name."
        )
    if LIKE_A_PERSON.fullmatch(encounter):
        return "That reads as a date or a social security number. Enter the pseudonym of the encounter."
    return ""
