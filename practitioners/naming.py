"""The written, sorted and searched form of one name of a person, for everyone who writes names."""

from __future__ import annotations

from practitioners.rules.names import display_name, search_key, search_variants, sort_name

LONGEST_KEY = 320
LONGEST_NAME = 240


def name_key(*, last: str, first: str = "", middle: str = "", suffix: str = "") -> str:
    """What ``PractitionerName.search_key`` holds: the name as sorted, then other ways to type the surname.

    ``O'Brien, Mary`` gives ``OBRIEN MARY O BRIEN``: whoever types the apostrophe as a space finds her too.
    """
    key = sort_name(last=last, first=first, middle=middle, suffix=suffix)
    others = [form for form in search_variants(last)[1:] if form not in key]
    return " ".join([key, *others])[:LONGEST_KEY].strip()


def person_key(*, last: str, first: str = "") -> tuple[str, str]:
    """The form in which two names are held to be the same person's: surname and given name, no more."""
    return search_key(last), search_key(first)


def shown_name(*, last: str, first: str = "", middle: str = "", suffix: str = "") -> str:
    """What ``Practitioner.display_name`` holds: surname first, without degrees (the type says those)."""
    return display_name(last=last, first=first, middle=middle, suffix=suffix)[:LONGEST_NAME]


def sorted_name(*, last: str, first: str = "", middle: str = "", suffix: str = "") -> str:
    """What ``Practitioner.sort_name`` holds."""
    return sort_name(last=last, first=first, middle=middle, suffix=suffix)[:LONGEST_NAME]
