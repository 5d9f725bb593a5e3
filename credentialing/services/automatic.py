"""Asking sources by machine: by a worker, outside any transaction; the answer is written in one.

A worker killed at any moment loses nothing: the item stays requested and a sweep asks again. It duplicates
nothing either: the answer is written only while the item still waits for it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Coalesce, Greatest

from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import AttemptOutcome, ItemStatus
from credentialing.models import ConnectedSource, VerificationAttempt, VerificationItem
from credentialing.models.applications import workable_q
from credentialing.selectors.requirements import requirements
from credentialing.selectors.sources import resting_codes, waiting_items
from credentialing.services import sources, verification
from credentialing.services.connectors import CONNECTORS, subject_of
from credentialing.services.guards import begin_item
from credentialing.services.queue import enqueue
from credentialing.services.steps import open_step
from credentialing.sources.base import HttpFetcher, Reply, ReplyKind
from practitioners.choices import Method, SourceKind
from practitioners.models import Evidence
from practitioners.services.evidence import add_evidence

#: A source that is asked too often is asked again after so long by the same worker; else by the sweep.
SHORT_WAIT = dt.timedelta(minutes=1)
#: Minutes after which a question without an answer is asked again.
SWEEP_MINUTES = 10


def sweep_after() -> dt.timedelta:
    """How long an automatic question may stay unanswered before it is asked again."""
    return dt.timedelta(minutes=getattr(settings, "STANDING_SWEEP_MINUTES", SWEEP_MINUTES))


def verify_automatically(item_uid: uuid.UUID | str, *, fetcher: HttpFetcher | None = None) -> str:
    """Ask the source of a requested item and write its answer. Answers what came of it, in a word.

    A source that is asked often enough now is asked when its turn comes; one that rests after failures, at
    the next sweep; one that is switched off, by a person. ``fetcher``: how patiently it is asked (None: as it
    is set up).
    """
    item = (
        VerificationItem.objects.select_related("application__practitioner", "application__facility")
        .select_related("credential")
        .filter(uid=item_uid)
        .first()
    )
    if item is None or item.status != ItemStatus.REQUESTED or not item.automatic_source:
        return "nothing to ask"
    source = sources.known_source(item.automatic_source)
    asked_at = item.requested_at
    if source is None or not source.active:
        return _leave_to_a_person(
            item, f"{source or item.automatic_source} is not asked by machine any more."
        )
    query = CONNECTORS[source.connector].query(subject_of(item))
    reply = sources.ask(source, query, item=item, step=open_step(item), fetcher=fetcher)
    if isinstance(reply, sources.Held):
        if reply.wait is not None and reply.wait <= SHORT_WAIT:
            enqueue("verify_automatically", str(item.uid), after=reply.wait)
        return "held"
    return write_reply(item, reply, asked_at=asked_at)


@transaction.atomic
def _leave_to_a_person(item: VerificationItem, note: str) -> str:
    actor = system_user()
    item = begin_item(actor, item)
    if item.status != ItemStatus.REQUESTED or not item.application.is_workable:
        return "answered meanwhile"
    verification.give_up_asking(actor=actor, item=item, note=note)
    return "left to a person"


@transaction.atomic
def write_reply(item: VerificationItem, reply: Reply, *, asked_at: dt.datetime | None) -> str:
    """Write the answer, unless the item stopped waiting for it meanwhile.

    One transaction, under the locks.
    """
    actor = system_user()
    item = begin_item(actor, item)
    application = item.application
    if item.status != ItemStatus.REQUESTED or item.requested_at != asked_at or not application.is_workable:
        return "answered meanwhile"
    source = sources.known_source(reply.source)
    if source is None:
        raise ValueError(f"No source is called {reply.source!r}.")
    evidence = _evidence(actor, item, source, reply) if reply.raw else None
    if not reply.checked:
        return _could_not_check(actor, item, reply, evidence)
    found = reply.kind is ReplyKind.FOUND
    try:
        with transaction.atomic():
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
                source=source.name,
                source_kind=SourceKind.PRIMARY,
                method=Method.API,
                verified_on=clock.date_at(reply.obtained_at, application.facility),
                result=reply.sentence,
                findings=CONNECTORS[source.connector].findings(subject_of(item), reply),
                evidence=evidence,
                source_date=reply.source_date,
            )
    except Refused as refused:  # an answer that cannot be: days out of order, a date in the future
        unusable = replace(reply, sentence=f"{source} answered, but not usably: {refused.sentence}")
        return _could_not_check(actor, item, unusable, evidence)
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


def _evidence(actor, item: VerificationItem, source: ConnectedSource, reply: Reply) -> Evidence:
    return add_evidence(
        actor=actor,
        practitioner=item.application.practitioner,
        title=f"{source}: answer for {CONNECTORS[source.connector].about(subject_of(item))}"[:200],
        source=reply.url[:200] or source.name,
        source_kind=SourceKind.PRIMARY,
        method=Method.API,
        content=reply.raw,
        media_type=reply.media_type,
        source_date=reply.source_date,
        summary=reply.sentence,
    )


def ask_waiting(code: str) -> int:
    """Send everything that waits for this source to the queue, at once. Answers how many."""
    waiting = waiting_items().filter(workable_q("application__"), automatic_source=code)
    uids = list(waiting.values_list("uid", flat=True))
    for uid in uids:
        enqueue("verify_automatically", str(uid))
    return len(uids)


def sweep() -> int:
    """Send every automatic question that waited too long to the queue again. Answers how many.

    Those of a source that rests are left where they are: asking for it is what the rest is about.
    """
    waiting = (
        waiting_items()
        .filter(workable_q("application__"))
        .exclude(automatic_source__in=resting_codes())
        .annotate(asked=Greatest("requested_at", Coalesce(Max("attempts__at"), "requested_at")))
        .filter(asked__lt=clock.now() - sweep_after())
        .values_list("uid", flat=True)
    )
    count = 0
    for uid in list(waiting):
        enqueue("verify_automatically", str(uid))
        count += 1
    return count
