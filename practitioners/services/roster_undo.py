"""Taking an import back: exactly what it wrote, and nothing that somebody has touched since.

What is kept over time is superseded as a mistake and what held before is recorded again; what is kept with
its history is put back. A record the import made is withdrawn: it keeps what it said, nobody finds it by it,
and what was known meanwhile stays answerable. The file and the trail stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.copying import uncollected
from config.kernel.errors import Conflict, Refused
from config.kernel.periods import EndKind, open_period, supersede
from practitioners.choices import ImportStatus, NameKind
from practitioners.importing.roster_state import CREATED, NAME, state_of
from practitioners.models import (
    Credential,
    CredentialPeriod,
    ImportBatch,
    ImportRow,
    ImportWrite,
    Practitioner,
    Statement,
)
from practitioners.policies import require_change
from practitioners.selectors.imports import whole_people
from practitioners.services.people import (
    add_name,
    correct_name,
    correct_practitioner,
    lock_practitioner,
    remove_name,
    set_contact_point,
    set_taxonomies,
)
from practitioners.services.protected import remove_ssn
from practitioners.services.roster_import import CHUNK, NAMED, lock_batch, note_progress
from practitioners.services.statements import take_statements_back
from practitioners.services.withdrawal import withdraw_records

#: Related rows that come with an import or are judged part by part; anything else is somebody's later work.
_OF_THE_IMPORT = {
    "names", "contact_points", "identifiers", "taxonomies", "credentials", "import_rows", "history",
    "statements", "social_security_number",
}  # fmt: skip


@uncollected()
@transaction.atomic
def undo_import(*, actor, batch: ImportBatch, reason: str) -> ImportBatch:
    """Take back everything the import wrote, for the reason given; all of it or nothing.

    Refused (:class:`Conflict`), naming them, when rows were touched since: somebody's later work is not
    thrown away with a mistake.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say why the import is undone.", field="reason")
    batch = lock_batch(actor, batch, ImportStatus.UNDONE)
    writes = list(batch.writes.select_related("row").order_by("-order"))
    people = _locked_people({write.subject_key for write in writes})
    _refuse_touched(writes, people)
    why = f"Import undone: {reason}"
    changed = [write for write in writes if write.act != CREATED]
    for done, write in enumerate(changed, 1):
        person = people[write.subject_key]
        require_change(actor, "practitioners.edit", person)
        _BACK[write.act](actor, person, write, why)
        if done % 50 == 0:
            note_progress(batch, done, len(writes))
    _take_words_back(actor, batch, {people[write.subject_key].pk for write in changed})
    made = [people[write.subject_key] for write in writes if write.act == CREATED]
    for start in range(0, len(made), CHUNK):
        withdraw_records(actor=actor, people=made[start : start + CHUNK], reason=why)
        note_progress(batch, len(changed) + min(start + CHUNK, len(made)), len(writes))
    batch.status = ImportStatus.UNDONE
    batch.undone_at, batch.undone_by, batch.undo_reason = clock.now(), actor, reason
    batch.save(update_fields=["status", "undone_at", "undone_by", "undo_reason"])
    record_event(
        actor=actor,
        verb="import.undone",
        subject=batch,
        facility=batch.facility,
        reason=reason,
        data={"kind": batch.kind, "writes": len(writes)},
    )
    return batch


def _take_words_back(actor, batch: ImportBatch, people: set[int]) -> None:
    """The roster no longer says what this import of it said of ``people``, who were on file: the latest
    word on each fact it spoke about. 2 queries.
    """
    said = Statement.objects.filter(
        practitioner__in=people,
        system=batch.mapping,
        recorded_by=batch.applied_by,
        recorded_at__gt=batch.created_at,
        recorded_at__lte=batch.applied_at,
    ).exclude(value="")
    latest = said.order_by("practitioner_id", "subject", "fact", "-recorded_at", "-pk")
    take_statements_back(actor=actor, statements=latest.distinct("practitioner_id", "subject", "fact"))


def _locked_people(uids: set[str]) -> dict[str, Practitioner]:
    """The people written about, locked in one order, with everything that is compared."""
    rows = Practitioner.objects.select_for_update(of=("self",), no_key=True).filter(uid__in=uids)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    found: dict[str, Practitioner] = {}
    for start in range(0, len(keys), CHUNK):
        people = whole_people(keys[start : start + CHUNK])
        found |= {str(person.uid): person for person in people.values()}
    return found


# --- touched since --------------------------------------------------------------------------------------


def _refuse_touched(writes: Sequence[ImportWrite], people: dict[str, Practitioner]) -> None:
    made = {people[write.subject_key].pk for write in writes if write.act == CREATED}
    busy = _busy(made)
    touched: dict[int, tuple[ImportRow, str]] = {}
    for write in writes:
        person = people[write.subject_key]
        why = ""
        if state_of(person, _after(write)["part"]) != _after(write)["state"]:
            why = "changed since"
        elif write.act == CREATED and person.pk in busy:
            why = f"has {busy[person.pk]}"
        if why:
            touched.setdefault(write.row.number, (write.row, why))
    if touched:
        named = [f"row {number}, {row.label} ({why})" for number, (row, why) in sorted(touched.items())]
        more = f"; and {len(named) - NAMED} more" if len(named) > NAMED else ""
        raise Conflict(
            f"{len(named)} of the rows were touched since, so nothing was undone. Take care of them first: "
            f"{'; '.join(named[:NAMED])}{more}."
        )


