"""The number of a DEA registration: two characters and seven digits, the last a check digit.

First character: kind of registrant. Second: first letter of the registrant's last name at the time of
registration, or 9 for a business address. A changed surname therefore never makes a number wrong; what
depends on names or on the kind of practitioner is a warning, what depends on arithmetic is an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from practitioners.rules.names import search_key

_FORM = re.compile(r"[A-HJ-MPR-UX][A-Z9]\d{7}", re.ASCII)
PRACTITIONER_LETTERS = frozenset("ABCFG")
MID_LEVEL_LETTERS = frozenset("M")

#: Provider types that register as practitioners, and those that register as mid-level practitioners.
PRACTITIONER_TYPES = frozenset({"MD", "DO", "DPM", "DDS", "DMD"})
MID_LEVEL_TYPES = frozenset(
    {"NP", "FNP", "ACNP", "PNP", "PMHNP", "NNP", "WHNP", "PA", "PAC", "CRNA", "CNM", "CNS", "AA", "OD"}
)


@dataclass(frozen=True)
class DeaCheck:
    """What can be said about a DEA number without asking anyone.

    ``number`` is the normal form (upper case, no separators), ``suffix`` the internal code of a hospital
    whose registration a resident or employee uses (21 CFR 1301.22(c)), empty for a person's own number.
    ``errors`` forbid the number, ``warnings`` ask a human to look; both are sentences.
    """

    number: str
    suffix: str = ""
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def acceptable(self) -> bool:
        """True when nothing forbids the number; warnings may remain."""
        return not self.errors


def check_digit(six_digits: str) -> int:
    """The seventh digit that belongs to the first six: (d1+d3+d5) + 2*(d2+d4+d6), its last digit."""
    digits = [int(character) for character in six_digits]
    return (sum(digits[0::2]) + 2 * sum(digits[1::2])) % 10


def check_dea(number: str, last_name: str = "", provider_type: str = "") -> DeaCheck:
    """Check a DEA number for a person of this last name and provider type (``MD``, ``NP``, ...).

    An unknown or empty last name or provider type simply asks fewer questions.
    """
    text = re.sub(r"\s+", "", str(number or "")).upper()
    main, _, suffix = text.partition("-")
    if _FORM.fullmatch(text.replace("-", "")):
        main, suffix = text.replace("-", ""), ""
    if not main:
        return DeaCheck("", errors=["Enter the DEA number: two characters and seven digits."])
    if not _FORM.fullmatch(main):
        return DeaCheck(
            main[:30],
            suffix[:30],
            errors=[
                f"“{text[:30]}” is not a DEA number: it has a letter, then a letter or 9, and seven digits."
            ],
        )
    expected = check_digit(main[2:8])
    if expected != int(main[8]):
        return DeaCheck(
            main,
            suffix,
            errors=[
                f"The check digit of DEA number {main} is wrong: one of its digits is probably mistyped."
            ],
        )
    if suffix:
        return DeaCheck(
            main,
            suffix,
            warnings=[
                f"{main} is an institution's registration, used by its staff with the internal code {suffix}."
            ],
        )
    warnings = [*_name_warnings(main, last_name), *_type_warnings(main, provider_type)]
    return DeaCheck(main, warnings=warnings)


def _name_warnings(number: str, last_name: str) -> list[str]:
    letter = number[1]
    initials = {token[0] for token in search_key(last_name).split()}
    if letter == "9" or not initials or letter in initials:
        return []
    told = (
        f"The second character of {number} is {letter}, the last name {last_name.strip()} begins otherwise: "
    )
    return [told + "registered under a former name, or another person's number."]


def _type_warnings(number: str, provider_type: str) -> list[str]:
    kind = re.sub(r"[^A-Z]", "", (provider_type or "").upper())
    letter = number[0]
    if kind in PRACTITIONER_TYPES and letter not in PRACTITIONER_LETTERS:
        usual = ", ".join(sorted(PRACTITIONER_LETTERS))
    elif kind in MID_LEVEL_TYPES and letter not in MID_LEVEL_LETTERS:
        usual = ", ".join(sorted(MID_LEVEL_LETTERS))
    else:
        return []
    return [f"A DEA number of a {provider_type.strip()} usually begins with {usual}; this one with {letter}."]
