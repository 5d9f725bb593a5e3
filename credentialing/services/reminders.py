"""Reminders of credentials that expire: a row first, then one mail, whatever happens in between."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.mail import EmailMessage
from django.db import connection, transaction

from bylaws.models import AppointmentPeriod
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_many
from credentialing import parameters
from credentialing.choices import MailStatus
from credentialing.models import Application, OutboxMessage
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.expirables import REMINDED_STATUSES, renewed
from credentialing.services import outbox
from credentialing.services.queue import enqueue
from credentialing.workflow import OUTBOX_MESSAGE
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    CredentialType,
    PractitionerAliasPeriod,
)

# --- queueing -------------------------------------------------------------------------------------------


@transaction.atomic
def queue_reminders(*, actor, on: dt.date | None = None) -> dict[str, int]:
    """One message per credential period, threshold and recipient that is due on ``on`` (default today).

    The threshold is the nearest one reached: a licence with 45 days left has reached 60, not again 90. A
    kind of credential with a ladder of its own is reminded of by that, every other by the parameter.
    Recipients are the practitioner's e-mail addresses and the offices of the facilities that know them. One
    statement finds and writes them all; what is there already is left alone, so running it twice writes
    nothing. Who has left the staff is not reminded.
    """
    require(actor, "credentialing.send_reminders")
    day = on or clock.today()
    ladders = _ladders(day)
    ladder = sorted({step for days, _ in ladders.values() for step in days})
    own = CredentialType.objects.filter(active=True, expires=True).exclude(reminder_days=[])
    longest = max(
        [*ladder, *(max(days) for days in own.values_list("reminder_days", flat=True))], default=None
    )
    if longest is None:
        return {"queued": 0}
    offices = [(pk, email) for pk, (_, email) in ladders.items() if email]
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, _arguments(day, ladder, longest, offices))
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


def _ladders(day: dt.date) -> dict[int, tuple[list[int], str]]:
    """Per facility: the thresholds and the office's address."""
    answer = {}
    for facility in Facility.objects.order_by("pk"):
        bounds = resolve_many([parameters.REMINDER_DAYS, parameters.OFFICE_EMAIL], facility=facility, on=day)
        days = bounds.get((parameters.REMINDER_DAYS, ""))
        office = bounds.get((parameters.OFFICE_EMAIL, ""))
        answer[facility.pk] = (
            [int(step) for step in (days.value if days else None) or []],
            str(office.value) if office and office.value else "",
        )
    return answer


def _arguments(day: dt.date, ladder: list[int], longest: int, offices: list[tuple[int, str]]) -> dict:
    return {
        "today": day,
        "horizon": day + dt.timedelta(days=longest + 1),
        "ladder": ladder,
        "statuses": [str(status) for status in REMINDED_STATUSES],
        "open": [str(status) for status in OPEN_STATUSES],
        "office_facilities": [pk for pk, _ in offices],
        "office_emails": [email for _, email in offices],
        "now": clock.now(),
        "domain": outbox.DOMAIN,
    }


_T = {
    "period": CredentialPeriod._meta.db_table,
    "credential": Credential._meta.db_table,
    "type": CredentialType._meta.db_table,
    "contact": ContactPoint._meta.db_table,
    "appointment": AppointmentPeriod._meta.db_table,
    "application": Application._meta.db_table,
    "alias": PractitionerAliasPeriod._meta.db_table,
    "outbox": OutboxMessage._meta.db_table,
}

