"""Values of this room's parameters in words, for pages."""

from __future__ import annotations

import datetime as dt

from bylaws.choices import (
    CHAIRS,
    GRANTING,
    BarKind,
    BarScope,
    Body,
    CommitteeKind,
    DocumentBody,
)
from bylaws.models import Bar, BarPeriod
from bylaws.parameters import (
    APPROVAL_CHAIN,
    DOCUMENT_BODIES,
    QUORUM,
    STANDING_CONDITIONS,
    VOTE_THRESHOLD,
    VOTE_VISIBILITY,
    VOTES_INDEPENDENT,
    condition_entries,
)
from bylaws.rules.voting import quorum_in_words, recused_count, threshold_in_words
from config.kernel.display.dates import long_day


def verb_of(body: str) -> str:
    """What the body does: it grants, or it recommends."""
    return "grants" if body in GRANTING else "recommends"


def office_word(body: str) -> str:
    """What whoever acts alone for the body is called: "chair", "chief executive officer"."""
    return "chair" if body in CHAIRS else str(Body(body).label).lower()


def meaning_of_bar(kind: str, *, by_itself: bool) -> str:
    """What is true of a bar of the kind, beside that grants keep their dates. ``by_itself``: it follows from
    a rule. What the data bank wants to know is 45 CFR 60.12; hearing rights are 42 USC 11112.
    """
    if by_itself:
        return (
            "It follows by itself, goes to no board, opens no hearing and is not reported to the data bank."
        )
    return _MEANING_OF_BAR[BarKind(kind)]


_MEANING_OF_BAR = {
    BarKind.PRECAUTIONARY_SUSPENSION: (
        "It acts at once, before any hearing, and is no finding. The Medical Executive Committee reviews it "
        "and lifts, changes or continues it; what it continues may open hearing rights. If it is a "
        "professional review action still in force on its 31st day, it is reported to the data bank."
    ),
    BarKind.RESTRICTION: (
        "A restriction imposed for cause may open hearing rights, and is reported to the data bank if it is "
        "a professional review action still in force on its 31st day. What it is called decides neither."
    ),
    BarKind.LEAVE: (
        "A leave is no disciplinary action and opens no hearing. Whether one taken during an investigation "
        "is reported to the data bank is for a person to decide."
    ),
    BarKind.ADMINISTRATIVE_SUSPENSION: (
        "Recorded by hand for an administrative cause: it opens no hearing and is not reported to the data "
        "bank. Where the cause is competence or conduct, it is a precautionary suspension or a restriction."
    ),
}


def notice_draft(bar: Bar, period: BarPeriod, review_due: dt.date | None, salutation: str) -> list[str]:
    """The notice of a precautionary suspension as a draft, paragraph by paragraph."""
    reach = (
        "all your clinical privileges"
        if period.scope == BarScope.ALL_PRIVILEGES
        else f"these of your clinical privileges: {', '.join(period.privilege_codes)}"
    )
    review = (
        f"The Medical Executive Committee will review it by {long_day(review_due)}"
        if review_due
        else "The Medical Executive Committee will review it"
    )
    return [
        f"Dear {salutation},",
        (
            f"from {long_day(period.valid.lower)} on, {reach} at {bar.facility.name} are suspended as a "
            "precaution. You may not use them until you hear from us that the suspension is lifted."
        ),
        f"The reason: {period.cause}",
        (
            f"This is no finding. {review} and lift, change or continue it. You may tell the committee in "
            "writing what you wish it to know. If it continues the suspension, we will write to you about "
            "your rights."
        ),
    ]


def in_words(code: str, value) -> str:
    """A value of this room's parameters as a person says it; empty for what says itself."""
    if value is None:
        return ""
    if code == APPROVAL_CHAIN.code:
        return ", then ".join(Body(body).label if body in Body.values else str(body) for body in value)
    if code == DOCUMENT_BODIES.code:
        known = dict(DocumentBody.choices)
        return ", then ".join(str(known.get(body, body)) for body in value)
    if code == QUORUM.code:
        counted = "the recused count as present" if recused_count(value) else "the recused do not count"
        return f"{quorum_in_words(value)}; {counted}"
    if code == VOTE_THRESHOLD.code:
        return threshold_in_words(value)
    if code == VOTE_VISIBILITY.code:
        return (
            "how others voted shows once the vote is closed"
            if value == VOTES_INDEPENDENT
            else "votes show as they are given"
        )
    if code == STANDING_CONDITIONS.code:
        return ", ".join(each.rule or "an unnamed rule" for each in condition_entries(value)) or "none"
    return ""


def subject_in_words(subject: str) -> str:
    """What a parameter is narrowed to, in words where this room knows the word."""
    if subject in CommitteeKind.values:
        return str(CommitteeKind(subject).label)
    return subject.replace("_", " ")
