"""Whose profession needs a supervisor: the supervisor's lapse reaches whoever has no other."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.choices import BarKind, BarScope
from bylaws.models import Bar, BarPeriod
from bylaws.rules import supervised
from bylaws.rules.supervised import RULE
from bylaws.services.standing import apply_standing_conditions
from bylaws.worklist.compliance import supervisors_lapsed
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.periods import EndKind, end_before, supersede
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome
from practitioners.choices import CredentialStatus
from practitioners.models import Credential, CredentialPeriod, CredentialType, Practitioner
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from privileging.choices import GrantKind
from privileging.selectors.lookup import LookupOutcome, can_perform
from tests.judging import ON, assert_plain, bounds, credentials, quickly, weight
from tests.privileging.conftest import (
    NOON,
    TODAY,
    appoint,
    bar,
    credential,
    grant,
    licensed,
    say,
    set_parameter,
)
from tests.privileging.test_who_can_in_sets import BEGIN, DAY, STRETCHES, compare, noon

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"
MET, NOT_MET, UNKNOWN, NOT_APPLICABLE = (
    Outcome.MET,
    Outcome.NOT_MET,
    Outcome.UNKNOWN,
    Outcome.NOT_APPLICABLE,
)


@pytest.fixture(autouse=True)
def _bylaws(world, long_kept):
    CredentialType.objects.create(
        code="SUPERVISION", name="Agreement", category="supervision", has_state=True
    )
    set_parameter(world.system, "bylaws.supervised_professions", ["PA"])
    set_parameter(world.system, "bylaws.standing_conditions", [{"rule": "BL-SUP-1", "scope": "all"}])


@pytest.fixture
def physician(world, person):
    """``physician(name)``: somebody on the staff who may supervise."""

    def make(name="Okonkwo", **more):
        one = person(name)
        appoint(world, one)
        grant(world, one)
        licensed(world, one, **more)
        return one

    return make


@pytest.fixture
def assistant(world):
    """A physician assistant with an appointment and a privilege, licensed."""
    one = create_practitioner(
        actor=world.system, provider_type="PA", last_name="Lindqvist", first_name="Noor", npi="1000000152"
    )
    appoint(world, one)
    grant(world, one)
    licensed(world, one)
    return one


def agreement(world, one, supervisor, start=dt.date(2025, 1, 1), last=None, **more):
    kind = more.pop("kind", "supervision")
    npi = supervisor.npi if isinstance(supervisor, Practitioner) else supervisor
    number = str(Credential.objects.filter(practitioner=one).count())
    identity = credential(world, one, "SUPERVISION", state=more.pop("state", "IL"), number=number)
    return say(world, identity, start, last, extra={"agreement": kind, "supervisor_npi": npi}, **more)


def judged(world, one, on=TODAY, known_at=None):
    found = judge_many(RULE, facility=world.lakeside, on=on, known_at=known_at, practitioner_ids=[one.pk])
    return found[one.pk]


def answer(world, one, on=TODAY):
    return can_perform(practitioner=one, privilege_code=CODE, facility=world.lakeside, on=on).outcome


def run(world, on=TODAY):
    return apply_standing_conditions(actor=world.system, facility=world.lakeside, on=on)


def test_whose_profession_needs_nobody_is_not_asked(world, physician):
    one = physician()
    assert judged(world, one).outcome == NOT_APPLICABLE
    assert answer(world, one) == LookupOutcome.YES


@pytest.mark.parametrize(
    ("on", "outcome"), [(TODAY - DAY, MET), (TODAY, MET), (TODAY + DAY, NOT_MET), (TODAY + 2 * DAY, NOT_MET)]
)
def test_an_agreement_counts_through_its_last_day(world, assistant, physician, on, outcome):
    agreement(world, assistant, physician(), last=TODAY)
    verdict = judged(world, assistant, on)
    assert verdict.outcome == outcome
    if outcome == NOT_MET:
        assert verdict.since == TODAY + DAY
        assert verdict.sentence == "Nobody supervises. The last one ended with 24 Nov 2026."


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, MET),
        ({"kind": "collaboration"}, MET),
        ({"kind": "delegation of prescribing"}, UNKNOWN),
        ({"state": "CA"}, UNKNOWN),
        ({"state": ""}, MET),
        ({"confirmed": False}, UNKNOWN),
        ({"status": CredentialStatus.UNKNOWN}, UNKNOWN),
        ({"status": CredentialStatus.REVOKED}, NOT_MET),
        ({"start": TODAY + DAY}, UNKNOWN),
    ],
)
def test_what_an_agreement_has_to_be(world, assistant, physician, more, outcome):
    agreement(world, assistant, physician(), **more)
    assert judged(world, assistant).outcome == outcome


@pytest.mark.parametrize("npi", ["", "1999999992"])
def test_a_supervisor_who_is_not_on_file_is_not_judged(world, assistant, npi):
    agreement(world, assistant, npi)
    verdict = judged(world, assistant)
    assert verdict.outcome == UNKNOWN
    assert "not on file by NPI" in verdict.sentence
    assert run(world)["opened"] == 0


def test_nothing_on_record_is_unknown(world, assistant):
    assert judged(world, assistant).outcome == UNKNOWN
    assert answer(world, assistant) == LookupOutcome.UNKNOWN


# --- the supervisor's own lapses ------------------------------------------------------------------------

ENDED = TODAY - 10 * DAY


@pytest.mark.parametrize(
    ("on", "outcome"), [(ENDED - DAY, MET), (ENDED, MET), (ENDED + DAY, NOT_MET), (TODAY, NOT_MET)]
)
@pytest.mark.parametrize("what", ["license", "appointment", "suspension"])
def test_a_lapse_of_the_supervisor_reaches_from_its_first_day(world, assistant, person, what, on, outcome):
    one = person("Super")
    appoint(world, one, last_day=ENDED if what == "appointment" else dt.date(2027, 12, 31))
    licensed(world, one, last_day=ENDED if what == "license" else dt.date(2028, 7, 31))
    grant(world, one)
    if what == "suspension":
        bar(world, one, ENDED + DAY, kind=BarKind.PRECAUTIONARY_SUSPENSION, cause="Harm to a patient")
    agreement(world, assistant, one)
    verdict = judged(world, assistant, on)
    assert verdict.outcome == outcome
    if outcome == NOT_MET:
        assert verdict.since == ENDED + DAY
        assert "Super" in verdict.sentence
        assert "suspen" not in str(verdict.as_data()).lower(), "that it is peer review is not told"
        assert "Harm" not in str(verdict.as_data())


def test_who_holds_no_privileges_supervises_nobody(world, assistant, person):
    one = person("Super")
    appoint(world, one)
    licensed(world, one)
    agreement(world, assistant, one)
    verdict = judged(world, assistant)
    assert (verdict.outcome, verdict.since) == (NOT_MET, None)
    assert "holds no privileges here" in verdict.sentence


@pytest.mark.parametrize("scope", [BarScope.LISTED, BarScope.ALL_PRIVILEGES])
def test_what_suspends_only_some_of_the_supervisor_s_privileges_ends_no_supervision(
    world, assistant, physician, scope
):
    one = physician()
    codes = ["GS-COLECTOMY"] if scope == BarScope.LISTED else []
    condition = "" if scope == BarScope.LISTED else "With a second physician present"
    bar(world, one, ENDED, kind=BarKind.RESTRICTION, scope=scope, codes=codes, condition=condition)
    agreement(world, assistant, one)
    assert judged(world, assistant).outcome == MET


def test_a_supervisor_of_whose_license_nothing_is_known_leaves_it_unknown(world, assistant, person):
    one = person("Super")
    appoint(world, one)
    grant(world, one)
    agreement(world, assistant, one)
    assert judged(world, assistant).outcome == UNKNOWN
    assert run(world)["opened"] == 0


def test_a_supervisor_who_holds_privileges_for_a_time_only_has_no_appointment(world, assistant, person):
    one = person("Super")
    grant(world, one, kind=GrantKind.LOCUM)
    licensed(world, one)
    agreement(world, assistant, one)
    assert judged(world, assistant).outcome == NOT_MET


def test_whoever_has_another_supervisor_is_flagged_and_not_barred(world, assistant, physician, user):
    agreement(world, assistant, physician("Lapsed", last_day=ENDED))
    agreement(world, assistant, physician("Standing"))
    verdict = judged(world, assistant)
    assert verdict.outcome == MET
    assert "Lapsed" in verdict.sentence
    assert answer(world, assistant) == LookupOutcome.YES
    assert run(world)["opened"] == 0
    total, items = supervisors_lapsed(user(Role.DIRECTOR), world.lakeside, 5)
    assert total == 1
    assert "Somebody else supervises." in items[0].detail
    assert "has no current license here since 15 Nov 2026" in items[0].detail


def test_whoever_has_no_other_is_barred_from_the_lapse_and_lifted_with_another_supervisor(
    world, assistant, physician, user
):
    agreement(world, assistant, physician("Lapsed", last_day=ENDED))
    assert answer(world, assistant) == LookupOutcome.NO
    assert run(world)["opened"] == 1
    row = BarPeriod.objects.get()
    assert (row.identity.rule_code, row.scope, row.valid.lower) == ("BL-SUP-1", "all", ENDED + DAY)
    total, items = supervisors_lapsed(user(Role.DIRECTOR), world.lakeside, 5)
    assert (total, "Nobody else supervises." in items[0].detail) == (1, True)
    with clock.freeze(NOON + 2 * DAY):
        agreement(world, assistant, physician("Standing"), start=TODAY + DAY, at=clock.now())
        assert run(world, TODAY + 2 * DAY)["lifted"] == 1
        assert BarPeriod.objects.live().get().valid.upper == TODAY + DAY
        assert answer(world, assistant, TODAY + 2 * DAY) == LookupOutcome.YES


def test_a_supervisor_s_renewal_without_a_gap_takes_the_bar_back_as_a_mistake(world, assistant, physician):
    one = physician("Lapsed", last_day=ENDED)
    agreement(world, assistant, one)
    run(world)
    assert Bar.objects.filter(practitioner=assistant).count() == 1
    with clock.freeze(NOON + DAY):
        say(world, credential(world, one, "LICENSE", state="IL", number="2"), ENDED + DAY, None)
        assert run(world, TODAY + DAY)["voided"] == 1


def test_as_known_before_the_supervisor_s_suspension_was_recorded(world, assistant, physician):
    one = physician()
    agreement(world, assistant, one)
    bar(world, one, ENDED, at=NOON)
    assert judged(world, assistant).outcome == NOT_MET
    assert judged(world, assistant, known_at=NOON - DAY).outcome == MET


def test_what_stands_on_a_merged_record_of_the_supervisor_is_theirs(world, assistant, physician, person):
    one, other = physician(), person("Okonkwo", "Ada")
    agreement(world, assistant, other)
    assert judged(world, assistant).outcome == NOT_MET
    merge_records(actor=world.system, keep=one, record=other, reason="The same license")
    assert judged(world, assistant).outcome == MET


def test_the_end_of_an_agreement_is_the_end_of_it(world, assistant, physician):
    row = agreement(world, assistant, physician())
    end_before(CredentialPeriod, row.identity, day=TODAY, actor=world.system, reason="Left")
    assert (judged(world, assistant).outcome, judged(world, assistant).since) == (NOT_MET, TODAY)


# --- from set to set ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_odd_states_come_out_as_if_each_had_been_judged(world, physician, person, seed):
    chance = random.Random(seed)
    good, lapsed, unknown = physician("Good"), physician("Gone", last_day=ENDED), person("Unknown")
    appoint(world, unknown)
    grant(world, unknown)
    npis = [good.npi, good.npi, good.npi, lapsed.npi, unknown.npi, "", "1999999992"]
    people = [good, lapsed, unknown]
    for number in range(20):
        one = holder = assistant_number(world, number, chance)
        if chance.random() < 0.3:
            holder = assistant_number(world, number, chance)
            people.append(holder)
            odd(world, holder, npis, chance)
            merge_records(actor=world.system, keep=one, record=holder, reason="The same license")
        odd(world, one, npis, chance)
        appoint(world, one)
        grant(world, holder)
        people.append(one)
    seen = compare(world, people, days=[BEGIN, TODAY, TODAY + DAY], moments=[None, noon(dt.date(2026, 4, 1))])
    assert min(seen.get(outcome, 0) for outcome in LookupOutcome) >= 3


def assistant_number(world, number, chance):
    return create_practitioner(
        actor=world.system,
        provider_type=chance.choice(["PA", "PA", "PA", "NP"]),
        last_name=f"Odd{number % 5}",
        first_name="Ada",
        npi=None,
    )


def odd(world, one, npis, chance) -> None:
    for _ in range(chance.choice([0, 1, 1, 2, 3])):
        start, end = chance.choice([*STRETCHES, (None, None), (None, None)])
        row = agreement(
            world,
            one,
            chance.choice(npis),
            start,
            end,
            kind=chance.choice(["supervision", "supervision", "collaboration", "delegation of prescribing"]),
            state=chance.choice(["IL", "IL", "IL", "", "CA"]),
            confirmed=chance.random() < 0.8,
            status=chance.choice([*[CredentialStatus.ACTIVE] * 8, *CredentialStatus]),
            at=noon(chance.choice([BEGIN, dt.date(2026, 5, 1)])),
        )
        if chance.random() < 0.2:
            supersede([row], actor=world.system, kind=EndKind.MISTAKE, reason="Wrong", at=noon(TODAY - DAY))


SUPERVISORS = st.fixed_dictionaries(
    {}, optional={npi: st.sampled_from(["MET", "NOT_MET", "UNKNOWN"]) for npi in ("1", "2")}
)


@quickly
@given(credentials(most=3), st.lists(st.sampled_from(["1", "2"]), min_size=3, max_size=3), SUPERVISORS)
def test_of_all_agreements_the_best_that_a_supervisor_can_keep_decides(rows, npis, supervisors):
    """BL-SUP-1 for any agreements: one who may supervise is enough, one nobody knows is unknown."""
    agreements = [{**row, "npi": npi} for row, npi in zip(rows, npis, strict=False)]
    known = {
        npi: {"name": f"Dr. {npi}", "outcome": outcome, "since": None, "why": "why not"}
        for npi, outcome in supervisors.items()
    }

    def verdict(agreements=agreements, known=known, profession="PA", carries=True):
        facts = {
            "on": ON, "category": "Honorary", "carries_privileges": carries, "profession": profession,
            "agreements": agreements, "supervisors": known,
        }  # fmt: skip
        parameters = bounds(bylaws__supervised_professions=["PA"])
        return assert_plain(supervised.judge, facts, parameters, days=61).outcome

    def worth(row):
        counted = weight(row)
        return counted if counted != 3 else {"MET": 3, "NOT_MET": 1}.get(supervisors.get(row["npi"]), 2)

    best = max(map(worth, agreements), default=0)
    assert verdict() == [Outcome.UNKNOWN, Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET][best]
    assert verdict(profession="MD") == Outcome.NOT_APPLICABLE
    assert verdict(carries=False) == Outcome.NOT_APPLICABLE
    if best == 3:
        nobody = {npi: each | {"outcome": "NOT_MET"} for npi, each in known.items()}
        assert verdict(known=nobody) != Outcome.MET
