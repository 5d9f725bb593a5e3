"""Who must make up a body. Pure.

Source: domain.md CMS-07 and BL-MEC-1; 42 CFR 482.22(b)(3), in our own words: where a medical staff has an
executive committee, most of its members are doctors of medicine or osteopathy. We count those with a vote.
"""

from __future__ import annotations

from collections.abc import Sequence

from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-MEC-1"
TITLE = "Most voting members of the executive committee are physicians"
CITATION = "42 CFR 482.22(b)(3)"

#: Values of ``practitioners.choices.ProviderType`` that are doctors of medicine or osteopathy.
PHYSICIANS = ("MD", "DO")


def physician_majority(provider_types: Sequence[str]) -> Verdict:
    """Whether physicians have the majority among the voting members, from what each practises under; empty
    where that is not on record. With a seat's profession unknown the answer is UNKNOWN until it cannot make
    a difference any more.
    """
    voting = len(provider_types)
    physicians = sum(1 for each in provider_types if each in PHYSICIANS)
    unknown = sum(1 for each in provider_types if not each)
    known = "is a physician" if physicians == 1 else "are physicians"
    said = f"{physicians} of {voting} voting members {known} (MD or DO)"
    facts = {"voting": voting, "physicians": physicians, "not_known": unknown}
    if not voting:
        outcome, sentence, cure = Outcome.UNKNOWN, "No voting member is in office.", "Seat members."
    elif physicians * 2 > voting:
        outcome, sentence, cure = Outcome.MET, f"{said}: more than half.", ""
    elif (physicians + unknown) * 2 <= voting:
        outcome = Outcome.NOT_MET
        sentence = f"{said}; more than half must be."
        cure = "Seat physicians, or members without a vote."
    else:
        outcome = Outcome.UNKNOWN
        sentence = f"{said} for certain; of {unknown} it is not on record."
        cure = "Link the members' accounts to their records as practitioners."
    return Verdict(outcome, CODE, TITLE, sentence, facts=facts, citation=CITATION, cure=cure)
