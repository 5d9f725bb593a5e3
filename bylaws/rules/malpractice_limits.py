"""BL-INS-2: the malpractice coverage of the day reaches the limits the bylaws ask for.

Judged is whoever has coverage that BL-INS-1 counts: confirmed by its carrier, and of the day. One policy has
to reach both limits by itself, per claim and in aggregate; two small ones are not added up, because each
carrier pays for its own claims alone. A policy whose limits are not recorded is unknown. So is everybody who
is not short of the other where one of the two is not on record here; bylaws that ask for one alone set the
other to 0. Whether somebody is covered at all is for BL-INS-1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bylaws.parameters import COVER_AGGREGATE, COVER_PER_CLAIM
from bylaws.rules.current_credential import current_ones, evidence, permitting_ones, said_since
from bylaws.rules.malpractice import gather
from config.kernel.display.dates import day_text
from config.kernel.periods import last_day
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-INS-2"
TITLE = "Malpractice coverage within the limits"
#: The field of a policy's content for each limit, with how a sentence calls it.
LIMITS = (
    ("per_claim_usd", COVER_PER_CLAIM.code, "per claim"),
    ("aggregate_usd", COVER_AGGREGATE.code, "in aggregate"),
)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person: the best policy of the day speaks. Pure. A limit that is exactly reached is
    met.
    """
    bound = parameters[COVER_PER_CLAIM.code]
    asked = {
        field: int(parameters[code].value) for field, code, _ in LIMITS if parameters[code].value is not None
    }
    unset = [name for field, _, name in LIMITS if field not in asked]
    asked = {field: least for field, least in asked.items() if least}

    def say(outcome: Outcome, sentence: str, one: Mapping[str, Any] | None = None, **more: Any) -> Verdict:
        if one is not None:
            shown = {field: one["extra"].get(field) for field, _, _ in LIMITS}
            more |= {"facts": {"policy": one["number"], **shown}, "evidence": evidence(one)}
        return Verdict(
            outcome=outcome,
            code=CODE,
            title=TITLE,
            sentence=sentence,
            citation=bound.citation,
            confidence=bound.confidence,
            bound_by=f"{bound.source}: {_words(asked)}" if asked else "",
            **more,
        )

    if not facts["carries_privileges"]:
        return say(Outcome.NOT_APPLICABLE, f"The category {facts['category']} carries no privileges.")
    current = current_ones(facts)
    if not current:
        return say(Outcome.NOT_APPLICABLE, "No coverage is confirmed for this day; that is judged apart.")
    if not asked and not unset:
        return say(Outcome.NOT_APPLICABLE, "The bylaws ask for no limits of coverage.")
    best = max(current, key=lambda each: (_rank(each, asked), str(each["to"] or "9999"), each["number"]))
    rank = _rank(best, asked)
    named = " ".join(part for part in ("Malpractice coverage", best["number"]) if part)
    if rank != _SHORT and unset:
        return say(
            Outcome.UNKNOWN,
            f"Which limits coverage has to reach {' and '.join(unset)} is not recorded for this facility.",
            cure="Record the limits of the bylaws among the parameters; 0 where they ask for none.",
        )
    if rank == _ENOUGH:
        until = f", through {day_text(last_day(best['to']))}" if best["to"] else ""
        return say(
            Outcome.MET,
            f"{named} reaches {_words(asked)}{until}.",
            best,
            due=last_day(best["to"]),
        )
    if rank == _UNCLEAR:
        return say(
            Outcome.UNKNOWN,
            f"The limits of {named} are not recorded; {_words(asked)} are asked for.",
            best,
            cure="Record the limits from the certificate of the carrier.",
        )
    has = {field: best["extra"][field] for field in asked if best["extra"].get(field) is not None}
    return say(
        Outcome.NOT_MET,
        f"{named} covers {_words(has)}; {_words(asked)} are asked for.",
        best,
        since=said_since(
            [each for each in permitting_ones(facts) if _rank(each, asked) == _SHORT], facts["on"]
        ),
        cure="Verify coverage that reaches the limits, or let the bodies waive it.",
    )


_SHORT, _UNCLEAR, _ENOUGH = 0, 1, 2


def _rank(one: Mapping[str, Any], asked: Mapping[str, int]) -> int:
    """How a policy stands by itself: one limit that is too low decides, then one that is not recorded."""
    said = [(one["extra"].get(field), least) for field, least in asked.items()]
    if any(value is not None and value < least for value, least in said):
        return _SHORT
    return _UNCLEAR if any(value is None for value, _ in said) else _ENOUGH


def _words(limits: Mapping[str, int]) -> str:
    """``$1,000,000 per claim and $3,000,000 in aggregate``."""
    return " and ".join(f"${limits[field]:,} {name}" for field, _, name in LIMITS if field in limits)


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(COVER_PER_CLAIM.code, COVER_AGGREGATE.code),
        facts=gather,
        judge=judge,
    )
)