# The last valid day is the day before the open bound. A period that a later one of the same credential
# follows is renewed and needs no reminder. "known" are the facilities a person belongs to or applies at; who
# was "once" known and is no longer has left. What a merged record holds is "covered" by what the record that
# stays says of the same number. A person with several records is reminded once, and what is on any of them
# counts. The sets are joined as wholes, because the database asks a subquery again for every row.
_QUEUE = """
WITH merged AS (
    SELECT practitioner_id AS record, canonical_id AS person FROM {alias} WHERE superseded_at IS NULL
),
covered AS MATERIALIZED (
    SELECT own.id AS credential_id, bool_or(upper_inf(said.valid)) AS for_good,
           max(upper(said.valid)) AS until
    FROM merged
    JOIN {credential} own ON own.practitioner_id = merged.record AND own.number_key <> ''
    JOIN LATERAL (SELECT * FROM {credential} WHERE practitioner_id = merged.person OFFSET 0) twin
      ON twin.number_key = own.number_key AND twin.state = own.state
     AND twin.credential_type_id = own.credential_type_id
    JOIN {period} said ON said.identity_id = twin.id AND said.superseded_at IS NULL
    GROUP BY own.id
),
ending AS (
    SELECT period.id AS period_id, period.uid AS period_uid,
           coalesce(merged.person, credential.practitioner_id) AS practitioner_id,
           (upper(period.valid) - 1) - %(today)s::date AS days_left,
           CASE WHEN cardinality(kind.reminder_days) > 0 THEN kind.reminder_days::int[]
                ELSE %(ladder)s::int[] END AS ladder
    FROM {period} period
    JOIN {credential} credential ON credential.id = period.identity_id
    JOIN {type} kind ON kind.id = credential.credential_type_id
    LEFT JOIN merged ON merged.record = credential.practitioner_id
    LEFT JOIN covered ON covered.credential_id = credential.id
    WHERE period.superseded_at IS NULL
      AND kind.expires AND kind.active
      AND period.status = ANY(%(statuses)s)
      AND upper(period.valid) > %(today)s::date AND upper(period.valid) <= %(horizon)s::date
      AND NOT EXISTS (
          SELECT 1 FROM {period} later
          WHERE later.identity_id = period.identity_id AND later.superseded_at IS NULL
            AND later.id <> period.id
            AND (upper_inf(later.valid) OR upper(later.valid) > upper(period.valid))
      )
      AND NOT (coalesce(covered.for_good, false) OR coalesce(covered.until >= upper(period.valid), false))
),
known AS (
    SELECT coalesce(merged.person, practitioner_id) AS practitioner_id, facility_id
    FROM {appointment} LEFT JOIN merged ON merged.record = practitioner_id
    WHERE superseded_at IS NULL AND valid @> %(today)s::date
    UNION
    SELECT coalesce(merged.person, practitioner_id), facility_id
    FROM {application} LEFT JOIN merged ON merged.record = practitioner_id WHERE status = ANY(%(open)s)
),
involved AS (
    SELECT DISTINCT practitioner_id FROM known
),
once AS (
    SELECT DISTINCT coalesce(merged.person, involved.practitioner_id) AS practitioner_id
    FROM (SELECT practitioner_id FROM {appointment} UNION SELECT practitioner_id FROM {application}) involved
    LEFT JOIN merged ON merged.record = involved.practitioner_id
),
due AS (
    SELECT ending.*, (
        SELECT min(step) FROM unnest(ending.ladder) AS step WHERE step >= ending.days_left
    ) AS threshold
    FROM ending
    LEFT JOIN involved ON involved.practitioner_id = ending.practitioner_id
    LEFT JOIN once ON once.practitioner_id = ending.practitioner_id
    WHERE involved.practitioner_id IS NOT NULL OR once.practitioner_id IS NULL
),
addressed AS (
    SELECT due.*, lower(btrim(contact.line_1)) AS recipient
    FROM due JOIN {contact} contact
      ON contact.practitioner_id = due.practitioner_id AND contact.kind = 'email'
    UNION
    SELECT due.*, lower(btrim(contact.line_1)) AS recipient
    FROM due JOIN merged ON merged.person = due.practitioner_id
    JOIN {contact} contact ON contact.practitioner_id = merged.record AND contact.kind = 'email'
    WHERE NOT EXISTS (
        SELECT 1 FROM {contact} own WHERE own.practitioner_id = due.practitioner_id AND own.kind = 'email'
    )
    UNION
    SELECT due.*, lower(btrim(office.email)) AS recipient
    FROM due
    JOIN known ON known.practitioner_id = due.practitioner_id
    JOIN unnest(%(office_facilities)s::bigint[], %(office_emails)s::text[]) AS office (facility_id, email)
      ON office.facility_id = known.facility_id
)
INSERT INTO {outbox}
    (uid, practitioner_id, credential_period_id, threshold_days, recipient, message_id, status,
     created_at, attempts, problem)
SELECT gen_random_uuid(), practitioner_id, period_id, threshold, recipient,
       '<reminder.' || period_uid || '.' || threshold || '.' || left(md5(recipient), 12) || '@' ||
       %(domain)s || '>', 'waiting', %(now)s, 0, '' FROM addressed WHERE threshold IS NOT NULL AND recipient
       LIKE '%%_@_%%' ON CONFLICT DO NOTHING RETURNING uid
""".format(**_T)  # noqa: S608 - names of our own tables


# --- sending --------------------------------------------------------------------------------------------


def send(uid: uuid.UUID | str) -> str:
    """Send one message, once (see ``outbox``). Answers what came of it.

    A message whose credential was renewed meanwhile is dropped.
    """
    claimed = _claim(uid)
    if isinstance(claimed, str):
        return claimed
    return _finish(claimed, outbox.hand_over(build_mail(claimed)))


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
    day = f"{end.day} {end:%b %Y}"
    lines = [
        f"{message.practitioner},",
        "",
        f"the {kind}{state} in your file with the Medical Staff Office is valid through {day}.",
        "",
        "If it has been renewed, send the renewal to the Medical Staff Office, which verifies it at the",
        "source.",
        "Privileges may depend on it: without a verified renewal they can stop the day after.",
        "",
        "This message was sent automatically.",
    ]
    return EmailMessage(
        subject=f"{kind}{state}: valid through {day}",
        body="\n".join(lines),
        to=[message.recipient],
        headers={"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"},
    )


@transaction.atomic
def send_again(*, actor, message: OutboxMessage) -> None:
    """A person lets a failed message be tried again."""
    require(actor, "credentialing.send_reminders")
    locked = OutboxMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if locked.status not in (MailStatus.FAILED, MailStatus.WAITING):
        raise Refused(f'This message is "{locked.get_status_display()}"; there is nothing to send again.')
    locked.attempts = 0
    locked.save(update_fields=["attempts"])
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
