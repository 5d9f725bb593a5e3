"""References and affiliations asked for by a form: sent, chased on the ladder, answered by the peer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from config.demo.desk import Desk, File
from credentialing.choices import MailStatus
from credentialing.models import Enquiry, EnquiryMail, VerificationItem
from credentialing.selectors.enquiries import claims_of, recipient_of, token_of
from credentialing.services import enquiries, enquiry_answers, enquiry_mails

AREAS = ("knowledge", "skills", "judgment", "interpersonal", "communication", "professionalism")


def ask_by_form(desk: Desk, file: File, item: VerificationItem, day: dt.date) -> Enquiry:
    """The coordinator sends the form to the peer the claim names; its mail goes out."""
    desk.on(day, 10, 20)
    recipient = recipient_of(item, claims_of([item]).get(item.credential_id))
    enquiry = desk.do(enquiries.send_form, actor=file.application.coordinator, item=item, recipient=recipient)
    _deliver(desk, enquiry)
    return enquiry


def remind(desk: Desk, enquiry: Enquiry, day: dt.date, step_days: int) -> None:
    """The night's reminder at a step of the ladder."""
    desk.on(day, 6, 10)
    desk.do(enquiries.queue_mail, actor=desk.hospital.system, enquiry=enquiry, step_days=step_days)
    _deliver(desk, enquiry)


def answered(desk: Desk, enquiry: Enquiry, day: dt.date, **more: Any) -> None:
    """The peer answers; nobody has reviewed it yet."""
    desk.on(day, 19, 40)
    given = {
        "relation": "colleague",
        "same_discipline": "yes",
        "known_since": day - dt.timedelta(days=6 * 365),
        "last_seen": "within_year",
        **dict.fromkeys(AREAS, "as_expected"),
        "reservations": "no",
        "recommend": "yes",
    }
    desk.do(
        enquiry_answers.answer,
        token=token_of(enquiry),
        given=given | more,
        signed_name=enquiry.recipient_name,
        agrees=True,
    )


def _deliver(desk: Desk, enquiry: Enquiry) -> None:
    """What the worker does with the mails that wait."""
    for each in EnquiryMail.objects.filter(enquiry=enquiry, status=MailStatus.WAITING):
        desk.do(enquiry_mails.send, uid=each.uid)
