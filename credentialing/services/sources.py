"""Asking a source once: whether it may be asked now, the question, and what came of it in the log.

The log's row is written before the question and ended after it, each in a transaction of its own; nothing is
held while the source thinks.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import CallOutcome, Connector, ListKind, SourceHealth
from credentialing.importing.publications import publication_of
from credentialing.models import ConnectedSource, RunStep, SourceCall, VerificationItem
from credentialing.rules.resting import wait_for_turn
from credentialing.selectors.sources import rest_now
from credentialing.sources.base import HttpFetcher, Reply, ReplyKind, Source
from credentialing.sources.boards import BoardSource, read_reading
from credentialing.sources.lists import ATTEMPTS, DEADLINE, LARGEST_FILE, ListSource
from credentialing.sources.nppes import NppesSource
from practitioners.rules.problems import Problem

#: Sources known without an administrator; in the database from the first question on.
SHIPPED: dict[str, dict[str, Any]] = {
    "nppes": {"name": "NPI registry (NPPES)", "connector": Connector.NPPES},
    # The addresses are suggestions, as known in 2026: nothing is fetched until an administrator confirms one.
    "list-leie": {
        "name": "OIG LEIE, the monthly file",
        "connector": Connector.EXCLUSION_LIST,
        "list_kind": ListKind.LEIE,
        "address": "https://oig.hhs.gov/exclusions/downloadables/UPDATED.csv",
    },
    "list-sam": {
        "name": "SAM.gov exclusions, the daily extract",
        "connector": Connector.EXCLUSION_LIST,
        "list_kind": ListKind.SAM,
        "address": "https://api.sam.gov/data-services/v1/extracts"
        "?fileName=SAM_Exclusions_Public_Extract_V2_{YYDDD}.ZIP",
        "key_variable": "SAM_API_KEY",
        "key_header": "X-Api-Key",
    },
}
VERIFY = "credentialing.verify"


@dataclass(frozen=True)
class Held:
    """The source is not asked now. ``wait`` is how long not, None when nobody can say."""

    sentence: str
    wait: dt.timedelta | None = None


def known_source(code: str) -> ConnectedSource | None:
    """The source of that code; None when there is none (any more)."""
    shipped = SHIPPED.get(code)
    if shipped is None:
        return ConnectedSource.objects.filter(code=code).first()
    return ConnectedSource.objects.get_or_create(code=code, defaults=shipped)[0]


def ask(
    source: ConnectedSource,
    query: Mapping[str, str],
    *,
    item: VerificationItem | None = None,
    step: RunStep | None = None,
    fetcher: HttpFetcher | None = None,
) -> Reply | Held:
    """Put one question, unless the source rests, is switched off or was asked as often as it may be.

    ``item`` and ``step`` are what it is asked for: an item of a file, a step of a run, both or neither.
    Never raises for what happens on the way. Not within a transaction: the source may take its time.
    """
    call = _begin(source, item, step)
    if isinstance(call, Held):
        return call
    reply = _look_up(source, query, call.asked_at, fetcher)
    _end(call, reply)
    return reply


@transaction.atomic
def _begin(source: ConnectedSource, item: VerificationItem | None, step: RunStep | None) -> SourceCall | Held:
    """Enter the question in the log; one at a time per source, so that two workers do not both go first."""
    source = ConnectedSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    now = clock.now()
    rest = rest_now(source, now)
    if rest.health == SourceHealth.OFF:
        return Held(f"{source} is switched off.")
    if not rest.may_ask:
        wait = rest.until - now if rest.until else None
        return Held(f"{source} did not answer {rest.failures} times in a row and is left alone.", wait)
    minute_ago = now - dt.timedelta(minutes=1)
    asked = list(source.calls.filter(asked_at__range=(minute_ago, now)).values_list("asked_at", flat=True))
    if wait := wait_for_turn(asked, now=now, per_minute=source.per_minute):
        return Held(f"{source} was asked {len(asked)} times within a minute.", wait)
    return SourceCall.objects.create(source=source, item=item, step=step, asked_at=now)


def _look_up(
    source: ConnectedSource, query: Mapping[str, str], at: dt.datetime, fetcher: HttpFetcher | None
) -> Reply:
    try:
        return _connector(source, fetcher).look_up(query, obtained_at=at)
    except Problem as problem:
        return Reply(
            kind=ReplyKind.COULD_NOT_CHECK,
            source=source.code,
            sentence=f"{source} could not be asked: {problem}",
            reason="the question could not be put",
            obtained_at=at,
        )


def _connector(source: ConnectedSource, fetcher: HttpFetcher | None) -> Source:
    """The connector of a source; raises ``Problem`` when it cannot be asked as it is set up."""
    if source.connector == Connector.EXCLUSION_LIST:
        return _list_source(source, fetcher)
    fetcher = fetcher or HttpFetcher(timeout=float(source.timeout_seconds))
    if source.connector == Connector.NPPES:
        return NppesSource(base_url=settings.NPPES_API_URL, fetcher=fetcher)
    return BoardSource(
        code=source.code,
        name=source.name,
        address=address_of(source),
        reading=read_reading(source.reading),
        fetcher=fetcher,
        headers=_key(source),
    )


def address_of(source: ConnectedSource) -> str:
    """Where the source is asked: where the settings say so (a local player), else where an administrator
    does.
    """
    return settings.STANDING_SOURCE_ADDRESSES.get(source.code, source.address)


def _key(source: ConnectedSource) -> dict[str, str]:
    """The header with the key of the source, from the environment; raises ``Problem`` when it is not set."""
    if not source.key_variable:
        return {}
    key = os.environ.get(source.key_variable, "")
    if not key:
        raise Problem(f"its key is not set (environment variable {source.key_variable}).")
    return {source.key_header or "Authorization": key}


def _list_source(source: ConnectedSource, fetcher: HttpFetcher | None) -> ListSource:
    """The connector of an exclusion list: a file, which may take longer than an answer."""
    publication = publication_of(source.list_kind, source.mapping)

    def check(path: Path) -> None:
        with publication.opened(path) as stream:
            next(iter(publication.read(stream)), None)  # its first row; the rest is read when it is loaded

    return ListSource(
        code=source.code,
        name=source.name,
        address=address_of(source),
        check=check,
        fetcher=fetcher
        or HttpFetcher(
            timeout=float(source.timeout_seconds),
            deadline=DEADLINE,
            attempts=ATTEMPTS,
            max_bytes=LARGEST_FILE,
        ),
        headers=_key(source),
    )


def _end(call: SourceCall, reply: Reply) -> None:
    call.ended_at, call.attempts = clock.now(), reply.attempts
    call.outcome, call.reason = CallOutcome(str(reply.kind)), reply.reason[:300]
    call.save(update_fields=["ended_at", "attempts", "outcome", "reason"])


# --- people ---------------------------------------------------------------------------------------------


@transaction.atomic
def wake_source(*, actor, source: ConnectedSource) -> ConnectedSource:
    """Ask a resting source again now: its failures so far count no more."""
    require(actor, VERIFY)
    source = ConnectedSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    if not source.active:
        raise Refused(f"{source} is switched off.")
    source.woken_at = clock.now()
    source.save(update_fields=["woken_at"])
    record_event(actor=actor, verb="source.woken", subject=source, data={"source": source.code})
    return source


@transaction.atomic
def switch_source(*, actor, source: ConnectedSource, on: bool, reason: str = "") -> ConnectedSource:
    """Ask the source no more by machine, or again. Items that wait for it are then for a person."""
    require(actor, VERIFY)
    source = ConnectedSource.objects.select_for_update(no_key=True).get(pk=source.pk)
    reason = reason.strip()
    if not on and not reason:
        raise Refused("Say why it is not to be asked.", field="reason")
    if source.active == on:
        raise Refused(f"{source} is switched {'on' if on else 'off'} already.")
    source.active = on
    if on:
        source.woken_at = clock.now()
    source._change_reason = reason[:100]  # type: ignore[attr-defined]
    source.save()
    record_event(
        actor=actor,
        verb="source.switched_on" if on else "source.switched_off",
        subject=source,
        reason=reason,
        data={"source": source.code},
    )
    return source
