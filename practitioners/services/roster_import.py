"""Taking a roster into the house: checked first, then applied as a whole, through the services everybody
uses.

The check writes nothing about people: it keeps the file and what each row would do. Applying runs the check
again under the locks of everybody the file is about, and refuses when it no longer says the same.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction

from config.accounts.policies import permissions, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.copying import copy_rows, uncollected
from config.kernel.errors import Conflict, Refused
from practitioners import store
from practitioners.choices import ImportKind, ImportStatus, RowOutcome
from practitioners.importing.mappings import ReadRow, RowProblem, TableMapping
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.roster import KINDS, Act, Plan, Planner
from practitioners.importing.roster_fields import roster_mapping
from practitioners.importing.roster_state import CREATED, state_of
from practitioners.importing.tables import open_table, refuse_oversize
from practitioners.models import ImportBatch, ImportRow, ImportWrite, Practitioner
from practitioners.policies import is_own_file
from practitioners.rules.uploads import safe_name
from practitioners.selectors.imports import (
    PERMISSION,
    described,
    loaded_taxonomies,
    recognise,
    row_keys,
    whole_people,
)
from practitioners.services.credentials import credential_type
from practitioners.services.roster_acts import ACTS
from practitioners.services.roster_bulk import add_people
from practitioners.workflow import IMPORT_BATCH

#: Rows looked at together: each time a fixed number of queries.
CHUNK = 1000
#: How many differing rows a refusal names.
NAMED = 20


# --- checking -------------------------------------------------------------------------------------------


def plan_roster(*, actor, source: IO[bytes], mapping: TableMapping) -> list[Plan]:
    """What every row of the file would do; writes nothing. Raises ``UnusableFile`` with one sentence.

    The number of queries grows with thousands of rows, not with rows.
    """
    today = clock.today()
    table = open_table(source, mapping.layout)
    kinds = {code: credential_type(code) for code in KINDS.values()}
    plans: list[Plan] = []
    seen: dict[tuple[str, ...], int] = {}
    for rows in _chunks(mapping.read(row) for row in table.rows):
        planner = Planner(mapping, kinds=kinds, today=today, taxonomies=loaded_taxonomies(rows))
        for row, who in zip(rows, recognise(mapping, rows), strict=True):
            problems = [*who.problems, *_seen_before(mapping, row, who.person, seen)]
            if who.person is not None and is_own_file(actor, who.person):
                problems.append(RowProblem("", "This is your own file: a colleague has to change it."))
            plans.append(planner.plan(row, who.person, problems))
    return plans


def _chunks(rows: Iterator[ReadRow]) -> Iterator[list[ReadRow]]:
    chunk: list[ReadRow] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _seen_before(
    mapping: TableMapping, row: ReadRow, person: Practitioner | None, seen: dict[tuple[str, ...], int]
) -> list[RowProblem]:
    """A person has one row: a second one would undo the first."""
    problems: list[RowProblem] = []
    for key in row_keys(row, person):
        if key in seen and not problems:
            column = mapping.column_of(key[0] if key[0] == "npi" else "last_name", "npi")
            problems.append(RowProblem(column, f"The same person already stands in row {seen[key]}."))
        seen.setdefault(key, row.number)
    return problems


def counts_of(plans: Sequence[Plan]) -> dict[str, int]:
    """Rows by outcome."""
    counts = {str(outcome): 0 for outcome in RowOutcome.values}
    for plan in plans:
        counts[plan.outcome] += 1
    return counts


@transaction.atomic
def check_roster(
    *,
    actor,
    content: bytes,
    file_name: str,
    mapping: TableMapping,
    facility=None,
) -> ImportBatch:
    """Keep the file, encrypted, and what each of its rows would do. Nothing about people is written.

    Raises ``UnusableFile`` with one sentence when the file as a whole cannot be used.
    """
    require(actor, PERMISSION[ImportKind.ROSTER], facility)
    refuse_oversize(len(content), settings.STANDING_IMPORT_LIMIT)
    plans = plan_roster(actor=actor, source=io.BytesIO(content), mapping=mapping)
    return keep_check(
        actor=actor,
        kind=ImportKind.ROSTER,
        content=content,
        file_name=file_name,
        mapping=mapping,
        facility=facility,
        rows=[(plan, plan.practitioner) for plan in plans],
    )


@transaction.atomic
def keep_check(
    *,
    actor,
    kind: str,
    content: bytes,
    file_name: str,
    mapping: TableMapping,
    facility,
    rows: Sequence[tuple[Any, Practitioner | None]],
) -> ImportBatch:
    """The batch of a check and its rows. A plan has ``row``, ``label``, ``outcome``, ``changes``,
    ``problems``.
    """
    require(actor, PERMISSION[ImportKind(kind)], facility)
    if not rows:
        raise UnusableFile("The file has a row of headings and nothing below it.")
    counts = counts_of([plan for plan, _ in rows])
    batch = ImportBatch.objects.create(
        kind=kind,
        mapping=mapping.code,
        facility=facility,
        file_name=safe_name(file_name)[:200],
        sha256=store.put(content, encrypted=True),
        size=len(content),
        counts=counts,
        created_at=clock.now(),
        created_by=actor,
    )
    copy_rows(
        ImportRow,
        [
            ImportRow(
                batch=batch,
                number=plan.row.number,
                outcome=plan.outcome,
                label=plan.label,
                practitioner=person,
                values=plan.row.values,
                changes=plan.changes,
                problems=_problems(plan),
            )
            for plan, person in rows
        ],
    )
    record_event(
        actor=actor,
        verb="import.checked",
        subject=batch,
        facility=facility,
        data={"kind": str(kind), "mapping": mapping.code, "file": batch.file_name, **counts},
    )
    return batch


def _problems(plan: Any) -> list[dict[str, str]]:
    return [{"column": each.column, "sentence": each.sentence} for each in plan.problems]


@transaction.atomic
def discard_import(*, actor, batch: ImportBatch) -> ImportBatch:
    """Put a checked import aside; it can no longer be applied."""
    batch = lock_batch(actor, batch, ImportStatus.DISCARDED)
    batch.status = ImportStatus.DISCARDED
    batch.save(update_fields=["status"])
    record_event(actor=actor, verb="import.discarded", subject=batch, facility=batch.facility)
    return batch


def lock_batch(actor, batch: ImportBatch, target: str) -> ImportBatch:
    """The import, locked, if this person may move it to ``target`` from where it stands now."""
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("facility").get(pk=batch.pk)
    require(actor, PERMISSION[ImportKind(batch.kind)], batch.facility)
    IMPORT_BATCH.check(batch, target, permissions(actor, batch.facility))
    return batch


# --- applying -------------------------------------------------------------------------------------------


@uncollected()
@transaction.atomic
def apply_roster(*, actor, batch: ImportBatch, mapping: TableMapping | None = None) -> ImportBatch:
    """Write what the check said, all of it or nothing; rejected rows stay out as wholes.

    The check runs again first. Refused (:class:`Conflict`), naming the rows, when somebody changed a person
    in between so that a row no longer means the same.
    """
    batch = lock_batch(actor, batch, ImportStatus.APPLIED)
    mapping = mapping or roster_mapping(batch.mapping)
    kept = {row.number: row for row in batch.rows.order_by("number")}
    lock_people({row.practitioner_id for row in kept.values() if row.practitioner_id})
    content = store.get(batch.sha256, encrypted=True)
    plans = plan_roster(actor=actor, source=io.BytesIO(content), mapping=mapping)
    refuse_differences(plans, kept)
    todo = [plan for plan in plans if plan.acts and not plan.problems]
    new = [plan for plan in todo if plan.practitioner is None]
    known = [plan for plan in todo if plan.practitioner is not None]
    added = add_people(
        actor=actor,
        plans=new,
        source=mapping.source,
        progress=lambda done: note_progress(batch, done, len(todo)),
    )
    parts: list[tuple] = [(plan, person, {CREATED: None}) for plan, person in zip(new, added, strict=True)]
    for done, plan in enumerate(known, len(new) + 1):
        parts.append((plan, *carry_out(actor, plan, mapping)))
        if done % 25 == 0:
            note_progress(batch, done, len(todo))
    _record_writes(batch, kept, parts)
    return mark_applied(actor=actor, batch=batch)


def mark_applied(*, actor, batch: ImportBatch) -> ImportBatch:
    """The locked import is written; the caller is inside its transaction."""
    batch.status = ImportStatus.APPLIED
    batch.applied_at, batch.applied_by = clock.now(), actor
    batch.save(update_fields=["status", "applied_at", "applied_by"])
    record_event(
        actor=actor,
        verb="import.applied",
        subject=batch,
        facility=batch.facility,
        data={"kind": batch.kind, "mapping": batch.mapping, **batch.counts},
    )
    return batch


def lock_people(keys: set[int]) -> None:
    """Nobody else changes the people of the file until the transaction ends; always in the same order."""
    rows = Practitioner.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
    list(rows.order_by("pk").values_list("pk", flat=True))


def refuse_differences(plans: Sequence[Any], kept: dict[int, ImportRow]) -> None:
    """Refuse (:class:`Conflict`), naming them, when rows mean something else than at the check."""
    different = []
    for plan in plans:
        row = kept.get(plan.row.number)
        if row is None or (row.outcome, row.practitioner_id, row.changes, row.problems) != (
            plan.outcome,
            plan.practitioner.pk if plan.practitioner else None,
            plan.changes,
            _problems(plan),
        ):
            different.append(described(plan.row))
    if different:
        more = f"; and {len(different) - NAMED} more" if len(different) > NAMED else ""
        raise Conflict(
            f"Since the check, {len(different)} of the rows came to mean something else, so nothing was "
            f"written. Check the file again. {'; '.join(different[:NAMED])}{more}."
        )


def note_progress(batch: ImportBatch, done: int, total: int) -> None:
    """How far the writing is, for the page that waits; only a hint, so it is not kept in the database."""
    cache.set(f"import-progress:{batch.uid}", (done, total), 900)


def progress_of(batch: ImportBatch) -> tuple[int, int] | None:
    """Rows written and to be written, when the worker has said so."""
    return cache.get(f"import-progress:{batch.uid}")


def carry_out(actor, plan: Plan, mapping: TableMapping) -> tuple[Practitioner, dict[str, Any]]:
    """Call the services of one row of a person who is on file. Answers the person and the parts written with
    how they were before; new people are added together (:func:`roster_bulk.add_people`).
    """
    person = plan.practitioner
    if person is None:
        raise ValueError("A new person is not carried out row by row.")
    parts: dict[str, Any] = {}
    try:
        for act in plan.acts:
            credential = ACTS[act.kind](actor, person, act.values, mapping.source, plan)
            part = _part(act, credential)
            parts[part] = state_of(person, part)
    except IntegrityError:
        raise Conflict(
            f"{described(plan.row)}: somebody wrote the same at the same time. Nothing was written; try "
            "again."
        ) from None
    except Refused as refused:
        raise Refused(f"{described(plan.row)}: {refused.sentence} Nothing was written.") from None
    return person, parts


def _part(act: Act, credential) -> str:
    """The part of the record an act writes."""
    values = act.values
    if act.kind == "correct":
        return "person:" + ",".join(sorted(values))
    if act.kind == "contact":
        return f"contact:{values['kind']}"
    if act.kind == "identifier":
        return f"identifier:{values['kind']}:{values['value']}"
    if act.kind == "claim":
        return f"claim:{credential.uid}"
    return {"specialties": "specialties", "ssn": "ssn"}.get(act.kind, "names")


def _record_writes(batch: ImportBatch, kept: dict[int, ImportRow], done: Sequence[tuple]) -> None:
    """Note every part written, before and after, in the order written."""
    order = 0
    for start in range(0, len(done), CHUNK):
        some = done[start : start + CHUNK]
        people = whole_people({person.pk for _, person, _ in some})
        writes = []
        for plan, person, parts in some:
            for part, before in parts.items():
                order += 1
                writes.append(
                    ImportWrite(
                        batch=batch,
                        row=kept[plan.row.number],
                        order=order,
                        act=part.partition(":")[0],
                        subject_kind=Practitioner._meta.label_lower,
                        subject_key=str(person.uid),
                        before=before,
                        after={"part": part, "state": state_of(people[person.pk], part)},
                    )
                )
        copy_rows(ImportWrite, writes)
    found = [(kept[plan.row.number], person) for plan, person, _ in done if plan.practitioner is None]
    name_people({row.pk: person.pk for row, person in found})


def name_people(found: Mapping[int, int]) -> None:
    """Note who a row turned out to be about, by the keys of rows; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {ImportRow._meta.db_table} AS r SET practitioner_id = found.person"  # noqa: S608
            " FROM unnest(%s::bigint[], %s::bigint[]) AS found (row, person) WHERE r.id = found.row",
            [list(found), list(found.values())],
        )
