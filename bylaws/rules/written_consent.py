"""When a written consent decides. Pure. Source: domain.md 7.4: only where the bylaws allow it, and unanimous.

One objection ends it at once, and so does its last day with an answer missing. Of the recused either nobody
may be (``all_members``: they ought to consent and cannot), or they are left out (``all_taking_part``), while
those who take part are as many as the body's quorum asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bylaws.choices import ConsentChoice, ConsentStatus
from bylaws.parameters import CONSENT_ALL_MEMBERS
from config.kernel.display.words import plural_text


@dataclass(frozen=True)
class Answered:
    """How a written consent stands, and why in a sentence."""

    status: ConsentStatus
    sentence: str


def judge(rule: str, answers: Mapping[int, str | None], *, needed: int, over: bool) -> Answered:
    """How it stands: ``answers`` by member asked (None: none yet), ``needed`` the members the quorum asks,
    ``over``: its last day has passed.
    """
    given = list(answers.values())
    recused = given.count(ConsentChoice.RECUSED)
    taking_part = len(given) - recused
    if ConsentChoice.OBJECTS in given:
        return Answered(ConsentStatus.ENDED, "A member objected: it goes before a meeting.")
    if recused and rule == CONSENT_ALL_MEMBERS:
        return Answered(
            ConsentStatus.ENDED,
            "A member takes no part, and the bylaws ask for the consent of everybody in office.",
        )
    if taking_part < max(1, needed):
        return Answered(
            ConsentStatus.ENDED,
            f"{plural_text(taking_part, 'member')} of {len(given)} can take part; {needed} are needed.",
        )
    if missing := given.count(None):
        if over:
            return Answered(
                ConsentStatus.ENDED, f"{plural_text(missing, 'member')} had not answered by its last day."
            )
        return Answered(ConsentStatus.OPEN, f"{plural_text(missing, 'answer')} missing.")
    aside = f"; {recused} took no part" if recused else ""
    return Answered(
        ConsentStatus.CONSENTED, f"All {plural_text(taking_part, 'member')} consented in writing{aside}."
    )
