"""BL-DEA-1 and BL-INS-1: the last valid day and the day after, what is not known, and whom it concerns."""

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as st

from bylaws.models import Bar
from bylaws.parameters import STANDING_CONDITIONS
from bylaws.rules import dea, malpractice
from bylaws.services.standing import apply_standing_conditions
from config.kernel import clock
from config.kernel.periods import EndKind, open_period, supersede, through
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from practitioners.choices import CredentialStatus, SaidBy, Standing
from practitioners.models import Credential, CredentialPeriod, CredentialType
from tests.bylaws.world import NOON, TODAY
from tests.judging import ON, assert_began, assert_plain, credentials, outcome_of, quickly

DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)
START, LAST = dt.date(2024, 8, 1), dt.date(2026, 7, 31)
KINDS = {"DEA": dea.RULE, "MALPRACTICE": malpractice.RULE}


@pytest.fixture
def member(world):
    practitioner = world.practitioner()
    world.appoint(practitioner)
    return practitioner


def said(
    world,
    practitioner,
    kind,
    start=START,
    last=LAST,
    *,
    number="X-1",
    status=CredentialStatus.ACTIVE,
    confirmed=True,
    state="IL",
):
    """What is said of a registration (of a state) or a policy."""
    credential_type, _ = CredentialType.objects.get_or_create(
        code=kind, defaults={"name": kind, "category": "registration"}
    )
    credential, _ = Credential.objects.get_or_create(
        practitioner=practitioner,
        credential_type=credential_type,
        number=number,
        number_key=number,
        defaults={"created_at": clock.now(), "created_by": world.system},
    )
    return open_period(
        CredentialPeriod,
        credential,
        valid=DateRange(start, through(last)),
        actor=world.system,
        standing=Standing.CONFIRMED if confirmed else Standing.CLAIMED,
        status=status,
        said_by=SaidBy.SOURCE if confirmed else SaidBy.COORDINATOR,
        extra={"business_address_state": state} if kind == "DEA" and state else {},
        evidence=world.evidence(practitioner) if confirmed else None,
    )


def judged(world, practitioner, kind, on=TODAY, known_at=None):
    return judge_many(
        KINDS[kind], facility=world.facility, on=on, known_at=known_at, practitioner_ids=[practitioner.pk]
    )[practitioner.pk]


def listed(world, *entries):
    world.parameter("bylaws.standing_conditions", list(entries))


ALL_DEA, ALL_INS = {"rule": "BL-DEA-1", "scope": "all"}, {"rule": "BL-INS-1", "scope": "all"}


@pytest.mark.parametrize("kind", KINDS)
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
def test_it_is_judged_by_its_last_valid_day(world, member, kind, on, outcome, since):
    said(world, member, kind)
    verdict = judged(world, member, kind, on)
    assert (verdict.outcome, verdict.since) == (outcome, since)
    assert verdict.due == (LAST if outcome == MET else None)


@pytest.mark.parametrize(
    ("kind", "sentence", "cure"),
    [
        ("DEA", "DEA registration X-1 ran out with 31 Jul 2026.", "Verify a renewal with the DEA."),
        ("MALPRACTICE", "Malpractice coverage X-1 ran out with 31 Jul 2026.",
         "Verify a renewal with the carrier."),
    ],
)  # fmt: skip
def test_the_sentence_names_the_fact_and_the_cure(world, member, kind, sentence, cure):
    said(world, member, kind)
    verdict = judged(world, member, kind, LAST + DAY)
    assert (verdict.sentence, verdict.cure) == (sentence, cure)
    assert verdict.confidence == "unconfirmed"
    assert verdict.facts["last_day"] == LAST
    assert verdict.evidence[0].label == "License look-up of the state board"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("ACTIVE", MET),
        ("ACTIVE_LIMITED", MET),
        ("SUSPENDED", NOT_MET),
        ("REVOKED", NOT_MET),
        ("SURRENDERED", NOT_MET),
        ("RETIRED", NOT_MET),
        ("UNKNOWN", UNKNOWN),
    ],
)
def test_what_the_source_says_of_it_decides(world, member, kind, status, outcome):
    said(world, member, kind, status=status)
    assert judged(world, member, kind).outcome == outcome


