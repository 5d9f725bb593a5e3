"""Verification: what is planned, asked, answered, reviewed, and what could not be found out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.choices import DataClass
from config.accounts.policies import permissions
from config.audit.services.events import record_event
from config.kernel import canonical, clock, periods
from config.kernel.errors import Forbidden, Refused
from credentialing import workflow
from credentialing.choices import ApplicationStatus, AttemptOutcome, Element, ItemStatus, Severity
from credentialing.elements import (
    AFFILIATIONS,
    LICENCES,
    NEVER_WAIVABLE,
    ONLY_CLEARANCE,
    OPINIONS,
    RED_FLAGS,
    data_class,
)
from credentialing.models import Application, VerificationAttempt, VerificationItem
from credentialing.rules.answers import ORAL, check_days_of_answer, check_not_too_old, check_source
from credentialing.rules.needed import Wanted
from credentialing.selectors.release import release_missing
from credentialing.selectors.requirements import Requirements, requirements
from credentialing.selectors.sources import Answering, answering
from credentialing.services import flags
from credentialing.services.deficiencies import settle_corrections
from credentialing.services.guards import begin_application, begin_item
from credentialing.services.queue import enqueue, judge_standing_conditions
from credentialing.services.steps import end_step_of
from practitioners.choices import CredentialStatus, Method, SourceKind
from practitioners.models import CredentialPeriod, Document, Evidence
from practitioners.rules.plausible import check_days
from practitioners.services import credentials as claims
from practitioners.services.evidence import add_evidence

FOUND_OUT = (ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE)
#: What a licence board may say that is true, and bad: it satisfies the item and raises a red flag.
ADVERSE_STATUSES = frozenset(
    {
        CredentialStatus.ACTIVE_LIMITED,
        CredentialStatus.PROBATION,
        CredentialStatus.SUSPENDED,
        CredentialStatus.REVOKED,
        CredentialStatus.SURRENDERED,
        CredentialStatus.DENIED,
        CredentialStatus.NOT_CERTIFIED,
    }
)
NOTE_LIMIT = 4000


# --- the plan -------------------------------------------------------------------------------------------


@transaction.atomic
def plan(*, actor, application: Application) -> list[VerificationItem]:
    """One item per element and instance the application needs; answers the items that were added.

    Safe to repeat: what is planned already stays with its result. An item nobody has answered whose claim was
    withdrawn, or that is needed no longer, is taken out of the plan. The strictest age limit wins and the
    item says whose it is. Automatic sources are asked at once where the applicant's release is on file, else
    when it comes.
    """
    application = begin_application(actor, application, "credentialing.verify")
    if application.status != ApplicationStatus.SUBMITTED and not application.is_workable:
        raise Refused("Verification is planned when the application has been accepted.")
    needs, machines = requirements(application), answering()
    held = {
        (item.element, item.credential_id): item
        for item in application.items.exclude(status=ItemStatus.SUPERSEDED).select_for_update(of=("self",))
    }
    wanted, now = {one.key: one for one in needs.wanted}, clock.now()
    added = VerificationItem.objects.bulk_create(
        _new_item(application, one, needs, machines, now) for key, one in wanted.items() if key not in held
    )
    removed = [item for key, item in held.items() if key not in wanted and item.status not in FOUND_OUT]
    for item in removed:
        if item.status in (ItemStatus.SUPERSEDED, ItemStatus.NOT_APPLICABLE, ItemStatus.WAIVED):
            continue
        _move(item, ItemStatus.SUPERSEDED, actor, application, note="No longer needed for this application.")
    for item in held.values():
        _restate(item, wanted.get((item.element, item.credential_id)), needs, machines, application)
    record_event(
        actor=actor,
        verb="verification.planned",
        subject=application,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"added": len(added), "removed": len(removed), "items": len(wanted)},
    )
    if added and not release_missing(application):
        for item in added:
            if item.automatic_source:
                _request(actor, item, application)
    return added


def _release_came(actor, item: VerificationItem) -> None:
    """With the attestation and release, the sources a machine asks are asked: until then they were not."""
    if item.element != Element.ATTESTATION:
        return
    application = item.application
    waiting = application.items.filter(status=ItemStatus.NOT_STARTED).exclude(automatic_source="")
    for each in waiting.select_for_update(of=("self",)).order_by("pk"):
        _request(actor, each, application)


def _new_item(
    application: Application, one: Wanted, needs: Requirements, machines: Answering, now: dt.datetime
) -> VerificationItem:
    """The item of the plan, unsaved."""
    item = VerificationItem(
        application=application,
        element=one.element,
        credential=one.credential,
        label=one.label[:300],
        required_because=one.because[:500],
        waivable=one.waivable,
        accepted_sources=needs.accepted_sources(one.element),
        automatic_source=machines.code_for(one.element, application, one.credential),
        planned_at=now,
    )
    _set_age(item, needs)
    return item


def _set_age(item: VerificationItem, needs: Requirements) -> None:
    limit = needs.max_age(item.element)
    item.max_age_days = limit.value
    item.bound_by, item.citation = limit.source[:200], limit.citation[:300]
    item.confidence = limit.confidence


def _restate(
    item: VerificationItem,
    one: Wanted | None,
    needs: Requirements,
    machines: Answering,
    application: Application,
) -> None:
    """Bring what the plan says of an open item up to date; results are never touched."""
    if one is None or item.status in (*FOUND_OUT, ItemStatus.WAIVED, ItemStatus.SUPERSEDED):
        return
    item.label, item.required_because = one.label[:300], one.because[:500]
    item.accepted_sources = needs.accepted_sources(item.element)
    item.automatic_source = machines.code_for(item.element, application, one.credential)
    _set_age(item, needs)
    item.save(
        update_fields=[
            "label", "required_because", "accepted_sources", "automatic_source",
            "max_age_days", "bound_by", "citation", "confidence",
        ]
    )  # fmt: skip


# --- asking ---------------------------------------------------------------------------------------------


@transaction.atomic
def request(*, actor, item: VerificationItem, note: str = "") -> VerificationItem:
    """Ask the source (again).

    An automatic source is asked by a worker, and refused before the applicant's release is on file; otherwise
    a person goes on by hand, and the page warns them.
    """
    item = _begin(actor, item)
    if item.automatic_source and (missing := release_missing(item.application)):
        raise Refused(missing)
    _request(actor, item, item.application, note=note)
    return item


def _request(actor, item: VerificationItem, application: Application, note: str = "") -> None:
    if item.status == ItemStatus.REQUESTED:
        item.requested_at = clock.now()
        item.save(update_fields=["requested_at"])
    else:
        item.requested_at = clock.now()
        _move(item, ItemStatus.REQUESTED, actor, application, note=note, fields=("requested_at",))
    if item.automatic_source:
        enqueue("verify_automatically", str(item.uid))


@transaction.atomic
def record_attempt(
    *,
    actor,
    item: VerificationItem,
    method: str,
    outcome: str,
    note: str = "",
    evidence: Evidence | None = None,
    at: dt.datetime | None = None,
) -> VerificationAttempt:
    """Document one try to get an answer. The item then waits for the answer.

    ``at`` is when it happened (default now, never later).
    """
    item = _begin(actor, item)
    now = clock.now()
    if at is not None and at > now:
        raise Refused("An attempt cannot lie in the future.", field="at")
    if item.status not in (
        ItemStatus.NOT_STARTED,
        ItemStatus.REQUESTED,
        ItemStatus.AWAITING,
        ItemStatus.UNABLE,
    ):
        raise Refused(f'This is "{item.get_status_display()}": there is nothing left to attempt.')
    attempt = VerificationAttempt.objects.create(
        item=item,
        at=at or now,
        by=actor,
        method=Method(method),
        outcome=AttemptOutcome(outcome),
        note=note.strip()[:NOTE_LIMIT],
        evidence=evidence,
    )
    application = item.application
    if item.status == ItemStatus.NOT_STARTED:
        item.requested_at = attempt.at
        _move(item, ItemStatus.REQUESTED, actor, application, fields=("requested_at",))
    if item.status == ItemStatus.REQUESTED and outcome != AttemptOutcome.COULD_NOT_CHECK:
        _move(item, ItemStatus.AWAITING, actor, application)
    record_event(
        actor=actor,
        verb="verification.attempted",
        subject=item,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"outcome": str(outcome), "method": str(method)},
    )
    return attempt


@transaction.atomic
def give_up_asking(*, actor, item: VerificationItem, note: str) -> VerificationItem:
    """A source that could not be reached by machine: the item waits for a person now."""
    item = _begin(actor, item)
    _move(item, ItemStatus.AWAITING, actor, item.application, note=note)
    return item


# --- the answer -----------------------------------------------------------------------------------------


@transaction.atomic
def receive(
    *,
    actor,
    item: VerificationItem,
    source: str,
    source_kind: str,
    method: str,
    verified_on: dt.date,
    result: str = "",
    findings: Mapping[str, Any] | None = None,
    evidence: Evidence | None = None,
    document: Document | None = None,
    content: bytes | None = None,
    media_type: str = "",
    source_date: dt.date | None = None,
    title: str = "",
) -> VerificationItem:
    """Record what the source said, with evidence. A person reviews it afterwards (:func:`verify`).

    Evidence is one of: a row that exists, an uploaded document, raw content; for an oral answer the note in
    ``result`` itself. ``verified_on`` is the facility's date of the answer; one too old to count for any
    decision is refused. ``findings`` says what the source said field by field (``status``, ``valid_from``,
    ``valid_through`` as ISO dates, and others).
    """
    item = _begin(actor, item)
    check_not_too_old(verified_on, today=clock.today(item.application.facility), max_age=item.max_age_days)
    return _receive(
        actor=actor,
        item=item,
        source=source,
        source_kind=source_kind,
        method=method,
        verified_on=verified_on,
        result=result,
        findings=findings,
        evidence=evidence,
        document=document,
        content=content,
        media_type=media_type,
        source_date=source_date,
        title=title,
    )


def _receive(
    *,
    actor,
    item: VerificationItem,
    source: str,
    source_kind: str,
    method: str,
    verified_on: dt.date,
    result: str = "",
    findings: Mapping[str, Any] | None = None,
    evidence: Evidence | None = None,
    document: Document | None = None,
    content: bytes | None = None,
    media_type: str = "",
    source_date: dt.date | None = None,
    title: str = "",
) -> VerificationItem:
    application = item.application
    workflow.VERIFICATION_ITEM.check(item, ItemStatus.RECEIVED, permissions(actor, application.facility))
    _check_answer(item, source, source_kind, method, verified_on, source_date)
    found = dict(findings or {})
    _check_findings(found, item)
    evidence = _evidence(
        actor, item, source, source_kind, method, evidence, document, content, media_type, source_date,
        title, result, found,
    )  # fmt: skip
    item.source, item.source_kind, item.method = source.strip()[:200], SourceKind(source_kind), Method(method)
    item.verified_on, item.result, item.findings = verified_on, result.strip()[:NOTE_LIMIT], found
    item.evidence = evidence
    _move(
        item,
        ItemStatus.RECEIVED,
        actor,
        application,
        fields=(
            "source", "source_kind", "method", "verified_on", "result", "findings", "evidence",
        ),
        data={"evidence": evidence.hash},
    )  # fmt: skip
    _release_came(actor, item)
    return item


def _check_answer(item, source, source_kind, method, verified_on, source_date) -> None:
    check_source(source, source_kind, method, accepted=item.accepted_sources, of=Element(item.element).label)
    check_days_of_answer(verified_on, source_date, today=clock.today(item.application.facility))


def _check_findings(found: dict[str, Any], item: VerificationItem) -> None:
    """Dates of findings are real and in order, so that confirming the credential cannot fail later."""
    first, last = _day(found, "valid_from"), _day(found, "valid_through")
    if first and last and last < first:
        raise Refused("The last valid day lies before the first.", field="valid_through")
    check_days(
        DateRange(first, periods.through(last)),
        today=clock.today(item.application.facility),
        born=item.application.practitioner.birth_date,
        start_field="valid_from",
        end_field="valid_through",
    )
    status = found.get("status")
    if status and status not in CredentialStatus.values:
        raise Refused(f'"{status}" is not a status of a credential.', field="status")


def _day(found: dict[str, Any], name: str) -> dt.date | None:
    value = found.get(name)
    if value in (None, ""):
        return None
    if isinstance(value, dt.date):
        found[name] = value.isoformat()
        return value
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        raise Refused(f'"{value}" is not a date.', field=name) from None


def _evidence(
    actor, item, source, source_kind, method, evidence, document, content, media_type, source_date,
    title, result, found,
) -> Evidence:  # fmt: skip
    practitioner = item.application.practitioner
    if evidence is not None:
        if evidence.practitioner_id != practitioner.pk:
            raise Refused("This evidence belongs to another practitioner.")
        return evidence
    if document is not None and document.practitioner_id != practitioner.pk:
        raise Refused("This document belongs to another practitioner.")
    if document is None and content is None:
        if method not in ORAL:
            raise Refused(
                "Attach what the source said: the print of the web page, the letter, the certificate.",
                field="document",
            )
        if not result.strip():
            raise Refused("Write down who said what, and when.", field="result")
        told = {"said_by": source, "method": str(method), "note": result.strip(), "findings": found}
        content, media_type = canonical.canonical_bytes(told), "application/json"
    return add_evidence(
        actor=actor,
        practitioner=practitioner,
        title=(title or f"{Element(item.element).label}: answer of {source}")[:200],
        source=source.strip()[:200],
        source_kind=source_kind,
        method=method,
        content=content,
        document=document,
        media_type=media_type,
        source_date=source_date,
        # A protected answer is not repeated outside its content.
        summary="" if data_class(item.element) != "general" else result.strip()[:NOTE_LIMIT],
        data_class=data_class(item.element),
    )


# --- the review -----------------------------------------------------------------------------------------


@transaction.atomic
def verify(
    *,
    actor,
    item: VerificationItem,
    adverse: bool = False,
    note: str = "",
    confirm_valid: DateRange | None = None,
    confirm_status: str = "",
    confirm_extra: Mapping[str, Any] | None = None,
    severity: str = "",
) -> VerificationItem:
    """A person reviewed the answer and it is so. What is true and bad is verified too, and raises a red flag.

    Confirms the credential's period: ``confirm_valid`` (half-open), else the dates of the findings, else the
    days claimed. A status that is adverse in itself (probation, suspended) makes the item adverse.
    """
    item = _begin(actor, item)
    if item.status != ItemStatus.RECEIVED:
        workflow.VERIFICATION_ITEM.move(item.status, ItemStatus.VERIFIED)
        raise Refused("There is no answer to review yet.")
    return _find_out(actor, item, adverse, note, confirm_valid, confirm_status, confirm_extra, severity)


@transaction.atomic
def note_discrepancy(*, actor, item: VerificationItem, note: str) -> VerificationItem:
    """The answer contradicts what was stated. The applicant may correct it; a person resolves it."""
    item = _begin(actor, item)
    item.note = _needed(note, "Say what differs between the application and the source.", "note")
    _move(item, ItemStatus.DISCREPANT, actor, item.application, note=item.note, fields=("note",))
    return item


@transaction.atomic
def resolve(
    *,
    actor,
    item: VerificationItem,
    note: str,
    adverse: bool = False,
    confirm_valid: DateRange | None = None,
    confirm_status: str = "",
    confirm_extra: Mapping[str, Any] | None = None,
    severity: str = "",
) -> VerificationItem:
    """Settle a discrepancy: what is true after all, and how that was found out."""
    item = _begin(actor, item)
    if item.status != ItemStatus.DISCREPANT:
        raise Refused("There is no discrepancy to resolve.")
    text = _needed(note, "Write how the discrepancy was resolved.", "note")
    return _find_out(actor, item, adverse, text, confirm_valid, confirm_status, confirm_extra, severity)


def _find_out(
    actor, item, adverse, note, confirm_valid, confirm_status, confirm_extra, severity
) -> VerificationItem:
    if getattr(actor, "is_system", False):
        raise Forbidden("An answer is reviewed by a person, not by the system.")
    application = item.application
    status = confirm_status or item.findings.get("status") or ""
    adverse = adverse or status in ADVERSE_STATUSES
    if adverse and not note.strip():
        note = item.note or item.result
        if not note and status not in ADVERSE_STATUSES:
            raise Refused("Write what is adverse, for the red flag the reviewers will read.", field="note")
    target = ItemStatus.VERIFIED_ADVERSE if adverse else ItemStatus.VERIFIED
    if item.credential_id is not None:
        _confirm(actor, item, confirm_valid, status, confirm_extra)
    item.reviewed_by, item.reviewed_at = actor, clock.now()
    item.note = (note.strip() or item.note)[:NOTE_LIMIT]
    _move(item, target, actor, application, note=note, fields=("reviewed_by", "reviewed_at", "note"))
    settle_corrections(actor=actor, item=item, application=application)
    if adverse:
        code, weight = RED_FLAGS.get(item.element, ("RF-OTHER", "warn"))
        flags.raise_flag(
            actor=actor,
            application=application,
            item=item,
            code=code,
            severity=Severity(severity or weight),
            sentence=_flag_sentence(item, status, note),
            data_class=DataClass.HEALTH if item.element in ONLY_CLEARANCE else DataClass.GENERAL,
        )
    flags.sync_after_answer(application=application, item=item, adverse=adverse)
    return item


def _flag_sentence(item: VerificationItem, status: str, note: str) -> str:
    """What the reviewers read. The answer of a protected source is not repeated."""
    if item.element == Element.NPDB:
        return "The response of the data bank calls for review; its content is in the data bank class."
    if item.element in ONLY_CLEARANCE:
        return f"{item.label}: not in order; to be settled with the applicant, confidentially."
    if _protected(item):
        return f"{item.label}: the answer calls for review; see the evidence."
    said = f"the source says {CredentialStatus(status).label.lower()}" if status else "adverse"
    return f"{item.label}: {said}. {note}".strip()


def _confirm(actor, item: VerificationItem, valid, status: str, extra) -> CredentialPeriod:
    if item.credential is None or item.evidence is None:
        raise Refused("There is no claim or no evidence to confirm it by.")
    claim = CredentialPeriod.objects.live().filter(identity_id=item.credential_id).order_by("-valid").first()
    first, last = _day(item.findings, "valid_from"), _day(item.findings, "valid_through")
    if valid is None and (first or last):
        claimed = claim.valid if claim else DateRange(None, None)
        valid = periods.days(first or claimed.lower, periods.through(last) if last else claimed.upper)
    if valid is None:
        if claim is None:
            raise Refused("The claim was withdrawn; record it again before it is verified.")
        valid = claim.valid
    found_extra = item.findings.get("extra")
    content = dict(claim.extra) if claim else {}
    content.update(found_extra if isinstance(found_extra, Mapping) else {})
    content.update(extra or {})
    if item.element in AFFILIATIONS:
        # Claims are general and go back to the practitioner: of the answer only where, and from when to when.
        stated = claim.extra if claim else {}
        content = {name: value for name, value in content.items() if name not in OPINIONS}
        content |= {name: value for name, value in stated.items() if name in OPINIONS}
        status = ""
    if item.element in LICENCES:
        judge_standing_conditions()
    return claims.confirm(
        actor=actor,
        credential=item.credential,
        valid=valid,
        evidence=item.evidence,
        status=status or (claim.status if claim else CredentialStatus.ACTIVE),
        extra=content,
    )


# --- what could not be found out ------------------------------------------------------------------------


@transaction.atomic
def mark_unable(*, actor, item: VerificationItem, note: str) -> VerificationItem:
    """The source does not answer, after as many documented attempts as the parameter asks for."""
    item = _begin(actor, item)
    needed = requirements(item.application).attempts_before_unable
    made = item.attempts.count()
    if made < needed:
        raise Refused(f"{made} of {needed} documented attempts: record the tries before giving this one up.")
    item.note = _needed(note, "Write why the source cannot be reached.", "note")
    _move(item, ItemStatus.UNABLE, actor, item.application, note=item.note, fields=("note",))
    flags.sync_after_giving_up(application=item.application, item=item)
    return item


@transaction.atomic
def waive(*, actor, item: VerificationItem, reason: str) -> VerificationItem:
    """The director does without one that could not be verified.

    Never licence, NPDB, exclusion or identity.
    """
    item = _begin(actor, item)
    if item.element in NEVER_WAIVABLE or not item.waivable:
        raise Refused(f"{Element(item.element).label} can never be waived; it has to be found out.")
    item.note = _needed(reason, "Write why the application can be decided without it.", "reason")
    item.reviewed_by, item.reviewed_at = actor, clock.now()
    _move(
        item,
        ItemStatus.WAIVED,
        actor,
        item.application,
        note=item.note,
        fields=("note", "reviewed_by", "reviewed_at"),
    )
    _release_came(actor, item)
    return item


@transaction.atomic
def mark_not_applicable(*, actor, item: VerificationItem, reason: str) -> VerificationItem:
    """The element does not concern this person. Never licence, NPDB, exclusion or identity."""
    item = _begin(actor, item)
    if item.element in NEVER_WAIVABLE:
        raise Refused(f"{Element(item.element).label} concerns everyone; it has to be found out.")
    item.note = _needed(reason, "Write why it does not apply.", "reason")
    _move(item, ItemStatus.NOT_APPLICABLE, actor, item.application, note=item.note, fields=("note",))
    _release_came(actor, item)
    return item


@transaction.atomic
def renew(*, actor, item: VerificationItem, reason: str = "") -> VerificationItem:
    """Verify the same thing again: the old result stays in the file, a new item takes its place in the
    plan.
    """
    item = _begin(actor, item)
    return _renew(actor, item, reason or "Verified again.")


def _renew(actor, item: VerificationItem, reason: str) -> VerificationItem:
    application = item.application
    _move(item, ItemStatus.SUPERSEDED, actor, application, note=reason)
    settle_corrections(actor=actor, item=item, application=application)
    needs = requirements(application)
    one = next((each for each in needs.wanted if each.key == (item.element, item.credential_id)), None)
    if one is None:
        one = Wanted(item.element, item.credential, item.label, item.required_because)
    fresh = _new_item(application, one, needs, answering(), clock.now())
    fresh.save(force_insert=True)
    if fresh.automatic_source:
        _request(actor, fresh, application)
    return fresh


def answer_again(
    *,
    actor,
    application: Application,
    element: str,
    adverse: bool,
    note: str = "",
    reviewed: bool = True,
    **answer,
) -> VerificationItem | None:
    """Answer an element that has no claim of its own (screening, data bank) from its own room's record.

    Takes the item of the plan, or a fresh one in its place when it was answered before. Nothing is done when
    the element is not planned. The caller holds the locks. A system actor, or ``reviewed`` False, leaves it
    for a person to review.
    """
    item = (
        application.items.exclude(status=ItemStatus.SUPERSEDED)
        .filter(element=element, credential__isnull=True)
        .select_for_update(of=("self",))
        .first()
    )
    if item is None or not application.is_workable:
        return None
    item.application = application
    if item.status not in (
        ItemStatus.NOT_STARTED,
        ItemStatus.REQUESTED,
        ItemStatus.AWAITING,
        ItemStatus.UNABLE,
    ):
        item = _renew(actor, item, "A newer answer came.")
        item.application = application
    item = _receive(actor=actor, item=item, **answer)
    if not reviewed or getattr(actor, "is_system", False):
        return item
    return _find_out(actor, item, adverse, note, None, "", None, "")


# --- shared ---------------------------------------------------------------------------------------------


def _begin(actor, item: VerificationItem) -> VerificationItem:
    locked = begin_item(actor, item)
    if not locked.application.is_workable:
        raise Refused(
            f'The application is "{locked.application.get_status_display()}"; '
            "its verification can be worked on once it is accepted."
        )
    return locked


def _protected(item: VerificationItem) -> bool:
    """Whether what the source said is of a protected class, by its element or by the evidence it came as."""
    if data_class(item.element) != "general":
        return True
    return item.evidence is not None and item.evidence.data_class != "general"


def _needed(text: str, sentence: str, field: str) -> str:
    stripped = (text or "").strip()
    if not stripped:
        raise Refused(sentence, field=field)
    return stripped[:NOTE_LIMIT]


def _move(
    item: VerificationItem,
    target: str,
    actor,
    application: Application,
    *,
    note: str = "",
    fields: tuple[str, ...] = (),
    data: dict[str, Any] | None = None,
) -> None:
    """Guard the move, write it, record it."""
    move = workflow.VERIFICATION_ITEM.check(item, target, permissions(actor, application.facility))
    before = item.status
    item.status = target
    try:
        item.save(update_fields=["status", *fields])
    except IntegrityError:
        raise Refused("This was changed in the meantime; reload the page.") from None
    if before == ItemStatus.REQUESTED:
        end_step_of(actor=actor, item=item, sentence=note or move.label)
    # What a protected source said is not repeated in the audit trail.
    open_note = "" if _protected(item) else note
    record_event(
        actor=actor,
        verb=move.event,
        subject=item,
        reason=open_note,
        practitioner=application.practitioner,
        facility=application.facility,
        data={"from": str(before), "to": str(target), "application": str(application.uid), **(data or {})},
    )
