"""Who may know what of an answer."""

from __future__ import annotations

from dataclasses import replace

from config.accounts.choices import DataClass
from config.accounts.policies import may, may_see_class
from config.rulebook.selectors.parameters import resolve
from privileging.parameters import SHAREABLE_REASONS
from privileging.selectors.lookup.answers import UNRECORDED, Answer, LookupOutcome


def for_viewer(answer: Answer, viewer) -> Answer:
    """The answer as ``viewer`` may see it.

    The office sees every reason and every check. Whoever only asks (ward, operating room, booking) is told
    "not authorised", since when, whom to call, and those administrative reasons the bylaws list as shareable.
    That somebody is under a precautionary suspension or a restriction is peer review.
    """
    if answer.outcome is LookupOutcome.YES:
        return answer if _sees_file(viewer, answer) else replace(answer, checks=None, decision_uid="")
    peer_review = may_see_class(viewer, DataClass.PEER_REVIEW, answer.facility)
    protected = any(reason.protected for reason in answer.findings)
    if _sees_file(viewer, answer) and (peer_review or not protected):
        return answer
    listed = resolve(SHAREABLE_REASONS.code, facility=answer.facility, on=answer.on).value or ()
    told = [
        reason
        for reason in answer.findings
        if (reason.code in listed or reason.code == UNRECORDED) and not reason.protected
    ]
    fallback = {
        LookupOutcome.NO: "Not authorized.",
        LookupOutcome.UNKNOWN: "Standing could not be confirmed.",
    }[answer.outcome]
    sentences = [reason.shareable for reason in told] or [fallback]
    if told and len(told) < len(answer.findings):
        # What is told must not look like the whole: settling it would not make a yes.
        sentences.append("This is not the only reason: ask the Medical Staff Office.")
    return replace(
        answer,
        reasons=tuple(dict.fromkeys(sentences)),
        findings=(),
        conditions=(),
        ahead=(),
        authority="",
        decision_uid="",
        checks=None,
    )


def _sees_file(viewer, answer: Answer) -> bool:
    return may(viewer, "privileging.view", answer.facility)
