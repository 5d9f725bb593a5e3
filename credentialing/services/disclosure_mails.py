"""Whoever owes a yearly disclosure of interests is asked by mail: a month before it is due, and once it is
late (see ``outbox``).

The mail says that a disclosure is due and where it is made; nothing of what was disclosed.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from bylaws.selectors.disclosures import is_asked_now, mine, owing
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.organization.models import Facility
from config.rulebook.verdicts import Outcome
from credentialing.choices import DisclosureAsked, MailKind, MailStatus
from credentialing.models import DisclosureMail
from credentialing.selectors.returns import failing_among, fails
from credentialing.services import outbox
from credentialing.services.mailing import CLOSED, COMES_BACK, send_once
from credentialing.services.queue import enqueue

REMIND = "credentialing.send_reminders"


def queue_reminders(*, actor, on: dt.date | None = None) -> dict[str, int]:
    """One mail to each whose disclosure is due soon, and one once it is late; running it twice writes
    nothing. Without an address nobody is written to: Today and the register name them. ``on`` defaults to
    each facility's today. The same holds of an address from which mail comes back, until it works again.
    """
    require(actor, REMIND)
    queued = 0
    for facility in Facility.objects.order_by("pk"):
        queued += _ask(actor, facility, on or clock.today(facility))
    return {"queued": queued}


@transaction.atomic
def _ask(actor, facility: Facility, day: dt.date) -> int:
    asked = [
        (one, one.verdict.due, _stage(one.verdict.outcome))
        for one in owing(facility, day)
        if one.user.email and one.user.is_active and one.verdict.due and is_asked_now(one, day)
    ]
    told = set(
        DisclosureMail.objects.filter(facility=facility, recipient__in=[one.user.pk for one, _, _ in asked])
        .exclude(status=MailStatus.MOOT)
        .values_list("recipient_id", "due", "asked")
    )
    failing = failing_among(one.user.email for one, _, _ in asked)
    fresh = [
        (one, due, stage)
        for one, due, stage in asked
        if (one.user.pk, due, str(stage)) not in told and one.user.email not in failing
    ]
    for one, due, stage in fresh:
        uid = uuid.uuid4()
        DisclosureMail.objects.create(
            uid=uid,
            facility=facility,
            recipient=one.user,
            recipient_email=one.user.email,
            due=due,
            asked=stage,
            created_at=clock.now(),
            message_id=outbox.message_id("disclosure", facility.uid, uid),
        )
        enqueue("send_disclosure_mail", str(uid))
    if fresh:
        record_event(
            actor=actor,
            verb="disclosure_mail.queued",
            subject=facility,
            facility=facility,
            data={"people": len(fresh)},
        )
    return len(fresh)


def _stage(outcome: Outcome) -> DisclosureAsked:
    return DisclosureAsked.LATE if outcome == Outcome.NOT_MET else DisclosureAsked.AHEAD


def send(uid: uuid.UUID | str) -> str:
    """Send one reminder, once. Answers what came of it."""
    return send_once(
        uid,
        DisclosureMail.objects.select_related("facility", "recipient"),
        kind=MailKind.DISCLOSURE,
        moot=_moot,
        build=build_mail,
    )


def _moot(mail: DisclosureMail) -> str:
    one = mine(mail.recipient, mail.facility, clock.today(mail.facility))
    if not mail.recipient.is_active:
        return CLOSED
    if one is None or one.verdict.due != mail.due:
        return "It was disclosed, or nothing is owed any more."
    if _stage(one.verdict.outcome) != mail.asked:
        return "It is late since: the mail that says so follows."
    return COMES_BACK if fails(mail.recipient_email) else ""


def build_mail(mail: DisclosureMail) -> EmailMessage:
    """The mail: by when the disclosure is due, and where it is made."""
    facility = mail.facility
    day = day_text(mail.due)
    late = mail.asked == DisclosureAsked.LATE
    asks = (
        f"Your yearly disclosure of interests was due by {day}."
        if late
        else f"Your yearly disclosure of interests is due by {day}."
    )
    phone = f", {facility.office_phone}" if facility.office_phone else ""
    return EmailMessage(
        subject=f"Disclosure of interests {'was' if late else 'is'} due, {facility}",
        body="\n".join(
            [
                asks,
                "That there is nothing to disclose is said on the same page; a phone will do.",
                "",
                settings.STANDING_SITE_URL.rstrip("/") + reverse("bylaws:disclosure_mine"),
                "",
                "Please do not answer this message.",
                "",
                f"Medical Staff Office, {facility}{phone}",
            ]
        ),
        to=[mail.recipient_email],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )


def sweep() -> int:
    """Hand to the queue what it lost."""
    return outbox.sweep(DisclosureMail.objects.all(), "send_disclosure_mail", overdue=outbox.made_long_ago())
