"""BL-TMP-2: what the law and the bylaws ask before privileges for a time had been found out when they were
granted.

Both grounds ask for the data bank, the exclusion lists, the licence and current competence. What was found
out is read from what the body saw and was frozen with its act; later findings change nothing of it.
"""

from __future__ import annotations

from typing import Any

from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from privileging.rules.temporary_held import gather

CODE = "BL-TMP-2"
TITLE = "Privileges for a time granted on what had been found out"
CITATION = "MS.06.01.13 (numbering before 2026), in our own words; 45 CFR 60.17(a)"


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""

    def say(outcome: Outcome, sentence: str, **more: Any) -> Verdict:
        return Verdict(
            outcome=outcome, code=CODE, title=TITLE, sentence=sentence, citation=CITATION,
            confidence="secondary", **more,
        )  # fmt: skip

    # What was taken over from an earlier system was decided there.
    held = [row for row in facts["held"] if row["decided_here"]]
    if not held:
        told = "Nothing that was decided here is" if facts["held"] else "Nothing is"
        return say(Outcome.NOT_APPLICABLE, f"{told} held for a time on this day.")
    lacking = [
        row for row in held if row["gate"] and row["gate"] not in (Outcome.MET, Outcome.NOT_APPLICABLE)
    ]
    if lacking:
        names = ", ".join(sorted({row["privilege"] for row in lacking}))
        return say(
            Outcome.NOT_MET,
            f"Granted before everything had been found out: {names}.",
            facts={"privileges": sorted({row["privilege"] for row in lacking})},
            since=min(row["first"] for row in lacking),
            cure="What was known then stays so until they end: find it out now, and let whoever granted them "
            "confirm them or end them.",
        )
    unclear = [row for row in held if not row["gate"]]
    if unclear:
        names = ", ".join(sorted({row["privilege"] for row in unclear}))
        return say(
            Outcome.UNKNOWN,
            f"What was known when they were granted is not on record: {names}.",
            facts={"privileges": sorted({row["privilege"] for row in unclear})},
            cure="What was known then stays unknown until they end: find it out now, and let whoever granted "
            "them confirm them or end them.",
        )
    return say(Outcome.MET, "Everything asked for had been found out when they were granted.")


RULE = register(
    Rule(code=CODE, title=TITLE, version="1", parameters=(), facts=gather, judge=judge, waivable=False)
)
