"""Writing down who said what of the key facts; the services that write these facts call it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction

from config.kernel import clock
from practitioners.models import ConflictResolution, Evidence, Practitioner, Statement
from practitioners.rules.provenance import PEOPLE, System, fact_of

LONGEST_VALUE, LONGEST_SOURCE, LONGEST_SYSTEM = 300, 200, 60


def record_statements(
    *,
    actor,
    practitioner: Practitioner,
    said: Mapping[str, object],
    said_by: str,
    system: System | None = None,
    subject: uuid.UUID | None = None,
    source: str = "",
    evidence: Evidence | None = None,
    at: dt.datetime | None = None,
    first: bool = False,
) -> list[Statement]:
    """Record what ``said_by`` (of several of its kind: ``system``) says of the facts of ``said`` (declared in
    ``rules.provenance``; days as dates, the rest as text as shown), of the person or of the credential with
    the uid ``subject``.

    Nothing is recorded for what is empty, nor for a value that is this source's latest word already, unless a
    person says again what was decided against. The caller holds the person's lock and has asked who may.
    ``first``: what it is said of has only just been made, so that nobody has said anything of it before.
    """
    values = _values(said)
    if not values:
        return []
    latest = {} if first else _latest(practitioner, subject, said_by, system, values)
    repeated = {fact for fact, value in values.items() if fact in latest and latest[fact].value == value}
    if repeated and said_by in PEOPLE:
        repeated -= _decided_against(practitioner, subject, {fact: latest[fact] for fact in repeated})
    rows = statement_rows(
        actor=actor,
        practitioner=practitioner,
        said={fact: value for fact, value in values.items() if fact not in repeated},
        said_by=said_by,
        system=system,
        subject=subject,
        source=source,
        evidence=evidence,
        at=at or clock.now(),
    )
    return Statement.objects.bulk_create(rows)


@transaction.atomic
def take_statements_back(
    *, actor, statements: Iterable[Statement], at: dt.datetime | None = None
) -> list[Statement]:
    """Record that these were said by mistake: each source says again what it said before, or nothing. What
    was written stays. The caller holds the locks of the people and has asked who may.
    """
    at = at or clock.now()
    return Statement.objects.bulk_create(
        Statement(
            practitioner_id=each.practitioner_id,
            subject=each.subject,
            fact=each.fact,
            value="",
            said_by=each.said_by,
            system=each.system,
            source=each.source,
            recorded_at=at,
            recorded_by=actor,
        )
        for each in statements
    )


def statement_rows(
    *,
    actor,
    practitioner: Practitioner,
    said: Mapping[str, object],
    said_by: str,
    system: System | None,
    at: dt.datetime,
    subject: uuid.UUID | None = None,
    source: str = "",
    evidence: Evidence | None = None,
) -> list[Statement]:
    """The rows of :func:`record_statements`, unsaved, where nothing was said before; for writing many."""
    return [
        Statement(
            practitioner_id=practitioner.pk,
            subject=subject,
            fact=fact,
            value=value,
            said_by=said_by,
            system=system.code[:LONGEST_SYSTEM] if system else "",
            source=(source or (system.name if system else ""))[:LONGEST_SOURCE],
            evidence_id=evidence.pk if evidence else None,
            recorded_at=at,
            recorded_by_id=actor.pk,
        )
        for fact, value in _values(said).items()
    ]


def _values(said: Mapping[str, object]) -> dict[str, str]:
    """What is said, as text, without what is empty."""
    values = {fact: _text(value) for fact, value in said.items() if value not in (None, "")}
    unknown = [fact for fact in values if fact_of(fact) is None]
    if unknown:
        raise TypeError(f"These facts are not declared: {sorted(unknown)}")
    return values


def _latest(
    practitioner: Practitioner,
    subject: uuid.UUID | None,
    said_by: str,
    system: System | None,
    facts: Iterable[str],
) -> dict[str, Statement]:
    """This source's latest word on each of the facts; one query."""
    earlier = Statement.objects.filter(
        practitioner=practitioner,
        subject=subject,
        said_by=said_by,
        system=system.code if system else "",
        fact__in=facts,
    )
    return {row.fact: row for row in earlier.order_by("fact", "-recorded_at", "-pk").distinct("fact")}


def _decided_against(practitioner: Practitioner, subject, latest: Mapping[str, Statement]) -> set[str]:
    """The facts of which another value was taken after this source's latest word."""
    rows = ConflictResolution.objects.filter(practitioner=practitioner, subject=subject, fact__in=latest)
    found = set()
    for row in rows.select_related("taken").order_by("-decided_at", "-pk"):
        if row.decided_at >= latest[row.fact].recorded_at and row.taken.value != latest[row.fact].value:
            found.add(row.fact)
    return found


def _text(value: object) -> str:
    text = value.isoformat() if isinstance(value, dt.date) else " ".join(str(value).split())
    return text[:LONGEST_VALUE]
