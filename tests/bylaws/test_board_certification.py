"""Golden cases of BL-BRD-1 and BL-BRD-2: the boundary day and the days beside it, exempt, unknown."""

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as st

from bylaws.rules import board_certified, certification_kept
from config.kernel import clock
from config.kernel.periods import open_period, through
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from practitioners.choices import CredentialCategory, SaidBy, Standing
from practitioners.models import Credential, CredentialPeriod, CredentialType
from tests.bylaws.world import TODAY
from tests.judging import ON, RANK, assert_plain, credentials, months_later, near, quickly, runs

DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
TRAINED = dt.date(2021, 6, 30)
LIMITS = {
    "bylaws.board_certified_years": 5,
    "bylaws.board_certified_professions": ["MD", "DO"],
    "bylaws.board_certification_grace_months": 12,
}


def bounds(**other):
    values = LIMITS | other
    return {code: Bound(code, "", value, source="Bylaws") for code, value in values.items()}


def said(start, last, *, status="ACTIVE", standing=Standing.CONFIRMED, **extra):
    return {
        "number": "",
        "from": start,
        "to": through(last),
        "status": status,
        "standing": standing,
        "extra": {"specialty": "Surgery", **extra},
        "evidence": "",
        "evidence_title": "",
    }


def facts(on, certificates=(), training=(), **more):
    return {
        "on": on,
        "member": True,
        "category": "Active",
        "carries_privileges": True,
        "profession": "MD",
        "certificates": list(certificates),
        "training": list(training),
        **more,
    }


RESIDENCY = said(dt.date(2016, 7, 1), TRAINED, completed=True)
LIMIT = dt.date(2026, 6, 30)
CERTIFIED = said(dt.date(2014, 1, 1), dt.date(2024, 12, 31))


class TestInTime:
    """BL-BRD-1"""

    @pytest.mark.parametrize(
        ("on", "outcome", "since"),
        [
            (LIMIT - DAY, MET, None),
            (LIMIT, MET, None),
            (LIMIT + DAY, NOT_MET, LIMIT + DAY),
            (LIMIT + 400 * DAY, NOT_MET, LIMIT + DAY),
        ],
    )
    def test_five_years_after_training(self, on, outcome, since):
        verdict = board_certified.judge(facts(on, training=[RESIDENCY]), bounds())
        assert (verdict.outcome, verdict.since, verdict.due) == (outcome, since, LIMIT)

    def test_the_last_training_counts(self):
        fellowship = said(dt.date(2021, 7, 1), dt.date(2023, 6, 30), completed=True)
        found = facts(LIMIT + DAY, training=[RESIDENCY, fellowship])
        assert board_certified.judge(found, bounds()).due == dt.date(2028, 6, 30)

    def test_training_that_was_not_completed_or_not_confirmed_starts_nothing(self):
        broken_off = said(dt.date(2022, 7, 1), dt.date(2024, 6, 30), completed=False)
        claimed = said(dt.date(2022, 7, 1), dt.date(2024, 6, 30), standing=Standing.CLAIMED)
        found = facts(LIMIT + DAY, training=[RESIDENCY, broken_off, claimed])
        assert board_certified.judge(found, bounds()).outcome == NOT_MET
        assert board_certified.judge(facts(LIMIT, training=[claimed]), bounds()).outcome == UNKNOWN

    def test_a_certification_of_any_specialty_meets_it(self):
        found = facts(LIMIT + DAY, [said(dt.date(2024, 1, 1), dt.date(2034, 1, 1))], [RESIDENCY])
        verdict = board_certified.judge(found, bounds())
        assert (verdict.outcome, verdict.sentence) == (
            MET,
            "Board certification in Surgery is confirmed through 1 Jan 2034.",
        )

    def test_certified_once_is_past_this_rule(self):
        assert board_certified.judge(facts(TODAY, [CERTIFIED], [RESIDENCY]), bounds()).outcome == MET

    def test_the_board_may_say_that_somebody_is_eligible_still(self):
        eligible = said(dt.date(2021, 7, 1), dt.date(2028, 6, 30), status="ELIGIBLE")
        found = facts(LIMIT + DAY, [eligible], [RESIDENCY])
        assert board_certified.judge(found, bounds()).outcome == MET
        found = facts(dt.date(2028, 7, 1), [eligible], [RESIDENCY])
        assert board_certified.judge(found, bounds()).outcome == NOT_MET

    def test_a_claim_is_unknown_and_never_met(self):
        claimed = said(dt.date(2024, 1, 1), None, standing=Standing.CLAIMED)
        found = facts(LIMIT + DAY, [claimed], [RESIDENCY])
        assert board_certified.judge(found, bounds()).outcome == UNKNOWN

    def test_an_empty_record_is_unknown(self):
        assert board_certified.judge(facts(TODAY), bounds()).outcome == UNKNOWN
        unset = bounds() | {"bylaws.board_certified_years": Bound("bylaws.board_certified_years", "", None)}
        assert board_certified.judge(facts(TODAY, training=[RESIDENCY]), unset).outcome == UNKNOWN

    @pytest.mark.parametrize(
        "exempt", [{"profession": "NP"}, {"carries_privileges": False}, {"member": False}]
    )
    def test_whom_it_does_not_concern(self, exempt):
        for rule in (board_certified, certification_kept):
            assert rule.judge(facts(TODAY, [CERTIFIED], **exempt), bounds()).outcome == NOT_APPLICABLE


