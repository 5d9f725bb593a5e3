"""The mail of an affiliation letter: the reply's row first, then the letter, then one mail with its PDF.

The PDF goes with the mail and not behind a link: it holds the general class alone, the other office files it
the day it comes, and a link that expires would make it ask again. Whoever reads a link in a mail reads an
attachment just as well, so a link would guard nothing.
"""

from __future__ import annotations

import datetime as dt
import smtplib
import uuid

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.papers import typeset
from credentialing import workflow_affiliations as workflow
from credentialing.choices import AffiliationMailStatus, AffiliationReplyKind, AffiliationStatus
from credentialing.models import AffiliationReply, AffiliationRequest
from credentialing.rules.affiliations import said
from credentialing.selectors.affiliations import judged
from credentialing.services.affiliations import take_back
from credentialing.services.queue import enqueue
from credentialing.services.reminders import MOST_ATTEMPTS, claim_stale_after
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Letter, Practitioner
from practitioners.rules.uploads import safe_name

TEMPLATE = "affiliation"
SUBJECT = "affiliation_request"
#: The most mails one sweep hands to the queue; the next sweep takes the rest.
MOST_AT_ONCE = 500


def send(uid: uuid.UUID | str) -> str:
    """Send one reply: claim it and issue its letter, hand it to the mail system, mark it sent.

    Answers what came of it. Run twice at once, one of the two claims it. Killed after claiming, it is sent
    again under its fixed Message-ID. What the rule no longer lets go waits for a person again.
    """
    made = _claim(uid)
    if isinstance(made, str):
        return made
    try:
        build_mail(made).send()
    except smtplib.SMTPRecipientsRefused:
        return _finish(made, AffiliationMailStatus.FAILED, "The mail system refused the address.", last=True)
    except Exception as problem:  # whatever the mail system says is kept, and tried again later
        last = made.attempts >= MOST_ATTEMPTS
        return _finish(made, AffiliationMailStatus.FAILED, type(problem).__name__, last=last)
    return _finish(made, AffiliationMailStatus.SENT)


@transaction.atomic
def _claim(uid: uuid.UUID | str) -> AffiliationReply | str:
    found = AffiliationReply.objects.filter(uid=uid).values_list("request_id", flat=True).first()
    if found is None:
        return "unknown"
    # The request first, as everybody who takes a reply back does.
    request = (
        AffiliationRequest.objects.select_for_update(of=("self",))
        .select_related("facility", "practitioner", "matched_by")
        .get(pk=found)
    )
    made = (
        AffiliationReply.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("decided_by", "letter")
        .filter(uid=uid)
        .first()
    )
    if made is None:
        return "another worker holds it"
    now = clock.now()
    stale = made.claimed_at is not None and made.claimed_at < now - claim_stale_after()
    if made.status in (AffiliationMailStatus.SENT, AffiliationMailStatus.MOOT):
        return str(made.status)
    if made.send_after > now:
        return "not yet"
    if made.status == AffiliationMailStatus.CLAIMED and not stale:
        return "another worker holds it"
    if made.letter is None and not _still_so(made, request):
        return "no longer so"
    made.request = request
    if made.letter is None and made.content and request.practitioner is not None:
        made.letter = _issue(made, request.practitioner, now)
    if made.status != AffiliationMailStatus.CLAIMED:
        _move_mail(made, AffiliationMailStatus.CLAIMED)
    made.claimed_at, made.attempts = now, made.attempts + 1
    made.save(update_fields=["status", "claimed_at", "attempts", "letter"])
    return made


def _still_so(made: AffiliationReply, request: AffiliationRequest) -> bool:
    """Whether the standard reply may still go: what was recorded since it was decided on keeps it back."""
    if made.kind != AffiliationReplyKind.STANDARD:
        return True
    outcome = judged(request)[0].as_data()
    if outcome["outcome"] == made.verdict["outcome"]:
        return True
    system = system_user()
    take_back(actor=system, made=made, request=request)
    made.problem = "Something was recorded since that the standard reply does not fit."
    made.save(update_fields=["problem"])
    _move_request(request, AffiliationStatus.TO_ANSWER, made)
    return False


