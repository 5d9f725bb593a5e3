"""Nightly work of this room."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import shared_task

from bylaws.services import compliance_asked
from bylaws.services.compliance_runs import record_run
from bylaws.services.requests import remind_overdue
from bylaws.services.standing import apply_standing_conditions
from bylaws.services.written_consents import end_overdue
from config.accounts.services.users import system_user
from config.audit.services.jobs import run_job
from config.kernel import clock
from config.organization.models import Facility


@shared_task(name="bylaws.record_standing_conditions")
def record_standing_conditions() -> dict[str, Any]:
    """Apply the standing conditions of every facility for its own today; one ledger row per facility and day.

    Repeated within a day it judges again: a renewal verified at noon lifts a bar of the night.
    """
    actor = system_user()
    done = {}
    for facility in Facility.objects.order_by("code"):
        today = clock.today(facility)
        run = run_job(
            "bylaws.record_standing_conditions",
            f"{facility.code}:{today.isoformat()}",
            partial(apply_standing_conditions, actor=actor, facility=facility, on=today),
            again=True,
        )
        done[facility.code] = run.counts
    return done


@shared_task(name="bylaws.remind_of_requests")
def remind_of_requests() -> dict[str, int]:
    """Remind the leaders of every facility of requests that are overdue; run twice it reminds once."""
    actor = system_user()
    return {
        facility.code: remind_overdue(actor=actor, facility=facility)
        for facility in Facility.objects.order_by("code")
    }


@shared_task(name="bylaws.end_written_consents")
def end_written_consents() -> dict[str, int]:
    """End the written consents whose last day has passed with an answer missing; run twice it ends none."""
    actor = system_user()
    return {
        facility.code: end_overdue(actor=actor, facility=facility)
        for facility in Facility.objects.order_by("code")
    }


@shared_task(name="bylaws.record_compliance")
def record_compliance() -> dict[str, Any]:
    """Record compliance of every facility for its own today, once in a day; one ledger row each.

    After the standing conditions, so that what they suspended is known as the consequence.
    """
    actor = system_user()
    done = {}
    for facility in Facility.objects.order_by("code"):
        run = run_job(
            "bylaws.record_compliance",
            f"{facility.code}:{clock.today(facility).isoformat()}",
            partial(_record_compliance, actor, facility),
        )
        done[facility.code] = run.counts
    return done


@shared_task(
    name="bylaws.record_compliance_asked", acks_late=True, reject_on_worker_lost=True, time_limit=3600
)
def record_compliance_asked(run_uid: str) -> str:
    """Record the run of compliance that somebody asked for, as the ledger says."""
    return compliance_asked.carry_out(run_uid)


@shared_task(name="bylaws.sweep_compliance_asked", acks_late=True, reject_on_worker_lost=True)
def sweep_compliance_asked() -> int:
    """Take up runs of compliance the queue lost."""
    return compliance_asked.sweep_lost()


def _record_compliance(actor, facility: Facility) -> dict[str, Any]:
    return record_run(actor=actor, facility=facility).as_counts()
