"""Reminders of credentials that expire: a row first, then one mail, whatever happens in between."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from django.core.mail import EmailMessage
from django.db import connection, transaction

from config.accounts.policies import permissions, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from credentialing.choices import MailKind, MailStatus, Told
from credentialing.models import OutboxMessage
from credentialing.selectors.expirables import left_the_staff, renewed
from credentialing.selectors.ladder import digest
from credentialing.selectors.mail_words import EXPIRING, composed
from credentialing.selectors.reminded import ADDRESSED, NOT_NAMED, NOT_YET, OF_THESE, TABLES, reach
from credentialing.selectors.returns import failing_of, fails
from credentialing.services import outbox
from credentialing.services.mailing import send_once
from credentialing.services.queue import enqueue
from credentialing.workflow import OUTBOX_MESSAGE

# --- queueing -------------------------------------------------------------------------------------------


@transaction.atomic
def queue_reminders(*, actor, on: dt.date | None = None) -> dict[str, int]:
    """One message per credential period, threshold and recipient that is due on ``on`` (default today).

    The threshold is the nearest one reached: a licence with 45 days left has reached 60, not again 90. A
    kind of credential with a ladder of its own is reminded of by that, every other by the parameter.
    Recipients are the practitioner's e-mail addresses and the offices of the facilities that know them, and
    from the days of the parameter on whoever works the file and the chair of the department; instead of an
    address whose mail comes back the offices, or the coordinators where an office has no address. One
    statement finds and writes them all; what is there already is left alone, so running it twice writes
    nothing. Who has left the staff is not reminded.
    """
    require(actor, "credentialing.send_reminders")
    return {"queued": len(_queue(actor, on or clock.today(), None))}


@transaction.atomic
def send_seen(*, actor, facility_ids: Iterable[int], on: dt.date, seen: str) -> int:
    """Queue just the reminders of these facilities' people that were looked at (``seen``, see
    :func:`credentialing.selectors.ladder.due_today`). Answers how many.

    Raises ``Refused`` when others are due by now: they have to be looked at first.
    """
    require(actor, "credentialing.send_reminders")
    fresh = _queue(actor, on, list(facility_ids))
    if digest((period, threshold, recipient) for _, period, threshold, recipient in fresh) != seen:
        raise Refused("What is due has changed since you looked. Look at the list again before it is sent.")
    return len(fresh)


def _queue(actor, day: dt.date, facility_ids: list[int] | None) -> list[tuple[str, int, int, str]]:
    """Write what is due and queue it; answers (message, period, threshold, recipient) of each."""
    asked = reach(day)
    if asked is None:
        return []
    values = asked | {"now": clock.now(), "domain": outbox.DOMAIN}
    values |= {"everybody": facility_ids is None, "facilities": facility_ids or []}
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, values)
        # The database answers in any order; the audit event names the same message whenever it is done again.
        fresh = sorted(((str(uid), *rest) for uid, *rest in cursor.fetchall()), key=lambda row: row[1:])
    if fresh:
        record_event(
            actor=actor,
            verb="reminder.queued",
            subject=OutboxMessage.objects.get(uid=fresh[0][0]),
            data={"messages": len(fresh), "on": day.isoformat()},
        )
    # Of a first night's flood the sweep takes the rest, by and by.
    for uid, *_ in fresh[: outbox.MOST_AT_ONCE]:
        enqueue("send_message", uid)
    return fresh


_QUEUE = (
    ADDRESSED
    + """
INSERT INTO {outbox}
    (uid, practitioner_id, credential_period_id, threshold_days, recipient, told, message_id, status,
     created_at, attempts, problem)
SELECT gen_random_uuid(), practitioner_id, period_id, threshold, recipient, told,
       '<reminder.' || period_uid || '.' || threshold || '.' || left(md5(recipient), 12) || '@' ||
       %(domain)s || '>', 'waiting', %(now)s, 0, ''
  FROM addressed WHERE {not_yet} AND (%(everybody)s OR {of_these})
    ON CONFLICT DO NOTHING RETURNING uid, credential_period_id, threshold_days, recipient
""".format(not_yet=NOT_YET, of_these=OF_THESE, **TABLES)
)


# --- sending --------------------------------------------------------------------------------------------


def send(uid: uuid.UUID | str) -> str:
    """Send one message, once (see ``outbox``). Answers what came of it.

    A message whose credential was renewed meanwhile is dropped.
    """
    return send_once(
        uid,
        OutboxMessage.objects.select_related("practitioner", "credential_period__identity__credential_type"),
        kind=MailKind.REMINDER,
        moot=_moot,
        build=build_mail,
    )


def _moot(message: OutboxMessage) -> str:
    if message.credential_period.superseded_at is not None or renewed(message.credential_period):
        return "The credential was renewed or corrected before the mail went out."
    if left_the_staff(message.practitioner, on=clock.today()):
        return "The practitioner left the staff before the mail went out."
    return (
        "Mail to this address comes back; the office is reminded instead." if fails(message.recipient) else ""
    )


def build_mail(message: OutboxMessage) -> EmailMessage:
    """The mail of a message.

    It names the kind of credential and the day, and nothing protected: no number, and to others than the
    practitioner no kind of the sections health and identity.
    """
    period = message.credential_period
    day, what = day_text(period.end), _named(message)
    if message.told in (Told.PRACTITIONER, Told.OFFICE):
        subject, text = composed(
            EXPIRING,
            {
                "practitioner_name": str(message.practitioner),
                "credential_kind": what,
                "credential_last_day": day,
            },
        )
        body = "\n".join([*_to_the_office(message), text])
    else:
        subject, body = (
            f"{message.practitioner}: {what}, through {day}",
            "\n".join(_to_another(message, what, day)),
        )
    return EmailMessage(
        subject=subject,
        body=body,
        to=[message.recipient],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )


def _named(message: OutboxMessage) -> str:
    credential = message.credential_period.identity
    kind = credential.credential_type
    if message.told != Told.PRACTITIONER and kind.category in NOT_NAMED:
        return "Credential"
    return f"{kind.name} ({credential.state})" if credential.state else kind.name


def _to_another(message: OutboxMessage, what: str, day: str) -> list[str]:
    """What the coordinator and the chair read."""
    role = "the chair of the department" if message.told == Told.CHAIR else "the coordinator"
    return [
        f"To {role}:",
        "",
        f"{message.practitioner}: the {what} on file with the Medical Staff Office is valid through",
        f"{day}, and no renewal is on file.",
        "",
        "Privileges may depend on it: without a verified renewal they can stop the day after.",
        "",
        "This message was sent automatically.",
    ]


def _to_the_office(message: OutboxMessage) -> list[str]:
    """Of a copy to the office: that the practitioner cannot be reached, when their own mail comes back."""
    if message.told != Told.OFFICE:
        return []
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
