"""Golden cases of BL-TEL-1: the last day of the agreement, the day of a list, and the days beside them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bylaws.selectors.compliance import compliance
from config.accounts.choices import Role
from config.kernel import clock
from config.rulebook.rules import judge_many, rule
from config.rulebook.verdicts import Outcome
from credentialing.services import telemedicine
from practitioners.models import Practitioner
from practitioners.services.merging import merge_records
from privileging.choices import GrantKind
from privileging.rules.proxy_agreement import judge
from tests.credentialing.telemedicine import line, listed, load
from tests.judging import ON, RANK, assert_plain, near, quickly
from tests.privileging.conftest import NPIS, TODAY, grant
from tests.privileging.files import account
from tests.privileging.kinds import built, by_proxy, granted_for_a_time, physician
from tests.worlds import shared

DAY = dt.timedelta(days=1)
MET, NOT_MET, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
NONE = Outcome.NOT_APPLICABLE
SITE = "Northgate Medical Center"


@pytest.fixture(scope="module")
def _facilities(request, django_db_setup, django_db_blocker):
    def make(world):
        world.remote = physician(world, "Vargas", 3)

    with shared(request, django_db_blocker, built(make)) as facilities:
        yield facilities


@pytest.fixture
def staff(world):
    return world.staff


@pytest.fixture
def agreement(world, staff):
    """In force, its newest list of today naming the one who is granted by proxy."""
    return listed(staff.coordinator, world.lakeside, world.remote)


def judged(world, one, on=TODAY, known_at=None):
    return judge_many(
        rule("BL-TEL-1"), facility=world.lakeside, on=on, known_at=known_at, practitioner_ids=[one.pk]
    )[one.pk]


def drop(world, staff, agreement):
    """The site's list of today names somebody else."""
    load(staff.coordinator, agreement, line(NPIS[5], state="IL", number="2"))


def test_whoever_is_listed_under_an_agreement_in_force_meets_it(world, staff, agreement):
    by_proxy(world, staff, world.remote, agreement)
    verdict = judged(world, world.remote)
    assert verdict.outcome == MET
    assert verdict.facts["newest_list"] == TODAY
    assert verdict.citation.startswith("42 CFR 482.12(a)(8)")


def test_who_holds_nothing_by_proxy_is_not_concerned(world, staff, agreement):
    other = physician(world, "Okonkwo", 4)
    granted_for_a_time(world, staff, other)
    assert judged(world, other).outcome == NONE, "temporary privileges are not by proxy"
    assert judged(world, world.remote).outcome == NONE, "listed, and nothing is granted"
    by_proxy(world, staff, world.remote, agreement)
    assert judged(world, world.remote, TODAY - DAY).outcome == NONE, "granted only the day after"


def test_the_last_day_of_the_agreement_still_counts(world, staff, agreement):
    by_proxy(world, staff, world.remote, agreement)
    last = TODAY + 5 * DAY
    telemedicine.end_agreement(
        actor=staff.coordinator, agreement=agreement, last_day=last, reason="Notice given"
    )
    assert judged(world, world.remote, last - DAY).outcome == MET
    assert judged(world, world.remote, last).outcome == MET
    verdict = judged(world, world.remote, last + DAY)
    assert (verdict.outcome, verdict.since) == (NOT_MET, last + DAY)
    assert verdict.sentence == f"The agreement with {SITE} is not in force; it ended on 29 Nov 2026."
    assert judged(world, world.remote, dt.date(2030, 1, 1)).outcome == NONE, "the grant has ended by then"


def test_from_the_day_of_a_list_without_them_it_is_not_met(world, staff, agreement):
    by_proxy(world, staff, world.remote, agreement)
    then = clock.now()
    with clock.freeze(then + DAY):
        drop(world, staff, agreement)
        assert judged(world, world.remote, TODAY).outcome == MET
        verdict = judged(world, world.remote, TODAY + DAY)
        assert (verdict.outcome, verdict.since) == (NOT_MET, TODAY + DAY)
        assert verdict.sentence == f"Not on the list of {SITE} since 25 Nov 2026."
        assert judged(world, world.remote, TODAY + DAY, then).outcome == MET, "as known before"
    with clock.freeze(then + 3 * DAY):
        load(staff.coordinator, agreement, line(str(world.remote.npi), state="IL", number="1"))
        assert judged(world, world.remote, TODAY + 2 * DAY).outcome == NOT_MET
        assert judged(world, world.remote, TODAY + 3 * DAY).outcome == MET


def test_both_missing_are_both_said_and_the_earlier_day_counts(world, staff, agreement):
    by_proxy(world, staff, world.remote, agreement)
    with clock.freeze(clock.now() + DAY):
        drop(world, staff, agreement)
        telemedicine.end_agreement(
            actor=staff.coordinator, agreement=agreement, last_day=TODAY + 3 * DAY, reason="Notice given"
        )
    verdict = judged(world, world.remote, TODAY + 4 * DAY)
    assert verdict.since == TODAY + DAY
    assert "not in force" in verdict.sentence
    assert f"Not on the list of {SITE}" in verdict.sentence


def test_a_number_of_a_merged_record_is_theirs(world, staff, agreement):
    by_proxy(world, staff, world.remote, agreement)
    other = physician(world, "Vargasova", 5)
    with clock.freeze(clock.now() + DAY):
        drop(world, staff, agreement)
        before = clock.now()
        assert judged(world, world.remote, TODAY + DAY).outcome == NOT_MET
        with clock.freeze(before + dt.timedelta(hours=1)):
            merge_records(actor=world.system, keep=world.remote, record=other, reason="The same license")
            assert judged(world, world.remote, TODAY + DAY).outcome == MET
            assert judged(world, world.remote, TODAY + DAY, before).outcome == NOT_MET


