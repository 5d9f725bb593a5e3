"""How a mail goes out once: a worker claims its row, hands it over, and writes what came of it (ADR 0010).

Run twice at once, one of the two claims it. Killed after claiming, the claim grows stale, a sweep finds it,
and it is sent again under its fixed Message-ID. What a mail says, what it stands for, and when it is no
longer needed, its own service knows.
"""

from __future__ import annotations

import datetime as dt
import re
import smtplib
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
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
#: An enhanced status code (RFC 3463) at the beginning of what a mail system says.
ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
#: Of a refused message, the status codes that speak of its address: there is none, or it takes nothing.
OF_THE_ADDRESS = re.compile(r"5\.(1\.\d+|2\.1)$")


@dataclass(frozen=True)
class HandedOver:
    """What the mail system said to a mail. Without a ``problem`` it was taken; ``for_good``: the address was
    refused, and trying again would change nothing.
    """

    problem: str = ""
    for_good: bool = False
    code: str = ""


def message_id(kind: str, subject: uuid.UUID, uid: uuid.UUID) -> str:
    """The fixed Message-ID of a mail with this ``uid`` about ``subject``."""
    return f"<{kind}.{subject}.{uid.hex[:12]}@{DOMAIN}>"


def claim_stale_after() -> dt.timedelta:
    """How long a claim is respected before its worker is taken for dead."""
    return dt.timedelta(minutes=getattr(settings, "STANDING_CLAIM_MINUTES", CLAIM_MINUTES))


def why_not_claimed(mail: Mail, now: dt.datetime) -> str:
    """In words why this worker leaves a locked mail alone; empty: it may claim it."""
    if mail.status in (MailStatus.SENT, MailStatus.MOOT, MailStatus.RETURNED):
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


def hand_over(message: EmailMessage) -> HandedOver:
    """Give a mail to the mail system, and answer what it said.

    An address refused with a status of 5xx is refused for good; 4xx (too busy, grey-listed) is tried again.
    """
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refused:
        number, text = next(iter(refused.recipients.values()), (0, b""))
        return _refused(number, text, for_good=500 <= number < 600)
    except smtplib.SMTPResponseException as refused:
        said = _text(refused.smtp_error)
        code = _enhanced(said)
        if OF_THE_ADDRESS.match(code):
            return _refused(refused.smtp_code, said, for_good=True)
        return HandedOver(f"{type(refused).__name__} {refused.smtp_code}", code=code)
    except Exception as problem:  # whatever the mail system says is kept, and tried again later
        return HandedOver(type(problem).__name__)
    return HandedOver()


def _refused(number: int, text: bytes | str, *, for_good: bool) -> HandedOver:
    said = _text(text)
    told = f"{REFUSED_ADDRESS[:-1]}: {number} {said}".strip()[:300] if said or number else REFUSED_ADDRESS
    return HandedOver(told, for_good=for_good, code=_enhanced(said) or str(number or ""))


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())


def _enhanced(said: str) -> str:
    found = ENHANCED.match(said)
    return found[1] if found else ""


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


@transaction.atomic
def finish(workflow: Workflow, mail: Mail, problem: str) -> str:
    """As :func:`settle`, of a mail that is locked for it; answers how the mail stands now."""
    locked = type(mail)._default_manager.select_for_update(of=("self",)).get(pk=mail.pk)
    settle(workflow, locked, problem)
    return str(locked.status)


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
