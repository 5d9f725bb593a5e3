"""Supervision, courses, certificates, proctored cases: judged from what is on file, with its evidence."""

from __future__ import annotations

import datetime as dt

import pytest
import yaml

from config.kernel import clock
from config.rulebook.verdicts import Outcome
from privileging.rules.catalogue_forms import text_of
from privileging.selectors.catalogue import definition_of, next_number
from privileging.selectors.criteria import evaluate_lines
from privileging.selectors.previews import preview_of
from privileging.selectors.requests import lines_of
from privileging.services.catalogue import draft_version, publish_version
from privileging.services.requests import request_privileges
from privileging.services.volumes import record_case_volume
from tests.privileging.conftest import NOON, TODAY, appoint, credential, evidence, grant, say
from tests.privileging.files import office, opened, surgery_form

pytestmark = pytest.mark.django_db
PROCTORED = {"type": "PROCTORED", "group": "robot-proctored"}
INITIAL = [
    {"type": "SUPERVISION", "agreements": ["collaboration"]},
    {"type": "COURSE", "name": "Robotic surgery console course"},
    {"type": "LIFE_SUPPORT", "courses": ["ACLS"]},
    PROCTORED | {"at_least": 5},
]


@pytest.fixture
def staff(world):
    return office(world)


@pytest.fixture
def version(world):
    """A surgery form whose robotic line asks for all four at first, and for more cases alone at renewal."""
    running = surgery_form()
    data = yaml.safe_load(text_of(next_number(running, definition_of(running))))
    line = next(each for each in data["special"] if each["code"] == "GS-ROBOTIC")
    line["criteria"] = {"initial": {"all": INITIAL}, "renewal": {"all": [PROCTORED | {"at_least": 10}]}}
    draft = draft_version(actor=world.system, form=running.form, text=yaml.safe_dump(data))
    with clock.freeze(NOON - dt.timedelta(days=1)):
        return publish_version(actor=world.system, version=draft)


@pytest.fixture
def surgeon_with_all(world, staff, person):
    """Everything on file, each thing confirmed by a source."""
    one = person()
    for kind, extra, end in (
        ("SUPERVISION", {"agreement": "collaboration"}, dt.date(2027, 6, 30)),
        ("COURSE", {"course": "Robotic surgery console course"}, None),
        ("LIFE_SUPPORT", {"course": "ACLS"}, dt.date(2027, 3, 31)),
    ):
        say(world, credential(world, one, kind), dt.date(2025, 1, 1), end, extra=extra)
    record_case_volume(
        actor=staff.coordinator,
        practitioner=one,
        procedure_group="robot-proctored",
        performed_from=dt.date(2025, 1, 1),
        performed_through=dt.date(2026, 6, 30),
        cases=7,
        source="Proctor's report",
        evidence=evidence(world, one, "Proctor's report"),
    )
    return one


def judged(staff, application, version):
    request_privileges(
        actor=staff.coordinator, application=application, version=version, special=["GS-ROBOTIC"]
    )
    lines = list(lines_of(application))
    verdicts = evaluate_lines(lines, TODAY)
    return next(verdicts[line.pk] for line in lines if line.form_line.privilege.code == "GS-ROBOTIC")


def test_each_is_met_by_what_a_source_confirmed_and_points_to_it(world, staff, version, surgeon_with_all):
    verdict = judged(staff, opened(world, staff, surgeon_with_all), version)
    assert verdict.outcome is Outcome.MET
    leaves = {leaf.code: leaf for leaf in verdict.leaves()}
    assert set(leaves) == {"SUPERVISION", "COURSE", "LIFE_SUPPORT", "PROCTORED"}
    assert all(leaf.evidence and leaf.facts for leaf in leaves.values())
    assert leaves["PROCTORED"].evidence[0].label == "Proctor's report"


def test_renewal_asks_for_its_own_number(world, staff, version, surgeon_with_all):
    appoint(world, surgeon_with_all)
    verdict = judged(staff, opened(world, staff, surgeon_with_all, kind="reappointment"), version)
    assert (verdict.outcome, [leaf.sentence for leaf in verdict.leaves()]) == (
        Outcome.NOT_MET,
        ["7 cases, 10 needed."],
    )


def test_nothing_on_file_is_not_known(world, staff, version, person):
    verdict = judged(staff, opened(world, staff, person()), version)
    assert {leaf.outcome for leaf in verdict.leaves()} == {Outcome.UNKNOWN}
    assert all(leaf.cure for leaf in verdict.leaves())


def test_a_preview_on_the_staff_judges_the_agreement_as_well(world, staff, person):
    """By renewal criteria of a version to come, over many people at once."""
    one, other = person(), person()
    for each in (one, other):
        appoint(world, each)
        grant(world, each, "GS-ROBOTIC")
    say(
        world,
        credential(world, one, "SUPERVISION"),
        dt.date(2025, 1, 1),
        dt.date(2026, 1, 1),
        extra={"agreement": "supervision"},
    )
    running = surgery_form()
    data = yaml.safe_load(text_of(next_number(running, definition_of(running))))
    line = next(each for each in data["special"] if each["code"] == "GS-ROBOTIC")
    line["criteria"]["renewal"] = {"type": "SUPERVISION"}
    draft = draft_version(actor=world.system, form=running.form, text=yaml.safe_dump(data))
    found = preview_of(draft, TODAY, facilities=[world.lakeside])
    robotic = next(each for each in found.lines if each.line.privilege.code == "GS-ROBOTIC")
    assert (robotic.not_met, robotic.unknown) == (1, 1)
