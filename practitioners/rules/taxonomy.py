"""The code of a provider taxonomy (NUCC): ten characters, the last an X."""

from __future__ import annotations

import re

from practitioners.rules.problems import Problem

TAXONOMY_CODE = re.compile(r"[0-9A-Z]{9}X", re.ASCII)


def is_taxonomy_code(value: object) -> bool:
    """Whether ``value`` has the shape of a taxonomy code (whether it exists is the table's to say)."""
    return isinstance(value, str) and TAXONOMY_CODE.fullmatch(value) is not None


def check_taxonomy_code(value: object) -> str:
    """The code in upper case without surrounding space; raises ``Problem`` with a sentence."""
    text = str(value if value is not None else "").strip().upper()
    if not text:
        raise Problem("Enter the taxonomy code: ten characters, the last an X.", field="taxonomy")
    if not is_taxonomy_code(text):
        raise Problem(
            f"“{text[:30]}” is not a taxonomy code: ten digits and capital letters, the last an X.",
            field="taxonomy",
        )
    return text