def _issue(made: AffiliationReply, about: Practitioner, now: dt.datetime) -> Letter:
    """The letter of the reply, in the person's file. From here on nothing can be taken back."""
    request = made.request
    issued_on = clock.date_at(now, request.facility)
    content = made.content | {"issued_on": said(issued_on)}
    letter = Letter.objects.create(
        practitioner=about,
        facility=request.facility,
        kind=LetterKind.AFFILIATION,
        subject_kind=SUBJECT,
        subject_uid=request.uid,
        title=f"{content['title']}, to {request.asker_organization}"[:200],
        issued_on=issued_on,
        issued_at=now,
        issued_by=made.decided_by,
        content=content,
        sha256=store.put(typeset(TEMPLATE, content, issued_at=now)),
    )
    record_event(
        actor=made.decided_by,
        verb="letter.issued",
        subject=letter,
        practitioner=request.practitioner,
        facility=request.facility,
        data={"kind": str(letter.kind), "sha256": letter.sha256},
    )
    return letter


def typeset_again(letter: Letter) -> bytes:
    """The letter's bytes made anew from its row: the same as were stored."""
    return typeset(TEMPLATE, letter.content, issued_at=letter.issued_at)


@transaction.atomic
def _finish(made: AffiliationReply, status: str, problem: str = "", *, last: bool = False) -> str:
    """Write what came of it. ``last``: it is not tried again, somebody has to look at the address."""
    request = AffiliationRequest.objects.select_for_update(of=("self",)).get(pk=made.request_id)
    locked = AffiliationReply.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if locked.status != AffiliationMailStatus.CLAIMED:
        return str(locked.status)
    _move_mail(locked, status)
    locked.problem = problem
    locked.sent_at = clock.now() if status == AffiliationMailStatus.SENT else None
    if last:
        locked.attempts = MOST_ATTEMPTS
    locked.save(update_fields=["status", "sent_at", "problem", "attempts"])
    if status == AffiliationMailStatus.SENT:
        _move_request(request, AffiliationStatus.REPLIED, locked)
    elif last:
        _move_request(request, AffiliationStatus.CAME_BACK, locked)
    return str(status)


def _move_mail(made: AffiliationReply, target: str) -> None:
    workflow.AFFILIATION_MAIL.check(made, target, permissions(system_user(), None))
    made.status = target


def _move_request(request: AffiliationRequest, target: str, made: AffiliationReply) -> None:
    system = system_user()
    move = workflow.AFFILIATION_REQUEST.check(request, target, permissions(system, None))
    request.status = target
    request.save(update_fields=["status"])
    record_event(
        actor=system,
        verb=move.event,
        subject=request,
        practitioner=request.practitioner,
        facility=request.facility,
        data={"reference": request.reference, "kind": str(made.kind)},
    )


def build_mail(made: AffiliationReply) -> EmailMessage:
    """The mail. Its body and subject name nobody but who asked: the person stands in the letter alone."""
    request = made.request
    facility = request.facility
    phone = f", {facility.office_phone}" if facility.office_phone else ""
    if made.kind == AffiliationReplyKind.DECLINE:
        told = ["we cannot send you a letter.", "", made.text]
    else:
        told = ["our letter is attached. It is the whole of our answer."]
    lines = [
        f"{request.asker_name},",
        "",
        f"you asked {facility} about an affiliation (reference {request.reference});",
        *told,
        "",
        f"Medical Staff Office, {facility}{phone}",
    ]
    mail = EmailMessage(
        subject=f"Your request {request.reference} to {facility}",
        body="\n".join(lines),
        to=[made.recipient_email],
        headers={"Message-ID": made.message_id, "Auto-Submitted": "auto-generated"},
    )
    if made.letter is not None:
        name = safe_name(f"Affiliation {request.reference}", ("pdf",))
        mail.attach(name, store.get(made.letter.sha256), "application/pdf")
    return mail


def sweep() -> int:
    """Hand to the queue what is due: replies whose time to be taken back is over, claims of dead workers,
    mails that failed.
    """
    now = clock.now()
    limit = now - claim_stale_after()
    due = AffiliationReply.objects.filter(attempts__lt=MOST_ATTEMPTS).filter(
        Q(status=AffiliationMailStatus.WAITING, send_after__lte=now)
        | Q(status__in=(AffiliationMailStatus.CLAIMED, AffiliationMailStatus.FAILED), claimed_at__lt=limit)
    )
    uids = [str(uid) for uid in due.order_by("send_after").values_list("uid", flat=True)[:MOST_AT_ONCE]]
    for uid in uids:
        enqueue("send_affiliation_reply", uid)
    return len(uids)
