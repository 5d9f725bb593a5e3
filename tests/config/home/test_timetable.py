"""Whether scheduled work was done at its hour; the tick queues what was missed, once."""

from __future__ import annotations

import datetime as dt

import pytest
from celery import shared_task
from celery.schedules import crontab
from django.test import Client

from config.audit.choices import JobStatus
from config.audit.models import JobRun
from config.celery import app
from config.home import timetable
from config.home.timetable import late_jobs, queue_late_jobs
from config.home.worklist import late_work
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility, HealthSystem
from config.schedule import BEAT_SCHEDULE, LEDGERED

NOON = dt.datetime(2026, 3, 10, 12, 0, 30, tzinfo=dt.UTC)  # a Tuesday
NIGHT = "the night's work of every facility"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def noon(db):
    with clock.freeze(NOON) as moment:
        yield moment


@pytest.fixture
def everything_done(noon):
    """Every job of the ledger was done when it was last due."""
    for late in late_jobs():
        JobRun.objects.create(job=late.name, key=late.key, started_at=late.due, status=JobStatus.DONE)


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (crontab(minute="*"), (10, 12, 0)),
        (crontab(minute=0), (10, 12, 0)),  # the very minute
        (crontab(minute=1), (10, 11, 1)),
        (crontab(minute=25, hour=7), (10, 7, 25)),
        (crontab(minute=25, hour=13), (9, 13, 25)),
        (crontab(minute=0, hour=3, day_of_week="sun"), (8, 3, 0)),
        (crontab(minute=0, hour=3, day_of_week="tue"), (10, 3, 0)),
    ],
)
def test_when_a_schedule_came_last(schedule, due):
    day, hour, minute = due
    assert timetable.last_due(schedule, NOON) == dt.datetime(2026, 3, day, hour, minute, tzinfo=dt.UTC)


def test_what_does_not_come_within_days_is_not_looked_for():
    assert timetable.last_due(crontab(minute=0, hour=0, day_of_month=1), NOON) is None


def test_what_is_kept_in_the_ledger_stands_in_the_schedule():
    assert set(LEDGERED) <= set(BEAT_SCHEDULE)
    assert BEAT_SCHEDULE["the minute tick"]["task"] == "config.home.tasks.tick"


def test_late_is_what_has_no_row_for_its_last_hour(everything_done):
    assert late_jobs() == []
    with clock.freeze(NOON + 10 * MINUTE):  # due this minute: the timer has a while for it
        assert late_jobs() == []
    with clock.freeze(NOON + 15 * MINUTE):
        assert [(late.name, late.key) for late in late_jobs()] == [(NIGHT, "2026-03-10 12:10 UTC")]


def test_the_tick_queues_what_is_late_once(everything_done, queue, django_capture_on_commit_callbacks):
    with clock.freeze(NOON + 15 * MINUTE):
        with django_capture_on_commit_callbacks(execute=True):
            assert queue_late_jobs() == [NIGHT]
            assert queue_late_jobs() == []
        assert queue.llen("standing") == 1
        row = JobRun.objects.get(job=NIGHT, status=JobStatus.RUNNING)
        assert "queued again" in row.message
        assert late_jobs() == []


def test_what_the_queue_lost_is_queued_again_and_what_was_overtaken_is_not(everything_done, queue):
    old = JobRun.objects.create(job=NIGHT, key="long ago", started_at=NOON - dt.timedelta(days=1))
    assert queue_late_jobs() == []
    old.refresh_from_db()
    assert (old.status, old.message) == (JobStatus.FAILED, "It was cut off.")
    with clock.freeze(NOON + 15 * MINUTE):
        assert queue_late_jobs() == [NIGHT]
    with clock.freeze(NOON + 16 * MINUTE + timetable.LOST_AFTER):
        assert NIGHT in queue_late_jobs()  # for its newest hour
    assert JobRun.objects.filter(job=NIGHT, status=JobStatus.RUNNING).exists()


class TestTheWorkItself:
    @pytest.fixture
    def job(self, noon, monkeypatch):
        """A job of the ledger in the place of the night's work."""

        @shared_task(name="tests.timetable.job")
        def job(what):
            if what == "breaks":
                raise ValueError("The disk is full.")
            if what == "refuses":
                raise Refused("No list has been loaded yet.")
            return {"people": 3}

        monkeypatch.setitem(timetable._ledgered, "tests.timetable.job", NIGHT)
        yield job
        app.tasks.pop("tests.timetable.job")

    @pytest.mark.parametrize(
        ("what", "status", "counts", "message"),
        [
            ("works", JobStatus.DONE, {"people": 3}, ""),
            ("refuses", JobStatus.DONE, {"not_done": "No list has been loaded yet."}, ""),
            ("breaks", JobStatus.FAILED, {}, "The disk is full."),
        ],
    )
    def test_it_has_a_row_under_its_hour(self, job, what, status, counts, message):
        job.apply(args=[what])
        row = JobRun.objects.get(job=NIGHT)
        assert (row.key, row.status, row.counts) == ("2026-03-10 11:10 UTC", status, counts)
        assert (row.message, row.finished_at) == (message, NOON)

    def test_done_twice_in_an_hour_is_one_row(self, job):
        for what in ("breaks", "works"):
            job.apply(args=[what])
        assert JobRun.objects.get(job=NIGHT).status == JobStatus.DONE


def test_health_names_what_is_late_and_is_well_all_the_same(everything_done):
    assert Client().get("/healthz").json() == {"status": "ok"}
    with clock.freeze(NOON + 15 * MINUTE):
        answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "late": [NIGHT]})


def test_today_says_that_timer_or_worker_stand_still(everything_done):
    facility = Facility(
        code="a", name="A", health_system=HealthSystem(name="B"), state="OH", time_zone="America/New_York"
    )
    assert late_work(None, facility, 5) == (0, [])
    with clock.freeze(NOON + 15 * MINUTE):
        number, [told] = late_work(None, facility, 5)
    assert (number, told.title) == (1, "The night's work of every facility")
    assert "timer and worker" in told.detail