class TestKept:
    """BL-BRD-2"""

    GRACE = dt.date(2025, 12, 31)

    @pytest.mark.parametrize(
        ("on", "outcome", "since"),
        [
            (dt.date(2024, 12, 31), MET, None),
            (dt.date(2025, 1, 1), MET, None),
            (GRACE - DAY, MET, None),
            (GRACE, MET, None),
            (GRACE + DAY, NOT_MET, GRACE + DAY),
        ],
    )
    def test_the_grace_ends_with_its_last_day(self, on, outcome, since):
        verdict = certification_kept.judge(facts(on, [CERTIFIED]), bounds())
        assert (verdict.outcome, verdict.since) == (outcome, since)

    def test_due_is_the_last_day_of_the_certificate(self):
        on = dt.date(2024, 6, 1)
        assert certification_kept.judge(facts(on, [CERTIFIED]), bounds()).due == dt.date(2024, 12, 31)
        eligible = said(dt.date(2023, 7, 1), dt.date(2024, 12, 31), status="ELIGIBLE")
        assert board_certified.judge(facts(on, [eligible]), bounds()).due == dt.date(2024, 12, 31)

    def test_for_life_never_ends(self):
        for_life = said(dt.date(1990, 1, 1), None, lifetime=True)
        verdict = certification_kept.judge(facts(dt.date(2090, 1, 1), [for_life]), bounds())
        assert (verdict.outcome, "for life" in verdict.sentence) == (MET, True)

    def test_a_claimed_renewal_is_none(self):
        claimed = said(dt.date(2025, 1, 1), None, standing=Standing.CLAIMED)
        verdict = certification_kept.judge(facts(self.GRACE + DAY, [CERTIFIED, claimed]), bounds())
        assert verdict.outcome == NOT_MET
        assert verdict.sentence.endswith("A renewal is claimed but not confirmed.")

    def test_never_certified_is_for_the_other_rule(self):
        assert certification_kept.judge(facts(TODAY), bounds()).outcome == NOT_APPLICABLE


@pytest.mark.parametrize("judge", [board_certified.judge, certification_kept.judge])
def test_professions_nobody_set_are_unknown_and_an_empty_list_asks_nobody(judge):
    code = "bylaws.board_certified_professions"
    unset = bounds() | {code: Bound(code, "", None)}
    verdict = judge(facts(LIMIT), unset)
    assert (verdict.outcome, verdict.sentence) == (
        UNKNOWN,
        "The professions board certification is asked of are not set for this facility.",
    )
    assert "among the parameters" in verdict.cure
    assert judge(facts(LIMIT), bounds(**{code: []})).outcome == NOT_APPLICABLE
    assert judge(facts(LIMIT, member=False), unset).outcome == NOT_APPLICABLE