def _busy(made: set[int]) -> dict[int, str]:
    """Of records the import made: those on which something rests by now, in whatever room, with what it is.

    One query per table that points at people.
    """
    busy: dict[int, str] = {}
    for relation in Practitioner._meta.related_objects:
        if relation.get_accessor_name() in _OF_THE_IMPORT or not made:
            continue
        model, name = relation.related_model, relation.field.name
        if model is Practitioner.history.model:
            continue
        for key in model._base_manager.filter(**{f"{name}__in": made}).values_list(name, flat=True):
            busy.setdefault(key, str(model._meta.verbose_name))
    return busy


# --- the way back of each act ---------------------------------------------------------------------------


def _person(actor, person, write: ImportWrite, reason: str) -> None:
    before = dict(_before(write))
    if before.get("birth_date"):
        before["birth_date"] = dt.date.fromisoformat(before["birth_date"])
    correct_practitioner(actor=actor, practitioner=person, reason=reason, **before)


def _names(actor, person, write: ImportWrite, reason: str) -> None:
    """The legal name as it was, then away with the names that were not there."""
    before = [tuple(sorted(row.items())) for row in _before(write)]
    was = next(_dated(row) for row in _before(write) if row["kind"] == NameKind.LEGAL)
    legal = Practitioner.objects.get(pk=person.pk).names.get(kind=NameKind.LEGAL)
    if _content(legal) not in before:
        retired = legal.practitioner.names.filter(
            kind=NameKind.FORMER, **{part: was[part] for part in ("last_name", "first_name")}
        )
        was.pop("kind")
        if retired.exists():
            add_name(actor=actor, practitioner=person, kind=NameKind.LEGAL, **was)
        else:
            correct_name(actor=actor, name=legal, **was)
    for name in Practitioner.objects.get(pk=person.pk).names.exclude(kind=NameKind.LEGAL):
        if _content(name) not in before:
            remove_name(actor=actor, name=name, reason=reason)


def _content(name) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted({field: _plain(getattr(name, field)) for field in NAME}.items()))


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    dates = {name: row[name] and dt.date.fromisoformat(row[name]) for name in ("used_from", "used_until")}
    return {**row, **dates}


def _contact(actor, person, write: ImportWrite, reason: str) -> None:
    kind = _after(write)["part"].partition(":")[2]
    if _before(write):
        set_contact_point(actor=actor, practitioner=person, kind=kind, **_before(write))
    else:
        _take_away(actor, person, person.contact_points.filter(kind=kind), "contact_removed", kind, reason)


def _identifier(actor, person, write: ImportWrite, reason: str) -> None:
    if _before(write):
        return
    _, kind, value = _after(write)["part"].split(":", 2)
    rows = person.identifiers.filter(kind=kind, value=value)
    _take_away(actor, person, rows, "identifier_removed", kind, reason)


def _specialties(actor, person, write: ImportWrite, reason: str) -> None:
    codes = [row["code"] for row in _before(write)]
    primary = next((row["code"] for row in _before(write) if row["primary"]), "")
    set_taxonomies(actor=actor, practitioner=person, codes=codes, primary=primary)


def _claim(actor, person, write: ImportWrite, reason: str) -> None:
    uid = _after(write)["part"].partition(":")[2]
    _put_claims_back(actor, Credential.objects.get(uid=uid), _after(write)["state"], _before(write), reason)


@transaction.atomic
def _put_claims_back(
    actor, credential: Credential, after: Iterable[dict], before: Iterable[dict], reason: str
) -> None:
    """Supersede as a mistake what the import said of the credential; record again what was said before."""
    practitioner = lock_practitioner(credential.practitioner)
    kept = {row["uid"] for row in before}
    moment = clock.now()
    mistaken = credential.periods.live().filter(
        uid__in=[row["uid"] for row in after if row["uid"] not in kept]
    )
    supersede(list(mistaken), actor=actor, kind=EndKind.MISTAKE, reason=reason, at=moment)
    still = {str(uid) for uid in credential.periods.live().values_list("uid", flat=True)}
    for row in before:
        if row["uid"] in still:
            continue
        open_period(
            CredentialPeriod,
            credential,
            valid=DateRange(_day(row["from"]), _day(row["until"]), "[)"),
            actor=actor,
            at=moment,
            standing=row["standing"],
            status=row["status"],
            said_by=row["said_by"],
            extra=row["extra"],
            evidence_id=row["evidence"],
        )
    record_event(
        actor=actor,
        verb="credential.claim_withdrawn",
        subject=credential,
        practitioner=practitioner,
        reason=reason,
    )


def _take_away(actor, person, rows, verb: str, kind: str, reason: str) -> None:
    practitioner = lock_practitioner(person)
    for row in rows:
        row.delete()
    record_event(
        actor=actor,
        verb=f"practitioner.{verb}",
        subject=practitioner,
        practitioner=practitioner,
        reason=reason,
        data={"kind": kind},
    )


def _ssn(actor, person, write: ImportWrite, reason: str) -> None:
    remove_ssn(actor=actor, practitioner=person, reason=reason)


_BACK: dict[str, Callable[..., None]] = {
    "person": _person,
    "names": _names,
    "contact": _contact,
    "identifier": _identifier,
    "specialties": _specialties,
    "claim": _claim,
    "ssn": _ssn,
}


def _before(write: ImportWrite) -> Any:
    """How the part was; None where there was nothing."""
    return write.before


def _after(write: ImportWrite) -> Any:
    """The part written: its name and its state."""
    return write.after


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
