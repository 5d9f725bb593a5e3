"""Taking records of the NPI registry into many files at once, where a record says of a person on file only
that an address is another, or what contradicts the file: nearly all of what a refresh writes.

What is news is asked of the rules that decide it for one record; here stands only what is written together,
with a fixed number of queries for hundreds of people instead of thirty for each. Everything else is left to
:func:`~practitioners.services.registry_records.take_record`.
``tests/practitioners/services/test_registry_bulk.py`` takes the same file both ways and compares every table.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from simple_history.utils import bulk_update_with_history

from config.accounts.choices import DataClass
from config.accounts.policies import is_system, require
from config.audit.services.events import Event, record_events
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.copying import copy_rows, copy_with_history, next_keys
from config.kernel.errors import Refused
from practitioners import store
from practitioners.choices import Method, SaidBy
from practitioners.importing.nppes import RegistryRecord
from practitioners.importing.registry_changes import (
    ADDRESS_PARTS,
    CONTACTS,
    Changes,
    OnFile,
    changes_of,
    is_somebody_else,
    status_changes,
)
from practitioners.importing.registry_status import StatusSaid
from practitioners.models import (
    ContactPoint,
    Evidence,
    EvidenceHead,
    Practitioner,
    PractitionerAliasPeriod,
    Statement,
)
from practitioners.rules.chain import NOTHING_BEFORE, chained_hash, salted_hash
from practitioners.rules.claims import STATES
from practitioners.rules.person_content import clean_contact
from practitioners.selectors.registry import on_file
from practitioners.services.evidence import ADDED, added_data, hold_keys, require_adding
from practitioners.services.registry_records import (
    IMPORTED,
    ImportReport,
    Taking,
    evidence_said,
    facts_said,
    imported_data,
    tell,
    tell_left_out,
)
from practitioners.services.statements import statement_rows

#: People written together, and so locked for as long: well under a second.
TOGETHER = 200


@dataclass
class _Taken:
    """A person whose record is about to be taken in, with what hangs on it; nothing is saved yet."""

    person: Practitioner
    record: RegistryRecord
    news: Changes
    contacts: list[tuple[str, dict[str, str]]]
    done: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    evidence: Evidence | None = None


def take_records(
    *,
    actor,
    taking: Taking,
    said: Sequence[tuple[RegistryRecord, StatusSaid]],
    report: ImportReport,
    dry_run: bool = False,
) -> set[str]:
    """Take in those of the records (one a person, at most ``TOGETHER``) that can be written together, tell
    them in ``report``, and answer their NPIs; of the others nothing is written. Some twenty queries.

    Refuses, or raises what the database raises, before anything is told; then nothing is written either.
    ``dry_run`` does the same work and takes it back.
    """
    require(actor, "practitioners.edit")
    if not is_system(actor):
        return set()  # whether a file is one's own is asked of each person
    require_adding(actor)
    with transaction.atomic():
        taken = _prepared(taking, said)
        _write(actor, taking, taken)
        if dry_run:
            transaction.set_rollback(True)
    for one in taken:
        tell_left_out(report, one.record, one.news.left_out)
        tell(report, one.person, one.done, added=False)
    return {one.record.npi for one in taken}


# --- what is written ------------------------------------------------------------------------------------


def _prepared(taking: Taking, said: Sequence[tuple[RegistryRecord, StatusSaid]]) -> list[_Taken]:
    """The people of the records who can be written together, locked; what is on file is read again."""
    people = _lock({record.npi for record, _ in said})
    there = on_file(Practitioner.objects.filter(pk__in=[person.pk for person in people.values()]))
    found = []
    for record, status in said:
        person = people.get(record.npi)
        if person is not None:
            found.append(_prepare(taking, person, there[person.pk], record, status))
    return [one for one in found if one is not None]


def _lock(npis: set[str]) -> dict[str, Practitioner]:
    """The people with these NPIs, locked as ``people.lock_practitioner`` locks one, without the records that
    take nothing new.
    """
    locked = Practitioner.every.select_for_update(of=("self",), no_key=True)
    people = list(locked.filter(npi__in=npis, withdrawn_at=None).order_by("pk"))
    keys = [person.pk for person in people]
    merged = PractitionerAliasPeriod.objects.live().filter(practitioner__in=keys)
    aliases = set(merged.values_list("practitioner_id", flat=True))
    return {str(person.npi): person for person in people if person.pk not in aliases}


def _prepare(
    taking: Taking, person: Practitioner, there: OnFile, record: RegistryRecord, status: StatusSaid
) -> _Taken | None:
    """What is to be written of the record; None where it is something that is written one by one."""
    if is_somebody_else(there, record) or status_changes(there, status):
        return None
    news = changes_of(there, record, taking.known_codes, STATES)
    contacts, news.contacts = news.contacts, []
    if news:  # of more than addresses
        return None
    news.contacts = contacts
    try:
        cleaned = [(str(kind), clean_contact(kind, **said)) for kind, said in contacts]
    except Refused:
        return None
    return _Taken(person, record, news, cleaned, done=[kind.label.lower() for kind, _ in contacts])


# --- writing it -----------------------------------------------------------------------------------------


def _write(actor, taking: Taking, taken: Sequence[_Taken]) -> None:
    """All of it, table by table, and the trail in the order of the people."""
    moment = clock.now()
    changed = [one for one in taken if one.done]
    _write_contacts(taken)
    if taking.keep_evidence:
        _write_evidence(actor, changed, moment)
    _write_statements(actor, taken, moment)
    for one in changed:
        one.events.append(Event(IMPORTED, one.person, one.person, imported_data(one.done, added=False)))
    record_events(actor=actor, events=[event for one in taken for event in one.events], at=moment)


def _write_contacts(taken: Sequence[_Taken]) -> None:
    """As ``people.set_contact_point``: the address of the kind that was there first is the one."""
    moved = [one.person.pk for one in taken if one.contacts]
    points = ContactPoint.objects.filter(practitioner__in=moved, kind__in=CONTACTS.values()).order_by("-pk")
    there = {(point.practitioner_id, point.kind): point for point in points}
    new, changed = [], []
    for one in taken:
        for kind, values in one.contacts:
            point = there.get((one.person.pk, kind))
            if point is None:
                point = ContactPoint(practitioner=one.person, kind=kind)
                new.append(point)
            elif all(getattr(point, name) == value for name, value in values.items()):
                continue
            else:
                changed.append(point)
            for name, value in values.items():
                setattr(point, name, value)
            point.said_by = SaidBy.NPPES
            data = {"kind": kind, "said_by": str(SaidBy.NPPES)}
            one.events.append(Event("practitioner.contact_set", one.person, one.person, data))
    for point, key in zip(new, next_keys(ContactPoint, len(new)), strict=True):
        point.pk = key
    copy_with_history(ContactPoint, new)
    bulk_update_with_history(changed, ContactPoint, [*ADDRESS_PARTS, "said_by"])


def _write_evidence(actor, taken: Sequence[_Taken], moment: dt.datetime) -> None:
    """As ``evidence.add_evidence``: each piece at the end of its person's chain."""
    if not taken:
        return
    contents = [canonical_bytes(one.record.raw) for one in taken]
    hold_keys(map(bytes_digest, contents))
    ends = EvidenceHead.objects.select_for_update().filter(practitioner__in=[one.person.pk for one in taken])
    heads = {head.practitioner_id: head for head in ends.order_by("practitioner_id")}
    first: list[EvidenceHead] = []
    pieces = []
    for one, content, key in zip(taken, contents, next_keys(Evidence, len(taken)), strict=True):
        head = heads.get(one.person.pk)
        one.evidence = _piece(actor, one, content, head, moment)
        one.evidence.pk = key
        pieces.append(one.evidence)
        one.events.append(Event(ADDED, one.evidence, one.person, added_data(one.evidence)))
        if head is None:
            head = EvidenceHead(practitioner=one.person)
            first.append(head)
        head.sequence, head.hash = one.evidence.sequence, one.evidence.hash
    copy_rows(Evidence, pieces)
    copy_rows(EvidenceHead, first)
    EvidenceHead.objects.bulk_update(heads.values(), ["sequence", "hash"])


