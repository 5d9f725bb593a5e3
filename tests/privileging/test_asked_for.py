"""What is asked for, as flags, category and summary of the room below read it."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bylaws.subjects import handler
from config.rulebook.verdicts import Outcome
from credentialing.choices import FileCategory
from credentialing.models import RedFlag
from credentialing.selectors.assessment import category_of
from credentialing.services import flags
from privileging.models import RequestLine
from privileging.selectors.asked_for import read_asked_for, read_asked_for_many
from privileging.services.volumes import record_case_volume
from tests.privileging.conftest import TODAY, licensed
from tests.privileging.files import answers, asked, before_the_board, decide, hospital_with_office, opened

pytestmark = pytest.mark.django_db
HOSPITAL = hospital_with_office


@pytest.fixture
def staff(world, bylaws_rule):
    return world.staff


@pytest.fixture
def application(world, staff, person):
    one = person()
    licensed(world, one)
    application = opened(world, staff, one)
    asked(staff, application, special=["GS-BARIATRIC", "GS-SEDATION"])
    return application


def cases(staff, application, number: int) -> None:
    record_case_volume(
        actor=staff.coordinator, practitioner=application.practitioner, procedure_group="gs-bariatric",
        performed_from=TODAY - dt.timedelta(days=600), performed_through=TODAY, cases=number, source="Log",
    )  # fmt: skip


def test_the_core_is_one_line_and_every_criterion_of_numbers_is_told(staff, application):
    cases(staff, application, 10)
    with CaptureQueriesContext(connection) as queries:
        found = read_asked_for(application, TODAY)
    assert len(queries) <= 6
    assert [line.label for line in found.lines] == [
        "General surgery, core",
        "Bariatric surgery",
        "Moderate sedation",
    ]
    assert (
        len(found.names)
        == RequestLine.objects.filter(request__application=application, status="requested").count()
    )
    assert any(line.needed.startswith("At least 25 bariatric") for line in found.volumes)
    (short,) = found.shortfalls
    assert (short.code, short.counted, short.needed) == ("GS-BARIATRIC", 10, 25)
    assert found.criteria.outcome is Outcome.NOT_MET


@pytest.mark.parametrize(("number", "found"), [(24, True), (25, False)])
def test_case_numbers_at_the_criterion_and_below(staff, application, number, found):
    cases(staff, application, number)
    flags.sync_flags(application=application, codes=("RF-VOLUME",))
    assert RedFlag.objects.filter(code="RF-VOLUME", status="open").exists() is found


def test_more_cases_close_the_flag(staff, application):
    cases(staff, application, 10)
    flags.sync_flags(application=application, codes=("RF-VOLUME",))
    cases(staff, application, 30)
    flags.sync_flags(application=application, codes=("RF-VOLUME",))
    assert RedFlag.objects.get(code="RF-VOLUME").status == "no_longer"


def test_nothing_asked_for_has_no_criteria(staff, world, person):
    found = read_asked_for(opened(world, staff, person()), TODAY)
    assert (found.lines, found.criteria) == ((), None)


def test_many_files_are_judged_at_once_as_each_is_alone(staff, world, person, application):
    cases(staff, application, 10)
    flags.sync_flags(application=application, codes=("RF-VOLUME",))
    others = [opened(world, staff, person()) for _ in range(2)]
    asked(staff, others[0], special=["GS-SEDATION"])
    every = [application, *others]
    assert read_asked_for_many(every, TODAY) == {each.pk: read_asked_for(each, TODAY) for each in every}
    subject, uids = handler("application"), [each.uid for each in every]
    told = subject.why_not_clean(uids, TODAY)
    assert told == {uid: subject.why_not_expedited(uid, TODAY) for uid in uids}
    assert all(told.values()), "none of them is complete"
    assert "red flag" in told[application.uid] or "RF-VOLUME" in told[application.uid]
    with CaptureQueriesContext(connection) as few:
        subject.why_not_clean(uids[:1], TODAY)
    with CaptureQueriesContext(connection) as many:
        subject.why_not_clean(uids, TODAY)
    assert len(many) <= len(few) + 1  # the first of them lacks no kind of facts
    assert subject.why_not_clean([], TODAY) == {}


def test_the_decision_freezes_the_category_and_against_what_the_file_was_complete(staff, application):
    cases(staff, application, 10)
    step = before_the_board(staff, application)
    application.refresh_from_db()
    assert category_of(application, viewer=staff.coordinator).value == FileCategory.TWO
    decision = decide(staff, step, answers(application, refused={"GS-BARIATRIC": "Fewer than 25 cases"}))
    seen = json.loads(decision.frozen)["seen"]
    assert "red flag" in seen["category"]["sentence"]
    assert seen["since_complete"]["new"] == []
    assert seen["since_complete"]["snapshot"]["hash"] == application.snapshots.get().frozen_hash


def test_a_member_of_the_body_reads_the_summary_once_it_is_on_an_agenda(client, staff, application):
    before_the_board(staff, application)
    address = reverse("credentialing:summary", args=[application.uid])
    client.force_login(staff.members[0])
    assert client.get(address).status_code == 404
    client.force_login(staff.meetings)
    page = client.get(address).content.decode()
    assert "Bariatric surgery" in page
