"""A lapsed DEA registration or malpractice policy as the ward is answered, one by one and from set to set."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from bylaws.models import BarPeriod
from bylaws.services.standing import apply_standing_conditions
from config.kernel.periods import EndKind, supersede
from practitioners.choices import CredentialStatus
from practitioners.models import CredentialType
from practitioners.services.merging import merge_records
from privileging.selectors.lookup import LookupOutcome, can_perform
from tests.privileging.conftest import TODAY, appoint, credential, grant, say, set_parameter
from tests.privileging.test_who_can_in_sets import BEGIN, DAY, STRETCHES, compare, noon, someone

pytestmark = pytest.mark.django_db
CODE, OTHER = "GS-LAP-CHOLE", "GS-COLECTOMY"
DEA = {"rule": "BL-DEA-1", "scope": "listed", "privileges": [CODE]}
COVER = {"rule": "BL-INS-1", "scope": "all"}


@pytest.fixture(autouse=True)
def _kinds(world, long_kept):
    for code, category in (("DEA", "registration"), ("MALPRACTICE", "insurance")):
        CredentialType.objects.create(code=code, name=code, category=category)


def odd(world, one, kind, chance) -> None:
    """Up to three of the kind, each of any state, standing, status, stretch and knowledge."""
    for number in range(chance.choice([0, 1, 1, 1, 2, 3])):
        start, end = chance.choice(STRETCHES)
        row = say(
            world,
            credential(world, one, kind, number=f"{one.pk}-{number}"),
            start,
            end,
            confirmed=chance.random() < 0.75,
            status=chance.choice([CredentialStatus.ACTIVE, CredentialStatus.ACTIVE, *CredentialStatus]),
            extra=chance.choice(
                [{}, *[{"business_address_state": each} for each in ("IL", "IL", "IL", "CA")]]
            ),
            at=noon(chance.choice([BEGIN, dt.date(2026, 5, 1)])),
        )
        if chance.random() < 0.2:
            supersede([row], actor=world.system, kind=EndKind.MISTAKE, reason="Wrong", at=noon(TODAY - DAY))


@pytest.mark.parametrize("conditions", [[DEA], [COVER], [DEA, COVER]])
def test_odd_states_come_out_as_if_each_had_been_judged(world, conditions):
    set_parameter(world.system, "bylaws.standing_conditions", conditions)
    chance = random.Random(len(conditions))
    people = []
    for number in range(24):
        one = holder = someone(world, number)
        if chance.random() < 0.3:
            holder = someone(world, number)
            people.append(holder)
            odd(world, holder, "DEA", chance)
            merge_records(actor=world.system, keep=one, record=holder, reason="The same license")
        for kind in ("DEA", "MALPRACTICE"):
            odd(world, one, kind, chance)
        appoint(world, one)
        grant(world, holder)
        people.append(one)
    seen = compare(world, people, days=[BEGIN, TODAY, TODAY + DAY], moments=[None, noon(dt.date(2026, 4, 1))])
    assert min(seen.get(outcome, 0) for outcome in LookupOutcome) >= 3


def test_a_lapsed_registration_stops_what_the_bylaws_list_and_nothing_else(world, person):
    set_parameter(world.system, "bylaws.standing_conditions", [DEA])
    one = person()
    appoint(world, one)
    grant(world, one)
    grant(world, one, OTHER)
    last = TODAY - DAY
    say(
        world,
        credential(world, one, "DEA", number="FO1234563"),
        dt.date(2024, 1, 1),
        last,
        extra={"business_address_state": "IL"},
    )

    def answer(code, on):
        return can_perform(practitioner=one, privilege_code=code, facility=world.lakeside, on=on).outcome

    assert [answer(CODE, on) for on in (last, TODAY)] == [LookupOutcome.YES, LookupOutcome.NO]
    assert answer(OTHER, TODAY) == LookupOutcome.YES
    counts = apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY)
    assert counts["opened"] == 1
    row = BarPeriod.objects.get()
    assert (row.scope, row.privilege_codes, row.valid.lower) == ("listed", [CODE], TODAY)
    assert answer(OTHER, TODAY) == LookupOutcome.YES


def test_who_holds_none_of_them_is_neither_asked_nor_barred(world, person):
    set_parameter(world.system, "bylaws.standing_conditions", [DEA])
    one = person()
    appoint(world, one)
    grant(world, one, OTHER)
    counts = apply_standing_conditions(actor=world.system, facility=world.lakeside, on=TODAY)
    assert (counts["judged"], counts["unknown"], counts["opened"]) == (1, 0, 0)