@pytest.mark.parametrize("kind", KINDS)
def test_a_claim_is_neither_one_nor_the_lack_of_one(world, member, kind):
    said(world, member, kind, confirmed=False)
    verdict = judged(world, member, kind)
    assert verdict.outcome == UNKNOWN
    assert "is claimed" in verdict.sentence
    said(world, member, kind, last=TODAY - DAY, number="X-2")
    verdict = judged(world, member, kind)
    assert verdict.outcome == NOT_MET
    assert "A renewal is claimed but not confirmed." in verdict.sentence


@pytest.mark.parametrize("kind", KINDS)
def test_a_renewal_without_a_gap_reaches_back(world, member, kind):
    said(world, member, kind, last=dt.date(2025, 12, 31))
    said(world, member, kind, dt.date(2026, 1, 1), LAST, number="X-2")
    assert judged(world, member, kind).since == START


@pytest.mark.parametrize("kind", KINDS)
def test_as_known_then(world, member, kind):
    row = said(world, member, kind)
    with clock.freeze(NOON + 5 * DAY):
        supersede([row], actor=world.system, kind=EndKind.MISTAKE, reason="Wrong person")
        assert judged(world, member, kind).outcome != MET
        assert judged(world, member, kind, known_at=NOON + DAY).outcome == MET


def test_no_coverage_on_record_is_unknown(world, member):
    verdict = judged(world, member, "MALPRACTICE")
    assert (verdict.outcome, verdict.sentence) == (UNKNOWN, "Malpractice coverage: none is on record.")


# --- the state of a registration ------------------------------------------------------------------------


def test_a_registration_of_another_state_does_not_help(world, member):
    listed(world, ALL_DEA)
    said(world, member, "DEA", state="MI")
    verdict = judged(world, member, "DEA")
    assert (verdict.outcome, verdict.sentence) == (UNKNOWN, "DEA registration for IL: none is on record.")
    said(world, member, "DEA", last=TODAY - DAY, number="X-2")
    assert judged(world, member, "DEA").outcome == NOT_MET


def test_one_whose_state_is_not_recorded_is_unknown_even_beside_one_that_ran_out(world, member):
    said(world, member, "DEA", state="")
    said(world, member, "DEA", last=TODAY - DAY, number="X-2")
    verdict = judged(world, member, "DEA")
    assert verdict.outcome == UNKNOWN
    assert verdict.sentence == "For which state DEA registration X-1 is, is not recorded."


# --- whom it concerns -----------------------------------------------------------------------------------


def test_who_never_had_one_is_asked_only_where_the_bylaws_let_it_reach_all(world, member):
    verdict = judged(world, member, "DEA")
    assert verdict.outcome == NOT_APPLICABLE
    assert "the bylaws list no privilege that needs one" in verdict.sentence
    listed(world, ALL_DEA)
    assert judged(world, member, "DEA").outcome == UNKNOWN


