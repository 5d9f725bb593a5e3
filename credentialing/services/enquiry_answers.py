"""What comes in through a signed link. Whoever answers has no account: the link is the right to answer, and
the system records it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from config.accounts.choices import DataClass
from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import canonical_bytes, digest
from config.kernel.errors import Conflict, Refused
from credentialing import workflow
from credentialing.choices import AttemptOutcome, EnquiryStatus
from credentialing.models import Enquiry, VerificationItem
from credentialing.rules.enquiries import TEXT_LIMIT, check_answers, read_form, seal, told
from credentialing.selectors.enquiries import (
    CLOSED,
    EXPIRED,
    OPEN,
    USED,
    WITHDRAWN,
    by_token,
    standing,
)
from credentialing.services import verification
from credentialing.services.guards import begin_item
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence
from practitioners.services.evidence import add_evidence

#: What a person at a link that opens nothing reads.
SENTENCES = {
    USED: "This form has been answered. Each link is for one answer.",
    WITHDRAWN: "The hospital has withdrawn this form. Nothing more is needed from you.",
    EXPIRED: "The time to answer by this link is over. If you still want to, ask the hospital for a new one.",
    CLOSED: "The hospital has what it needs. Nothing more is needed from you.",
}
NAME_LIMIT = 120


@transaction.atomic
def note_opened(*, enquiry: Enquiry) -> None:
    """The link was opened for the first time (by the recipient, or by a mail system that looks at links)."""
    enquiry = Enquiry.objects.select_for_update(of=("self",)).get(pk=enquiry.pk)
    if enquiry.status not in (EnquiryStatus.TO_SEND, EnquiryStatus.SENT):
        return
    enquiry.opened_at = clock.now()
    _move(enquiry, EnquiryStatus.OPENED, fields=("opened_at",))


@transaction.atomic
def answer(
    *, token: str, given: Mapping[str, Any], signed_name: str, agrees: bool
) -> tuple[Enquiry, dict[str, Any]]:
    """Take a signed answer: evidence of the peer review class, received and waiting for a review.

    ``given`` is the answers by question. Answers the enquiry and the signed content, for the copy the signer
    keeps. Raises ``Problem`` at the question that lacks an answer, ``Refused`` for a signature without name
    or consent, and ``Conflict`` when the link opens nothing any more.
    """
    enquiry, item = _begin(token)
    form = read_form(enquiry.asked)
    facility = item.application.facility
    values = check_answers(form, given, today=clock.today(facility))
    name = _signed(signed_name, agrees)
    content = seal(
        _content(enquiry, form.statement, name) | {"answers": told(form, values), "values": values}
    )
    evidence = _evidence(enquiry, item, form.title, content)
    actor = system_user()
    verification.record_attempt(
        actor=actor,
        item=item,
        method=Method.WEB,
        outcome=AttemptOutcome.ANSWERED,
        note="Answered on the form.",
        evidence=evidence,
    )
    verification.receive(
        actor=actor,
        item=item,
        source=evidence.source,
        source_kind=evidence.source_kind,
        method=evidence.method,
        verified_on=clock.today(facility),
        source_date=clock.today(facility),
        evidence=evidence,
    )
    _close(enquiry, EnquiryStatus.ANSWERED, evidence, content)
    return enquiry, content


@transaction.atomic
def decline(
    *, token: str, reason: str, signed_name: str, agrees: bool = True
) -> tuple[Enquiry, dict[str, Any]]:
    """The recipient will not answer, and says why. The reason is evidence; the item still wants an answer."""
    enquiry, item = _begin(token)
    form = read_form(enquiry.asked)
    text = reason.strip()[:TEXT_LIMIT]
    if not text:
        raise Refused("Write in a few words why you do not answer.", field="reason")
    name = _signed(signed_name, agrees)
    content = seal(_content(enquiry, form.statement, name) | {"declined": text})
    evidence = _evidence(enquiry, item, f"{form.title}, declined", content)
    verification.record_attempt(
        actor=system_user(),
        item=item,
        method=Method.WEB,
        outcome=AttemptOutcome.NO_ANSWER,
        note="Declined to answer; the reason is in the evidence.",
        evidence=evidence,
    )
    _close(enquiry, EnquiryStatus.DECLINED, evidence, content)
    return enquiry, content


def _begin(token: str) -> tuple[Enquiry, VerificationItem]:
    """The enquiry of a link that may be answered, locked after its practitioner, application and item."""
    found = by_token(token)
    if found is None:
        raise Refused("This link leads to no form.")
    item = begin_item(system_user(), found.item)
    enquiry = Enquiry.objects.select_for_update(of=("self",)).get(pk=found.pk)
    enquiry.item = item
    state = standing(enquiry)
    if state != OPEN:
        raise Conflict(SENTENCES[state])
    return enquiry, item


def _signed(name: str, agrees: bool) -> str:
    name = " ".join(name.split())[:NAME_LIMIT]
    if not name:
        raise Refused("Type your name: it stands for your signature.", field="signed_name")
    if not agrees:
        raise Refused(
            "Tick the statement above your name; without it the answer is not signed.", field="agrees"
        )
    return name


def _content(enquiry: Enquiry, statement: str, name: str) -> dict[str, Any]:
    """What is signed. The number used once keeps the short answers from being guessed from their hash."""
    return {
        "enquiry": str(enquiry.uid),
        "about": str(enquiry.item.application.practitioner),
        "form": enquiry.form_code,
        "version": enquiry.form_version,
        "asked": digest(enquiry.asked),
        "sent_to": enquiry.recipient_name,
        "statement": statement,
        "signed_by": name,
        "signed_at": clock.now().isoformat(timespec="seconds"),
        "once": secrets.token_hex(16),
    }


def _evidence(enquiry: Enquiry, item: VerificationItem, title: str, content: dict[str, Any]) -> Evidence:
    source = ", ".join(filter(None, (enquiry.recipient_name, enquiry.recipient_organization)))
    accepted = item.accepted_sources
    primary = not accepted or SourceKind.PRIMARY in accepted
    return add_evidence(
        actor=system_user(),
        practitioner=item.application.practitioner,
        title=f"{title}: {source}"[:200],
        source=source[:200],
        source_kind=SourceKind.PRIMARY if primary else accepted[0],
        method=Method.WEB,
        content=canonical_bytes(content),
        media_type="application/json",
        source_date=clock.today(item.application.facility),
        # What another hospital says of standing and conduct is peer review, like a reference.
        data_class=DataClass.PEER_REVIEW,
    )


def _close(enquiry: Enquiry, target: str, evidence: Evidence, content: dict[str, Any]) -> None:
    enquiry.evidence, enquiry.answer_hash, enquiry.closed_at = evidence, content["hash"], clock.now()
    _move(
        enquiry,
        target,
        fields=("evidence", "answer_hash", "closed_at"),
        data={"evidence": evidence.hash, "answer": content["hash"]},
    )


def _move(enquiry: Enquiry, target: str, *, fields: tuple[str, ...], data: dict | None = None) -> None:
    actor = system_user()
    move = workflow.ENQUIRY.check(enquiry, target, permissions(actor, None))
    enquiry.status = target
    enquiry.save(update_fields=["status", *fields])
    application = enquiry.item.application
    record_event(
        actor=actor,
        verb=move.event,
        subject=enquiry,
        practitioner=application.practitioner,
        facility=application.facility,
        data=data,
    )
