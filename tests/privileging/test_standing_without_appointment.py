"""Privileges that rest on no appointment: a category that carries none excuses nobody who holds some."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.models import Bar, BarPeriod
from bylaws.selectors.compliance import compliance
from bylaws.services.bars import lift_bar
from bylaws.services.standing import apply_standing_conditions
from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome
from practitioners.services.merging import merge_records
from privileging.choices import GrantKind
from tests.privileging.conftest import NOON, TODAY, appoint, credential, grant, licensed, say

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LAPSED = dt.date(2026, 2, 28)
LAST = TODAY + 5 * DAY


@pytest.fixture
def honorary(world, person, bylaws_rule):
    """Two honorary members whose licenses ran out; only the first covers as a locum, through ``LAST``."""
    people = [person(last) for last in ("Okonkwo", "Vandal")]
    for one in people:
        appoint(world, one, category=world.honorary)
        licensed(world, one, last_day=LAPSED)
    grant(world, people[0], kind=GrantKind.LOCUM, last_day=LAST)
    return people


def run(world, on=TODAY):
    return apply_standing_conditions(actor=world.system, facility=world.lakeside, on=on)


def outcomes(world, people, on=TODAY, **more):
    found = compliance(viewer=world.system, facility=world.lakeside, on=on, **more)
    licence = next(each for each in found if each.rule.code == "BL-LIC-1")
    return [licence.verdicts[one.pk].outcome for one in people]


def test_the_nightly_run_bars_whoever_holds_some_and_nobody_else(world, honorary):
    counts = run(world)
    assert (counts["opened"], counts["judged"]) == (1, 2)
    assert Bar.objects.get().practitioner == honorary[0]
    assert run(world)["standing"] == 1


@pytest.mark.parametrize(("on", "outcome"), [(LAST, Outcome.NOT_MET), (LAST + DAY, Outcome.NOT_APPLICABLE)])
def test_compliance_says_so_through_the_last_day_of_the_grant(world, honorary, on, outcome):
    assert outcomes(world, honorary, on) == [outcome, Outcome.NOT_APPLICABLE]


def test_as_known_before_it_was_granted_nothing_is_asked_of_them(world, person, bylaws_rule):
    one = person()
    appoint(world, one, category=world.honorary)
    licensed(world, one, last_day=LAPSED)
    grant(world, one, kind=GrantKind.TEMPORARY_NEED, at=NOON)
    assert outcomes(world, [one]) == [Outcome.NOT_MET]
    assert outcomes(world, [one], known_at=NOON - DAY) == [Outcome.NOT_APPLICABLE]


def test_a_full_grant_excuses_them_because_their_category_lets_them_use_none(world, person, bylaws_rule):
    one = person()
    appoint(world, one, category=world.honorary)
    licensed(world, one, last_day=LAPSED)
    grant(world, one)
    assert outcomes(world, [one]) == [Outcome.NOT_APPLICABLE]
    assert run(world)["opened"] == 0


def test_what_stands_on_a_merged_record_is_theirs(world, person, bylaws_rule):
    member, other = person("Okonkwo"), person("Okonkwo", "Ada")
    appoint(world, member, category=world.honorary)
    licensed(world, member, last_day=LAPSED)
    grant(world, other, kind=GrantKind.LOCUM)
    assert outcomes(world, [member]) == [Outcome.NOT_APPLICABLE]
    merge_records(actor=world.system, keep=member, record=other, reason="The same license")
    assert outcomes(world, [member]) == [Outcome.NOT_MET]


def test_it_ends_by_itself_once_the_license_is_renewed_and_not_by_hand_before(world, honorary):
    run(world)
    bar = Bar.objects.get()
    with pytest.raises(Refused, match=r"still stands: IL license .* ran out"):
        lift_bar(actor=world.system, bar=bar, day=TODAY, reason="Back at work")
    with clock.freeze(NOON + DAY):
        say(world, credential(world, honorary[0], "LICENSE", state="IL", number="036.2"), TODAY, None)
        counts = run(world, TODAY + DAY)
    assert counts["lifted"] == 1
    assert BarPeriod.objects.live().get().valid.upper == TODAY
