"""Answering other organizations that ask for an affiliation letter: recognised, answered, taken back, closed.

The answer is a row first and goes out a little later: until its mail is claimed it can be taken back. Taking
requests in is :mod:`.affiliation_intake`.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from config.accounts.policies import permissions, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome
from credentialing import workflow_affiliations as workflow
from credentialing.choices import AffiliationReplyKind, AffiliationStatus, MailStatus
from credentialing.models import AffiliationReply, AffiliationRequest
from credentialing.selectors.affiliations import judged, letter_content
from credentialing.services import outbox
from credentialing.services.guards import refuse_own_file
from practitioners.models import Practitioner

VERIFY = "credentialing.verify"
#: How long a reply waits before it is mailed: long enough to see that it was the wrong button.
UNDO = dt.timedelta(minutes=2)
LONGEST_TEXT, LONGEST_REASON = 6000, 1000


# --- whom it is about -----------------------------------------------------------------------------------


@transaction.atomic
def identify(*, actor, request: AffiliationRequest, practitioner: Practitioner) -> AffiliationRequest:
    """Say whom the request is about, where name and NPI alone did not."""
    refuse_own_file(actor, practitioner)
    request = lock_request(actor, request)
    if request.status != AffiliationStatus.TO_ANSWER:
        raise Refused(f'The request is "{request.get_status_display()}"; take it up again first.')
    request.practitioner, request.matched_at, request.matched_by = practitioner, clock.now(), actor
    request.save(update_fields=["practitioner", "matched_at", "matched_by"])
    record(actor=actor, verb="affiliation.identified", request=request)
    return request


# --- answering ------------------------------------------------------------------------------------------


@transaction.atomic
def reply(
    *, actor, request: AffiliationRequest, kind: str, text: str = "", reason: str = ""
) -> AffiliationReply:
    """Answer: the standard reply, dates alone, an own letter's ``text``, or no (``text`` says why).

    The standard reply goes where the rule is met, or open and the person writes the ``reason`` why it goes
    after all. The mail leaves after :data:`UNDO`.
    """
    request = lock_request(actor, request)
    if kind not in AffiliationReplyKind.values:
        raise Refused("Choose what to answer.")
    move = workflow.AFFILIATION_REQUEST.check(
        request, AffiliationStatus.REPLYING, permissions(actor, request.facility)
    )
    verdict, standing, _ = judged(request)
    text, reason = text.strip()[:LONGEST_TEXT], reason.strip()[:LONGEST_REASON]
    _check_kind(kind, request, verdict.outcome, bool(standing.last), text, reason)
    content = letter_content(request, standing, kind, text=text, signed_by=str(actor))
    made = _queue_reply(actor, request, kind, text, reason, verdict.as_data(), content, request.asker_email)
    _move(actor, request, AffiliationStatus.REPLYING, move.event, data={"kind": str(kind)}, reason=reason)
    return made


def _check_kind(kind, request, outcome, was_member: bool, text: str, reason: str) -> None:
    if kind == AffiliationReplyKind.DECLINE:
        if not text:
            raise Refused("Write what they are told: why there is no letter.", field="text")
        return
    if request.practitioner is None:
        raise Refused("Say whom the request is about before a letter goes.", field="person")
    if kind == AffiliationReplyKind.OWN and not text:
        raise Refused("Write what the letter says.", field="text")
    if kind == AffiliationReplyKind.DATES and not was_member:
        raise Refused("There is and was no appointment here, so there are no dates to give.")
    if kind == AffiliationReplyKind.STANDARD:
        if outcome == Outcome.NOT_MET:
            raise Refused("The standard reply does not fit: give dates, write a letter, or decline.")
        if outcome != Outcome.MET and not reason:
            raise Refused("Something is open: write why the standard reply goes after all.", field="reason")


def _queue_reply(
    actor, request, kind, text, reason, verdict, content, email, letter=None
) -> AffiliationReply:
    uid, now = uuid.uuid4(), clock.now()
    return AffiliationReply.objects.create(
        uid=uid,
        request=request,
        kind=kind,
        text=text,
        reason=reason,
        verdict=verdict,
        content=content,
        recipient_email=email,
        decided_at=now,
        decided_by=actor,
        send_after=now + UNDO,
        letter=letter,
        message_id=outbox.message_id("affiliation", request.uid, uid),
    )


@transaction.atomic
def undo_reply(*, actor, request: AffiliationRequest) -> AffiliationRequest:
    """Take the reply back before its mail has gone out; the request waits again."""
    request = lock_request(actor, request)
    made = _on_its_way(request)
    move = workflow.AFFILIATION_REQUEST.check(
        request, AffiliationStatus.TO_ANSWER, permissions(actor, request.facility)
    )
    if made is None or made.status != MailStatus.WAITING or made.letter_id:
        raise Refused("The mail is out already: it cannot be taken back any more.")
    take_back(actor=actor, made=made, request=request)
    _move(actor, request, AffiliationStatus.TO_ANSWER, move.event)
    return request


@transaction.atomic
def mark_bounced(*, actor, request: AffiliationRequest, reason: str = "") -> AffiliationRequest:
    """The mail came back to the office. Send it again to the right address, or close the request."""
    request = lock_request(actor, request)
    if request.status != AffiliationStatus.REPLIED:
        raise Refused("No reply has gone out that could come back.")
    move = workflow.AFFILIATION_REQUEST.check(
        request, AffiliationStatus.CAME_BACK, permissions(actor, request.facility)
    )
    _move(actor, request, AffiliationStatus.CAME_BACK, move.event, reason=reason.strip()[:LONGEST_REASON])
    return request


@transaction.atomic
def mark_returned(*, actor, request: AffiliationRequest, reason: str) -> None:
    """The reply's mail came back, or its address was refused: the request waits for a person. One that is
    closed, or is answered anew, stays as it is.
    """
    request = AffiliationRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if request.status not in (AffiliationStatus.REPLYING, AffiliationStatus.REPLIED):
        return
    move = workflow.AFFILIATION_REQUEST.check(
        request, AffiliationStatus.CAME_BACK, permissions(actor, request.facility)
    )
    _move(actor, request, AffiliationStatus.CAME_BACK, move.event, reason=reason[:LONGEST_REASON])


@transaction.atomic
def send_again(*, actor, request: AffiliationRequest, email: str) -> AffiliationReply:
    """The same reply, with the same letter, to the address as it is now known."""
    request = lock_request(actor, request)
    move = workflow.AFFILIATION_REQUEST.check(
        request, AffiliationStatus.REPLYING, permissions(actor, request.facility)
    )
    before = request.replies.exclude(status=MailStatus.MOOT).order_by("decided_at").last()
    if request.status != AffiliationStatus.CAME_BACK or before is None:
        raise Refused("No reply came back.")
    if before.status == MailStatus.FAILED:
        take_back(actor=actor, made=before, request=request)
    made = _queue_reply(
        actor, request, before.kind, before.text, before.reason, before.verdict, before.content,
        clean_email(email), before.letter,
    )  # fmt: skip
    _move(actor, request, AffiliationStatus.REPLYING, move.event, data={"kind": str(before.kind)})
    return made


@transaction.atomic
def close_request(*, actor, request: AffiliationRequest, reason: str) -> AffiliationRequest:
    """No reply goes out at all: a second one of the same, an advertisement, nonsense."""
    request = lock_request(actor, request)
    if not reason.strip():
        raise Refused("Say why nobody is answered.", field="reason")
    move = workflow.AFFILIATION_REQUEST.check(
        request, AffiliationStatus.CLOSED, permissions(actor, request.facility)
    )
    failed = _on_its_way(request)
    if failed is not None:
        take_back(actor=actor, made=failed, request=request)
    request.closed_at, request.closed_by = clock.now(), actor
    request.closing_reason = reason.strip()[:LONGEST_REASON]
    _move(actor, request, AffiliationStatus.CLOSED, move.event, reason=request.closing_reason)
    return request


@transaction.atomic
def reopen_request(*, actor, request: AffiliationRequest) -> AffiliationRequest:
    """Closed by mistake: it waits for an answer again."""
    request = lock_request(actor, request)
    if request.status != AffiliationStatus.CLOSED:
        raise Refused("The request is not closed.")
    if request.replies.filter(letter__isnull=False).exists():
        raise Refused("A letter was issued for this request already; record a new request.")
    move = workflow.AFFILIATION_REQUEST.check(
        request, AffiliationStatus.TO_ANSWER, permissions(actor, request.facility)
    )
    request.closed_at = request.closed_by = None
    request.closing_reason = ""
    _move(actor, request, AffiliationStatus.TO_ANSWER, move.event)
    return request


def clean_email(given: str) -> str:
    """The address the reply goes to; refuses what is none."""
    email = given.strip()
    if not email:
        raise Refused("Enter the e-mail address the answer goes to.", field="asker_email")
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(f'"{email[:80]}" is not an e-mail address.', field="asker_email") from None
    if len(email) > 254:
        raise Refused("The e-mail address is too long.", field="asker_email")
    return email


# --- shared ---------------------------------------------------------------------------------------------


def lock_request(actor, request: AffiliationRequest) -> AffiliationRequest:
    """The request as it is now, locked, for somebody who answers at its facility and is not its subject."""
    require(actor, VERIFY, request.facility)
    locked = (
        AffiliationRequest.objects.select_for_update(of=("self",))
        .select_related("facility", "practitioner", "matched_by")
        .get(pk=request.pk)
    )
    if locked.practitioner is not None:
        refuse_own_file(actor, locked.practitioner)
    return locked


def _on_its_way(request: AffiliationRequest) -> AffiliationReply | None:
    rows = request.replies.select_for_update(of=("self",))
    return rows.filter(status__in=(MailStatus.WAITING, MailStatus.FAILED)).first()


def take_back(*, actor, made: AffiliationReply, request: AffiliationRequest) -> None:
    """The mail does not go out any more; both rows are locked."""
    workflow.AFFILIATION_REPLY.check(made, MailStatus.MOOT, permissions(actor, request.facility))
    made.status = MailStatus.MOOT
    made.save(update_fields=["status"])


def _move(
    actor, request: AffiliationRequest, target: str, event: str, *, data=None, reason: str = ""
) -> None:
    """Write the move that was checked, with its audit event."""
    request.status = target
    request.save(update_fields=["status", "closed_at", "closed_by", "closing_reason"])
    record(actor=actor, verb=event, request=request, data=data, reason=reason)


@transaction.atomic
def record(*, actor, verb: str, request: AffiliationRequest, data=None, reason: str = "") -> None:
    """One audit event about the request; the reference, nothing of what was asked."""
    record_event(
        actor=actor,
        verb=verb,
        subject=request,
        practitioner=request.practitioner,
        facility=request.facility,
        reason=reason,
        data={"reference": request.reference} | (data or {}),
    )
