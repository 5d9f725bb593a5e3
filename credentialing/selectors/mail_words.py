"""The words of mails that go out by themselves: the version in force, else what they are shipped with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from credentialing.letter_templates import load_templates
from credentialing.models import LetterTemplateVersion
from credentialing.rules.letters import merge

INVITATION, MISSING, ENQUIRY, EXPIRING = "mail_invitation", "mail_missing", "mail_enquiry", "mail_expiring"


@cache
def _shipped() -> dict[str, tuple[str, str]]:
    return {each["code"]: (each["subject"].strip(), each["body"].strip()) for each in load_templates()}


def words_of(code: str) -> tuple[str, str]:
    """Subject and text of a mail as they are now; one query."""
    newest = (
        LetterTemplateVersion.objects.filter(template__code=code, published_at__isnull=False)
        .order_by("-number")
        .values_list("subject", "body")
        .first()
    )
    return newest if newest is not None else _shipped()[code]


def composed(code: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Subject and text of a mail with the values in the place of its fields."""
    merged = merge(*words_of(code), values)
    paragraphs = ["\n".join(each["lines"]) if "lines" in each else each["text"] for each in merged.blocks]
    return " ".join(merged.title.split()), "\n\n".join(paragraphs)
