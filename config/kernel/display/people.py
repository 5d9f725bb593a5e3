"""Names of people: initials on a tint of their own."""

from __future__ import annotations

import hashlib
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

#: Words around a name that give no initial.
TITLES = ("dr", "mr", "ms", "mrs", "jr", "sr", "ii", "iii", "iv")
DEGREES = (
    *("md", "do", "dds", "dmd", "dpm", "phd", "psyd", "np", "pa", "pa-c", "crna"),
    *("cnm", "cns", "rn", "od", "dc", "pharmd", "facs"),
)
NOT_A_NAME = frozenset((*TITLES, *DEGREES))


@register.filter
def initials(name: Any) -> str:
    """``{{ person|initials }}``: first letters of the first and the last word of a name."""
    parts = [word.strip(",") for word in str(name).replace(".", " ").split()]
    parts = [word for word in parts if word and word[0].isalpha()]
    plain = [word for word in parts if word.lower() not in NOT_A_NAME] or parts
    return "".join(word[0] for word in ([plain[0], plain[-1]] if len(plain) > 1 else plain)).upper()


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
