"""Mails that come back: written on the mail, on its address, and wherever somebody waits for an answer to it.

It is known at once, when the mail system refuses the address; later, by a delivery notice; or from a person.
Nobody is written to at an address that does not work until somebody says that it works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from config.accounts.policies import permissions, require
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.kernel.workflow import Workflow
from config.organization.models import Facility
from credentialing.choices import AffiliationStatus, EnquiryStatus, MailKind, MailStatus, ReturnHow
from credentialing.importing.delivery_notices import Notice
from credentialing.models import (
    AffiliationReply,
    AffiliationRequest,
    DisclosureMail,
    Enquiry,
    EnquiryMail,
    EnrolmentMail,
    FailingAddress,
    LetterMail,
    MeetingInvitation,
    MemberMail,
    NudgeMail,
    OutboxMessage,
    PacketMail,
    ReturnedMail,
)
from credentialing.models.mails import Mail
from credentialing.services import affiliations, enquiries, outbox
from credentialing.workflow import ENQUIRY_MAIL, ENROLMENT_MAIL, OUTBOX_MESSAGE, PACKET_MAIL
from credentialing.workflow_affiliations import AFFILIATION_REPLY
from credentialing.workflow_disclosures import DISCLOSURE_MAIL
from credentialing.workflow_invitations import MEETING_INVITATION
from credentialing.workflow_letters import LETTER_MAIL
from credentialing.workflow_member_mails import MEMBER_MAIL
from credentialing.workflow_nudges import NUDGE_MAIL
from practitioners.models import Practitioner

REMIND = "credentialing.send_reminders"
#: What may come back: also what seemed to fail and was taken after all.
OUT = (MailStatus.CLAIMED, MailStatus.SENT, MailStatus.FAILED)
LONGEST_REASON = 300


@dataclass(frozen=True)
class Came:
    """What is known of a mail that came back."""

    how: ReturnHow
    reason: str
    code: str = ""
    notice: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of mail: its table and moves, to whom it went, about whom, from where, and what follows."""

    model: type[Mail]
    workflow: Workflow
    joins: tuple[str, ...]
    address: Callable[[Any], str]
    about: Callable[[Any], tuple[Practitioner | None, Facility | None]]
    follow: Callable[[Any, Any, str], None] | None = None


def _follow_enquiry(actor, mail: EnquiryMail, reason: str) -> None:
    """A form somebody has opened or answered has arrived, whatever the mail system says."""
    if mail.enquiry.status in (EnquiryStatus.TO_SEND, EnquiryStatus.SENT):
        enquiries.mark_bounced(actor=actor, enquiry=mail.enquiry, reason=reason)


def _follow_reply(actor, mail: AffiliationReply, reason: str) -> None:
    affiliations.mark_returned(actor=actor, request=mail.request, reason=reason)


def _about_application(application) -> tuple[Practitioner, Facility]:
    return application.practitioner, application.facility


KINDS: dict[MailKind, Kind] = {
    MailKind.REMINDER: Kind(
        OutboxMessage,
        OUTBOX_MESSAGE,
        ("practitioner",),
        lambda mail: mail.recipient,
        lambda mail: (mail.practitioner, None),
    ),
    MailKind.ENQUIRY: Kind(
        EnquiryMail,
        ENQUIRY_MAIL,
        ("enquiry__item__application__practitioner", "enquiry__item__application__facility"),
        lambda mail: mail.enquiry.recipient_email,
        lambda mail: _about_application(mail.enquiry.item.application),
        _follow_enquiry,
    ),
    MailKind.PACKET: Kind(
        PacketMail,
        PACKET_MAIL,
        ("link__packet__application__practitioner", "link__packet__application__facility"),
        lambda mail: mail.link.email,
        lambda mail: _about_application(mail.link.packet.application),
    ),
    MailKind.LETTER: Kind(
        LetterMail,
        LETTER_MAIL,
        ("sending__letter__practitioner", "sending__letter__facility"),
        lambda mail: mail.recipient_email,
        lambda mail: (mail.sending.letter.practitioner, mail.sending.letter.facility),
    ),
    MailKind.ENROLMENT: Kind(
        EnrolmentMail,
        ENROLMENT_MAIL,
        ("facility",),
        lambda mail: mail.recipient,
        lambda mail: (None, mail.facility),
    ),
    MailKind.NUDGE: Kind(
        NudgeMail,
        NUDGE_MAIL,
        ("step__case__facility",),
        lambda mail: mail.recipient_email,
        lambda mail: (None, mail.step.case.facility),  # whose the file is does not matter to the address
    ),
    MailKind.DISCLOSURE: Kind(
        DisclosureMail,
        DISCLOSURE_MAIL,
        ("facility",),
        lambda mail: mail.recipient_email,
        lambda mail: (None, mail.facility),
    ),
    MailKind.INVITATION: Kind(
        MeetingInvitation,
        MEETING_INVITATION,
        ("meeting__committee__facility",),
        lambda mail: mail.recipient_email,
        lambda mail: (None, mail.meeting.committee.facility),
    ),
    MailKind.MEMBER: Kind(
        MemberMail,
        MEMBER_MAIL,
        ("facility",),
        lambda mail: mail.recipient_email,
        lambda mail: (None, mail.facility),
    ),
    MailKind.AFFILIATION: Kind(
        AffiliationReply,
        AFFILIATION_REPLY,
        ("request__practitioner", "request__facility"),
        lambda mail: mail.recipient_email,
        lambda mail: (mail.request.practitioner, mail.request.facility),
        _follow_reply,
    ),
}


def register(code: MailKind, kind: Kind) -> None:
    """Let a higher room say how a mail of its own that comes back is written down."""
    KINDS[code] = kind


