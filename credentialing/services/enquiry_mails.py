"""The mails that carry a form's link, and the ladder of reminders: a row first, then one mail."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.mail import EmailMessage
from django.db import transaction

from config.accounts.policies import may, permissions, require
from config.accounts.services.users import system_user
from config.kernel import clock
from credentialing.choices import AttemptOutcome, EnquiryStatus, MailKind
from credentialing.models import Enquiry, EnquiryMail
from credentialing.rules.enquiries import read_form
from credentialing.selectors.enquiries import OPEN, UNANSWERED, WORKED_ON, link_of, standing, terms_of
from credentialing.selectors.mail_words import ENQUIRY as WORDS
from credentialing.selectors.mail_words import composed
from credentialing.services import outbox, verification
from credentialing.services.enquiries import VERIFY, mark_bounced, queue_mail
from credentialing.services.guards import begin_item
from credentialing.services.mailing import send_once
from credentialing.workflow import ENQUIRY, ENQUIRY_MAIL
from practitioners.choices import Method

# --- the ladder -----------------------------------------------------------------------------------------


def queue_reminders(*, actor, on: dt.date | None = None) -> dict[str, int]:
    """One reminder for every form that is out and has reached a step of its facility's ladder.

    Only the last step reached is sent: after days without a worker nobody gets three mails at once. What is
    there already is left alone, so running it twice writes nothing. ``on`` defaults to each facility's today.
    """
    require(actor, "credentialing.send_reminders")
    out = Enquiry.objects.filter(
        status__in=(EnquiryStatus.SENT, EnquiryStatus.OPENED),
        sent_at__isnull=False,
        expires_at__gt=clock.now(),
        item__status__in=UNANSWERED,
        item__application__status__in=WORKED_ON,
    ).select_related("item__application__facility")
    terms, queued = {}, 0
    for enquiry in out.prefetch_related("mails").order_by("id"):
        facility = enquiry.item.application.facility
        day = on or clock.today(facility)
        if facility.pk not in terms:
            terms[facility.pk] = terms_of(facility, day)
        sent_on = clock.date_at(enquiry.sent_at or enquiry.created_at, facility)
        days = (day - sent_on).days
        step = max((each for each in terms[facility.pk].ladder if each <= days), default=None)
        steps = {each.step_days for each in enquiry.mails.all() if each.step_days is not None}
        if step is not None and step > max(steps, default=0):
            queued += _remind(actor, enquiry, step)
    return {"queued": queued}


@transaction.atomic
def _remind(actor, enquiry: Enquiry, step: int) -> int:
    Enquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)
    if EnquiryMail.objects.filter(enquiry=enquiry, step_days__gte=step).exists():
        return 0
    queue_mail(actor=actor, enquiry=enquiry, step_days=step)
    return 1


# --- sending --------------------------------------------------------------------------------------------


def send(uid: uuid.UUID | str) -> str:
    """Send one mail, once (see ``outbox``). Answers what came of it.

    An address the mail system refuses, or never takes, marks the form as come back.
    """
    return send_once(
        uid,
        EnquiryMail.objects.select_related(
            "enquiry__item__application__practitioner", "enquiry__item__application__facility", "asked_by"
        ),
        kind=MailKind.ENQUIRY,
        moot=_moot,
        finish=_finish,
        build=build_mail,
    )


def _moot(mail: EnquiryMail) -> str:
    return (
        "" if standing(mail.enquiry) == OPEN else "Answered, withdrawn or expired before the mail went out."
    )


def _finish(mail: EnquiryMail, problem: str) -> str:
    """Write what came of it; an address that never took it marks the form as come back."""
    answer = _written(mail, problem)
    if problem and mail.attempts >= outbox.MOST_ATTEMPTS:
        _came_back(mail)
    return answer


@transaction.atomic
def _written(mail: EnquiryMail, problem: str) -> str:
    """Write what came of it; what went out is an attempt of the item."""
    system = system_user()
    item = begin_item(system, mail.enquiry.item)
    enquiry = Enquiry.objects.select_for_update(of=("self",)).get(pk=mail.enquiry_id)
    locked = EnquiryMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
    if not outbox.settle(ENQUIRY_MAIL, locked, problem) or problem:
        return str(locked.status)
    if enquiry.status == EnquiryStatus.TO_SEND:
        ENQUIRY.check(enquiry, EnquiryStatus.SENT, permissions(system, None))
        enquiry.status = EnquiryStatus.SENT
    enquiry.sent_at = enquiry.sent_at or locked.sent_at
    enquiry.save(update_fields=["status", "sent_at"])
    if item.status in UNANSWERED and item.application.status in WORKED_ON:
        by = mail.asked_by if may(mail.asked_by, VERIFY, item.application.facility) else system
        verification.record_attempt(
            actor=by,
            item=item,
            method=Method.LETTER,
            outcome=AttemptOutcome.SENT,
            note=_said(mail),
        )
    return str(locked.status)


def _said(mail: EnquiryMail) -> str:
    to = f"{mail.enquiry.recipient_name}, {mail.enquiry.recipient_email}"
    if mail.step_days is not None:
        return f"Reminder after {mail.step_days} days to {to}."
    return f"Form by e-mail to {to}."


def _came_back(mail: EnquiryMail) -> None:
    enquiry = Enquiry.objects.select_related("item__application__practitioner").get(pk=mail.enquiry_id)
    if enquiry.status in (EnquiryStatus.TO_SEND, EnquiryStatus.SENT):
        mark_bounced(
            actor=system_user(), enquiry=enquiry, reason="The mail system could not deliver to the address."
        )


def build_mail(mail: EnquiryMail) -> EmailMessage:
    """The mail: who asks about whom, by when, and the link. Nothing of the file stands in it."""
    enquiry = mail.enquiry
    application = enquiry.item.application
    form, facility = read_form(enquiry.asked), application.facility
    reminder = mail.step_days is not None
    due = enquiry.due_on
    subject, body = composed(
        WORDS,
        {
            "recipient_name": enquiry.recipient_name,
            "practitioner_name": str(application.practitioner),
            "form_title": form.title,
            "facility_name": str(facility),
            "mail_link": link_of(enquiry),
            "mail_due": f"{due.day} {due:%B %Y}",
        },
    )
    return EmailMessage(
        subject=f"{'Reminder: ' if reminder else ''}{subject}",
        body=body,
        to=[enquiry.recipient_email],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )


def sweep() -> int:
    """Send to the queue again what was lost."""
    return outbox.sweep(EnquiryMail.objects.all(), "send_enquiry_mail", overdue=outbox.made_long_ago())
