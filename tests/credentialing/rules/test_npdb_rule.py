"""BL-NPDB-1: boundary days and those beside them, Continuous Query, unknown, other entities, known then."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.kernel import clock
from config.rulebook.rules import judge_many
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import Outcome
from credentialing.rules.npdb import BL_NPDB_1, judge
from tests.credentialing.world import NOON, TODAY
from tests.judging import ON, RANK, assert_plain, bounds, months_later, near, quickly

LIMIT = {"credentialing.npdb_interval_months": Bound("credentialing.npdb_interval_months", "", 24)}
QUERIED = dt.date(2024, 2, 29)


@pytest.mark.parametrize(
    ("on", "outcome"),
    [
        (dt.date(2024, 2, 29), Outcome.MET),
        (dt.date(2026, 2, 27), Outcome.MET),
        (dt.date(2026, 2, 28), Outcome.MET),
        (dt.date(2026, 3, 1), Outcome.NOT_MET),
    ],
)
def test_the_boundary_day_still_counts(on, outcome):
    verdict = judge({"on": on, "entity": "Ours", "last_query": QUERIED}, LIMIT)
    assert verdict.outcome is outcome
    assert verdict.due == dt.date(2026, 2, 28)
    if outcome is Outcome.NOT_MET:
        assert verdict.since == dt.date(2026, 3, 1)


def test_no_query_on_record_is_unknown_and_not_compliant():
    verdict = judge({"on": TODAY, "entity": "Ours", "last_query": None}, LIMIT)
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.cure


def test_continuous_query_satisfies_whatever_the_last_query():
    facts = {"on": TODAY, "entity": "Ours", "last_query": dt.date(2010, 1, 1), "continuous": True}
    assert judge(facts, LIMIT).outcome is Outcome.MET


def test_a_stricter_office_binds():
    tighter = {**LIMIT, "credentialing.npdb_interval_months": Bound("x", "", 12, "Bylaws", "Art. 4")}
    verdict = judge({"on": TODAY, "entity": "Ours", "last_query": dt.date(2025, 3, 9)}, tighter)
    assert (verdict.outcome, verdict.bound_by) == (Outcome.NOT_MET, "Bylaws")


class TestOverThePopulation:
    def verdicts(self, world, on=TODAY, known_at=None):
        return judge_many(BL_NPDB_1, facility=world.facility, on=on, known_at=known_at)

    def test_everyone_with_an_appointment_and_nobody_else(self, world):
        queried, never, stranger = (
            world.practitioner(npi=None, last_name=name) for name in ("Queried", "Never", "Stranger")
        )
        world.appoint(queried)
        world.appoint(never)
        world.query(queried)
        world.query(stranger)
        found = self.verdicts(world)
        assert {pk: verdict.outcome for pk, verdict in found.items()} == {
            queried.pk: Outcome.MET,
            never.pk: Outcome.UNKNOWN,
        }
        assert "45 CFR 60.17" in found[queried.pk].citation

    def test_a_query_of_another_entity_does_not_count(self, world):
        person = world.practitioner()
        world.appoint(person)
        world.appoint(person, facility=world.other)
        there = world.user("Indy Anna", "credentialing_coordinator", facility=world.other)
        world.query(person, actor=there, facility=world.other)
        assert self.verdicts(world)[person.pk].outcome is Outcome.UNKNOWN
        elsewhere = judge_many(BL_NPDB_1, facility=world.other, on=TODAY)
        assert elsewhere[person.pk].outcome is Outcome.MET

    def test_as_known_then(self, world):
        person = world.practitioner()
        world.appoint(person)
        before = clock.now()
        with clock.freeze(NOON + dt.timedelta(days=3)):
            world.query(person, queried_on=TODAY)
            assert self.verdicts(world)[person.pk].outcome is Outcome.MET
            assert self.verdicts(world, known_at=before)[person.pk].outcome is Outcome.UNKNOWN

    def test_a_past_day_ignores_later_queries(self, world):
        person = world.practitioner()
        world.appoint(person)
        world.query(person)
        assert self.verdicts(world, on=TODAY - dt.timedelta(days=1))[person.pk].outcome is Outcome.UNKNOWN

    def test_continuous_query_covers_its_days(self, world):
        person = world.practitioner()
        world.appoint(person, start=dt.date(2026, 1, 1))
        world.query(person, kind="continuous", queried_on=dt.date(2026, 1, 5))
        assert "Continuous Query" in self.verdicts(world)[person.pk].sentence

    def test_set_queries_for_any_number(self, world, django_assert_max_num_queries):
        for number in range(8):
            person = world.practitioner(npi=None, last_name=f"Member{number}")
            world.appoint(person)
            world.query(person)
        with django_assert_max_num_queries(5):
            assert len(self.verdicts(world)) == 8


@quickly
@given(st.none() | near(-1500, 0), st.none() | st.integers(1, 40), st.booleans())
def test_met_exactly_through_the_months_after_the_last_query(last, months, enrolled):
    """BL-NPDB-1 for any day: a later query never makes it worse, enrollment wins, no query is unknown."""

    def verdict(last=last, enrolled=enrolled, on=ON):
        facts = {"on": on, "entity": "Ours", "last_query": last} | ({"continuous": True} if enrolled else {})
        return assert_plain(judge, facts, bounds(credentialing__npdb_interval_months=months))

    found = verdict()
    if enrolled:
        assert found.outcome is Outcome.MET
    elif last is None:
        assert found.outcome is Outcome.UNKNOWN
    else:
        in_time = months_later(last, 24 if months is None else months) >= ON
        assert found.outcome is (Outcome.MET if in_time else Outcome.NOT_MET)
        assert RANK[verdict(last + dt.timedelta(days=1)).outcome] >= RANK[found.outcome]
        assert verdict(on=found.due).outcome is Outcome.MET
    assert verdict(enrolled=True).outcome is Outcome.MET
