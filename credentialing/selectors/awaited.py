"""The application that temporary privileges wait beside: complete, and without concerns."""

from __future__ import annotations

from config.rulebook.verdicts import Outcome, Verdict
from credentialing import kinds
from credentialing.choices import FlagStatus, Severity
from credentialing.models import Application

CITATION = "Joint Commission hospital program, MS.06.01.13 (numbering before 2026)"
CODE, TITLE = "CR-AWAITED", "The application it waits beside is complete and raises no concern"


def awaited_verdict(application: Application) -> Verdict | None:
    """Whether the application that awaits MEC and board is complete and raises no concern; two queries, none
    where it waits beside nothing (the answer is then None).

    Not met by a red flag of weight that is open, nor by a serious one, disposed of or not: a challenged
    licence, membership or privileges lost elsewhere.
    """
    awaited = application.awaits
    if awaited is None:
        return None
    status = awaited.get_status_display().lower()
    facts = {"application": awaited.get_kind_display(), "status": status}
    if awaited.status not in kinds.AWAITING_BODIES:
        return Verdict(
            Outcome.NOT_MET,
            CODE,
            TITLE,
            f'It is "{status}": temporary privileges wait beside one that is complete and undecided.',
            facts=facts,
            citation=CITATION,
            cure="Complete it first, or ask on the ground of an important patient care need.",
        )
    concerns = [
        flag
        for flag in awaited.red_flags.exclude(status=FlagStatus.NO_LONGER).exclude(severity=Severity.INFO)
        if flag.severity == Severity.SERIOUS or flag.status == FlagStatus.OPEN
    ]
    if concerns:
        count = "1 red flag" if len(concerns) == 1 else f"{len(concerns)} red flags"
        return Verdict(
            Outcome.NOT_MET,
            CODE,
            TITLE,
            f"{count} of weight in it: it goes the full way, without temporary privileges on this ground.",
            facts=facts | {"flags": sorted({flag.code for flag in concerns})},
            citation=CITATION,
        )
    return Verdict(
        Outcome.MET, CODE, TITLE, f"It is {status}, and nothing in it calls for concern.",
        facts=facts, citation=CITATION,
    )  # fmt: skip
