"""Work done without anybody waiting. Thin: each task calls one service and can be run twice or cut off
anywhere.

What is to be done is a row before it is a task; the two sweeps find what the queue lost.
"""

from __future__ import annotations

import datetime as dt

from celery import shared_task

from config.accounts.services.users import system_user
from credentialing.services import (
    affiliation_mails,
    automatic,
    disclosure_mails,
    enquiry_mails,
    enrolment_mails,
    invitations,
    letter_mails,
    list_fetching,
    list_uploads,
    member_mails,
    nudges,
    packet_mails,
    reminders,
    runs,
    staff_screening,
)
from credentialing.services import nightly as nightly_services


@shared_task(acks_late=True, reject_on_worker_lost=True)
def verify_automatically(item_uid: str) -> str:
    """Ask the source of one verification item."""
    return automatic.verify_automatically(item_uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_verification() -> int:
    """Ask again what was asked and not answered."""
    return automatic.sweep() + runs.sweep_runs(older_than=automatic.sweep_after())


@shared_task(acks_late=True, reject_on_worker_lost=True)
def ask_step(step_uid: str) -> str:
    """Ask about one licence of a run."""
    return runs.ask_step(step_uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_message(uid: str) -> str:
    """Send one reminder."""
    return reminders.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_outbox() -> int:
    """Take up reminders that were queued or claimed and never sent."""
    return reminders.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_enquiry_mail(uid: str) -> str:
    """Send one mail with a form's link."""
    return enquiry_mails.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_enquiry_mails() -> int:
    """Take up mails with links that were queued or claimed and never sent."""
    return enquiry_mails.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_packet_mail(uid: str) -> str:
    """Send one mail about a packet."""
    return packet_mails.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_packet_mails() -> int:
    """Take up mails about packets that were queued or claimed and never sent."""
    return packet_mails.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_affiliation_reply(uid: str) -> str:
    """Send one affiliation letter."""
    return affiliation_mails.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_affiliation_replies() -> int:
    """Take up affiliation letters that are due to go out, or were claimed and never sent."""
    return affiliation_mails.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_letter_mail(uid: str) -> str:
    """Send one letter of the office."""
    return letter_mails.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_letter_mails() -> int:
    """Take up letters of the office that were queued or claimed and never sent."""
    return letter_mails.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_meeting_invitation(uid: str) -> str:
    """Send one invitation to a meeting."""
    return invitations.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_meeting_invitations() -> int:
    """Take up invitations that were queued or claimed and never sent."""
    return invitations.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_member_mail(uid: str) -> str:
    """Tell one person that something waits for them."""
    return member_mails.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_member_mails() -> int:
    """Take up mails to members that were queued or claimed and never sent."""
    return member_mails.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_nudge_mail(uid: str) -> str:
    """Remind one person of a file that waits for them."""
    return nudges.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_nudge_mails() -> int:
    """Take up reminders of waiting files that were queued or claimed and never sent."""
    return nudges.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_disclosure_mail(uid: str) -> str:
    """Ask one person for their yearly disclosure of interests."""
    return disclosure_mails.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_disclosure_mails() -> int:
    """Take up what asks for disclosures and was queued or claimed and never sent."""
    return disclosure_mails.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_enrolment_mail(uid: str) -> str:
    """Send one reminder of enrollments that end."""
    return enrolment_mails.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_enrolment_mails() -> int:
    """Take up reminders of enrollments that were queued or claimed and never sent."""
    return enrolment_mails.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def queue_reminders(on: str = "") -> dict[str, int]:
    """Find the reminders of a day (ISO date, default today)."""
    day = dt.date.fromisoformat(on) if on else None
    return reminders.queue_reminders(actor=system_user(), on=day)


@shared_task(acks_late=True, reject_on_worker_lost=True, time_limit=1800)
def load_uploaded_list(run_uid: str) -> str:
    """Load one uploaded exclusion list, as the ledger says."""
    return list_uploads.load_uploaded(run_uid)


@shared_task(acks_late=True, reject_on_worker_lost=True, time_limit=1800)
def fetch_list(run_uid: str) -> str:
    """Fetch one exclusion list from its publisher, as the ledger says."""
    return list_fetching.fetch(run_uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def fetch_due_lists() -> int:
    """Have every exclusion list fetched that is due."""
    return list_fetching.fetch_due_lists()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_uploaded_lists() -> int:
    """Take up uploaded lists, and lists to be fetched, that the queue lost."""
    return list_uploads.sweep_lost() + list_fetching.sweep_lost()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def screen_everyone() -> dict[str, int]:
    """Screen everyone once a month, else whoever was not screened against the current lists."""
    return staff_screening.screen_as_due()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def screen_staff(run_uid: str) -> str:
    """Do what is left of a screening of the staff."""
    return staff_screening.work(run_uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_screenings() -> int:
    """Take up a screening of the staff nobody works on any more."""
    return staff_screening.sweep()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def nightly() -> dict[str, str]:
    """The night's work of every facility whose new day has begun; each part once a day, by the ledger."""
    return nightly_services.run_nightly(actor=system_user())