# --- one mail -------------------------------------------------------------------------------------------


def refused_for_good(kind: MailKind, mail: Mail, said: outbox.HandedOver) -> str:
    """The mail system refused the address of a claimed mail. Answers the mail's status."""
    came = Came(ReturnHow.REFUSED, said.problem, said.code)
    record_return(actor=system_user(), kind=kind, mail=mail, came=came)
    return str(MailStatus.RETURNED)


@transaction.atomic
def record_return(*, actor, kind: MailKind, mail: Mail, came: Came) -> ReturnedMail:
    """The mail came back: it is not sent again, its address is one that does not work, and who waits for the
    answer is told.

    Raises ``Forbidden`` for somebody who may not say so of this kind of mail, and ``Refused`` when it has not
    gone out.
    """
    known = KINDS[kind]
    if not came.reason.strip():
        raise Refused("Say how it came back.", field="reason")
    found = known.model._base_manager.select_related(*known.joins).get(pk=mail.pk)
    practitioner, facility = known.about(found)
    if known.follow is not None:  # first: whoever works on what the mail belongs to locks in this order
        known.follow(actor, found, came.reason.strip())
    locked = known.model._base_manager.select_for_update(of=("self",)).get(pk=mail.pk)
    if locked.status not in OUT:
        raise Refused(f'This mail is "{MailStatus(locked.status).label}"; only what was sent can come back.')
    move = known.workflow.check(locked, MailStatus.RETURNED, permissions(actor, facility))
    went = f"Sent on {day_text(clock.date_at(locked.sent_at))}, and came back: " if locked.sent_at else ""
    locked.status, locked.sent_at = MailStatus.RETURNED, None
    locked.problem = f"{went}{came.reason.strip()}"[:1000]
    locked.save(update_fields=["status", "sent_at", "problem"])
    returned = ReturnedMail.objects.create(
        kind=kind,
        mail_uid=locked.uid,
        message_id=locked.message_id,
        address=known.address(found).strip().lower(),
        practitioner=practitioner,
        facility=facility,
        how=came.how,
        code=came.code[:12],
        reason=came.reason.strip()[:500],
        notice=came.notice,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    _mark_address(returned)
    record_event(
        actor=actor,
        verb=move.event,
        subject=locked,
        practitioner=practitioner,
        facility=facility,
        data={"how": str(came.how), "code": returned.code},
    )
    return returned


def _mark_address(returned: ReturnedMail) -> None:
    """The address does not work from now on; one that did not work before stays as it is marked."""
    FailingAddress.objects.bulk_create(
        [FailingAddress(address=returned.address, since=returned.recorded_at, returned=returned)],
        ignore_conflicts=True,
    )


# --- by hand --------------------------------------------------------------------------------------------


@transaction.atomic
def enquiry_came_back(*, actor, enquiry: Enquiry, reason: str) -> None:
    """The newest mail of a form came back to the office."""
    mail = enquiry.mails.filter(status__in=OUT).order_by("-created_at", "-pk").first()
    if mail is None:
        enquiries.mark_bounced(actor=actor, enquiry=enquiry, reason=reason)
    else:
        record_return(actor=actor, kind=MailKind.ENQUIRY, mail=mail, came=Came(ReturnHow.HAND, reason))


@transaction.atomic
def reply_came_back(*, actor, request: AffiliationRequest, reason: str) -> None:
    """The mail with an affiliation letter came back to the office."""
    request = affiliations.lock_request(actor, request)
    mail = request.replies.filter(status__in=OUT).order_by("-decided_at", "-pk").first()
    if mail is None or request.status != AffiliationStatus.REPLIED:
        affiliations.mark_bounced(actor=actor, request=request, reason=reason)
    else:
        record_return(actor=actor, kind=MailKind.AFFILIATION, mail=mail, came=Came(ReturnHow.HAND, reason))


# --- delivery notices -----------------------------------------------------------------------------------


def record_notice(*, actor, notice: Notice) -> str:
    """What a delivery notice says of one of our mails, once. Answers in a word what came of it: ``came
    back``, ``known already``, ``not ours``, or ``out of date`` (the mail was sent anew since, or is moot).
    """
    require(actor, REMIND)
    for kind, known in KINDS.items():
        mail = known.model._base_manager.filter(message_id=notice.message_id).first()
        if mail is None:
            continue
        told = ReturnedMail.objects.filter(message_id=notice.message_id, notice=notice.sha256)
        if mail.status == MailStatus.RETURNED or told.exists():
            return "known already"
        if mail.status not in OUT:
            return "out of date"
        came = Came(ReturnHow.NOTICE, notice.reason, notice.code, notice.sha256)
        record_return(actor=actor, kind=kind, mail=mail, came=came)
        return "came back"
    return "not ours"


# --- the address works after all ------------------------------------------------------------------------


@transaction.atomic
def confirm_address(*, actor, failing: FailingAddress, reason: str) -> FailingAddress:
    """The address works: from now on it is written to again. ``reason`` says how that is known."""
    require(actor, REMIND)
    reason = reason.strip()
    if not reason:
        raise Refused("Say how you know that the address works.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"Write at most {LONGEST_REASON} characters.", field="reason")
    locked = FailingAddress.objects.select_for_update(of=("self",)).get(pk=failing.pk)
    if locked.ended_at is not None:
        raise Refused("Somebody has said already that this address works.")
    locked.ended_at, locked.ended_by, locked.ended_reason = clock.now(), actor, reason
    locked.save(update_fields=["ended_at", "ended_by", "ended_reason"])
    record_event(
        actor=actor,
        verb="address.confirmed",
        subject=locked,
        practitioner=locked.returned.practitioner,
        facility=locked.returned.facility,
        reason=reason,
    )
    return locked