def test_who_holds_none_of_the_privileges_listed_is_not_asked(world, member):
    listed(world, {"rule": "BL-DEA-1", "scope": "listed", "privileges": ["RX"]})
    said(world, member, "DEA", last=TODAY - DAY)
    verdict = judged(world, member, "DEA")
    assert (verdict.outcome, verdict.sentence) == (
        NOT_APPLICABLE,
        "No privilege is held that needs prescribing.",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_category_without_privileges_excuses(world, kind):
    honorary = world.practitioner()
    world.appoint(honorary, category="honorary")
    said(world, honorary, kind, last=TODAY - DAY)
    assert judged(world, honorary, kind).outcome == NOT_APPLICABLE


# --- as a standing condition ----------------------------------------------------------------------------


def test_lapsed_coverage_suspends_all_from_the_day_after_and_renewal_lifts_it(world, member):
    listed(world, ALL_INS)
    said(world, member, "MALPRACTICE", last=TODAY - 4 * DAY)
    unknown = world.practitioner("Nobody Knows")
    world.appoint(unknown)
    counts = apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY)
    assert (counts["opened"], counts["unknown"]) == (1, 1)
    bar = Bar.objects.get()
    row = bar.periods.get()
    assert (bar.rule_code, bar.credential.number, row.scope) == ("BL-INS-1", "X-1", "all")
    assert row.valid.lower == TODAY - 3 * DAY
    with clock.freeze(NOON + 2 * DAY):
        said(world, member, "MALPRACTICE", TODAY + DAY, LAST, number="X-2")
        counts = apply_standing_conditions(actor=world.system, facility=world.facility, on=TODAY + 2 * DAY)
    assert counts["lifted"] == 1
    assert bar.periods.live().get().valid.upper == TODAY + DAY


# --- for whatever is on record --------------------------------------------------------------------------


def of_record(module, rows, state="", on=ON, carries=True, parameters=None, **more):
    facts = {
        "on": on, "state": state, "category": "Honorary", "carries_privileges": carries, "credentials": rows,
    } | more  # fmt: skip
    return assert_plain(module.judge, facts, parameters or {}, days=9)


def decides_as_the_best(module, rows, state):
    """Against the weight each credential has by itself, and to its first and last day."""
    found = of_record(module, rows, state)
    assert found.outcome == outcome_of(rows, state)
    assert of_record(module, rows[::-1], state).outcome == found.outcome
    assert of_record(module, rows, state, carries=False).outcome == NOT_APPLICABLE
    unconfirmed = [{**row, "standing": "claimed"} for row in rows]
    assert of_record(module, unconfirmed, state).outcome == UNKNOWN
    if found.outcome == MET:
        assert found.due is None or of_record(module, rows, state, on=found.due).outcome == MET
        if found.since:
            assert of_record(module, rows, state, on=found.since - DAY).outcome != MET
    assert_began(found, lambda day: of_record(module, rows, state, on=day).outcome)


@quickly
@given(credentials())
def test_of_all_that_is_said_of_coverage_the_best_decides(rows):
    """BL-INS-1"""
    decides_as_the_best(malpractice, rows, "")


@quickly
@given(credentials(states=("IL", "IL", "")), st.sets(st.sampled_from("AB")), st.sets(st.sampled_from("AB")))
def test_of_all_that_is_said_of_registrations_the_best_decides(rows, listed, held):
    """BL-DEA-1. Where the bylaws list privileges, who holds none of them meets it or is not asked."""
    reaching_all = [{"rule": "BL-DEA-1", "scope": "all"}]
    entry = {"rule": "BL-DEA-1", "scope": "listed", "privileges": sorted(listed)}
    all_of_them = {STANDING_CONDITIONS.code: Bound(STANDING_CONDITIONS.code, "", reaching_all)}
    some = {STANDING_CONDITIONS.code: Bound(STANDING_CONDITIONS.code, "", [entry] if listed else [])}
    found = of_record(dea, rows, "IL", parameters=all_of_them)
    assert found.outcome == outcome_of(rows, "IL")
    narrowed = of_record(dea, rows, "IL", parameters=some, held=sorted(held)).outcome
    asked = bool(listed & held) if listed else bool(rows)
    assert narrowed == (found.outcome if asked or found.outcome == MET else NOT_APPLICABLE)


@quickly
@given(credentials(states=("IL", "IL", "")).filter(bool))
def test_a_registration_holds_to_its_first_and_last_day(rows):
    """BL-DEA-1"""
    decides_as_the_best(dea, rows, "IL")
