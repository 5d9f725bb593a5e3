"""Golden cases of the rules: the boundary day and the days beside it, exempt, unknown; as known then."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.rules import licence, term
from config.kernel import clock
from config.kernel.periods import EndKind, supersede
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from tests.bylaws.world import NOON, TODAY
from tests.judging import (
    ON,
    RANK,
    assert_began,
    assert_plain,
    bounds,
    credentials,
    months_later,
    near,
    outcome_of,
    quickly,
    runs,
)

DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
START, LAST = dt.date(2024, 8, 1), dt.date(2026, 7, 31)


def judged(world, practitioner, on, *, rule=licence.RULE, known_at=None):
    answers = judge_many(
        rule, facility=world.facility, on=on, known_at=known_at, practitioner_ids=[practitioner.pk]
    )
    return answers[practitioner.pk]


@pytest.fixture
def member(world):
    practitioner = world.practitioner()
    world.appoint(practitioner)
    return practitioner


# --- BL-LIC-1 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "outcome", "since"),
    [
        (LAST - DAY, MET, START),
        (LAST, MET, START),
        (LAST + DAY, NOT_MET, LAST + DAY),
        (LAST + 30 * DAY, NOT_MET, LAST + DAY),
        (START, MET, START),
        (START - DAY, UNKNOWN, None),
    ],
)
def test_a_licence_is_judged_by_its_last_valid_day(world, member, on, outcome, since):
    world.licence(member, START, LAST)
    verdict = judged(world, member, on)
    assert (verdict.outcome, verdict.since) == (outcome, since)
    assert verdict.due == (LAST if outcome == MET else None)  # the last day on which it is met


def test_the_sentence_names_the_fact_and_the_cure(world, member):
    world.licence(member, START, LAST)
    verdict = judged(world, member, LAST + DAY)
    assert verdict.sentence == "IL license 036.100200 ran out with 31 Jul 2026."
    assert verdict.cure == "Verify a renewal with the IL board."
    assert "42 CFR 482.11(c)" in verdict.citation
    assert "article 7" in verdict.citation
    assert verdict.facts["last_day"] == LAST
    assert verdict.evidence[0].label == "License look-up of the state board"


def test_no_licence_on_record_is_unknown_and_never_met(world, member):
    verdict = judged(world, member, TODAY)
    assert verdict.outcome == UNKNOWN
    assert verdict.sentence == "No IL license is on record."


def test_a_claim_alone_is_unknown(world, member):
    world.licence(member, None, None, confirmed=False)
    verdict = judged(world, member, TODAY)
    assert verdict.outcome == UNKNOWN
    assert "is claimed" in verdict.sentence


def test_a_claimed_renewal_does_not_keep_an_ended_licence_alive(world, member):
    world.licence(member, START, LAST)
    world.licence(member, None, None, number="036100200", confirmed=False)
    verdict = judged(world, member, LAST + DAY)
    assert verdict.outcome == NOT_MET
    assert "A renewal is claimed but not confirmed." in verdict.sentence


def test_a_licence_of_another_state_does_not_help(world, member):
    world.licence(member, START, LAST, state="MI", number="4301000001")
    assert judged(world, member, TODAY).outcome == UNKNOWN
    world.licence(member, START, dt.date(2025, 12, 31))
    assert judged(world, member, TODAY).outcome == NOT_MET


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("ACTIVE", MET),
        ("ACTIVE_LIMITED", MET),
        ("PROBATION", MET),
        ("TEMPORARY", NOT_MET),
        ("INACTIVE", NOT_MET),
        ("RETIRED", NOT_MET),
        ("SUSPENDED", NOT_MET),
        ("REVOKED", NOT_MET),
        ("SURRENDERED", NOT_MET),
        ("UNKNOWN", UNKNOWN),
    ],
)
def test_what_the_board_says_of_it_decides(world, member, status, outcome):
    world.licence(member, START, LAST, status=status)
    assert judged(world, member, TODAY).outcome == outcome


def test_probation_is_told_and_goes_to_the_mec(world, member):
    world.licence(member, START, LAST, status="PROBATION")
    assert (
        "on probation: it permits practice and goes to the Medical Executive Committee"
        in judged(world, member, TODAY).sentence
    )


def test_a_suspended_licence_counts_from_the_first_day_without_one(world, member):
    world.licence(member, START, dt.date(2025, 9, 30))
    world.licence(member, dt.date(2025, 10, 1), LAST, status="SUSPENDED")
    verdict = judged(world, member, TODAY)
    assert verdict.since == dt.date(2025, 10, 1)
    assert "is suspended; that does not permit practice" in verdict.sentence


def test_of_two_that_stopped_the_first_began_it(world, member):
    world.licence(member, dt.date(2025, 3, 1), LAST, number="036.1", status="SUSPENDED")
    world.licence(member, dt.date(2026, 1, 1), LAST, number="036.2", status="REVOKED")
    verdict = judged(world, member, TODAY)
    assert (verdict.outcome, verdict.since) == (NOT_MET, dt.date(2025, 3, 1))


def test_one_licence_in_order_is_enough(world, member):
    world.licence(member, START, LAST, number="036.1", status="SUSPENDED")
    world.licence(member, dt.date(2026, 1, 1), LAST, number="036.2")
    verdict = judged(world, member, TODAY)
    assert (verdict.outcome, verdict.since) == (MET, dt.date(2026, 1, 1))


def test_a_renewal_without_a_gap_reaches_back_to_the_first_day(world, member):
    world.licence(member, START, LAST)
    world.licence(member, LAST + DAY, LAST + 730 * DAY)
    assert judged(world, member, LAST + 40 * DAY).since == START


def test_a_renewal_with_a_gap_counts_from_its_own_first_day(world, member):
    world.licence(member, START, LAST)
    world.licence(member, LAST + 11 * DAY, LAST + 730 * DAY)
    assert judged(world, member, LAST + 10 * DAY).outcome == NOT_MET
    verdict = judged(world, member, LAST + 11 * DAY)
    assert (verdict.outcome, verdict.since) == (MET, LAST + 11 * DAY)


def test_a_category_without_privileges_is_exempt(world):
    practitioner = world.practitioner()
    world.appoint(practitioner, category="honorary")
    verdict = judged(world, practitioner, TODAY)
    assert verdict.outcome == NOT_APPLICABLE
    assert "carries no privileges" in verdict.sentence


def test_the_licence_of_somebody_without_appointment_is_judged_too(world):
    practitioner = world.practitioner()
    world.licence(practitioner, START, LAST)
    assert judged(world, practitioner, TODAY).outcome == MET


def test_as_known_then_the_late_renewal_is_not_there(world, member):
    world.licence(member, START, dt.date(2026, 2, 28))
    learned = NOON + 5 * DAY
    with clock.freeze(learned):
        world.licence(member, dt.date(2026, 3, 1), dt.date(2028, 2, 28))
    assert judged(world, member, TODAY).outcome == MET
    assert judged(world, member, TODAY, known_at=learned - DAY).outcome == NOT_MET


def test_a_correction_changes_the_answer_from_then_on(world, member):
    row = world.licence(member, START, LAST)
    with clock.freeze(NOON + 5 * DAY):
        supersede([row], actor=world.system, kind=EndKind.MISTAKE, reason="Another person's license")
    assert judged(world, member, TODAY).outcome == UNKNOWN
    assert judged(world, member, TODAY, known_at=NOON + DAY).outcome == MET


# --- BL-APP-1 -------------------------------------------------------------------------------------------

TERM = dt.date(2025, 7, 1)


@pytest.fixture
def generous(world):
    """Bylaws that allow 60 months let the test write terms of any length; the limit is set afterwards."""
    world.parameter("bylaws.appointment_term_months", 60, source="default")
    return world


def limit(world, months):
    world.parameter("bylaws.appointment_term_months", months, source="bylaws")


@pytest.mark.parametrize(
    ("last", "months", "outcome"),
    [
        (dt.date(2027, 6, 29), 24, MET),
        (dt.date(2027, 6, 30), 24, MET),
        (dt.date(2027, 7, 1), 24, NOT_MET),
        (dt.date(2028, 6, 30), 36, MET),
        (dt.date(2028, 7, 1), 36, NOT_MET),
    ],
)
def test_a_term_is_judged_to_the_day(world, generous, last, months, outcome):
    practitioner = world.practitioner()
    world.appoint(practitioner, TERM, last)
    limit(world, months)
    verdict = judged(world, practitioner, TODAY, rule=term.RULE)
    assert verdict.outcome == outcome
    assert verdict.since == TERM
    assert verdict.due == (last if outcome == MET else None)
    assert f"{months} months" in verdict.bound_by


def test_a_leap_day_is_never_a_day_too_long(world, generous):
    practitioner = world.practitioner()
    world.appoint(practitioner, dt.date(2024, 2, 29), dt.date(2027, 2, 28))
    limit(world, 36)
    verdict = judged(world, practitioner, TODAY, rule=term.RULE)
    assert verdict.outcome == NOT_MET
    assert "may last through 27 Feb 2027" in verdict.sentence


def test_a_term_in_several_periods_is_judged_as_a_whole(world, generous):
    from bylaws.models import AppointmentPeriod, StaffCategory
    from config.kernel.periods import days, rewrite

    practitioner = world.practitioner()
    appointment = world.appoint(practitioner, TERM, dt.date(2028, 7, 1))
    rewrite(
        AppointmentPeriod,
        appointment,
        valid=days(dt.date(2026, 1, 1), dt.date(2028, 7, 2)),
        actor=world.system,
        reason="Category changed",
        content={"category": StaffCategory.objects.get(code="courtesy"), "department": world.surgery},
    )
    limit(world, 36)
    verdict = judged(world, practitioner, TODAY, rule=term.RULE)
    assert (verdict.outcome, verdict.facts["term_from"]) == (NOT_MET, TERM)


def test_no_appointment_is_not_the_terms_concern(world):
    assert judged(world, world.practitioner(), TODAY, rule=term.RULE).outcome == NOT_APPLICABLE


def test_without_a_limit_on_record_it_is_unknown(world, member):
    facts = term.gather(world.facility, TODAY, None, [member.pk])[member.pk]
    from config.rulebook.selectors.parameters import Bound

    code = "bylaws.appointment_term_months"
    verdict = term.judge(facts, {code: Bound(code, "", None)})
    assert verdict.outcome == UNKNOWN


def test_facts_of_many_cost_the_queries_of_one(world, django_assert_num_queries):
    people = [world.practitioner(f"Person Number{number}") for number in range(5)]
    for practitioner in people:
        world.appoint(practitioner)
        world.licence(practitioner, START, LAST)
    with django_assert_num_queries(2):
        assert len(licence.gather(world.facility, TODAY, None, None)) == 5
    with django_assert_num_queries(1):
        assert len(term.gather(world.facility, TODAY, None, None)) == 5


# --- for whatever is on record --------------------------------------------------------------------------


def licensed(rows, on=ON, carries=True):
    facts = {"on": on, "state": "IL", "category": "Honorary", "carries_privileges": carries, "licences": rows}
    return assert_plain(licence.judge, facts, {}, days=9)


@quickly
@given(credentials(), st.data())
def test_of_all_that_is_said_of_licences_the_best_decides(rows, data):
    """BL-LIC-1 for any record: against what each licence says by itself, to its first and last day."""
    found = licensed(rows)
    assert found.outcome == outcome_of(rows)
    assert licensed(data.draw(st.permutations(rows))).outcome == found.outcome
    assert licensed(rows, carries=False).outcome == NOT_APPLICABLE
    claim = {**data.draw(credentials(most=1).filter(bool))[0], "standing": "claimed"}
    assert licensed([*rows, claim]).outcome == found.outcome  # what nobody confirmed decides nothing
    longer = [{**row, "to": None} if row["status"] == "ACTIVE" and runs(row) else row for row in rows]
    assert RANK[licensed(longer).outcome] >= RANK[found.outcome]
    if found.outcome == MET:
        if found.due:
            assert licensed(rows, on=found.due).outcome == MET
        if found.since:
            assert licensed(rows, on=found.since).outcome == MET
            assert licensed(rows, on=found.since - DAY).outcome != MET
    assert_began(found, lambda day: licensed(rows, on=day).outcome)


@quickly
@given(near(-1500, 0), st.integers(1, 1500), st.none() | st.integers(1, 60), st.integers(0, 1500))
def test_a_term_is_too_long_exactly_past_its_months(start, length, months, passed):
    """BL-APP-1 for any term: the day it is asked about changes nothing, more months never make it worse."""

    def verdict(months, passed=passed, length=length):
        facts = {"on": start + passed * DAY, "category": "Active", "from": start, "to": start + length * DAY}
        return assert_plain(term.judge, facts, bounds(bylaws__appointment_term_months=months))

    if months is None:
        assert verdict(None).outcome == UNKNOWN
        return
    too_long = start + length * DAY > months_later(start, months)
    assert verdict(months).outcome == (NOT_MET if too_long else MET)
    allowed = (months_later(start, months) - start).days
    assert verdict(months, length=allowed).outcome == MET  # to the day
    assert verdict(months, length=allowed + 1).outcome == NOT_MET
    assert verdict(months, passed=0).outcome == verdict(months).outcome
    assert RANK[verdict(months + 1).outcome] >= RANK[verdict(months).outcome]
