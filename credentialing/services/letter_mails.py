"""The e-mail that carries a letter of the office: sent once, the PDF attached (see ``outbox``)."""

from __future__ import annotations

import uuid

from django.core.mail import EmailMessage

from credentialing.choices import MailKind
from credentialing.models import LetterMail
from credentialing.rules.affiliations import said
from credentialing.services import outbox
from credentialing.services.mailing import send_once
from practitioners import store
from practitioners.rules.uploads import safe_name


def send(uid: uuid.UUID | str) -> str:
    """Send one letter, once. Answers what came of it; an address that is refused is not tried again."""
    return send_once(
        uid,
        LetterMail.objects.select_related("sending__letter__facility"),
        kind=MailKind.LETTER,
        build=build_mail,
    )


def build_mail(mail: LetterMail) -> EmailMessage:
    """The mail. What the letter says stands in the PDF alone."""
    letter = mail.sending.letter
    facility = letter.facility
    phone = f", {facility.office_phone}" if facility.office_phone else ""
    message = EmailMessage(
        subject=f"A letter of the Medical Staff Office, {facility}",
        body="\n".join(
            [
                f"A letter of {said(letter.issued_on)} is attached.",
                "",
                "Please answer to the Medical Staff Office, not to this message.",
                "",
                f"Medical Staff Office, {facility}{phone}",
            ]
        ),
        to=[mail.recipient_email],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    name = safe_name(f"Letter {letter.issued_on:%Y-%m-%d}", ("pdf",))
    message.attach(name, store.get(letter.sha256), "application/pdf")
    return message


def sweep() -> int:
    """Hand to the queue what it lost: letters never claimed, claimed by a dead worker, or to be retried."""
    return outbox.sweep(LetterMail.objects.all(), "send_letter_mail", overdue=outbox.made_long_ago())
