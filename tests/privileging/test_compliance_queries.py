"""Compliance asks each kind of fact once, and answers as if each rule were judged alone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.selectors.compliance import compliance
from bylaws.selectors.judged import alone_of, judged_people
from config.accounts.choices import Role
from config.rulebook.rules import judge_many
from practitioners.models import CredentialType
from practitioners.services.merging import merge_records
from practitioners.services.people import create_practitioner
from tests.counting import EVERY_RULE
from tests.privileging.conftest import (
    TODAY,
    appoint,
    bar,
    credential,
    grant,
    licensed,
    say,
    set_parameter,
)

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
SEDATION = "GS-SEDATION"


@pytest.fixture
def everything(world, long_kept, person):
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
    merge_records(
        actor=world.system, keep=surgeon, record=person("Okonkwo", npi=None), reason="One and the same"
    )
    return [surgeon, gone, suspended, assistant]


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
    people = judged_people(world.lakeside, TODAY)
    for result in compliance(viewer=world.system, facility=world.lakeside, on=TODAY):
        alone = judge_many(
            result.rule,
            facility=world.lakeside,
            on=TODAY,
            practitioner_ids=list(people),
            privileges_held=alone_of(people),
        )
        assert result.verdicts == alone, result.rule.code
