"""What is done once a day at every facility, by its own calendar."""

from __future__ import annotations

import datetime as dt

from bylaws.services.standing import apply_standing_conditions
from config.audit.services.jobs import run_job
from config.kernel import clock
from config.organization.models import Facility
from credentialing.services import (
    completing,
    disclosure_mails,
    enquiry_mails,
    enrolment_mails,
    flags,
    packet_mails,
    reminders,
    runs,
)
from practitioners.services.evidence import write_checkpoint


def run_nightly(*, actor, on: dt.date | None = None, again: bool = False) -> dict[str, str]:
    """Standing conditions and the licenses that end per facility, reminders (credentials, forms, packets,
    enrollments, disclosures of interests), the clock of incomplete applications, the red flags of open
    files, and the checkpoint over the evidence chains.

    Each part is entered in the ledger of jobs under the facility's date and done once; one that failed or
    was cut off is taken up again by the next run. A part that fails does not keep the others from running.
    """
    answer: dict[str, str] = {}
    failures: list[str] = []

    def part(job: str, key: str, work) -> None:
        try:
            run = run_job(job, key, work, again=again)
        except Exception as problem:  # the ledger has the whole text; the other parts go on
            failures.append(f"{job} {key}: {type(problem).__name__}: {problem}")
            answer[f"{job}:{key}"] = "failed"
        else:
            answer[f"{job}:{key}"] = str(run.status)

    for facility in Facility.objects.order_by("code"):
        day = on or clock.today(facility)
        part(
            "standing-conditions",
            f"{facility.code}:{day.isoformat()}",
            lambda facility=facility, day=day: dict(
                apply_standing_conditions(actor=actor, facility=facility, on=day) or {}
            ),
        )
        part(
            "licenses-at-their-end",
            f"{facility.code}:{day.isoformat()}",
            lambda facility=facility: runs.check_ending(actor=actor, facility=facility),
        )
    day = on or clock.today()
    part("reminders", day.isoformat(), lambda: reminders.queue_reminders(actor=actor, on=day))
    part("enquiry-reminders", day.isoformat(), lambda: enquiry_mails.queue_reminders(actor=actor, on=on))
    part("packet-reminders", day.isoformat(), lambda: packet_mails.queue_reminders(actor=actor, on=on))
    part("enrolment-reminders", day.isoformat(), lambda: enrolment_mails.queue_reminders(actor=actor, on=on))
    part(
        "disclosure-reminders",
        day.isoformat(),
        lambda: disclosure_mails.queue_reminders(actor=actor, on=on),
    )
    part("incomplete-clock", day.isoformat(), lambda: completing.run_incomplete_clock(actor=actor, on=on))
    part("red-flags", day.isoformat(), lambda: flags.sync_open_files(actor=actor))
    part("evidence-checkpoint", day.isoformat(), lambda: {"file": str(write_checkpoint())})
    if failures:
        raise NightFailed("; ".join(failures))
    return answer


class NightFailed(RuntimeError):
    """At least one part of the night's work failed; the ledger says which and why."""
