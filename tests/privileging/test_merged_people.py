"""Two records of one person: the lookup and the rules know one person, and the past stays as it was known."""

from __future__ import annotations

import datetime as dt

import pytest

from bylaws.selectors.compliance import compliance
from bylaws.selectors.membership import membership_status
from bylaws.services.appointments import end_appointment
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.selectors.screening import screened_people, to_screen
from practitioners.services.merging import merge_records, take_apart
from privileging.selectors.lookup import LookupOutcome, can_perform, who_can
from tests.privileging.conftest import TODAY, appoint, bar, grant, licensed

CODE = "GS-LAP-CHOLE"
MINUTE = dt.timedelta(minutes=1)
YES, NO = LookupOutcome.YES, LookupOutcome.NO


@pytest.fixture
def two(world, person, bylaws_rule):
    """One record with the appointment and the licence, another one with the grant."""
    member, holder = person(last="Smith", first="Robert"), person(last="Smith", first="Bob")
    appoint(world, member)
    licensed(world, member)
    grant(world, holder)
    return member, holder


def ask(world, npi, known_at=None):
    return can_perform(npi=npi, privilege_code=CODE, facility=world.lakeside, on=TODAY, known_at=known_at)


def holders(world, known_at=None):
    found = who_can(privilege_code=CODE, facility=world.lakeside, on=TODAY, known_at=known_at)
    return [holder.person.id for holder in found.people]


def merge(world, keep, record):
    merge_records(actor=world.system, keep=keep, record=record, reason="The same license")


@pytest.mark.parametrize("stays", [0, 1])
def test_before_after_and_as_known_then(world, two, stays):
    keep, record = two[stays], two[1 - stays]
    then = clock.now()
    before = [ask(world, one.npi).as_data() for one in two]
    assert [each["outcome"] for each in before] == ["no", "no"]
    assert holders(world) == []
    with clock.freeze(then + MINUTE):
        merge(world, keep, record)
        for one in two:
            answer = ask(world, one.npi)
            assert answer.outcome == YES
            assert answer.person.id == keep.pk
        assert holders(world) == [keep.pk]
        for one, told in zip(two, before, strict=True):
            assert ask(world, one.npi, known_at=then).as_data() == told | {"known_at": then.isoformat()}
        assert holders(world, known_at=then) == []
    with clock.freeze(then + 2 * MINUTE):
        take_apart(actor=world.system, record=record, reason="Father and son")
        assert [ask(world, one.npi).as_data() for one in two] == before
        assert holders(world) == []
        assert ask(world, record.npi, known_at=then + MINUTE).outcome == YES
        assert holders(world, known_at=then + MINUTE) == [keep.pk]


def test_a_bar_on_either_record_bars_the_person(world, two):
    member, holder = two
    merge(world, member, holder)
    bar(world, holder, TODAY)
    assert ask(world, member.npi).outcome == NO
    assert holders(world) == []


def test_the_rules_count_the_person_once_and_see_all_records(world, two, user):
    member, holder = two
    merge(world, holder, member)
    results = {
        result.rule.code: result
        for result in compliance(viewer=user(Role.DIRECTOR), facility=world.lakeside, on=TODAY)
    }
    assert set(results["BL-LIC-1"].population) == {holder.pk}
    assert results["BL-LIC-1"].verdicts[holder.pk].met
    assert results["BL-LIC-1"].population[holder.pk].practitioner == holder
    assert membership_status(practitioner=holder, facility=world.lakeside, on=TODAY).is_member
    assert to_screen(TODAY) == [holder.pk]
    assert {name.first for name in screened_people([holder.pk])[holder.pk].names} == {"Robert", "Bob"}


def test_what_would_overlap_is_not_merged(world, two):
    member, holder = two
    appoint(world, holder, dt.date(2026, 6, 1))
    grant(world, member)
    with pytest.raises(Refused) as refused:
        merge(world, member, holder)
    assert "an appointment (Lakeside Medical Center): from 1 Jan 2026 through 31 Dec 2027" in str(
        refused.value
    )
    assert "a grant (" in str(refused.value)


def test_an_appointment_on_a_merged_record_can_be_ended(world, two):
    member, holder = two
    merge(world, holder, member)
    end_appointment(actor=world.system, appointment=member.appointments.get(), day=TODAY, reason="Moved away")
    assert ask(world, holder.npi).outcome == NO
