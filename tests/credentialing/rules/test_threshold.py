"""Threshold criteria: met, not met, and what is not stated is unknown."""

from __future__ import annotations

import datetime as dt

from django.db.backends.postgresql.psycopg_any import DateRange

from config.rulebook.verdicts import Outcome
from credentialing.rules.threshold import Claim, Criterion, ThresholdFacts, judge_threshold

TODAY = dt.date(2026, 11, 24)
YESTERDAY = TODAY - dt.timedelta(days=1)
ALL = [{"criterion": str(each)} for each in Criterion if each != Criterion.COVER] + [
    {"criterion": "COVER", "per_claim_usd": 1_000_000, "aggregate_usd": 3_000_000}
]


def claim(code: str, last: dt.date = dt.date(2027, 6, 30), *, state="OH", status="ACTIVE", **extra) -> Claim:
    return Claim(code, state, status, DateRange(dt.date(2020, 1, 1), last + dt.timedelta(days=1)), extra)


WHOLE = (
    claim("LICENSE"),
    claim("DEA"),
    claim("BOARD_CERT"),
    claim("MALPRACTICE", per_claim_usd=1_000_000, aggregate_usd=3_000_000),
)


def judged(*claims: Claim, states=("OH",), criteria=ALL):
    facts = ThresholdFacts(TODAY, "MD", "OH", claims, frozenset(states))
    return judge_threshold(criteria, facts)


def outcomes(verdict) -> dict[str, Outcome]:
    return {child.code.removeprefix("TH-"): child.outcome for child in verdict.children}


def test_all_met():
    verdict = judged(*WHOLE)
    assert verdict.met
    assert verdict.sentence == "Every threshold criterion is met: an application can be issued."


def test_nothing_stated_is_unknown_never_met_and_never_refused():
    verdict = judged(states=())
    assert set(outcomes(verdict).values()) == {Outcome.UNKNOWN}
    assert verdict.outcome is Outcome.UNKNOWN


def test_each_that_fails_says_why():
    verdict = judged(
        claim("LICENSE", status="SUSPENDED"),
        claim("DEA", YESTERDAY),
        claim("BOARD_CERT", YESTERDAY),
        claim("MALPRACTICE", per_claim_usd=500_000, aggregate_usd=3_000_000),
        states=("TX",),
    )
    assert set(outcomes(verdict).values()) == {Outcome.NOT_MET}
    told = " ".join(child.sentence for child in verdict.children)
    assert "does not permit practice: suspended" in told
    assert "lower than 1,000,000 USD per claim" in told
    assert "outside OH" in told
    assert verdict.sentence.startswith("Not eligible: ")


def test_the_last_valid_day_still_counts():
    assert outcomes(judged(claim("LICENSE", TODAY)))["LICENCE"] is Outcome.MET
    assert outcomes(judged(claim("LICENSE", YESTERDAY)))["LICENCE"] is Outcome.NOT_MET
    assert outcomes(judged(claim("LICENSE", state="TX")))["LICENCE"] is Outcome.UNKNOWN


def test_eligible_is_as_good_as_certified_and_probation_permits_practice():
    found = outcomes(judged(claim("BOARD_CERT", status="ELIGIBLE"), claim("LICENSE", status="PROBATION")))
    assert (found["BOARD"], found["LICENCE"]) == (Outcome.MET, Outcome.MET)


def test_only_criteria_of_the_profession_and_none_is_unknown():
    others = [{"criterion": "BOARD", "provider_types": ["NP"]}]
    assert judged(criteria=others).outcome is Outcome.UNKNOWN
    assert judged(criteria=[{"criterion": "HANDSHAKE"}]).outcome is Outcome.UNKNOWN
    near = [{"criterion": "GEOGRAPHY", "states": ["IN"]}]
    assert judged(criteria=near, states=("IN",)).met
