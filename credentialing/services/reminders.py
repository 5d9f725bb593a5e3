"""Reminders of credentials that expire: a row first, then one mail, whatever happens in between."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.mail import EmailMessage
from django.db import connection, transaction

from config.accounts.policies import permissions, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from credentialing.choices import MailKind, MailStatus
from credentialing.models import OutboxMessage
from credentialing.selectors.expirables import left_the_staff, renewed
from credentialing.selectors.ladder import ADDRESSED, TABLES, reach
from credentialing.selectors.mail_words import EXPIRING, composed
from credentialing.selectors.returns import failing_of, fails
from credentialing.services import bounces, outbox
from credentialing.services.queue import enqueue
from credentialing.workflow import OUTBOX_MESSAGE

# --- queueing -------------------------------------------------------------------------------------------


@transaction.atomic
def queue_reminders(*, actor, on: dt.date | None = None) -> dict[str, int]:
    """One message per credential period, threshold and recipient that is due on ``on`` (default today).

    The threshold is the nearest one reached: a licence with 45 days left has reached 60, not again 90. A
    kind of credential with a ladder of its own is reminded of by that, every other by the parameter.
    Recipients are the practitioner's e-mail addresses and the offices of the facilities that know them; of
    those whose mail comes back the offices alone, or the coordinators where an office has no address. One
    statement finds and writes them all; what is there already is left alone, so running it twice writes
    nothing. Who has left the staff is not reminded.
    """
    require(actor, "credentialing.send_reminders")
    day = on or clock.today()
    asked = reach(day)
    if asked is None:
        return {"queued": 0}
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, asked | {"now": clock.now(), "domain": outbox.DOMAIN})
        fresh = [str(uid) for (uid,) in cursor.fetchall()]
    if fresh:
        record_event(
            actor=actor,
            verb="reminder.queued",
            subject=OutboxMessage.objects.get(uid=fresh[0]),
            data={"messages": len(fresh), "on": day.isoformat()},
        )
    for uid in fresh[: outbox.MOST_AT_ONCE]:  # of a first night's flood the sweep takes the rest, by and by
        enqueue("send_message", uid)
    return {"queued": len(fresh)}


_QUEUE = (
    ADDRESSED
    + """
INSERT INTO {outbox}
    (uid, practitioner_id, credential_period_id, threshold_days, recipient, message_id, status,
     created_at, attempts, problem)
SELECT gen_random_uuid(), practitioner_id, period_id, threshold, recipient,
       '<reminder.' || period_uid || '.' || threshold || '.' || left(md5(recipient), 12) || '@' ||
       %(domain)s || '>', 'waiting', %(now)s, 0, ''
  FROM addressed WHERE recipient LIKE '%%_@_%%' ON CONFLICT DO NOTHING RETURNING uid
""".format(**TABLES)
)


# --- sending --------------------------------------------------------------------------------------------


def send(uid: uuid.UUID | str) -> str:
    """Send one message, once (see ``outbox``). Answers what came of it.

    A message whose credential was renewed meanwhile is dropped.
    """
    claimed = _claim(uid)
    if isinstance(claimed, str):
        return claimed
    said = outbox.hand_over(build_mail(claimed))
    if said.for_good:
        return bounces.refused_for_good(MailKind.REMINDER, claimed, said)
    return _finish(claimed, said.problem)


@transaction.atomic
def _claim(uid: uuid.UUID | str) -> OutboxMessage | str:
    message = (
        OutboxMessage.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("practitioner", "credential_period__identity__credential_type")
        .filter(uid=uid)
        .first()
    )
    now = clock.now()
    if message is None or (told := outbox.why_not_claimed(message, now)):
        return told if message else outbox.HELD
    if message.credential_period.superseded_at is not None or renewed(message.credential_period):
        return outbox.drop(
            OUTBOX_MESSAGE, message, "The credential was renewed or corrected before the mail went out."
        )
    if left_the_staff(message.practitioner, on=clock.today()):
        return outbox.drop(
            OUTBOX_MESSAGE, message, "The practitioner left the staff before the mail went out."
        )
    if fails(message.recipient):
        return outbox.drop(
            OUTBOX_MESSAGE, message, "Mail to this address comes back; the office is reminded instead."
        )
    outbox.claim(OUTBOX_MESSAGE, message, now)
    return message


@transaction.atomic
def _finish(message: OutboxMessage, problem: str) -> str:
    locked = OutboxMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    outbox.settle(OUTBOX_MESSAGE, locked, problem)
    return str(locked.status)


def build_mail(message: OutboxMessage) -> EmailMessage:
    """The mail of a message.

    It names the kind of credential and the day, and nothing protected (no number).
    """
    period = message.credential_period
    kind = period.identity.credential_type.name
    state = f" ({period.identity.state})" if period.identity.state else ""
    end = period.end
    subject, body = composed(
        EXPIRING,
        {
            "practitioner_name": str(message.practitioner),
            "credential_kind": f"{kind}{state}",
            "credential_last_day": f"{end.day} {end:%b %Y}",
        },
    )
    return EmailMessage(
        subject=subject,
        body="\n".join([*_to_the_office(message), body]),
        to=[message.recipient],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )


def _to_the_office(message: OutboxMessage) -> list[str]:
    """Of a copy to the office: that the practitioner cannot be reached, when their own mail comes back."""
    failing = failing_of(message.practitioner)
    if failing is None or failing.address == message.recipient:
        return []
    return [
        f"To the Medical Staff Office: mail to {failing.address} comes back since",
        f"{day_text(clock.date_at(failing.since))}, so this has not reached {message.practitioner}.",
        "Tell them another way, and correct the address in their file. What they were to be told:",
        "",
    ]


@transaction.atomic
def send_again(*, actor, message: OutboxMessage) -> None:
    """A person lets a message be tried again that failed, or came back from an address that works after all.

    Raises ``Refused`` while mail to the address comes back.
    """
    require(actor, "credentialing.send_reminders")
    locked = OutboxMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if locked.status not in (MailStatus.FAILED, MailStatus.WAITING, MailStatus.RETURNED):
        raise Refused(f'This message is "{locked.get_status_display()}"; there is nothing to send again.')
    if fails(locked.recipient):
        raise Refused(f"Mail to {locked.recipient} comes back. Correct the address, or say that it works.")
    if locked.status == MailStatus.RETURNED:
        OUTBOX_MESSAGE.check(locked, MailStatus.WAITING, permissions(actor, None))
        locked.status, locked.problem = MailStatus.WAITING, ""
    locked.attempts = 0
    locked.save(update_fields=["attempts", "status", "problem"])
    record_event(actor=actor, verb="reminder.retried", subject=locked, practitioner=locked.practitioner)
    enqueue("send_message", str(locked.uid))


def unsent() -> list[str]:
    """Every message that waits to be sent, for the command that sends them itself."""
    waiting = OutboxMessage.objects.filter(
        status__in=(MailStatus.WAITING, MailStatus.FAILED, MailStatus.CLAIMED),
        attempts__lt=outbox.MOST_ATTEMPTS,
    )
    return [str(uid) for uid in waiting.order_by("id").values_list("uid", flat=True)]


def sweep() -> int:
    """Send to the queue again what was lost."""
    return outbox.sweep(OutboxMessage.objects.all(), "send_message", overdue=outbox.made_long_ago())
