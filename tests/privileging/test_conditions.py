"""What a condition of the board makes of the grant, its evaluation and the answer to the ward."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bylaws.choices import LineOutcome
from config.accounts.choices import Role
from config.kernel.errors import Refused
from privileging.choices import FPPEMethod
from privileging.models import FPPEPlan, Grant, GrantPeriod
from privileging.selectors.booking import guard_booking
from privileging.selectors.lookup import LookupOutcome, can_perform
from tests.privileging.conftest import TODAY, licensed
from tests.privileging.files import answers, asked, before_the_board, decide, hospital_with_office, opened

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
CODE = "GS-LAP-CHOLE"


@pytest.fixture
def staff(world, bylaws_rule):
    return world.staff


@pytest.fixture
def application(world, staff, person):
    one = person()
    licensed(world, one)
    application = opened(world, staff, one)
    asked(staff, application)
    return application


def granted(staff, application, *stated, free=""):
    """The board's decision with these conditions on one line."""
    step = before_the_board(staff, application)
    changed = answers(application, changes={CODE: "to be replaced"})
    lines = [
        replace(each, conditions=free, stated=stated) if each.outcome == LineOutcome.MODIFY else each
        for each in changed
    ]
    decide(staff, step, lines)
    return Grant.objects.get(privilege__code=CODE)


def answer(application, on=TODAY):
    return can_perform(
        practitioner=application.practitioner, privilege_code=CODE, facility=application.facility, on=on
    )


def test_the_ward_reads_them_in_words_with_the_yes(staff, application):
    grant = granted(
        staff, application, {"kind": "site", "where": "the North Campus"},
        {"kind": "age", "from_years": 18}, free="Not at night.",
    )  # fmt: skip
    told = answer(application)
    assert told.outcome == LookupOutcome.YES
    assert told.conditions == (
        "Only at the North Campus.",
        "Only patients from 18 years of age.",
        "Not at night.",
    )
    assert grant.decision.lines.get(outcome="modify").stated[0] == {
        "kind": "site",
        "where": "the North Campus",
    }


@pytest.mark.parametrize(
    ("site", "said"),
    [("the north campus", "warn"), ("Main", "block"), ("", "warn")],
)
def test_the_booking_is_held_to_the_site_the_board_stated(staff, application, user, site, said):
    granted(staff, application, {"kind": "site", "where": "the North Campus"}, free="Not at night.")
    found = guard_booking(
        viewer=user(Role.LOOKUP),
        facility=application.facility,
        practitioner=application.practitioner,
        privilege_code=CODE,
        site=site,
    )
    assert found.answer == said
    assert ("Only at the North Campus." in found.reasons) == (site != "the north campus")


def test_proctored_cases_are_the_cases_of_the_evaluation(staff, application):
    grant = granted(staff, application, {"kind": "proctor", "cases": 7})
    plan = FPPEPlan.objects.get(grant=grant)
    assert (plan.cases_required, plan.looking) == (7, FPPEMethod.PROCTORED)
    assert not FPPEPlan.objects.exclude(pk=plan.pk).filter(cases_required=7).exists()
    assert answer(application).proctor_needed


def test_a_last_day_ends_the_grant_on_that_day_and_no_other(staff, application):
    last = TODAY + dt.timedelta(days=40)
    grant = granted(staff, application, {"kind": "until", "day": last.isoformat()})
    assert answer(application, last).outcome == LookupOutcome.YES
    assert answer(application, last + dt.timedelta(days=1)).outcome == LookupOutcome.NO
    others = GrantPeriod.objects.exclude(identity=grant)
    assert all(row.valid.upper > last + dt.timedelta(days=1) for row in others)


def test_a_last_day_beyond_the_term_lengthens_nothing(staff, application):
    grant = granted(staff, application, {"kind": "until", "day": (TODAY.replace(year=2040)).isoformat()})
    other = GrantPeriod.objects.exclude(identity=grant).first()
    assert grant.periods.get().valid.upper == other.valid.upper


def test_a_last_day_before_the_act_is_refused_and_nothing_is_granted(staff, application):
    with pytest.raises(Refused, match="is past"):
        granted(staff, application, {"kind": "until", "day": (TODAY - dt.timedelta(days=1)).isoformat()})
    assert not Grant.objects.exists()
