"""A word to whoever must act next on a file before the bodies: one press, one mail (see ``outbox``).

The mail says that a file waits and where; neither whose it is nor what is in it.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from bylaws.choices import StepStatus
from bylaws.models import ReviewStep
from bylaws.policies import require_not_own_file
from bylaws.selectors.reviews import LIVE, next_actor
from bylaws.services.decisions import lock_step
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import MailKind
from credentialing.models import NudgeMail
from credentialing.policies import may_nudge
from credentialing.services import outbox
from credentialing.services.mailing import send_once
from credentialing.services.queue import enqueue


@transaction.atomic
def nudge(*, actor, step: ReviewStep) -> NudgeMail:
    """Remind whoever must act next on the step. Refused where nobody must, where it is the actor, where no
    address is on record, and a second time on the same day.
    """
    step = lock_step(step)
    facility = step.case.facility
    if not may_nudge(actor, facility):
        raise Forbidden("The Medical Staff Office reminds whoever must act next.")
    require_not_own_file(actor, step.case.practitioner, doing="remind anybody of")
    whom = next_actor(step)
    if step.status not in LIVE or whom.user is None:
        raise Refused(f"There is nobody to remind. {whom.what}".rstrip())
    if whom.user.pk == actor.pk:
        raise Refused("It waits for you.")
    if not whom.user.email:
        raise Refused(f"No e-mail address of {whom.name} is on record: call them.")
    today = clock.today(facility)
    if NudgeMail.objects.filter(step=step, recipient=whom.user, asked_on=today).exists():
        raise Refused(f"{whom.name} was reminded of this file today; once a day is enough.")
    uid = uuid.uuid4()
    mail = NudgeMail.objects.create(
        uid=uid,
        step=step,
        recipient=whom.user,
        recipient_email=whom.user.email,
        asked_on=today,
        asked_by=actor,
        created_at=clock.now(),
        message_id=outbox.message_id("nudge", step.uid, uid),
    )
    record_event(
        actor=actor,
        verb="review_step.nudged",
        subject=step,
        practitioner=step.case.practitioner,
        facility=facility,
        data={"whom": str(whom.user)},
    )
    enqueue("send_nudge_mail", str(mail.uid))
    return mail


def send(uid: uuid.UUID | str) -> str:
    """Send one reminder, once. Answers what came of it."""
    return send_once(
        uid,
        NudgeMail.objects.select_related(
            "step__case__practitioner", "step__case__facility", "step__case__department"
        ),
        kind=MailKind.NUDGE,
        moot=_moot,
        build=build_mail,
    )


def _moot(mail: NudgeMail) -> str:
    waits = mail.step.status in LIVE and mail.step.status != StepStatus.HELD
    return "" if waits else "The file waits there no more."


def build_mail(mail: NudgeMail) -> EmailMessage:
    """The mail: that a file waits, since when and where; signing in shows whose it is."""
    step = mail.step
    facility = step.case.facility
    since = clock.date_at(step.opened_at, facility) if step.opened_at else None
    waits = f"A file waits for you since {since.day} {since:%b %Y}." if since else "A file waits for you."
    phone = f", {facility.office_phone}" if facility.office_phone else ""
    return EmailMessage(
        subject=f"A file waits for you, {facility}",
        body="\n".join(
            [
                waits,
                "",
                settings.STANDING_SITE_URL.rstrip("/") + reverse("bylaws:review", args=[step.uid]),
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
    return outbox.sweep(NudgeMail.objects.all(), "send_nudge_mail", overdue=outbox.made_long_ago())
