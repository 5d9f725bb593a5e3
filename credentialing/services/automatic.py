"""Asking sources by machine: by a worker, outside any transaction; the answer is written in one.

A worker killed at any moment loses nothing: the item stays requested and a sweep asks again. It duplicates
nothing either: the answer is written only while the item still waits for it.
"""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Coalesce, Greatest

from config.accounts.services.users import system_user
from config.kernel import clock
from credentialing.choices import AttemptOutcome, Element, ItemStatus
from credentialing.models import VerificationAttempt, VerificationItem
from credentialing.selectors.requirements import requirements
from credentialing.services import verification
from credentialing.services.guards import begin_item
from credentialing.services.queue import enqueue
from credentialing.sources.base import Reply, ReplyKind
from credentialing.sources.nppes import NppesSource, compare, record_of
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence, PractitionerName
from practitioners.rules.problems import Problem
from practitioners.services.evidence import add_evidence

#: Minutes after which a question without an answer is asked again.
SWEEP_MINUTES = 10


def sweep_after() -> dt.timedelta:
    """How long an automatic question may stay unanswered before it is asked again."""
    return dt.timedelta(minutes=getattr(settings, "STANDING_SWEEP_MINUTES", SWEEP_MINUTES))


def verify_automatically(item_uid: uuid.UUID | str) -> str:
    """Ask the source of a requested item and write its answer. Answers what came of it, in a word."""
    item = (
        VerificationItem.objects.select_related("application__practitioner", "application__facility")
        .filter(uid=item_uid)
        .first()
    )
    if item is None or item.status != ItemStatus.REQUESTED or item.automatic_source != "nppes":
        return "nothing to ask"
    asked_at = item.requested_at
    reply = ask_nppes(item.application.practitioner.npi)
    return write_reply(item, reply, asked_at=asked_at)


def ask_nppes(npi: str | None) -> Reply:
    """Ask the registry about an NPI; never raises."""
    source = NppesSource(base_url=settings.NPPES_API_URL)
    moment = clock.now()
    try:
        return source.look_up({"npi": npi or ""}, obtained_at=moment)
    except Problem as problem:
        return Reply(
            kind=ReplyKind.COULD_NOT_CHECK,
            source=source.code,
            sentence=f"{source.name} could not be asked: {problem}",
            obtained_at=moment,
        )


@transaction.atomic
def write_reply(item: VerificationItem, reply: Reply, *, asked_at: dt.datetime | None) -> str:
    """Write the answer, unless the item stopped waiting for it meanwhile.

    One transaction, under the locks.
    """
    actor = system_user()
    item = begin_item(actor, item)
    application = item.application
    if (
        item.status != ItemStatus.REQUESTED
        or item.requested_at != asked_at
        or application.status not in verification.WORKABLE
    ):
        return "answered meanwhile"
    evidence = _evidence(actor, item, reply) if reply.raw else None
    if not reply.checked:
        return _could_not_check(actor, item, reply, evidence)
    found = reply.kind is ReplyKind.FOUND
    VerificationAttempt.objects.create(
        item=item,
        at=reply.obtained_at,
        by=actor,
        method=Method.API,
        outcome=AttemptOutcome.ANSWERED if found else AttemptOutcome.NOT_FOUND,
        note=reply.sentence,
        evidence=evidence,
    )
    verification.receive(
        actor=actor,
        item=item,
        source="NPI registry (NPPES)",
        source_kind=SourceKind.PRIMARY,
        method=Method.API,
        verified_on=clock.date_at(reply.obtained_at, application.facility),
        result=reply.sentence,
        findings=_findings(item, reply),
        evidence=evidence,
        source_date=reply.source_date,
    )
    return "answered"


def _could_not_check(actor, item: VerificationItem, reply: Reply, evidence: Evidence | None) -> str:
    """An honest third fact.

    The sweep asks again; after as many tries as a person would make, one takes over.
    """
    VerificationAttempt.objects.create(
        item=item,
        at=reply.obtained_at,
        by=actor,
        method=Method.API,
        outcome=AttemptOutcome.COULD_NOT_CHECK,
        note=reply.sentence,
        evidence=evidence,
    )
    tries = item.attempts.filter(outcome=AttemptOutcome.COULD_NOT_CHECK, at__gte=item.requested_at).count()
    if tries >= requirements(item.application).attempts_before_unable:
        verification.give_up_asking(actor=actor, item=item, note=reply.sentence)
    return "could not be checked"


def _evidence(actor, item: VerificationItem, reply: Reply) -> Evidence:
    return add_evidence(
        actor=actor,
        practitioner=item.application.practitioner,
        title=f"NPI registry (NPPES): answer for {item.application.practitioner.npi}",
        source=reply.url[:200] or "NPI registry (NPPES)",
        source_kind=SourceKind.PRIMARY,
        method=Method.API,
        content=reply.raw,
        media_type=reply.media_type,
        source_date=reply.source_date,
        summary=reply.sentence,
    )


def _findings(item: VerificationItem, reply: Reply) -> dict:
    """What the registry says beside what the file says; a person compares."""
    fields = reply.fields
    answer: dict = {
        "found": reply.kind is ReplyKind.FOUND,
        "registry_status": {"A": "active", "D": "deactivated"}.get(
            str(fields.get("status", "")), str(fields.get("status", ""))
        ),
    }
    record = record_of(reply) if fields.get("enumeration_type") != "NPI-2" else None
    if record is None:
        return answer
    practitioner = item.application.practitioner
    name = PractitionerName.objects.filter(practitioner=practitioner, kind="legal").first()
    claimed = {
        "last_name": name.last_name if name else "",
        "first_name": name.first_name if name else "",
        "state": item.application.facility.state,
    }
    answer["name_in_registry"] = record.name.display
    answer["comparisons"] = [
        {
            "field": one.field,
            "claimed": one.claimed,
            "found": one.found,
            "agrees": one.agrees,
            "note": one.note,
        }
        for one in compare(record, claimed)
    ]
    return answer


def sweep() -> int:
    """Send every automatic question that waited too long to the queue again. Answers how many."""
    limit = clock.now() - sweep_after()
    waiting = (
        VerificationItem.objects.filter(
            status=ItemStatus.REQUESTED,
            element=Element.NPI,
            application__status__in=verification.WORKABLE,
        )
        .exclude(automatic_source="")
        .annotate(asked=Greatest("requested_at", Coalesce(Max("attempts__at"), "requested_at")))
        .filter(asked__lt=limit)
        .values_list("uid", flat=True)
    )
    count = 0
    for uid in list(waiting):
        enqueue("verify_automatically", str(uid))
        count += 1
    return count