def test_without_a_number_nobody_can_say_whether_they_are_listed(world, staff, agreement):
    by_proxy(world, staff, world.remote, agreement)
    Practitioner.every.filter(pk=world.remote.pk).update(npi=None)
    verdict = judged(world, world.remote)
    assert (verdict.outcome, verdict.cure) == (UNKNOWN, "Record the National Provider Identifier.")


def test_what_came_from_an_earlier_system_names_no_agreement(world):
    grant(world, world.remote, kind=GrantKind.TELEMEDICINE)
    assert judged(world, world.remote).outcome == UNKNOWN


HELD = {
    "site": SITE,
    "agreement": "Telestroke agreement",
    "since": dt.date(2026, 1, 1),
    "in_force": True,
    "agreement_ended": None,
    "listed": True,
    "left_list": None,
    "first_list": dt.date(2026, 3, 1),
    "newest_list": dt.date(2026, 6, 1),
    "has_npi": True,
}


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        ([], NONE),
        ([{}], MET),
        ([{"newest_list": None, "listed": False}], UNKNOWN),
        ([{"newest_list": None, "listed": False, "in_force": False}], NOT_MET),
        ([{"has_npi": False, "listed": False}], UNKNOWN),
        ([{"listed": False}], NOT_MET),
        ([{}, {"in_force": False}], NOT_MET),  # of two agreements each has to cover what rests on it
        ([{}, {"site": ""}], UNKNOWN),
    ],
)
def test_what_is_missing_is_never_met(files, outcome):
    facts = {"on": TODAY, "by_proxy": [{**HELD, **each} for each in files]}
    assert judge(facts, {}).outcome == outcome


def test_a_breach_does_not_begin_before_something_is_held():
    gone = {**HELD, "in_force": False, "agreement_ended": dt.date(2025, 7, 1)}
    assert judge({"on": TODAY, "by_proxy": [gone]}, {}).since == HELD["since"]


def test_who_was_never_on_a_list_is_missing_since_the_first_one():
    never = {**HELD, "listed": False}
    assert judge({"on": TODAY, "by_proxy": [never]}, {}).since == HELD["first_list"]
    held_since = {**never, "since": dt.date(2026, 4, 1)}
    assert judge({"on": TODAY, "by_proxy": [held_since]}, {}).since == dt.date(2026, 4, 1)


def test_the_first_list_is_read_beside_the_newest(world, staff, agreement):
    by_proxy(world, staff, world.remote, agreement)
    with clock.freeze(clock.now() + DAY):
        drop(world, staff, agreement)
    facts = rule("BL-TEL-1").facts(world.lakeside, TODAY + DAY, None, [world.remote.pk])
    (one,) = facts[world.remote.pk]["by_proxy"]
    assert (one["first_list"], one["newest_list"]) == (TODAY, TODAY + DAY)


def test_compliance_judges_who_has_no_appointment_and_leads_to_the_agreements(
    world, client, staff, agreement
):
    by_proxy(world, staff, world.remote, agreement)
    viewer = account(world, "dora", Role.DIRECTOR)
    with clock.freeze(clock.now() + DAY):
        drop(world, staff, agreement)
        found = compliance(viewer=viewer, facility=world.lakeside, on=TODAY + DAY)
        one = next(each for each in found if each.rule.code == "BL-TEL-1")
        assert one.verdicts[world.remote.pk].outcome == NOT_MET
        client.force_login(viewer)
        page = client.get(reverse("bylaws:compliance"), {"rule": "BL-TEL-1"}).content.decode()
    assert f"Not on the list of {SITE} since 25 Nov 2026." in page
    assert reverse("credentialing:distant_agreements") in page
    assert "Open the agreements" in page


BY_PROXY = st.fixed_dictionaries(
    {
        "site": st.sampled_from([SITE, SITE, SITE, ""]),
        "since": near(-40, 0),
        "in_force": st.booleans(),
        "agreement_ended": st.none() | near(-60, 0),
        "listed": st.booleans(),
        "left_list": st.none() | near(-60, 0),
        "first_list": near(-60, 0),
        "newest_list": st.none() | near(-60, 0),
        "has_npi": st.booleans(),
    }
)


@quickly
@given(st.lists(BY_PROXY, max_size=3))
def test_met_only_where_every_site_agreed_and_lists_them(files):
    """BL-TEL-1 for any files: one more in order changes nothing, more in force is never worse."""

    def verdict(files):
        return assert_plain(judge, {"on": ON, "by_proxy": [{**HELD, **each} for each in files]}, {}, days=53)

    def of_one(each):
        told = each["newest_list"] is not None
        if each["site"] and (not each["in_force"] or (told and each["has_npi"] and not each["listed"])):
            return NOT_MET
        return MET if each["site"] and told and each["listed"] else UNKNOWN

    found = verdict(files)
    assert found.outcome == min(map(of_one, files), key=RANK.get, default=NONE)
    assert verdict([*files, HELD | {"since": ON}]).outcome == (found.outcome if files else MET)
    assert RANK[verdict([each | {"in_force": True} for each in files]).outcome] >= RANK[found.outcome]
    if found.outcome == NOT_MET:
        assert min(each["since"] for each in files) <= found.since <= ON
