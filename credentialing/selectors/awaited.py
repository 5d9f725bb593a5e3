"""The application that temporary privileges wait beside: complete, and without concerns.

What raises a concern is judged as it is for the expedited way (category 1): one judgement of a clean file.
"""

from __future__ import annotations

from typing import Any

from config.accounts.choices import DataClass
from config.rulebook.verdicts import Outcome, Verdict
from credentialing import kinds
from credentialing.choices import FlagStatus, Severity
from credentialing.models import Application
from credentialing.selectors.assessment import KEPT, why_not_expedited

CITATION = "Joint Commission hospital program, MS.06.01.13 (numbering before 2026)"
CODE, TITLE = "CR-AWAITED", "The application it waits beside is complete and raises no concern"


def concern_of(awaited: Application) -> tuple[str, list[str]]:
    """Why temporary privileges cannot wait beside it though it is complete, in words everybody may read, and
    the codes of the red flags that are why; empty where nothing calls for concern.

    A file that is not of category 1: a red flag of weight that is open, criteria of a privilege asked for
    that are not met or not known, somebody who raised it. Besides a serious flag, disposed of or not: a
    challenged licence, membership or privileges lost elsewhere. Source: domain.md 3.2 (TJC-14) and 2.10. One
    query and those of :func:`why_not_expedited`.
    """
    concerns = [
        flag
        for flag in awaited.red_flags.exclude(status=FlagStatus.NO_LONGER).exclude(severity=Severity.INFO)
        if flag.severity == Severity.SERIOUS or flag.status == FlagStatus.OPEN
    ]
    told = [flag for flag in concerns if flag.data_class != DataClass.HEALTH]
    if told:
        count = "1 red flag" if len(told) == 1 else f"{len(told)} red flags"
        return (
            f"{count} of weight in it: it goes the full way, without temporary privileges on this ground.",
            sorted({flag.code for flag in told}),
        )
    why = why_not_expedited(awaited) or (KEPT if concerns else "")
    return (f"It is no clean file. {why}" if why else ""), []


def awaited_verdict(application: Application) -> Verdict | None:
    """Whether the application that awaits MEC and board is complete and raises no concern; the queries of
    :func:`concern_of` and one more, none where it waits beside nothing (the answer is then None).
    """
    awaited = application.awaits
    if awaited is None:
        return None
    status = awaited.get_status_display().lower()
    facts: dict[str, Any] = {"application": awaited.get_kind_display(), "status": status}
    outcome, cure = Outcome.NOT_MET, ""
    if awaited.status not in kinds.AWAITING_BODIES:
        told = f'It is "{status}": temporary privileges wait beside one that is complete and undecided.'
        cure = "Complete it first, or ask on the ground of an important patient care need."
    else:
        told, flags = concern_of(awaited)
        if flags:
            facts["flags"] = flags
        elif told:
            cure = "Settle that in it, or ask on the ground of an important patient care need."
        else:
            outcome, told = Outcome.MET, f"It is {status}, and nothing in it calls for concern."
    return Verdict(outcome, CODE, TITLE, told, facts=facts, citation=CITATION, cure=cure)