def test_the_records_are_read_as_they_were_known(world):
    member = world.practitioner()
    world.appoint(member)
    kind = CredentialType.objects.create(
        code="BOARD_CERT", name="Board certification", category=CredentialCategory.CERTIFICATION
    )
    identity = Credential.objects.create(
        practitioner=member, credential_type=kind, created_at=clock.now(), created_by=world.system
    )

    def judged(known_at=None):
        found = judge_many(
            board_certified.RULE, facility=world.facility, on=TODAY, known_at=known_at,
            practitioner_ids=[member.pk],
        )  # fmt: skip
        return found[member.pk].outcome

    before = clock.now()
    assert judged() == UNKNOWN
    with clock.freeze(before + dt.timedelta(hours=1)):
        open_period(
            CredentialPeriod,
            identity,
            valid=DateRange(dt.date(2020, 1, 1), None),
            actor=world.system,
            standing=Standing.CONFIRMED,
            status="ACTIVE",
            said_by=SaidBy.SOURCE,
            evidence=world.evidence(member),
            extra={"specialty": "Surgery"},
        )
    assert judged() == MET
    assert judged(before) == UNKNOWN


# --- for whatever is on record --------------------------------------------------------------------------

CERTIFICATES = credentials(statuses=("ACTIVE", "ELIGIBLE", "NOT_CERTIFIED"), most=3)


def _confirmed(rows, status):
    return [row for row in rows if row["standing"] == "confirmed" and row["status"] == status]


@quickly
@given(CERTIFICATES, st.lists(near(-2500, 200), max_size=2), st.none() | st.integers(1, 6))
def test_in_time_exactly_through_the_years_after_the_last_training(certificates, ended, years):
    """BL-BRD-1 for any record; a further year never makes it worse, and an exempt profession is not asked."""
    training = [said(last - 900 * DAY, last, completed=True) for last in ended]

    def verdict(years, **more):
        given = facts(ON, certificates, training, **more)
        return assert_plain(board_certified.judge, given, bounds(**{"bylaws.board_certified_years": years}))

    found = verdict(years)
    once = [row for row in _confirmed(certificates, "ACTIVE") if (row["from"] or ON) <= ON]
    done = [last for last in ended if last < ON]
    if once or any(runs(row) for row in _confirmed(certificates, "ELIGIBLE")):
        expected = MET
    elif any(runs(row) and row["standing"] == "claimed" for row in certificates) or not done or not years:
        expected = UNKNOWN
    else:
        expected = MET if months_later(max(done), 12 * years) >= ON else NOT_MET
    assert found.outcome == expected
    if done and years:
        due = months_later(max(done), 12 * years)
        last = [said(max(done) - 900 * DAY, max(done), completed=True)]
        for on, outcome in ((due, MET), (due + DAY, NOT_MET)):
            limit = bounds(**{"bylaws.board_certified_years": years})
            assert board_certified.judge(facts(on, (), last), limit).outcome == outcome
    assert verdict(years, profession="PHD").outcome == NOT_APPLICABLE
    assert verdict(years, member=False).outcome == NOT_APPLICABLE
    if years:
        assert RANK[verdict(years + 1).outcome] >= RANK[found.outcome]


@quickly
@given(CERTIFICATES, st.none() | st.integers(0, 3))
def test_kept_exactly_through_the_grace_after_the_last_day(certificates, grace):
    """BL-BRD-2 for any record; who was never certified is not concerned, a claim changes nothing."""

    def verdict(grace, rows=certificates, on=ON):
        values = bounds(**{"bylaws.board_certification_grace_months": grace})
        return assert_plain(certification_kept.judge, facts(on, rows), values)

    found = verdict(grace)
    active = [row for row in _confirmed(certificates, "ACTIVE") if (row["from"] or ON) <= ON]
    last = max((row["to"] or dt.date.max for row in active), default=None)
    if last is None:
        expected = NOT_APPLICABLE
    elif last > ON:
        expected = MET
    elif grace is None:
        expected = UNKNOWN
    else:
        expected = MET if months_later(last - DAY, grace) >= ON else NOT_MET
    assert found.outcome == expected
    claim = {**CERTIFIED, "to": None, "standing": Standing.CLAIMED}
    assert verdict(grace, [*certificates, claim]).outcome == found.outcome
    if grace is not None:
        assert RANK[verdict(grace + 1).outcome] >= RANK[found.outcome]
    if found.outcome == NOT_MET:
        assert verdict(grace, on=found.due).outcome == MET
