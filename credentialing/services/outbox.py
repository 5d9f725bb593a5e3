"""How a mail goes out once: a worker claims its row, hands it over, and writes what came of it (ADR 0010).

Run twice at once, one of the two claims it. Killed after claiming, the claim grows stale, a sweep finds it,
and it is sent again under its fixed Message-ID. What a mail says, what it stands for, and when it is no
longer needed, its own service knows.
"""

from __future__ import annotations

import datetime as dt
import smtplib
import uuid

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet

from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.workflow import Workflow
from credentialing.choices import MailStatus
from credentialing.models.mails import Mail
from credentialing.services.queue import enqueue

#: Minutes after which a claim is taken to be a dead worker's.
CLAIM_MINUTES = 10
#: A mail that failed this often is left for a person. Every claim counts as an attempt.
MOST_ATTEMPTS = 6
#: The most mails one sweep hands to the queue; the next sweep takes the rest.
MOST_AT_ONCE = 2000
#: Right-hand side of every Message-ID.
DOMAIN = "standing.invalid"
#: No row was found to lock.
HELD = "unknown, or another worker holds it"
REFUSED_ADDRESS = "The mail system refused the address."


def message_id(kind: str, subject: uuid.UUID, uid: uuid.UUID) -> str:
    """The fixed Message-ID of a mail with this ``uid`` about ``subject``."""
    return f"<{kind}.{subject}.{uid.hex[:12]}@{DOMAIN}>"


def claim_stale_after() -> dt.timedelta:
    """How long a claim is respected before its worker is taken for dead."""
    return dt.timedelta(minutes=getattr(settings, "STANDING_CLAIM_MINUTES", CLAIM_MINUTES))


def why_not_claimed(mail: Mail, now: dt.datetime) -> str:
    """In words why this worker leaves a locked mail alone; empty: it may claim it."""
    if mail.status in (MailStatus.SENT, MailStatus.MOOT):
        return str(mail.status)
    stale = mail.claimed_at is not None and mail.claimed_at < now - claim_stale_after()
    if mail.status == MailStatus.CLAIMED and not stale:
        return "another worker holds it"
    return ""


def claim(workflow: Workflow, mail: Mail, now: dt.datetime, *fields: str) -> None:
    """Claim a locked mail, or take over the claim of a dead worker; ``fields`` are written with it."""
    if mail.status != MailStatus.CLAIMED:
        _move(workflow, mail, MailStatus.CLAIMED)
    mail.claimed_at, mail.attempts = now, mail.attempts + 1
    mail.save(update_fields=["status", "claimed_at", "attempts", *fields])


def drop(workflow: Workflow, mail: Mail, problem: str) -> str:
    """A locked mail that is no longer needed, with the reason."""
    _move(workflow, mail, MailStatus.MOOT)
    mail.problem = problem
    mail.save(update_fields=["status", "problem"])
    return "no longer needed"


def hand_over(message: EmailMessage) -> str:
    """Give a mail to the mail system; answers what went wrong, empty when it was taken."""
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused:
        return REFUSED_ADDRESS
    except Exception as problem:  # whatever the mail system says is kept, and tried again later
        return type(problem).__name__
    return ""


def settle(workflow: Workflow, mail: Mail, problem: str) -> bool:
    """Write what came of a claimed mail: sent, or failed with the ``problem``. ``mail`` is locked.

    False when its claim was settled by somebody else meanwhile; nothing is written then.
    """
    if mail.status != MailStatus.CLAIMED:
        return False
    _move(workflow, mail, MailStatus.FAILED if problem else MailStatus.SENT)
    mail.problem, mail.sent_at = problem, None if problem else clock.now()
    mail.save(update_fields=["status", "sent_at", "problem"])
    return True


def sweep(mails: QuerySet, task: str, *, overdue: Q) -> int:
    """Send to the queue again what was lost: never claimed although ``overdue``, claimed by a dead worker,
    failed and to be retried. Answers how many.
    """
    limit = clock.now() - claim_stale_after()
    stale = Q(status__in=(MailStatus.CLAIMED, MailStatus.FAILED), claimed_at__lt=limit)
    lost = mails.filter(overdue & Q(status=MailStatus.WAITING) | stale, attempts__lt=MOST_ATTEMPTS)
    uids = [str(uid) for uid in lost.order_by("pk").values_list("uid", flat=True)[:MOST_AT_ONCE]]
    for uid in uids:
        enqueue(task, uid)
    return len(uids)


def made_long_ago() -> Q:
    """A mail that was made so long ago that the queue must have lost it."""
    return Q(created_at__lt=clock.now() - claim_stale_after())


def _move(workflow: Workflow, mail: Mail, target: str) -> None:
    workflow.check(mail, target, permissions(system_user(), None))
    mail.status = target
