"""Forms sent to peers and other hospitals: sent, sent again, withdrawn, come back."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from config.accounts.policies import permissions
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.links import digest_of
from credentialing import workflow
from credentialing.choices import EnquiryStatus, ItemStatus, MailStatus
from credentialing.enquiry_forms import current_form
from credentialing.models import Application, Enquiry, EnquiryMail, VerificationItem
from credentialing.models.enquiries import LIVE
from credentialing.selectors.enquiries import (
    UNANSWERED,
    WORKED_ON,
    Recipient,
    candidates,
    terms_of,
    token_of,
)
from credentialing.services import outbox, verification
from credentialing.services.guards import begin_application, begin_item
from credentialing.services.queue import enqueue
from practitioners.models import ContactPoint, Practitioner

VERIFY = "credentialing.verify"
ADDRESS_LIMIT = 254
ON_THE_WAY = (MailStatus.WAITING, MailStatus.CLAIMED)


@transaction.atomic
def send_form(*, actor, item: VerificationItem, recipient: Recipient) -> Enquiry:
    """Ask ``recipient`` by a signed link about what the item verifies.

    A form that is out already is withdrawn first: its link opens nothing from then on. The mail goes out once
    this is committed; when it has gone out it stands among the attempts.
    """
    item = _begin(actor, item)
    form = current_form(item.element)
    if form is None:
        raise Refused(f"There is no form for {item.get_element_display().lower()}; ask by letter.")
    recipient = _clean(recipient, item.application.practitioner)
    for before in item.enquiries.select_for_update().filter(status__in=LIVE):
        _close(actor, before, item, f"Sent to {recipient.name} instead.")
    now = clock.now()
    terms = terms_of(item.application.facility, clock.today(item.application.facility))
    enquiry = Enquiry(
        uid=uuid.uuid4(),
        item=item,
        form_code=form["code"],
        form_version=form["version"],
        asked=form,
        recipient_name=recipient.name,
        recipient_title=recipient.title,
        recipient_organization=recipient.organization,
        recipient_email=recipient.email,
        created_at=now,
        created_by=actor,
        due_on=clock.today(item.application.facility) + dt.timedelta(days=terms.answer_days),
        expires_at=now + dt.timedelta(days=terms.link_days),
    )
    enquiry.token_digest = digest_of(token_of(enquiry))
    enquiry.save(force_insert=True)
    if item.status != ItemStatus.REQUESTED:
        verification.request(actor=actor, item=item)
    _record(actor, "enquiry.made", enquiry, item)
    queue_mail(actor=actor, enquiry=enquiry)
    return enquiry


@transaction.atomic
def send_all(*, actor, application: Application) -> tuple[list[Enquiry], list[tuple[VerificationItem, str]]]:
    """Send the form of every unanswered reference and affiliation whose claim names an address.

    Answers what was sent, and what was not with the reason. Nothing that is out already is sent again.
    """
    application = begin_application(actor, application, VERIFY)
    sent, left = [], []
    for each in candidates(application):
        if each.problem:
            left.append((each.item, each.problem))
            continue
        try:
            with transaction.atomic():
                sent.append(send_form(actor=actor, item=each.item, recipient=each.recipient))
        except Refused as refused:  # one address that cannot be used keeps none of the others back
            left.append((each.item, refused.sentence))
    return sent, left


@transaction.atomic
def send_again(*, actor, enquiry: Enquiry) -> Enquiry:
    """The same form to the same person once more, with the time to answer beginning anew."""
    item = _begin(actor, enquiry.item)
    enquiry = _locked(enquiry)
    if enquiry.status not in LIVE:
        raise Refused(f'The form is "{enquiry.get_status_display()}"; send a new one.')
    if enquiry.mails.filter(status__in=ON_THE_WAY).exists():
        raise Refused("A mail of this form is on its way already.")
    for failed in enquiry.mails.select_for_update().filter(status=MailStatus.FAILED):
        # The sweep would try it once more beside the one that goes out now.
        workflow.ENQUIRY_MAIL.move(failed.status, MailStatus.MOOT)
        failed.status = MailStatus.MOOT
        failed.save(update_fields=["status"])
    if enquiry.status == EnquiryStatus.BOUNCED:
        _move(actor, enquiry, EnquiryStatus.TO_SEND, item)
        enquiry.closing_reason = ""
    facility = item.application.facility
    terms = terms_of(facility, clock.today(facility))
    enquiry.due_on = clock.today(facility) + dt.timedelta(days=terms.answer_days)
    enquiry.expires_at = clock.now() + dt.timedelta(days=terms.link_days)
    # A key of the site that changed since gives another link; the one that is mailed now has to open.
    enquiry.token_digest = digest_of(token_of(enquiry))
    enquiry.save(update_fields=["status", "closing_reason", "due_on", "expires_at", "token_digest"])
    _record(actor, "enquiry.repeated", enquiry, item)
    queue_mail(actor=actor, enquiry=enquiry)
    return enquiry


@transaction.atomic
def withdraw(*, actor, enquiry: Enquiry, reason: str) -> Enquiry:
    """Take a form back: from now on its link opens nothing."""
    item = _begin(actor, enquiry.item, answered_too=True)
    enquiry = _locked(enquiry)
    if not reason.strip():
        raise Refused("Write why the form is withdrawn.", field="reason")
    _close(actor, enquiry, item, reason.strip())
    return enquiry


@transaction.atomic
def mark_bounced(*, actor, enquiry: Enquiry, reason: str = "") -> Enquiry:
    """The mail came back. Correct the address by sending the form to somebody else, or send it again."""
    item = begin_item(actor, enquiry.item)
    enquiry = _locked(enquiry)
    _move(actor, enquiry, EnquiryStatus.BOUNCED, item)
    enquiry.closing_reason = reason.strip()[:1000]
    enquiry.save(update_fields=["status", "closing_reason"])
    return enquiry


def queue_mail(*, actor, enquiry: Enquiry, step_days: int | None = None) -> EnquiryMail:
    """The row of a mail; it is sent once this is committed, and found by the sweep if the queue loses it."""
    uid = uuid.uuid4()
    mail = EnquiryMail.objects.create(
        uid=uid,
        enquiry=enquiry,
        step_days=step_days,
        asked_by=actor,
        message_id=outbox.message_id("enquiry", enquiry.uid, uid),
        created_at=clock.now(),
    )
    enqueue("send_enquiry_mail", str(mail.uid))
    return mail


# --- shared ---------------------------------------------------------------------------------------------


def _begin(actor, item: VerificationItem, *, answered_too: bool = False) -> VerificationItem:
    item = begin_item(actor, item, VERIFY)
    if answered_too:
        return item
    if item.application.status not in WORKED_ON:
        raise Refused(
            f'The application is "{item.application.get_status_display()}"; '
            "forms are sent while it is verified."
        )
    if item.status not in UNANSWERED:
        raise Refused(f'This is "{item.get_status_display()}": there is nothing left to ask.')
    return item


def _locked(enquiry: Enquiry) -> Enquiry:
    return Enquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)


def _clean(given: Recipient, applicant: Practitioner) -> Recipient:
    name, email = " ".join(given.name.split()), given.email.strip()
    if not name:
        raise Refused("Name whom the form goes to.", field="name")
    if not email:
        raise Refused(
            "Enter the e-mail address the form goes to, or record the answer by hand.", field="email"
        )
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(f'"{email[:80]}" is not an e-mail address.', field="email") from None
    if len(email) > ADDRESS_LIMIT:
        raise Refused("The e-mail address is too long.", field="email")
    own = ContactPoint.objects.filter(practitioner=applicant, kind="email", line_1__iexact=email)
    if own.exists():
        raise Refused("This is the applicant's own address: nobody vouches for themselves.", field="email")
    return Recipient(
        name=name[:120],
        title=" ".join(given.title.split())[:120],
        organization=" ".join(given.organization.split())[:200],
        email=email,
    )


def _close(actor, enquiry: Enquiry, item: VerificationItem, reason: str) -> None:
    _move(actor, enquiry, EnquiryStatus.WITHDRAWN, item)
    enquiry.closed_at, enquiry.closing_reason = clock.now(), reason[:1000]
    enquiry.save(update_fields=["status", "closed_at", "closing_reason"])


def _move(actor, enquiry: Enquiry, target: str, item: VerificationItem) -> None:
    """Guard the move and record it; the caller saves."""
    move = workflow.ENQUIRY.check(enquiry, target, permissions(actor, item.application.facility))
    enquiry.status = target
    _record(actor, move.event, enquiry, item)


def _record(actor, verb: str, enquiry: Enquiry, item: VerificationItem) -> None:
    application = item.application
    record_event(
        actor=actor,
        verb=verb,
        subject=enquiry,
        practitioner=application.practitioner,
        facility=application.facility,
        data={
            "item": str(item.uid),
            "application": str(application.uid),
            "form": enquiry.form_code,
            "version": enquiry.form_version,
        },
    )
