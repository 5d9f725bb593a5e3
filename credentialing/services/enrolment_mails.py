"""Reminders of Continuous Query enrolments that end: to the office, one mail for all of a day (ADR 0010).

The data bank's users renew them, not the practitioner. A mail names who and when, and nothing the data bank
ever said.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.mail import EmailMessage
from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from credentialing.choices import MailKind
from credentialing.models import ContinuousQueryPeriod, EnrolmentMail, EnrolmentReminder
from credentialing.selectors.enrolments import ending_enrolments, renewal_steps, step_reached
from credentialing.selectors.reminded import coordinators, office_address
from credentialing.services import outbox
from credentialing.services.mailing import send_once
from credentialing.services.queue import enqueue

REMIND = "credentialing.send_reminders"
#: Names written out in one mail; the page has them all.
NAMED = 50


def queue_reminders(*, actor, on: dt.date | None = None) -> dict[str, int]:
    """One mail to each office with the enrolments of its people that have reached a step of the ladder and
    of which it was not told. Running it twice writes nothing. ``on`` defaults to each facility's today.
    """
    require(actor, REMIND)
    queued = 0
    for facility in Facility.objects.select_related("npdb_entity").order_by("pk"):
        queued += _remind(actor, facility, on or clock.today(facility))
    return {"queued": queued}


@transaction.atomic
def _remind(actor, facility: Facility, day: dt.date) -> int:
    steps = renewal_steps(facility, day)
    if not steps:
        return 0
    reached: list[tuple[ContinuousQueryPeriod, int]] = []
    for period in ending_enrolments(facility, on=day, days_ahead=steps[0], days_past=0):
        step = step_reached(steps, (period.valid.upper - ONE_DAY - day).days)
        if step is not None:
            reached.append((period, step))
    if not reached:
        return 0
    office = office_address(facility, day)
    recipients = [office] if office else [email for _, email in coordinators([facility.pk], day)]
    told = set(
        EnrolmentReminder.objects.filter(period__in=[period.pk for period, _ in reached]).values_list(
            "period_id", "step_days", "recipient"
        )
    )
    queued = 0
    for recipient in recipients:
        address = recipient.strip().lower()
        fresh = [(period, step) for period, step in reached if (period.pk, step, address) not in told]
        if fresh:
            _queue(actor, facility, address, fresh)
            queued += 1
    return queued


def _queue(actor, facility: Facility, recipient: str, lines: list[tuple[ContinuousQueryPeriod, int]]) -> None:
    uid = uuid.uuid4()
    mail = EnrolmentMail.objects.create(
        uid=uid,
        facility=facility,
        npdb_entity=facility.npdb_entity,
        recipient=recipient,
        created_at=clock.now(),
        message_id=outbox.message_id("enrolment", facility.uid, uid),
    )
    EnrolmentReminder.objects.bulk_create(
        EnrolmentReminder(mail=mail, period=period, step_days=step, recipient=recipient)
        for period, step in lines
    )
    record_event(
        actor=actor,
        verb="enrolment_mail.queued",
        subject=mail,
        facility=facility,
        data={"enrollments": len(lines)},
    )
    enqueue("send_enrolment_mail", str(uid))


def send(uid: uuid.UUID | str) -> str:
    """Send one mail, once (see ``outbox``). Answers what came of it; without an enrolment that still ends it
    is dropped.
    """
    return send_once(
        uid,
        EnrolmentMail.objects.select_related("facility", "npdb_entity"),
        kind=MailKind.ENROLMENT,
        moot=_moot,
        build=build_mail,
    )


def _moot(mail: EnrolmentMail) -> str:
    return "" if _still_ending(mail) else "Every enrollment was renewed before the mail went out."


def _still_ending(mail: EnrolmentMail) -> list[ContinuousQueryPeriod]:
    """Of the mail's enrolments those nobody has renewed or corrected meanwhile, the first to end in front."""
    periods = ContinuousQueryPeriod.objects.live().filter(reminders__mail=mail)
    later = ContinuousQueryPeriod.objects.live().filter(identity__in=periods.values("identity"))
    newest: dict[int, dt.date] = {}
    for identity, valid in later.values_list("identity_id", "valid"):
        newest[identity] = max(newest.get(identity, valid.upper), valid.upper)
    rows = periods.select_related("identity__practitioner").order_by("valid__endswith", "pk")
    return [row for row in rows if newest[row.identity_id] == row.valid.upper]


def build_mail(mail: EnrolmentMail) -> EmailMessage:
    """The mail: whose enrollment ends when."""
    periods = _still_ending(mail)
    count = len(periods)
    what = "1 enrollment ends" if count == 1 else f"{count} enrollments end"
    lines = [f"{day_text(each.end)}: {each.identity.practitioner}" for each in periods[:NAMED]]
    more = [f"... and {count - NAMED} more."] if count > NAMED else []
    body = [
        f"Continuous Query of {mail.npdb_entity}: these enrollments end soon.",
        "",
        *lines,
        *more,
        "",
        "Renew them with the National Practitioner Data Bank, and record the renewal: Today shows them under",
        '"Continuous Query that ends". Without it the two years between two queries run.',
        "",
        "This message was sent automatically.",
    ]
    return EmailMessage(
        subject=f"Continuous Query: {what}, {mail.facility}",
        body="\n".join(body),
        to=[mail.recipient],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )


def sweep() -> int:
    """Send to the queue again what was lost."""
    return outbox.sweep(EnrolmentMail.objects.all(), "send_enrolment_mail", overdue=outbox.made_long_ago())
