"""Privileges that rest on no appointment: a category that carries none excuses nobody who holds some."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bylaws.models import Bar, BarPeriod
from bylaws.selectors.compliance import compliance
from bylaws.services.bars import lift_bar
from bylaws.services.standing import apply_standing_conditions
from config.accounts.choices import Role
from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome
from credentialing.worklist.ageing import to_ask_today
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


class TestWithoutAnyAppointment:
    """Locum tenens and temporary privileges of somebody who is no member at all."""

    FIRST = dt.date(2026, 11, 2)

    @pytest.fixture
    def locum(self, world, person, bylaws_rule):
        one = person("Locke")
        licensed(world, one, last_day=LAPSED)
        grant(world, one, kind=GrantKind.LOCUM, start=self.FIRST, last_day=LAST)
        return one

    def test_the_nightly_run_bars_them_from_the_first_day_they_hold_some(self, world, locum):
        counts = run(world)
        assert (counts["judged"], counts["opened"], counts["refused"]) == (1, 1, 0)
        assert Bar.objects.get().practitioner == locum
        assert BarPeriod.objects.get().valid.lower == self.FIRST
        assert run(world)["standing"] == 1

    @pytest.mark.parametrize(("on", "judged"), [(FIRST - DAY, 0), (FIRST, 1), (LAST, 1), (LAST + DAY, 0)])
    def test_they_are_judged_from_the_first_day_through_the_last(self, world, locum, on, judged):
        found = compliance(viewer=world.system, facility=world.lakeside, on=on)
        assert {each.total for each in found if each.rule.about_people} == {judged}

    def test_compliance_names_them_and_their_lapse(self, world, locum, client, user):
        assert outcomes(world, [locum]) == [Outcome.NOT_MET]
        client.force_login(user(Role.MEDICAL_STAFF_COORDINATOR))
        asked = {"rule": "BL-LIC-1", "outcome": "NOT_MET"}
        text = client.get(reverse("bylaws:compliance"), asked).content.decode()
        assert "0 members with an appointment, and 1 person with privileges that rest on none," in text
        assert "Locke" in text
        lines = client.get(reverse("bylaws:compliance"), asked | {"format": "csv"})
        assert "No appointment" in b"".join(lines.streaming_content).decode()

    def test_as_known_before_it_was_granted_nobody_is_judged(self, world, person, bylaws_rule):
        one = person()
        licensed(world, one, last_day=LAPSED)
        grant(world, one, kind=GrantKind.TEMPORARY_NEED, at=NOON)
        assert outcomes(world, [one]) == [Outcome.NOT_MET]
        found = compliance(viewer=world.system, facility=world.lakeside, on=TODAY, known_at=NOON - DAY)
        assert {each.total for each in found if each.rule.about_people} == {0}

    def test_what_stands_on_a_merged_record_is_the_person_s_once(self, world, locum, person):
        member = person("Locke", "Ada")
        appoint(world, member)
        merge_records(actor=world.system, keep=member, record=locum, reason="The same license")
        assert run(world)["judged"] == 1
        assert Bar.objects.get().practitioner == member

    def test_a_withdrawn_record_is_judged_like_that_of_a_member_and_takes_no_bar(self, world, locum):
        type(locum).objects.filter(pk=locum.pk).update(withdrawn_at=NOON, withdrawn_by=world.system)
        counts = run(world)
        assert (counts["judged"], counts["opened"], counts["refused"]) == (1, 0, 1)

    def test_of_whom_it_is_not_known_the_source_is_asked_today(self, world, person, bylaws_rule, user):
        unlicensed = person("Locke")
        grant(world, unlicensed, kind=GrantKind.LOCUM)
        honorary = person("Honor")
        appoint(world, honorary, category=world.honorary)
        grant(world, honorary, kind=GrantKind.LOCUM)
        total, items = to_ask_today(user(Role.CREDENTIALING_COORDINATOR), world.lakeside, 5)
        assert total == 2
        assert all("No IL license is on record." in item.detail for item in items)
        own = user(Role.CREDENTIALING_COORDINATOR)
        type(unlicensed).objects.filter(pk=unlicensed.pk).update(user=own)
        assert to_ask_today(own, world.lakeside, 5)[0] == 1
