"""The mail of an affiliation letter: the reply's row first, then the letter, then one mail with its PDF.

The PDF goes with the mail and not behind a link: it holds the general class alone, the other office files it
the day it comes, and a link that expires would make it ask again. Whoever reads a link in a mail reads an
attachment just as well, so a link would guard nothing.
"""

from __future__ import annotations

import datetime as dt
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
from credentialing.choices import AffiliationReplyKind, AffiliationStatus, MailKind
from credentialing.models import AffiliationReply, AffiliationRequest
from credentialing.rules.affiliations import said
from credentialing.selectors.affiliations import judged
from credentialing.services import bounces, outbox
from credentialing.services.affiliations import take_back
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Letter, Practitioner
from practitioners.rules.uploads import safe_name

TEMPLATE = "affiliation"
SUBJECT = "affiliation_request"


def send(uid: uuid.UUID | str) -> str:
    """Send one reply, once (see ``outbox``); its letter is issued as it is claimed. Answers what came of it.

    What the rule no longer lets go waits for a person again.
    """
    made = _claim(uid)
    if isinstance(made, str):
        return made
    said = outbox.hand_over(build_mail(made))
    if said.for_good:
        return bounces.refused_for_good(MailKind.AFFILIATION, made, said)
    last = bool(said.problem) and made.attempts >= outbox.MOST_ATTEMPTS
    return _finish(made, said.problem, last=last)


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
    now = clock.now()
    if made is None or (told := outbox.why_not_claimed(made, now)):
        return told if made else outbox.HELD
    if made.send_after > now:
        return "not yet"
    if made.letter is None and not _still_so(made, request):
        return "no longer so"
    made.request = request
    if made.letter is None and made.content and request.practitioner is not None:
        made.letter = _issue(made, request.practitioner, now)
    outbox.claim(workflow.AFFILIATION_REPLY, made, now, "letter")
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
def _finish(made: AffiliationReply, problem: str, *, last: bool) -> str:
    """Write what came of it. ``last``: it is not tried again, somebody has to look at the address."""
    request = AffiliationRequest.objects.select_for_update(of=("self",)).get(pk=made.request_id)
    locked = AffiliationReply.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if not outbox.settle(workflow.AFFILIATION_REPLY, locked, problem):
        return str(locked.status)
    if last:
        locked.attempts = outbox.MOST_ATTEMPTS
        locked.save(update_fields=["attempts"])
    if not problem:
        _move_request(request, AffiliationStatus.REPLIED, locked)
    elif last:
        _move_request(request, AffiliationStatus.CAME_BACK, locked)
    return str(locked.status)


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
    """Hand to the queue what is due: replies whose time to be taken back is over, and what was lost."""
    overdue = Q(send_after__lte=clock.now())
    return outbox.sweep(AffiliationReply.objects.all(), "send_affiliation_reply", overdue=overdue)
