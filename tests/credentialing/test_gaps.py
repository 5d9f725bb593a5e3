"""Gaps in the gate of an application: explained ones satisfy, and only as their length asks."""

import datetime as dt

import pytest

from config.kernel.periods import days
from config.rulebook.services.parameters import set_parameter
from credentialing.models import RedFlag
from credentialing.selectors.audit_files import audit_files
from credentialing.selectors.gaps import strictest_limits
from credentialing.selectors.gate import completeness
from practitioners.services.credentials import withdraw_claim
from practitioners.services.gaps import explain_gap, withdraw_explanation
from tests.credentialing.files import hospitals_with_person
from tests.credentialing.world import TODAY

HOSPITALS = hospitals_with_person

FIRST, LAST = dt.date(2024, 2, 1), dt.date(2024, 10, 31)


@pytest.fixture
def person(world):
    """Everything stated; the work breaks off for nine months of 2024."""
    person, claims = world.person, world.claims
    withdraw_claim(actor=world.coordinator, credential=claims["work"], reason="Corrected")
    world.claim(
        person,
        "WORK_HISTORY",
        dt.date(2012, 7, 1),
        dt.date(2024, 1, 31),
        issuer="Fernwick General",
        extra={"position": "Surgeon"},
    )
    world.claim(
        person, "WORK_HISTORY", dt.date(2024, 11, 1), None, issuer="New Clinic", extra={"position": "Surgeon"}
    )
    return person  # fmt: skip


def explain(world, person, **more):
    values = {
        "actor": world.coordinator, "practitioner": person, "first_day": FIRST, "last_day": LAST,
        "explanation": "Cared for a parent.", "in_writing": True,
    } | more  # fmt: skip
    return explain_gap(**values)


def leaf(application):
    return next((one for one in completeness(application).children if one.code == "WORK-HISTORY"), None)


def test_a_gap_keeps_the_file_open_until_it_is_explained(world, person):
    application = world.accepted(person)
    world.load_list()
    world.find_out(application)
    assert leaf(application).outcome == "UNKNOWN"
    assert not completeness(application).met
    row = explain(world, person)
    assert leaf(application).outcome == "MET"
    assert completeness(application).met
    withdraw_explanation(actor=world.coordinator, explanation=row, reason="Another person's")
    assert not completeness(application).met


def test_days_that_have_not_come_are_no_gap(world):
    """Who is between two posts explains the time until today; the decision lies four months ahead."""
    person, claims = world.person, world.claims
    withdraw_claim(actor=world.coordinator, credential=claims["work"], reason="Corrected")
    last = TODAY - dt.timedelta(days=100)
    world.claim(
        person, "WORK_HISTORY", dt.date(2012, 7, 1), last, issuer="Fernwick General",
        extra={"position": "Surgeon"},
    )  # fmt: skip
    application = world.accepted(person, scheduled_decision_on=TODAY + dt.timedelta(days=120))
    assert RedFlag.objects.filter(code="RF-GAP", status="open").exists()
    explain(world, person, first_day=last + dt.timedelta(days=1), last_day=TODAY)
    assert leaf(application).outcome == "MET"
    (audited,) = audit_files([application])
    assert [row.sentence for row in audited.rows if "gap" in row.defects] == []


def test_nine_months_need_writing(world, person):
    application = world.accepted(person)
    explain(world, person, in_writing=False)
    assert leaf(application).outcome == "NOT_MET"
    assert "not in writing" in leaf(application).children[0].sentence


def test_an_explained_gap_raises_no_flag(world, person):
    explain(world, person)
    world.accepted(person)
    assert not RedFlag.objects.filter(code="RF-GAP").exists()


def test_the_text_of_the_entry_beside_the_gap_explains_it_too(world):
    person, claims = world.person, world.claims
    withdraw_claim(actor=world.coordinator, credential=claims["work"], reason="Corrected")
    world.claim(
        person,
        "WORK_HISTORY",
        dt.date(2012, 7, 1),
        dt.date(2024, 1, 31),
        issuer="Fernwick General",
        said_by="applicant",
        extra={"position": "Surgeon", "explanation": "Moved abroad with my family."},
    )
    world.claim(
        person, "WORK_HISTORY", dt.date(2024, 11, 1), None, issuer="New Clinic", extra={"position": "Surgeon"}
    )
    application = world.accepted(person)
    assert leaf(application).outcome == "MET"
    assert not RedFlag.objects.filter(code="RF-GAP").exists()  # fmt: skip


def test_no_gap_no_leaf(world):
    assert leaf(world.accepted()) is None


def test_the_strictest_limit_of_the_places_that_know_the_person(world, person):
    def limit(facility, code, value):
        set_parameter(
            actor=world.system, code=code, subject="", source="bylaws", facility=facility,
            valid=days(dt.date(2020, 1, 1), None), value=value, citation="Bylaws", confidence="adopted",
        )  # fmt: skip

    limit(world.facility, "credentialing.gap_clarify_days", 90)
    limit(world.facility, "credentialing.gap_days", 180)
    limit(world.other, "credentialing.gap_clarify_days", 30)
    assert strictest_limits(person, TODAY).clarify_days == 30  # nobody knows them: all count
    world.appoint(person)
    assert strictest_limits(person, TODAY).clarify_days == 90
    world.appoint(person, facility=world.other)
    found = strictest_limits(person, TODAY)
    assert (found.clarify_days, found.writing_days, found.years) == (30, 60, 5)
