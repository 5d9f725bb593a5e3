"""Members are invited to a meeting by mail when it is called, moved or canceled (see ``outbox``).

The mail carries the meeting for their calendars: which body, when, where. Nothing of the agenda leaves.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction

from bylaws.choices import MeetingStatus
from bylaws.models import Meeting
from bylaws.rules.calendar import MEDIA_TYPE, calendar
from bylaws.selectors.calendar import event_of, invited, page_of, when
from bylaws.services.meeting_guards import locked_meeting
from config.accounts.policies import require
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import InvitationMethod, MailKind, MailStatus
from credentialing.models import MeetingInvitation
from credentialing.selectors.invitations import invitations_of
from credentialing.services import outbox
from credentialing.services.mailing import send_once
from credentialing.services.queue import enqueue

REQUEST, CANCEL = InvitationMethod.REQUEST, InvitationMethod.CANCEL
#: Whoever got one of these knows of the meeting.
UNTOLD = (MailStatus.WAITING, MailStatus.MOOT)


def tell_members(actor, meeting: Meeting) -> None:
    """Write the invitations of a meeting that was just called, moved or canceled, within that act.

    Who was invited and is no longer gets a cancellation. Without an e-mail address nobody is written to; the
    page of the invitations names them.
    """
    if meeting.starts_at <= clock.now():
        return  # it began while somebody was typing, or never was held: no calendar is asked any more
    coming = [] if meeting.status == MeetingStatus.CANCELLED else invited(meeting)
    known = {
        row.recipient_id: row
        for row in MeetingInvitation.objects.filter(meeting=meeting)
        .exclude(status__in=UNTOLD)
        .select_related("recipient")
        .order_by("sequence", "pk")
    }
    ids = {user.pk for user in coming}
    gone = [row.recipient for pk, row in known.items() if pk not in ids and row.method == REQUEST]
    _write(meeting, coming, REQUEST)
    _write(meeting, gone, CANCEL)


@transaction.atomic
def invite_missing(*, actor, meeting: Meeting) -> int:
    """Invite who is to be invited and does not know of the meeting as it is now: who was seated since, whose
    address was missing, or is another one since the mail came back, and who was told not to come and is to
    come after all. Answers how many; refused where there is nobody, and once it has begun.
    """
    require(actor, "bylaws.run_meeting", meeting.committee.facility)
    meeting = locked_meeting(meeting)
    if meeting.status != MeetingStatus.SCHEDULED or meeting.starts_at <= clock.now():
        raise Refused("Nobody is invited to this meeting any more.")
    missing = [each.user for each in invitations_of(meeting) if each.missing]
    if not missing:
        raise Refused("Everybody who has an e-mail address is invited.")
    _write(meeting, missing, REQUEST)
    return len(missing)


def _write(meeting: Meeting, users: Iterable[Any], method: str) -> None:
    rows = []
    for user in users:
        if not user.email:
            continue
        uid = uuid.uuid4()
        rows.append(
            MeetingInvitation(
                uid=uid,
                meeting=meeting,
                recipient=user,
                recipient_email=user.email,
                sequence=meeting.sequence,
                method=method,
                created_at=clock.now(),
                message_id=outbox.message_id(MailKind.INVITATION, meeting.uid, uid),
            )
        )
    for row in MeetingInvitation.objects.bulk_create(rows):
        enqueue("send_meeting_invitation", str(row.uid))


def send(uid: uuid.UUID | str) -> str:
    """Send one invitation, once. Answers what came of it."""
    return send_once(
        uid,
        MeetingInvitation.objects.select_related("meeting__committee__facility"),
        kind=MailKind.INVITATION,
        moot=_moot,
        build=build_mail,
    )


def _moot(mail: MeetingInvitation) -> str:
    if mail.sequence != mail.meeting.sequence:
        return "The meeting has changed since."
    begun = mail.method == REQUEST and mail.meeting.starts_at <= clock.now()
    return "The meeting has begun." if begun else ""


def build_mail(mail: MeetingInvitation) -> EmailMultiAlternatives:
    """The mail, and the meeting in it for the reader's calendar."""
    meeting = mail.meeting
    facility = meeting.committee.facility
    canceled = mail.method == CANCEL
    what = "Canceled" if canceled else "Moved" if mail.sequence else "Meeting"
    phone = f", {facility.office_phone}" if facility.office_phone else ""
    body = [
        f"{what}: {meeting.committee.name}, {facility.name}",
        "",
        f"When: {when(meeting)}",
        *([f"Where: {meeting.place}"] if meeting.place else []),
        "",
        "You need not come." if canceled else f"The agenda is here, once you sign in: {page_of(meeting)}",
        "",
        "Please do not answer this message.",
        "",
        f"Medical Staff Office, {facility}{phone}",
    ]
    message = EmailMultiAlternatives(
        subject=f"{what}: {meeting.committee.name}, {when(meeting)}",
        body="\n".join(body),
        to=[mail.recipient_email],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    event = event_of(meeting, canceled=canceled)
    organizer = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    text = calendar([event], method=mail.method, organizer=organizer, attendee=mail.recipient_email)
    message.attach_alternative(text, f"{MEDIA_TYPE}; method={mail.method}")
    return message


def sweep() -> int:
    """Hand to the queue what it lost."""
    rows = MeetingInvitation.objects.all()
    return outbox.sweep(rows, "send_meeting_invitation", overdue=outbox.made_long_ago())
