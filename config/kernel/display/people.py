"""Names of people: initials on a tint of their own."""

from __future__ import annotations

import hashlib
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

#: Words before and after a name that give no initial.
TITLES = frozenset(("dr", "mr", "ms", "mrs", "prof"))
SUFFIXES = frozenset(
    (
        *("jr", "sr", "ii", "iii", "iv", "md", "do", "dds", "dmd", "dpm", "phd", "psyd", "np", "pa"),
        *("pa-c", "crna", "cnm", "cns", "rn", "od", "dc", "pharmd", "facs"),
    )
)


@register.filter
def initials(name: Any) -> str:
    """``{{ person|initials }}``: first letters of the given and the last name, whichever is written first."""
    surname, comma, given = str(name).replace(".", "").partition(",")
    words = given.replace(",", " ").split()
    text = (
        f"{words[0]} {surname}"
        if comma and words and words[0].lower() not in SUFFIXES
        else f"{surname} {given}"
    )
    parts = [word.strip(",") for word in text.split()]
    parts = [word for word in parts if word and word[0].isalpha()]
    while len(parts) > 1 and parts[0].lower() in TITLES:
        parts.pop(0)
    while len(parts) > 1 and parts[-1].lower() in SUFFIXES:
        parts.pop()
    return "".join(word[0] for word in ([parts[0], parts[-1]] if len(parts) > 1 else parts)).upper()


@register.filter
def avatar_tint(name: Any) -> int:
    """A number from 1 to 6 that is always the same for one name: the tint of the avatar."""
    return hashlib.blake2s(str(name).encode(), digest_size=1).digest()[0] % 6 + 1


@register.simple_tag
def avatar(name: Any, size: str = "sm", with_name: bool = False, photo: str = "") -> SafeString:
    """``{% avatar user %}``: initials on a tint that is always the same for one name."""
    picture = (
        format_html('<img src="{}" alt="">', photo) if photo else format_html("{}", initials(name) or "?")
    )
    circle = format_html(
        '<span class="person-avatar person-avatar-{} tint-{}" aria-hidden="true">{}</span>',
        size,
        avatar_tint(name),
        picture,
    )
    return format_html('<span class="person">{}<span>{}</span></span>', circle, name) if with_name else circle
