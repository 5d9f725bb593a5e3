"""The mails about packets: invitation, what was returned, reminders on the ladder. A row, then one mail."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.mail import EmailMessage
from django.db import transaction

from config.accounts.policies import require
from config.kernel import clock
from credentialing.choices import MailKind, PacketMailKind, PacketRole, PacketStatus
from credentialing.models import Application, Deficiency, PacketLink, PacketMail
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.mail_words import INVITATION, MISSING, composed
from credentialing.selectors.packets import OPEN, SHOWN, link_of, standing, template_of, terms_of
from credentialing.selectors.returns import fails
from credentialing.services import outbox
from credentialing.services.mailing import COMES_BACK, send_once
from credentialing.services.queue import enqueue


@transaction.atomic
def queue_mail(
    *,
    actor,
    link: PacketLink,
    kind: str,
    deficiency: Deficiency | None = None,
    days_left: int | None = None,
) -> PacketMail:
    """The row of a mail; it is sent once this is committed, and found by the sweep if the queue loses it."""
    uid = uuid.uuid4()
    mail = PacketMail.objects.create(
        uid=uid,
        link=link,
        kind=kind,
        deficiency=deficiency,
        days_left=days_left,
        asked_by=actor,
        message_id=outbox.message_id("packet", link.uid, uid),
        created_at=clock.now(),
    )
    enqueue("send_packet_mail", str(mail.uid))
    return mail


# --- the ladder -----------------------------------------------------------------------------------------


def queue_reminders(*, actor, on: dt.date | None = None) -> dict[str, int]:
    """One reminder for every packet and every missing thing that has reached a step of the ladder.

    Only the step reached last is sent: after days without a worker nobody gets three mails at once. What is
    there already is left alone, so running it twice writes nothing. ``on`` defaults to each facility's today.
    """
    require(actor, "credentialing.send_reminders")
    links = (
        PacketLink.objects.filter(
            revoked_at__isnull=True,
            expires_at__gt=clock.now(),
            role=PacketRole.APPLICANT,
            packet__application__status__in=OPEN_STATUSES,
        )
        .exclude(packet__status=PacketStatus.WITHDRAWN)
        .select_related("packet__application__facility")
        .prefetch_related("mails", "packet__application__deficiencies")
        .order_by("pk")
    )
    terms: dict[int, tuple[int, ...]] = {}
    queued = 0
    for link in links:
        facility = link.packet.application.facility
        day = on or clock.today(facility)
        if facility.pk not in terms:
            terms[facility.pk] = terms_of(facility, day).ladder
        reached = {
            (mail.kind, mail.deficiency_id): mail.days_left
            for mail in sorted(link.mails.all(), key=lambda each: -(each.days_left or 0))
            if mail.days_left is not None
        }
        for kind, deficiency, due_on in _owed(link):
            key = kind, deficiency.pk if deficiency else None
            step = min((each for each in terms[facility.pk] if each >= (due_on - day).days), default=None)
            if due_on >= day and step is not None and step < reached.get(key, step + 1):
                queue_mail(actor=actor, link=link, kind=kind, deficiency=deficiency, days_left=step)
                queued += 1
    return {"queued": queued}


def _owed(link: PacketLink) -> list[tuple[str, Deficiency | None, dt.date]]:
    """What the applicant is reminded of: the packet itself, and each thing that is missing."""
    packet = link.packet
    owed: list[tuple[str, Deficiency | None, dt.date]] = []
    if packet.status in (PacketStatus.INVITED, PacketStatus.OPEN):
        owed.append((PacketMailKind.DUE, None, packet.due_on))
    for deficiency in packet.application.deficiencies.all():
        if deficiency.is_open:
            owed.append((PacketMailKind.DEFICIENCY, deficiency, deficiency.due_on))
    return owed


# --- sending --------------------------------------------------------------------------------------------


def send(uid: uuid.UUID | str) -> str:
    """Send one mail, once (see ``outbox``). Answers what came of it."""
    return send_once(
        uid,
        PacketMail.objects.select_related(
            "link__packet__application__practitioner",
            "link__packet__application__facility",
            "link__packet__application__coordinator",
            "deficiency",
        ),
        kind=MailKind.PACKET,
        moot=_moot,
        build=build_mail,
    )


def _moot(mail: PacketMail) -> str:
    if _is_moot(mail):
        return "Answered, withdrawn or expired before the mail went out."
    if mail.days_left is not None and fails(mail.link.email) and not _coordinator_of(mail):
        return COMES_BACK
    return ""


def _is_moot(mail: PacketMail) -> bool:
    if mail.kind == PacketMailKind.WITHDRAWN:  # tells of the closing itself
        return False
    state = standing(mail.link)
    if mail.deficiency is not None:
        return not mail.deficiency.is_open or state not in SHOWN
    return state != OPEN


def build_mail(mail: PacketMail) -> EmailMessage:
    """The mail: what is asked, by when, and the link. Nothing of the file stands in it."""
    link, packet = mail.link, mail.link.packet
    application = packet.application
    if mail.days_left is not None and fails(link.email):
        return _told_the_coordinator(mail, application)
    if mail.kind == PacketMailKind.WITHDRAWN:
        return _told_withdrawn(mail, application)
    facility, title = application.facility, template_of(packet).title
    due = mail.deficiency.due_on if mail.deficiency else packet.due_on
    delegate = link.role == PacketRole.DELEGATE
    reminder = "Reminder: " if mail.days_left is not None else ""
    if code := _template_of(mail, delegate):
        subject, body = composed(
            code,
            {
                "recipient_name": link.name,
                "form_title": title,
                "facility_name": str(facility),
                "mail_link": link_of(link),
                "mail_due": f"{due.day} {due:%B %Y}",
            },
        )
        return EmailMessage(
            subject=f"{reminder}{subject}",
            body=body,
            to=[link.email],
            headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
        )
    first = {
        PacketMailKind.INVITATION: (
            f"{application.practitioner} asked you to fill in their application to {facility}."
            if delegate
            else f"{facility} asks you to fill in and sign your application."
        ),
        PacketMailKind.RETURNED: "Something in your application has to be corrected; the page says what.",
        PacketMailKind.DUE: "Your application has not been signed yet.",
        PacketMailKind.DEFICIENCY: "A source says something else than you stated; the page says what."
        if mail.deficiency is not None and mail.deficiency.item_id
        else "Something is still missing for your application; the page says what.",
    }[PacketMailKind(mail.kind)]
    lines = [
        f"{link.name},",
        "",
        first,
        "No account is needed, and it works on a telephone; what you typed is kept:",
        "",
        link_of(link),
        "",
        *([] if mail.kind == PacketMailKind.RETURNED else [f"Please finish by {due.day} {due:%B %Y}."]),
        "The applicant alone signs: what you fill in waits for their signature."
        if delegate
        else "The link is yours alone: do not pass it on. For somebody who fills it in for you the office",
        *([] if delegate else ["makes a link of their own."]),
        "",
        f"Medical Staff Office, {facility}",
    ]
    return EmailMessage(
        subject=f"{reminder}{title}, {facility}",
        body="\n".join(lines),
        to=[link.email],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )


def _coordinator_of(mail: PacketMail) -> str:
    """The address of whoever works the file; empty where there is none."""
    coordinator = mail.link.packet.application.coordinator
    return coordinator.email if coordinator is not None else ""


def _told_the_coordinator(mail: PacketMail, application: Application) -> EmailMessage:
    """A reminder the applicant cannot get, to the coordinator of the file. The link is not theirs: it stays
    out.
    """
    due = mail.deficiency.due_on if mail.deficiency else mail.link.packet.due_on
    what = mail.get_kind_display()
    paragraphs = [
        f"Mail to {mail.link.email} comes back, so {application.practitioner} has not been reminded.",
        f"What they were to be told: {what[:1].lower()}{what[1:]}, by {due.day} {due:%B %Y}.",
        "Tell them another way, correct the address in their file, and renew the link of the packet.",
        f"Medical Staff Office, {application.facility}",
    ]
    return EmailMessage(
        subject=f"Not reminded: {application.practitioner}, {application.facility}",
        body="\n\n".join(paragraphs),
        to=[_coordinator_of(mail)],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )


def _template_of(mail: PacketMail, delegate: bool) -> str:
    """Which template words the mail; empty for those whose words go with what happened."""
    if delegate:
        return ""
    if mail.kind == PacketMailKind.INVITATION:
        return INVITATION
    missing = mail.deficiency is not None and mail.deficiency.item_id is None
    return MISSING if mail.kind == PacketMailKind.DEFICIENCY and missing else ""


def withdrawn_text(application: Application) -> list[str]:
    """What the applicant of a never completed application is told, paragraph by paragraph."""
    late = f"Your application to {application.facility} was not completed in the time the bylaws give."
    not_denied = "This is a voluntary withdrawal, not a denial: nobody has decided on the application."
    return [
        f"{late} It therefore counts as withdrawn by you.",
        f"{not_denied} No hearing follows.",
        "You may apply again. The Medical Staff Office answers your questions.",
    ]


def _told_withdrawn(mail: PacketMail, application: Application) -> EmailMessage:
    paragraphs = [f"{mail.link.name},", *withdrawn_text(application)]
    paragraphs.append(f"Medical Staff Office, {application.facility}")
    return EmailMessage(
        subject=f"Your application to {application.facility} counts as withdrawn",
        body="\n\n".join(paragraphs),
        to=[mail.link.email],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )


def sweep() -> int:
    """Send to the queue again what was lost."""
    return outbox.sweep(PacketMail.objects.all(), "send_packet_mail", overdue=outbox.made_long_ago())