def _piece(actor, one: _Taken, content: bytes, head: EvidenceHead | None, moment: dt.datetime) -> Evidence:
    key, salt = store.put(content), secrets.token_hex(16)
    piece = Evidence(
        practitioner=one.person,
        sequence=head.sequence + 1 if head else 1,
        method=Method.FILE,
        obtained_at=moment,
        obtained_by=actor,
        data_class=DataClass.GENERAL,
        content_sha256=salted_hash(salt, content),
        store_key=key,
        salt=salt,
        previous_hash=head.hash if head else NOTHING_BEFORE,
        **evidence_said(one.record),
    )
    piece.hash = chained_hash(piece)
    return piece


def _write_statements(actor, taken: Sequence[_Taken], moment: dt.datetime) -> None:
    """As ``statements.record_statements``: what the registry said of the person last is not said again."""
    earlier = Statement.objects.filter(
        practitioner__in=[one.person.pk for one in taken], subject=None, said_by=SaidBy.NPPES, system=""
    )
    newest_last = earlier.order_by("recorded_at", "pk").values_list("practitioner_id", "fact", "value")
    latest = {(person, fact): value for person, fact, value in newest_last}
    rows = [
        row
        for one in taken
        for row in statement_rows(
            actor=actor,
            practitioner=one.person,
            said=facts_said(one.record),
            said_by=SaidBy.NPPES,
            system=None,
            evidence=one.evidence,
            at=moment,
        )
        if latest.get((row.practitioner_id, row.fact)) != row.value
    ]
    copy_rows(Statement, rows)
