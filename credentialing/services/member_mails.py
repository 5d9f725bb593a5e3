"""Members and leaders are told by mail that something waits for them (see ``outbox``).

The mail says what kind of thing waits, at which hospital, and where it is read after signing in. Nothing of
it leaves: neither title nor name, since any of them may be protected.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

from bylaws.announced import Waits
from bylaws.choices import WaitsFor
from bylaws.selectors.told import address_of, waits_still
from config.audit.services.events import record_event
from config.kernel import clock
from credentialing.choices import MailKind
from credentialing.models import MemberMail
from credentialing.selectors.returns import failing_among, fails
from credentialing.services import outbox
from credentialing.services.mailing import CLOSED, COMES_BACK, send_once
from credentialing.services.queue import enqueue

#: What waits, in the subject of the mail and in its first sentence.
WORDS: dict[str, tuple[str, str]] = {
    WaitsFor.NOTICE: (
        "Notice of an amendment",
        "Notice is given of an amendment of the bylaws. Read how it would read before it is voted on.",
    ),
    WaitsFor.BALLOT: (
        "A ballot is open",
        "A ballot on an amendment of the bylaws is open: it waits for your vote.",
    ),
    WaitsFor.MINUTES: (
        "Minutes are circulated",
        "Minutes of a body you sit on are circulated: read them before it is asked to approve them.",
    ),
    WaitsFor.REQUEST: (
        "A request waits for your answer",
        "The Medical Staff Office asked you something, and waits for your answer.",
    ),
    WaitsFor.CONSENT: (
        "Your written consent is asked for",
        "A body you sit on is asked to decide without a meeting: say whether you consent or object.",
    ),
}


@transaction.atomic
def call_members(*, actor, waits: Waits) -> None:
    """Write the mails that something waits for these people, within the act that made it wait. Whoever has no
    e-mail address, or one from which mail comes back, is not written to, and nobody twice about the same on
    one day.
    """
    day = clock.today(waits.facility)
    reached = [user for user in waits.users if user.email and user.is_active]
    failing = failing_among(user.email for user in reached)
    rows = []
    for user in reached:
        if user.email in failing:
            continue
        uid = uuid.uuid4()
        rows.append(
            MemberMail(
                uid=uid,
                what=waits.what,
                subject_uid=waits.subject_uid,
                facility=waits.facility,
                recipient=user,
                recipient_email=user.email,
                day=day,
                created_at=clock.now(),
                message_id=outbox.message_id(MailKind.MEMBER, waits.subject_uid, uid),
            )
        )
    MemberMail.objects.bulk_create(rows, ignore_conflicts=True)
    written = list(MemberMail.objects.filter(uid__in=[row.uid for row in rows]).order_by("pk"))
    for mail in written:
        enqueue("send_member_mail", str(mail.uid))
    if written:
        record_event(
            actor=actor,
            verb="member_mail.queued",
            subject=waits.facility,
            facility=waits.facility,
            data={"what": str(waits.what), "about": str(waits.subject_uid), "people": len(written)},
        )


def send(uid: uuid.UUID | str) -> str:
    """Send one of them, once. Answers what came of it."""
    return send_once(
        uid,
        MemberMail.objects.select_related("facility", "recipient"),
        kind=MailKind.MEMBER,
        moot=_moot,
        build=build_mail,
    )


def _moot(mail: MemberMail) -> str:
    if not mail.recipient.is_active:
        return CLOSED
    if not waits_still(mail.what, mail.subject_uid, mail.recipient):
        return "It waits for that person no more."
    return COMES_BACK if fails(mail.recipient_email) else ""


def build_mail(mail: MemberMail) -> EmailMessage:
    """The mail: what kind of thing waits, and where; signing in shows what it is."""
    facility = mail.facility
    subject, sentence = WORDS[mail.what]
    phone = f", {facility.office_phone}" if facility.office_phone else ""
    return EmailMessage(
        subject=f"{subject}, {facility}",
        body="\n".join(
            [
                sentence,
                "",
                settings.STANDING_SITE_URL.rstrip("/") + address_of(mail.what, mail.subject_uid),
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
    return outbox.sweep(MemberMail.objects.all(), "send_member_mail", overdue=outbox.made_long_ago())
