"""Values of this room's parameters in words, for pages."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from typing import Any

from bylaws.choices import (
    CHAIRS,
    GRANTING,
    BarKind,
    BarScope,
    Body,
    CommitteeKind,
    ConsequenceMode,
    DocumentBody,
    Measure,
)
from bylaws.models import Bar, BarPeriod, DueProcess, DueProcessEvent
from bylaws.parameters import (
    AMENDMENT_THRESHOLD,
    APPROVAL_CHAIN,
    ATTENDANCE_MEETINGS,
    ATTENDANCE_REMOTE,
    CONSENT_ALL_MEMBERS,
    CONSENT_NOT_ALLOWED,
    CONSENT_TAKING_PART,
    DOCUMENT_BODIES,
    FINDING_CONSEQUENCE,
    QUORUM,
    REMOTE_ALLOWED,
    REMOTE_ATTENDANCE,
    REMOTE_COUNTS,
    STAFF_YEAR_MONTH,
    STANDING_CONDITIONS,
    VOTE_THRESHOLD,
    VOTE_VISIBILITY,
    VOTES_INDEPENDENT,
    WRITTEN_CONSENT,
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
    if code in (VOTE_THRESHOLD.code, AMENDMENT_THRESHOLD.code):
        return threshold_in_words(value)
    if code == REMOTE_ATTENDANCE.code:
        return "whoever attends from elsewhere is present" if value == REMOTE_ALLOWED else "in person only"
    if code == WRITTEN_CONSENT.code:
        return {
            CONSENT_NOT_ALLOWED: "only in a meeting",
            CONSENT_ALL_MEMBERS: "by the written consent of everybody in office",
            CONSENT_TAKING_PART: "by the written consent of everybody who is not recused",
        }.get(value, "")
    if code == VOTE_VISIBILITY.code:
        return (
            "how others voted shows once the vote is closed"
            if value == VOTES_INDEPENDENT
            else "votes show as they are given"
        )
    if code == FINDING_CONSEQUENCE.code:
        return str(ConsequenceMode(value).label).lower() if value in ConsequenceMode.values else ""
    if code == ATTENDANCE_MEETINGS.code:
        return ", ".join(subject_in_words(str(each)) for each in value) or "none"
    if code == STAFF_YEAR_MONTH.code:
        return calendar.month_name[value] if value in range(1, 13) else ""
    if code == ATTENDANCE_REMOTE.code:
        return "it counts" if value == REMOTE_COUNTS else "it does not count"
    if code == STANDING_CONDITIONS.code:
        return ", ".join(each.rule or "an unnamed rule" for each in condition_entries(value)) or "none"
    return ""


def subject_in_words(subject: str) -> str:
    """What a parameter is narrowed to, in words where this room knows the word."""
    if subject in CommitteeKind.values:
        return str(CommitteeKind(subject).label)
    return subject.replace("_", " ")


# --- special notices of due process: 42 USC 11112(b), in our own words ------------------------------------

RIGHTS = (
    "In the hearing you may be represented by a lawyer or another person of your choice, have a record made "
    "and receive a copy of it for its reasonable cost, call, examine and cross-examine witnesses, present "
    "evidence that is found relevant whether or not a court would admit it, and hand in a written statement "
    "at the end. Afterwards you receive in writing the recommendation of those who heard it, and the "
    "decision of the hospital, each with its basis."
)


def what_is_proposed(track: DueProcess) -> str:
    """What is proposed or stands, in words of a letter."""
    reach = (
        "all your clinical privileges"
        if track.scope == BarScope.ALL_PRIVILEGES
        else f"these of your clinical privileges: {', '.join(track.privilege_codes)}"
    )
    return {
        Measure.FILE: "not to grant what you asked for",
        Measure.SUSPENSION: f"that the suspension of {reach} goes on",
        Measure.RESTRICTION: f"a restriction of {reach}",
        Measure.REDUCTION: f"to take back {reach}",
        Measure.REVOCATION: f"to revoke {reach}",
        Measure.NON_RENEWAL: "not to renew your appointment",
    }[Measure(track.measure)]


def notice_of_proposal(
    track: DueProcess, dear: str, request_days: int | None, notice_days: int | None, added: str
) -> tuple[str, list[dict[str, Any]]]:
    """Title and paragraphs of the notice of what is proposed, why, and the right to a hearing, with the days
    the parameters give for asking and between its notice and the hearing.
    """
    body, place = track.get_body_display(), track.facility.name
    blocks: list[dict[str, Any]] = [
        {"text": f"Dear {dear},"},
        {
            "text": f"On {long_day(track.proposed_on)} the {body} of {place} proposed "
            f"{what_is_proposed(track)}. It is a professional review action against you that is proposed; "
            "the governing board has not decided."
        },
        {"text": "The reasons are:"},
        {"lines": [line.strip() for line in track.reasons.splitlines() if line.strip()]},
    ]
    if track.has_right:
        blocks += [
            {
                "text": "You have the right to ask for a hearing. Your written request has to reach the "
                f"Medical Staff Office within {request_days} days of the day on which you receive this "
                "notice. Whoever does not ask in that time gives up the right, and the proposal goes to the "
                "governing board."
            },
            {
                "text": "If you ask, you will be told in writing the place, the time and the day of the "
                f"hearing, which will be not less than {notice_days} days after that notice, and which "
                "witnesses are expected to testify against you."
            },
            {"text": RIGHTS},
        ]
    else:
        blocks.append(
            {
                "text": "The medical staff bylaws give your profession no hearing of this kind. What they "
                "give instead, and by when to ask for it, the Medical Staff Office tells you on request."
            }
        )
    return "Notice of a proposed action, and of your rights", [*blocks, *_closing(track, added)]


def notice_of_hearing(
    track: DueProcess,
    dear: str,
    hearing: DueProcessEvent,
    witnesses: Sequence[str],
    panel: Sequence[str],
    added: str,
) -> tuple[str, list[dict[str, Any]]]:
    """Title and paragraphs of the notice of place, time and day of a hearing, and of the witnesses."""
    blocks: list[dict[str, Any]] = [
        {"text": f"Dear {dear},"},
        {
            "text": f"You asked for a hearing on what the {track.get_body_display()} of "
            f"{track.facility.name} proposed on {long_day(track.proposed_on)}: {what_is_proposed(track)}."
        },
        {"text": f"{_day_of(hearing)} {hearing.place}."},
        {"text": "The reasons are:"},
        {"lines": [line.strip() for line in track.reasons.splitlines() if line.strip()]},
    ]
    if witnesses:
        blocks += [
            {"text": "These witnesses are expected to testify against you:"},
            {"lines": list(witnesses)},
        ]
    else:
        blocks.append({"text": "No witness is expected to testify against you."})
    if panel:
        blocks += [
            {
                "text": "The hearing is held before these persons. If you object to one of them, write to "
                "the Medical Staff Office and say why:"
            },
            {"lines": list(panel)},
        ]
    blocks.append({"text": f"{RIGHTS} Whoever stays away without good cause gives up the hearing."})
    return "Notice of the hearing you asked for", [*blocks, *_closing(track, added)]


def _day_of(hearing: DueProcessEvent) -> str:
    return f"The hearing is on {long_day(hearing.hearing_on)}." if hearing.hearing_on else "The hearing:"


def _closing(track: DueProcess, added: str) -> list[dict[str, Any]]:
    own = [{"text": part.strip()} for part in added.split("\n\n") if part.strip()]
    phone = f" Our telephone is {track.facility.office_phone}." if track.facility.office_phone else ""
    sends = "The medical staff bylaws set out the procedure; the Medical Staff Office sends them on request."
    return [*own, {"text": f"{sends}{phone}"}]
