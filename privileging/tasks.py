"""Work done without anybody waiting. Thin: each task calls one service and can be run twice or cut off
anywhere.
"""

from __future__ import annotations

from celery import shared_task

from config.accounts.services.users import system_user
from privileging.services import disasters, lapses, notices, performed, publishing, roster


@shared_task(acks_late=True, reject_on_worker_lost=True)
def end_undecided_volunteers() -> int:
    """End disaster privileges whose hours passed without a decision to continue."""
    return disasters.end_undecided()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def publish() -> int:
    """Number what was recorded since the last time, at every facility, in its order."""
    return publishing.publish_everywhere()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def tell_of_stops() -> int:
    """Tell departments at once that somebody may do less than before."""
    return notices.tell_of_stops()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def make_rosters() -> dict[str, str]:
    """The surgical roster of the day of every facility that has none yet."""
    return roster.make_rosters()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def ask_about_lapses() -> dict[str, str]:
    """Ask whoever follows the data bank about terms that ran out without an application for another."""
    return lapses.ask_everywhere()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def judge_cases() -> dict[str, int]:
    """Judge the cases that feeds delivered, a stretch of them at every facility."""
    return performed.judge_everywhere(actor=system_user())


@shared_task
def notify_departments() -> dict[str, str]:
    """The mails of the day to the departments of every facility whose hour has come, and before midnight."""
    return notices.notify_departments()


@shared_task(acks_late=True, reject_on_worker_lost=True)
def send_change_notice(uid: str) -> str:
    """Send one mail to a department."""
    return notices.send(uid)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def sweep_change_notices() -> int:
    """Take up mails to departments that were queued or claimed and never sent."""
    return notices.sweep()
