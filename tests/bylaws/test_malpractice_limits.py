"""Golden cases of BL-INS-2: the limit and the dollar beside it, exempt, unknown; as it is read."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.rules import malpractice_limits
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from tests.bylaws.test_current_credentials import said
from tests.bylaws.world import TODAY
from tests.judging import ON, assert_plain, bounds, credentials, quickly, runs

MET, NOT_MET, UNKNOWN, NONE = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
MILLION = 1_000_000
POLICY = {
    "number": "GPL-1", "from": dt.date(2026, 1, 1), "to": dt.date(2027, 1, 1), "standing": "confirmed",
    "status": "ACTIVE", "state": "", "evidence": "", "evidence_title": "",
}  # fmt: skip


def policy(claim, aggregate, **more):
    limits = {"per_claim_usd": claim, "aggregate_usd": aggregate}
    return {**POLICY, "extra": {name: value for name, value in limits.items() if value is not None}, **more}


def verdict(*policies, on=ON, carries=True, claim=MILLION, aggregate=3 * MILLION):
    facts = {
        "on": on, "state": "", "category": "Honorary", "carries_privileges": carries,
        "credentials": list(policies),
    }  # fmt: skip
    limits = bounds(bylaws__cover_per_claim_usd=claim, bylaws__cover_aggregate_usd=aggregate)
    return assert_plain(malpractice_limits.judge, facts, limits, days=71)


@pytest.mark.parametrize(
    ("claim", "aggregate", "outcome"),
    [
        (MILLION - 1, 3 * MILLION, NOT_MET),
        (MILLION, 3 * MILLION, MET),
        (MILLION + 1, 3 * MILLION, MET),
        (MILLION, 3 * MILLION - 1, NOT_MET),
        (None, 3 * MILLION, UNKNOWN),
        (MILLION, None, UNKNOWN),
        (MILLION - 1, None, NOT_MET),  # one that is too low decides
    ],
)
def test_a_limit_that_is_exactly_reached_is_met(claim, aggregate, outcome):
    found = verdict(policy(claim, aggregate))
    assert found.outcome == outcome
    if claim == MILLION - 1 and aggregate:
        assert found.sentence == (
            "Malpractice coverage GPL-1 covers $999,999 per claim and $3,000,000 in aggregate; "
            "$1,000,000 per claim and $3,000,000 in aggregate are asked for."
        )
        assert found.since == POLICY["from"]


def test_whom_it_does_not_concern_and_what_is_not_recorded():
    assert verdict(policy(1, 1), carries=False).outcome == NONE
    assert verdict().outcome == NONE
    assert verdict(policy(1, 1), on=POLICY["to"]).outcome == NONE  # BL-INS-1 says that it ran out
    assert verdict(policy(1, 1, standing="claimed")).outcome == NONE
    assert verdict(policy(1, 1), claim=None, aggregate=None).outcome == UNKNOWN
    # One of the two is not on record: only whoever is short of the other is judged.
    assert verdict(policy(MILLION, 1), aggregate=None).outcome == UNKNOWN
    assert verdict(policy(MILLION - 1, 1), aggregate=None).outcome == NOT_MET
    assert verdict(policy(MILLION, 1), aggregate=0).outcome == MET  # the bylaws ask for none
    assert verdict(policy(1, 1), claim=0, aggregate=0).outcome == NONE


def test_short_since_the_first_of_the_policies_that_are():
    before = policy(1, 1, number="GPL-0") | {"from": dt.date(2025, 1, 1), "to": dt.date(2026, 1, 1)}
    assert verdict(before, policy(2, 2)).since == dt.date(2025, 1, 1)
    enough = before | {"extra": policy(MILLION, 3 * MILLION)["extra"]}
    assert verdict(enough, policy(2, 2)).since == POLICY["from"]


AMOUNT = st.none() | st.integers(0, 4)


@quickly
@given(credentials(), st.lists(st.tuples(AMOUNT, AMOUNT), min_size=4, max_size=4), AMOUNT, AMOUNT)
def test_met_exactly_where_one_policy_reaches_every_limit(rows, amounts, claim, aggregate):
    """For any policies: two small ones are not added up, and a higher limit never makes it worse."""
    policies = [
        row | {"extra": policy(*said_of)["extra"]} for row, said_of in zip(rows, amounts, strict=False)
    ]
    current = [
        each
        for each in policies
        if each["standing"] == "confirmed" and each["status"] in ("ACTIVE", "PROBATION") and runs(each)
    ]

    def of_one(each):
        pairs = [(each["extra"].get("per_claim_usd"), claim), (each["extra"].get("aggregate_usd"), aggregate)]
        answers = {
            None if least is None or has is None else has >= least for has, least in pairs if least != 0
        }
        return NOT_MET if False in answers else UNKNOWN if None in answers else MET

    found = verdict(*policies, claim=claim, aggregate=aggregate).outcome
    outcomes = {of_one(each) for each in current}
    if not current or claim == aggregate == 0:
        assert found == NONE
    else:
        assert found == next(each for each in (MET, UNKNOWN, NOT_MET) if each in outcomes)
    generous = [each | {"extra": {"per_claim_usd": 9, "aggregate_usd": 9}} for each in policies]
    asked = claim is not None and aggregate is not None and claim + aggregate
    if asked and current:
        assert verdict(*generous, claim=claim, aggregate=aggregate).outcome == MET
        assert verdict(*policies[::-1], claim=claim, aggregate=aggregate).outcome == found


def test_the_limits_are_read_from_what_the_carrier_confirmed(world):
    member = world.practitioner()
    world.appoint(member)
    said(world, member, "MALPRACTICE", dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    found = judge_many(
        malpractice_limits.RULE, facility=world.facility, on=TODAY, practitioner_ids=[member.pk]
    )[member.pk]
    assert found.outcome == UNKNOWN
    assert "are not recorded; $1,000,000 per claim and $3,000,000 in aggregate" in found.sentence
