"""The audit trail, its pages, and what may not be done to it."""

import datetime as dt
import uuid

import pytest
from django.db import Error, transaction
from django.urls import reverse

from config.accounts.choices import DataClass, Role
from config.audit.choices import JobStatus
from config.audit.context import request_context, request_id
from config.audit.models import AuditEvent, JobRun, ProtectedRead
from config.audit.services.events import record_event, record_protected_read
from config.audit.services.jobs import run_job
from config.audit.tables import verb_words
from config.audit.worklist import failed_work
from config.kernel import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def director(make_user, facility):
    return make_user("dora", facility, Role.DIRECTOR)


def test_what_one_request_does_shares_its_id(client, director, facility):
    client.force_login(director)
    with request_context("one") as name:
        assert request_id() == name == "one"
        for _ in range(2):
            record_event(actor=director, verb="test.done", subject=facility, facility=facility)
    assert request_id() == ""
    first = AuditEvent.objects.filter(request_id="one").first()
    page = client.get(reverse("audit:event", args=[first.uid]))
    assert len(page.context["others"].rows) == 1


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("application.sent_to_review", "Application sent to review"),
        ("npdb_query.logged", "NPDB query logged"),
        ("fppe.opened", "FPPE opened"),
    ],
)
def test_acts_are_named_as_people_write_them(verb, said):
    assert verb_words(AuditEvent(verb=verb)) == said


def test_every_answer_names_its_request(client, director):
    client.force_login(director)
    one, other = client.get("/help/")["X-Request-ID"], client.get("/help/")["X-Request-ID"]
    assert one != other


def test_the_trail_shows_only_ones_own_facilities(client, director, facility, other_facility, system):
    record_event(actor=system, verb="test.here", subject=facility, facility=facility)
    record_event(actor=system, verb="test.there", subject=other_facility, facility=other_facility)
    client.force_login(director)
    text = client.get(reverse("audit:trail")).content.decode()
    assert "Test here" in text
    assert "Test there" not in text
    hidden = AuditEvent.objects.get(verb="test.there")
    assert client.get(reverse("audit:event", args=[hidden.uid])).status_code == 404


def test_the_lists_filter_and_export(client, director, facility, system):
    record_event(actor=system, verb="test.one", subject=facility, reason="=1+1")
    record_protected_read(
        actor=director, data_class=DataClass.DATA_BANK, subject_kind="x", subject_uid=uuid.uuid4()
    )
    client.force_login(director)
    page = client.get(reverse("audit:trail"), {"verb": "test.one"})
    assert page.context["listing"].count == 1
    sheet = b"".join(client.get(reverse("audit:trail"), {"format": "csv"}).streaming_content).decode()
    assert "'=1+1" in sheet
    assert client.get(reverse("audit:reads"), {"data_class": "data_bank"}).context["listing"].count == 1
    assert client.get(reverse("audit:reads"), {"data_class": "health"}).context["listing"].count == 0


@pytest.mark.parametrize(
    "given", [{"since": "yesterday"}, {"practitioner": "x"}, {"page": "-9"}, {"sort": ";"}]
)
def test_nonsense_in_the_address_is_no_failure(client, director, given):
    client.force_login(director)
    assert client.get(reverse("audit:trail"), given).status_code == 200


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_trail_cannot_be_changed(director, facility, change):
    record_event(actor=director, verb="test.done", subject=facility)
    record_protected_read(
        actor=director, data_class=DataClass.HEALTH, subject_kind="x", subject_uid=uuid.uuid4()
    )
    for model in (AuditEvent, ProtectedRead):
        rows = model.objects.all()
        with pytest.raises(Error), transaction.atomic():
            rows.update(actor_name="somebody else") if change == "update" else rows.delete()


# --- jobs -----------------------------------------------------------------------------------------------


def test_a_job_runs_once_per_key_and_again_when_told():
    runs = []

    def work():
        runs.append(1)
        return {"found": len(runs)}

    assert run_job("test", "2026-03-09", work).counts == {"found": 1}
    assert run_job("test", "2026-03-09", work).counts == {"found": 1}
    assert run_job("test", "2026-03-09", work, again=True).counts == {"found": 2}
    assert run_job("test", "2026-03-10", work).counts == {"found": 3}


def test_a_failed_job_is_on_record_on_today_and_taken_up_again(client, director):
    with pytest.raises(ZeroDivisionError):
        run_job("test", "2026-03-09", lambda: {"x": 1 // 0})
    run = JobRun.objects.get()
    assert (run.status, run.message) == (JobStatus.FAILED, "integer division or modulo by zero")
    client.force_login(director)
    assert "Scheduled work that failed" in client.get("/").content.decode()
    assert run_job("test", "2026-03-09", lambda: {"x": 1}).status == JobStatus.DONE
    assert client.get(reverse("audit:jobs"), {"status": "failed"}).context["listing"].count == 0


def test_a_failure_leaves_today_when_the_work_has_succeeded_since(director, facility):
    def fails(day):
        with clock.freeze(dt.datetime(2026, 3, day, 8, tzinfo=dt.UTC)), pytest.raises(ZeroDivisionError):
            run_job("test", f"2026-03-{day}", lambda: {"x": 1 // 0})

    fails(10)
    (waiting,) = failed_work(director, facility, 5)[1]
    assert (waiting.title, waiting.since) == ("test 2026-03-10", dt.date(2026, 3, 10))
    with clock.freeze(dt.datetime(2026, 3, 11, 8, tzinfo=dt.UTC)):
        run_job("test", "2026-03-11", lambda: {"x": 1})
    assert failed_work(director, facility, 5) == (0, [])
    fails(12)
    assert failed_work(director, facility, 5)[0] == 1


def test_what_somebody_asked_for_and_was_refused_is_no_failure_of_the_house(director, facility):
    JobRun.objects.create(
        job="upload", key="1", status=JobStatus.FAILED, started_at=clock.now(), finished_at=clock.now(),
        counts={"asked_by": str(director.uid)}, message="This is another list.",
    )  # fmt: skip
    assert failed_work(director, facility, 5) == (0, [])


def test_job_runs_are_not_deleted():
    run_job("test", "1", dict)
    with pytest.raises(Error), transaction.atomic():
        JobRun.objects.all().delete()


def test_moments_are_shown_in_the_facilitys_time(client, director, facility, system):
    record_event(actor=system, verb="test.one", subject=facility, facility=facility)
    client.force_login(director)
    assert AuditEvent.objects.latest("id").at == dt.datetime(2026, 3, 9, 18, tzinfo=dt.UTC)
    assert "9 Mar 2026, 13:00 CDT" in client.get(reverse("audit:trail")).content.decode()
