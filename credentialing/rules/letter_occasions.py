"""When a template may be used, explained. Pure.

No letter announces a decision that is not final. The right to a hearing, and with it the notice, arises from
what the Medical Executive Committee recommends, not from what a chair or the credentials committee says
(domain.md 2.7); it goes out before the board decides (42 USC 11112(b)(1): notice of a proposed action). Where
the board is against what was recommended to it, it proposes, and the notice is of its own proposal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from config.kernel.display.dates import day_text
from config.rulebook.verdicts import Outcome, Verdict
from credentialing.choices import ApplicationKind, ApplicationStatus, HearingEvent, LetterOccasion

APPROVED = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED)
DECIDED = (*APPROVED, ApplicationStatus.DENIED)
#: Received, and nobody has decided or closed it.
PENDING = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.INCOMPLETE,
    ApplicationStatus.IN_VERIFICATION,
    ApplicationStatus.COMPLETE,
    ApplicationStatus.IN_REVIEW,
)
HCQIA = "42 USC 11112(b)(1)"
#: Notices of something adverse to the practitioner, of which a hearing can be asked for.
NOTICES = (LetterOccasion.ADVERSE, LetterOccasion.ADVERSE_BOARD)
#: Confirmations that somebody left.
FAREWELLS = (LetterOccasion.RESIGNED, LetterOccasion.TERMINATED, LetterOccasion.NOT_RENEWED)


@dataclass(frozen=True)
class Situation:
    """What is so of one person at one hospital on the day. ``status`` is empty without an application.

    ``left_how`` says in words how the person left the staff, ``left_for`` for which letter that is an
    occasion (empty: for none); ``ended_on`` is the last day of an appointment that ended early. ``against``
    names the body whose act is against and opens the right to a hearing: the Medical Executive Committee, or
    the board (``by_board``) where it refused what was not recommended against. ``only_earlier`` names a body
    whose word against opens none: a chair, the credentials committee. ``recommended`` is the body of the
    newest act at all. ``owed`` counts what was still missing when the application was withdrawn.
    ``noticed_on``: the notice of that act was issued that day. ``temporary_ended_on`` is the first day
    without the temporary privileges of this application, which ended with the one they waited beside.
    ``lost_on`` is the first day without privileges that were given up or revoked, by the letter that tells of
    it.
    """

    status: str = ""
    missing: int = 0
    owed: int = 0
    discrepancies: int = 0
    training: int = 0
    member: bool = False
    ended_on: dt.date | None = None
    left_how: str = ""
    left_for: str = ""
    leave: bool = False
    recommended: str = ""
    against: str = ""
    by_board: bool = False
    held: bool = False  # what was acted against is held, while the board decided the rest
    no_right: str = ""  # the profession, where the bylaws give it no right to a hearing
    only_earlier: str = ""
    noticed_on: dt.date | None = None
    kind: str = ""  # of the application
    hearing: str = ""  # the newest event of the right to a hearing (HearingEvent)
    temporary_ended_on: dt.date | None = None
    not_accepted: int = 0  # of what is asked for
    lost_on: Mapping[str, dt.date] = field(default_factory=dict)
    evaluations: Mapping[str, int] = field(default_factory=dict)  # how many to tell of, by occasion


def judge(occasion: str, so: Situation) -> Verdict:
    """Whether a template of that occasion may be used, with the reason in a sentence."""
    met, sentence = _JUDGES[LetterOccasion(occasion)](so)
    adverse = occasion in NOTICES
    return Verdict(
        outcome=Outcome.MET if met else Outcome.NOT_MET,
        code=f"LETTER-{occasion.upper()}",
        title=LetterOccasion(occasion).label,
        sentence=sentence,
        citation=HCQIA if adverse else "",
    )


def clock_days(delivered_on: dt.date, days: int) -> tuple[dt.date, dt.date]:
    """First and last day of a time limit of so many days that runs from receipt: the day after is the
    first one.
    """
    return delivered_on + dt.timedelta(days=1), delivered_on + dt.timedelta(days=days)


def _status(so: Situation) -> str:
    return ApplicationStatus(so.status).label.lower()


def _without(so: Situation) -> str:
    return "" if so.status else "There is no application here."


def _any(so: Situation) -> tuple[bool, str]:
    return True, "It may be used at any time."


def _received(so: Situation) -> tuple[bool, str]:
    if so.status in PENDING:
        return True, "The application has come in and is not decided."
    return False, _without(so) or f"The application is {_status(so)}."


def _missing(so: Situation) -> tuple[bool, str]:
    if so.status not in PENDING:
        return False, _without(so) or f"The application is {_status(so)}."
    if not so.missing:
        return False, "Nothing is noted as missing. Note what the applicant owes first."
    return True, f"{so.missing} thing{'s are' if so.missing > 1 else ' is'} missing."


def _withdrawn(so: Situation) -> tuple[bool, str]:
    if so.status != ApplicationStatus.WITHDRAWN:
        return False, _without(so) or f"The application is {_status(so)}, not withdrawn."
    if not so.owed:
        return False, "Nothing was missing when the application was withdrawn."
    return True, "The application was withdrawn while something was missing: no decision, no denial."


def _discrepancy(so: Situation) -> tuple[bool, str]:
    if so.discrepancies:
        return True, "A source contradicts what was stated."
    return False, _without(so) or "No discrepancy the applicant may be told of is open."


def _training(so: Situation) -> tuple[bool, str]:
    if so.training:
        return True, "A school or program has not answered."
    return False, _without(so) or "No school or program is open in the verification."


def _appointed(so: Situation) -> tuple[bool, str]:
    if so.status in APPROVED:
        return True, "The board has decided and appointed."
    if so.status == ApplicationStatus.DENIED:
        return False, "The board did not appoint."
    return False, _without(so) or "The board's decision is not final: no letter may announce it."


def _left(occasion: str, so: Situation) -> tuple[bool, str]:
    """Which letter confirms a departure depends on how it came about; of a death none does."""
    if so.left_how and so.left_for == occasion:
        return True, f"Recorded as “{so.left_how}”."
    if so.left_how and not so.left_for:
        return False, f"Recorded as “{so.left_how}”: a note to the family is a person's own work."
    if so.left_how:
        return False, f"The departure is recorded as “{so.left_how}”, which this letter does not tell."
    if so.ended_on:
        return False, "An appointment ended early, but no departure is recorded: record how it came about."
    return False, "No departure is recorded."


def _resigned(so: Situation) -> tuple[bool, str]:
    return _left(LetterOccasion.RESIGNED, so)


def _terminated(so: Situation) -> tuple[bool, str]:
    return _left(LetterOccasion.TERMINATED, so)


def _not_renewed(so: Situation) -> tuple[bool, str]:
    return _left(LetterOccasion.NOT_RENEWED, so)


def _on_leave(so: Situation) -> tuple[bool, str]:
    if so.leave:
        return True, "A leave of absence is on record."
    return False, "No leave stands or is to come."


def _adverse(so: Situation) -> tuple[bool, str]:
    if so.status in DECIDED and not so.held:
        return False, "The board has decided: the notice has to go out before the decision."
    if not so.status:
        return False, _without(so)
    if not so.recommended:
        return False, "No body has recommended yet."
    if not so.against and so.only_earlier:
        return False, (
            f"The {so.only_earlier} recommended against. The right to a hearing arises only when the Medical "
            "Executive Committee does."
        )
    if not so.against:
        return False, f"The newest recommendation, of the {so.recommended}, is not against."
    if so.by_board:
        return (
            False,
            f"The {so.against} proposes otherwise than recommended: another notice tells that.",
        )
    if so.no_right:
        return False, _no_right(so)
    if so.noticed_on:
        return False, _noticed(so.noticed_on)
    return True, f"The {so.against} recommended against, and the board has not decided."


def _adverse_board(so: Situation) -> tuple[bool, str]:
    if not so.status:
        return False, _without(so)
    if not so.by_board:
        return False, "The board is against nothing that was not recommended against before."
    if so.no_right:
        return False, _no_right(so)
    if so.noticed_on:
        return False, _noticed(so.noticed_on)
    return True, f"The {so.against} is against, otherwise than was recommended to it."


def _no_right(so: Situation) -> str:
    return f"The bylaws give no right to a hearing here ({so.no_right}): no such notice is owed."


def _noticed(on: dt.date) -> str:
    return f"The notice of it was issued on {day_text(on)}; send it from its page."


def _for_a_time(so: Situation) -> tuple[bool, str]:
    if so.kind not in (ApplicationKind.TEMPORARY, ApplicationKind.LOCUM):
        return False, _without(so) or "Nothing was asked for a time."
    if so.status in APPROVED:
        return True, "Privileges were granted for a time."
    return False, "No privilege was granted for a time: no letter may announce it."


def _disaster(so: Situation) -> tuple[bool, str]:
    if so.kind != ApplicationKind.DISASTER:
        return False, _without(so) or "This is no application of a volunteer in a disaster."
    if so.status in APPROVED:
        return True, "Disaster privileges were granted."
    return False, "No disaster privilege was granted: no letter may announce it."


def _hearing(so: Situation) -> tuple[bool, str]:
    if so.hearing == HearingEvent.REQUESTED:
        return True, "A hearing was asked for, and it is not over."
    return False, _without(so) or "No hearing was asked for that is not over."


def _mail(so: Situation) -> tuple[bool, str]:
    return False, "It goes out as an e-mail by itself; nobody writes it as a letter."


def _temporary_ended(so: Situation) -> tuple[bool, str]:
    if so.temporary_ended_on:
        return True, f"The temporary privileges ended on {day_text(so.temporary_ended_on)}."
    return False, _without(so) or "No temporary privileges of this application ended with another one."


def _given_up(so: Situation) -> tuple[bool, str]:
    if first := so.lost_on.get(LetterOccasion.GIVEN_UP):
        return True, f"Privileges were given up; {day_text(first)} is the first day without."
    return False, "What ended was revoked." if so.lost_on else "No privilege was given up here."


def _revoked(so: Situation) -> tuple[bool, str]:
    if first := so.lost_on.get(LetterOccasion.REVOKED):
        return True, f"Privileges were revoked; {day_text(first)} is the first day without."
    return False, "What ended was given up." if so.lost_on else "No privilege was revoked here."


def _not_accepted(so: Situation) -> tuple[bool, str]:
    if so.status in (*PENDING, *DECIDED) and so.not_accepted:
        return True, "Something asked for is not accepted for processing: no decision, no denial."
    return False, _without(so) or "Everything asked for is accepted for processing."


def _evaluated(occasion: LetterOccasion, what: str) -> Callable[[Situation], tuple[bool, str]]:
    """Judges whether something of that occasion is to be told."""

    def judged(so: Situation) -> tuple[bool, str]:
        if number := so.evaluations.get(str(occasion), 0):
            return (
                True,
                f"{number} focused evaluation{'s' if number > 1 else ''} {what}, and no letter told it.",
            )
        return False, f"No focused evaluation {what} that no letter has told yet."

    return judged


def _member(so: Situation) -> tuple[bool, str]:
    return (True, "The appointment is in force.") if so.member else (False, "No appointment is in force.")


_JUDGES = {
    LetterOccasion.ANY: _any,
    LetterOccasion.RECEIVED: _received,
    LetterOccasion.MISSING: _missing,
    LetterOccasion.WITHDRAWN: _withdrawn,
    LetterOccasion.DISCREPANCY: _discrepancy,
    LetterOccasion.TRAINING: _training,
    LetterOccasion.APPOINTED: _appointed,
    LetterOccasion.RESIGNED: _resigned,
    LetterOccasion.TERMINATED: _terminated,
    LetterOccasion.NOT_RENEWED: _not_renewed,
    LetterOccasion.ON_LEAVE: _on_leave,
    LetterOccasion.ADVERSE: _adverse,
    LetterOccasion.ADVERSE_BOARD: _adverse_board,
    LetterOccasion.FOR_A_TIME: _for_a_time,
    LetterOccasion.DISASTER: _disaster,
    LetterOccasion.HEARING: _hearing,
    LetterOccasion.TEMPORARY_ENDED: _temporary_ended,
    LetterOccasion.GIVEN_UP: _given_up,
    LetterOccasion.REVOKED: _revoked,
    LetterOccasion.NOT_ACCEPTED: _not_accepted,
    LetterOccasion.FPPE_BEGUN: _evaluated(LetterOccasion.FPPE_BEGUN, "under way"),
    LetterOccasion.FPPE_CLOSED: _evaluated(LetterOccasion.FPPE_CLOSED, "closed"),
    LetterOccasion.CAUSE_BEGUN: _evaluated(LetterOccasion.CAUSE_BEGUN, "for cause under way"),
    LetterOccasion.CAUSE_CLOSED: _evaluated(LetterOccasion.CAUSE_CLOSED, "for cause closed"),
    LetterOccasion.MEMBER: _member,
    LetterOccasion.MAIL: _mail,
}
