"""Compliance asks each kind of fact once, answers as if each rule were judged alone, and adds up for every
kind of what is judged.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.models import Amendment, AmendmentStep, ComplianceRun, Finding, FindingStep
from bylaws.selectors.compliance import NEEDS_ATTENTION, as_data, by_department, by_person, compliance
from bylaws.selectors.judged import alone_of, judged_of, judged_people
from bylaws.services.committees import form_committee, seat_member
from bylaws.services.compliance_runs import record_run
from bylaws.services.offices import choose_officer
from bylaws.services.policies import add_policy
from config.accounts.choices import Role
from config.kernel.canonical import canonical_bytes
from config.rulebook.rules import judge_many, register, rule, rules
from config.rulebook.subjects import PRACTITIONER, register_kind, subject_kind, subject_kinds
from config.rulebook.verdicts import Outcome, parts_of
from credentialing.models import Application
from practitioners.models import CredentialType
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from privileging.services.departures import record_departures
from privileging.services.performed import judge_cases, load_cases
from privileging.services.procedures import load_procedure_codes
from tests.counting import EVERY_RULE
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
from tests.privileging.files import hospital_with_office, opened

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office
DAY = dt.timedelta(days=1)
SEDATION = "GS-SEDATION"


@pytest.fixture
def everything(world, long_kept, person, user):
    """Something to judge under every rule: supervised by one of the staff and by one who left, certificates,
    registrations, a suspension, a merged record.
    """
    for code, category in (
        ("LIFE_SUPPORT", "life_support"),
        ("SUPERVISION", "supervision"),
        ("DEA", "licensure"),
        ("MALPRACTICE", "licensure"),
    ):
        CredentialType.objects.create(code=code, name=code, category=category, has_state=True)
    set_parameter(world.system, "bylaws.supervised_professions", ["PA"])
    set_parameter(world.system, "privileging.certificates_kept_up", ["LIFE_SUPPORT"])
    listed = {"scope": "listed", "privileges": [SEDATION]}
    conditions = [
        {"rule": code, "scope": "all"} for code in ("BL-SUP-1", "BL-LIC-1", "BL-INS-1", "BL-CERT-1")
    ]
    set_parameter(world.system, "bylaws.standing_conditions", [*conditions, {"rule": "BL-DEA-1", **listed}])
    surgeon, gone, suspended = person(), person("Leaver"), person("Waiting")
    for one in (surgeon, suspended):
        appoint(world, one)
        grant(world, one, SEDATION)
        licensed(world, one)
    licensed(world, gone)
    say(
        world,
        credential(world, surgeon, "LIFE_SUPPORT"),
        dt.date(2024, 12, 1),
        TODAY - DAY,
        extra={"course": "ACLS"},
    )
    bar(world, suspended, TODAY - DAY, None)
    assistant = create_practitioner(
        actor=world.system, provider_type="PA", last_name="Lindqvist", first_name="Noor", npi="1000000152"
    )
    appoint(world, assistant)
    grant(world, assistant)
    licensed(world, assistant)
    for number, supervisor in enumerate((surgeon, gone)):
        agreed = credential(world, assistant, "SUPERVISION", state="IL", number=str(number))
        told = {"agreement": "supervision", "supervisor_npi": supervisor.npi}
        say(world, agreed, dt.date(2025, 1, 1), None, extra=told)
    lapsed, left = person("Lapsed"), person("Away")
    appoint(world, lapsed, dt.date(2024, 1, 1), dt.date(2025, 12, 31))
    appoint(world, left, dt.date(2025, 1, 1), dt.date(2026, 12, 31))
    record_departures(
        actor=world.staff.meetings, practitioners=[left], facility=world.lakeside, day=TODAY, kind="retired",
        reason="Retires.", investigation="no",
    )  # fmt: skip
    application = opened(world, world.staff, person("Applicant"))
    Application.objects.filter(pk=application.pk).update(received_on=TODAY)
    add_policy(
        actor=user(Role.DIRECTOR), facility=world.lakeside, number="MS-01", title="Medical Staff Bylaws",
        kind="bylaws", owner="medical_staff", body="# Article 1 Name\nIt is one.",
    )  # fmt: skip
    amended(world)
    executive = form_committee(
        actor=world.system, facility=world.lakeside, kind="mec", name="Medical Executive Committee"
    )
    for number in range(3):
        seat_member(
            actor=world.system,
            committee=executive,
            user=world.staff.members[number],
            start=dt.date(2026, 1, 1),
        )
    set_parameter(world.system, "bylaws.office_categories", ["active"])
    choose_officer(
        actor=world.system, facility=world.lakeside, office="president", practitioner=surgeon,
        chosen="elected", chosen_on=dt.date(2026, 1, 1), start=dt.date(2026, 1, 1),
        last_day=dt.date(2027, 12, 31), authority="Annual meeting",
    )  # fmt: skip
    case = {
        "encounter": "E-1", "line": "1", "npi": surgeon.npi, "system": "LOCAL", "code": "P-101",
        "performed_at": "2026-11-20 07:30",
    }  # fmt: skip
    load_procedure_codes(
        actor=world.system, facility=world.lakeside,
        content=b"code,system,privilege,groups\nP-101,LOCAL,GS-LAP-CHOLE,gs-major\n",
    )  # fmt: skip
    load_cases(actor=world.system, facility=world.lakeside, source="or-system", name="Cases", given=[case])
    judge_cases(actor=world.system, facility=world.lakeside)
    merge_records(
        actor=world.system, keep=surgeon, record=person("Okonkwo", npi=None), reason="One and the same"
    )
    return [surgeon, gone, suspended, assistant]


def amended(world):
    """An amendment that took effect."""
    amendment = Amendment.objects.create(
        facility=world.lakeside, title="Attendance", text="Half of the meetings.", reason="Why",
        takes_effect_on=TODAY - DAY, drafted_at=NOON - 90 * DAY, drafted_by=world.system,
    )  # fmt: skip
    counts = {"voting_members": 3, "votes_for": 3, "votes_against": 0, "abstained": 0}
    way = [("noticed", 80, {}), ("ballot", 60, {}), ("carried", 40, counts), ("approved", 20, {})]
    for status, ago, more in way:
        day = TODAY - ago * DAY
        until = {"ballot_until": day + 14 * DAY} if status == "ballot" else {}
        Amendment.objects.filter(pk=amendment.pk).update(status=status, **until)
        AmendmentStep.objects.create(
            amendment=amendment, status=status, day=day, recorded_at=NOON - ago * DAY,
            recorded_by=world.system, **more,
        )  # fmt: skip


@pytest.mark.parametrize("asked_of", ["", "?on=2026-11-20", "?on=2026-11-20&known_at=2026-11-22T12:00"])
def test_a_page_that_judges_everything_asks_each_kind_of_fact_once(world, everything, user, client, asked_of):
    client.force_login(user(Role.DIRECTOR))
    address = reverse("bylaws:compliance") + asked_of
    client.get(address)  # what is read once per process is not the page's cost
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    queries = [each["sql"] for each in asked.captured_queries if "SAVEPOINT" not in each["sql"]]
    assert len(queries) <= EVERY_RULE, "\n".join(each[:150] for each in queries)


def test_judged_together_comes_out_as_judged_alone(world, everything):
    for result in compliance(viewer=world.system, facility=world.lakeside, on=TODAY):
        with judged_of(result.rule.subject, world.lakeside, TODAY) as population:
            ids, without = list(population), alone_of(population)
        alone = judge_many(
            result.rule,
            facility=world.lakeside,
            on=TODAY,
            practitioner_ids=ids,
            privileges_held=without,
        )
        assert result.verdicts == alone, result.rule.code


MOMENTS = [(TODAY, None), (TODAY, NOON), (TODAY - 20 * DAY, None), (TODAY - 400 * DAY, NOON - 30 * DAY)]


@pytest.mark.parametrize(("on", "known_at"), MOMENTS)
def test_outcomes_add_up_for_every_kind_and_unknown_is_in_no_sum(world, everything, on, known_at):
    """Every registered rule over everything it judges: each is counted once, none is left out, and what is
    compliant is, of what it concerns, what is met.
    """
    results = compliance(viewer=world.system, facility=world.lakeside, on=on, known_at=known_at)
    assert {each.rule.code for each in results} == {each.code for each in rules()}
    for each in results:
        outcomes = Counter(verdict.outcome for verdict in each.verdicts.values())
        assert each.verdicts.keys() == each.population.keys(), each.rule.code
        assert {outcome: outcomes[outcome] for outcome in Outcome} == each.counts, each.rule.code
        assert sum(each.counts.values()) == each.total, each.rule.code
        not_compliant = outcomes[Outcome.NOT_MET] + outcomes[Outcome.UNKNOWN]
        assert each.compliant == each.concerned - not_compliant, each.rule.code
        assert {row.kind for row in each.population.values()} <= {each.rule.subject}, each.rule.code
    people = [each for each in results if each.rule.about_people]
    for sums in (by_person(results), by_department(results)):
        assert sum(one.total for one in sums) == sum(each.total for each in people)
        assert sum(one.compliant for one in sums) == sum(each.compliant for each in people)
    told = [
        canonical_bytes(as_data(found, facility=world.lakeside, on=on, known_at=known_at))
        for found in (
            results,
            compliance(viewer=world.system, facility=world.lakeside, on=on, known_at=known_at),
        )
    ]
    assert told[0] == told[1]


def test_something_of_every_kind_is_judged(world, everything):
    found = compliance(viewer=world.system, facility=world.lakeside, on=TODAY)
    judged = {each.rule.subject for each in found if each.total}
    assert judged == {PRACTITIONER, *(each.code for each in subject_kinds())}


def test_a_run_of_every_kind_twice_writes_nothing_and_counts_what_was_judged(world, everything):
    first = record_run(actor=world.system, facility=world.lakeside)
    before = [list(model.objects.order_by("pk").values()) for model in (ComplianceRun, Finding, FindingStep)]
    again = record_run(actor=world.system, facility=world.lakeside)
    assert (again.run, again.new) == (first.run, False)
    after = [list(model.objects.order_by("pk").values()) for model in (ComplianceRun, Finding, FindingStep)]
    assert before == after
    results = compliance(viewer=world.system, facility=world.lakeside, on=TODAY)
    open_ones = Counter(
        (each.rule.code, row.kind, row.uid)
        for each in results
        for pk, row in each.population.items()
        for part in parts_of(each.verdicts[pk])
        if part.outcome in NEEDS_ATTENTION
    )
    recorded = Finding.objects.values_list("rule_code", "subject_kind", "subject_uid")
    assert Counter(recorded) == open_ones
    assert first.run.population == len(judged_people(world.lakeside, TODAY))


def test_a_rule_about_no_person_suspends_nobody():
    with pytest.raises(RuntimeError, match="about no person"):
        register(dataclasses.replace(rule("BL-MEC-1"), code="BL-XXX-1", by_law=True))
    with pytest.raises(RuntimeError, match="registered twice"):
        register_kind(subject_kind("committee"))
