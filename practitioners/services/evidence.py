"""Adding evidence to a practitioner's chain, redacting it, and writing checkpoints over all chains.

Each piece is chained to the one before it by its hash. The hash covers what is stored (the ciphertext of
protected content), so whoever checks the chain needs no key.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from config.accounts.choices import DataClass
from config.accounts.policies import permissions
from config.accounts.services.users import system_user
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes, digest
from config.kernel.errors import Forbidden, Refused
from practitioners import store
from practitioners.choices import Method, SourceKind
from practitioners.kept import needed_elsewhere
from practitioners.models import (
    Document,
    Evidence,
    EvidenceHead,
    EvidenceRedaction,
    Letter,
    Practitioner,
)
from practitioners.policies import require_change
from practitioners.rules.chain import NOTHING_BEFORE, chained_hash, salted_hash
from practitioners.services.people import lock_practitioner, lock_record

#: Whoever may do one of these may bring evidence to a file.
ADDING = frozenset(
    {"practitioners.upload", "credentialing.verify", "credentialing.screen", "credentialing.log_npdb"}
)
ADDED = "evidence.added"
CHECKPOINT_PREFIX = "checkpoint-"
CHECKPOINT_WRITTEN = "evidence.checkpoint_written"


def require_adding(actor) -> None:
    """Refuse unless the person may bring evidence to files."""
    if not ADDING & permissions(actor, None):
        raise Forbidden("Your roles do not include adding evidence to a file.")


@transaction.atomic
def add_evidence(
    *,
    actor,
    practitioner: Practitioner,
    title: str,
    source: str,
    source_kind: str,
    method: str,
    content: bytes | None = None,
    document: Document | None = None,
    media_type: str = "",
    source_date: dt.date | None = None,
    summary: str = "",
    data_class: str = DataClass.GENERAL,
) -> Evidence:
    """Add what a source said to the end of the person's chain.

    Give the raw ``content``, a ``document`` of this person, or, for what was only said, a ``summary``,
    which then is the content. A document takes the evidence's class when it had none of its own. Protected
    content is encrypted, and its title, source and summary must not repeat it.
    """
    require_adding(actor)
    if source_kind not in SourceKind.values or method not in Method.values:
        raise Refused("Say how near the source stands to the issuer and how the answer came.")
    if not source.strip() or not title.strip():
        raise Refused("Name the source and what it answered.")
    practitioner = lock_practitioner(practitioner)
    if document is not None:
        document, data_class = _document_of_class(practitioner, document, data_class)
        store_key, media_type = document.sha256, document.media_type
    else:
        if content is None:
            content, media_type = summary.strip().encode(), "text/plain"
        if not content:
            raise Refused("There is nothing to keep: the evidence has no content.")
        store_key = _put(content, encrypted=data_class != DataClass.GENERAL)
    salt = secrets.token_hex(16)
    head = EvidenceHead.objects.select_for_update().filter(practitioner=practitioner).first()
    evidence = Evidence(
        practitioner=practitioner,
        sequence=head.sequence + 1 if head else 1,
        title=title.strip()[:200],
        source=source.strip()[:200],
        source_kind=source_kind,
        method=method,
        source_date=source_date,
        obtained_at=clock.now(),
        obtained_by=actor,
        summary=summary.strip(),
        data_class=data_class,
        document=document,
        media_type=media_type,
        content_sha256=salted_hash(salt, store.stored_bytes(store_key)),
        store_key=store_key,
        salt=salt,
        previous_hash=head.hash if head else NOTHING_BEFORE,
    )
    evidence.hash = chained_hash(evidence)
    evidence.save(force_insert=True)
    record_event(
        actor=actor,
        verb=ADDED,
        subject=evidence,
        practitioner=practitioner,
        data=added_data(evidence),
    )
    if head is None:
        head = EvidenceHead(practitioner=practitioner)
    head.sequence, head.hash = evidence.sequence, evidence.hash
    head.save()
    return evidence


def added_data(evidence: Evidence) -> dict[str, Any]:
    """What the trail keeps of a new piece of evidence."""
    return {
        "hash": evidence.hash,
        "sequence": evidence.sequence,
        "data_class": str(evidence.data_class),
    }


def _document_of_class(
    practitioner: Practitioner, document: Document, data_class: str
) -> tuple[Document, str]:
    """The document under the class of the evidence it becomes; a general one is encrypted when it must be."""
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.practitioner_id != practitioner.pk:
        raise Refused("This document belongs to another practitioner.", field="document")
    if document.redacted_at is not None:
        raise Refused("This document was redacted: its content is gone.", field="document")
    if document.data_class == data_class or data_class == DataClass.GENERAL:
        return document, document.data_class
    if document.data_class != DataClass.GENERAL:
        there, here = DataClass(document.data_class).label, DataClass(data_class).label
        raise Refused(f'The document is of the class "{there}", the evidence of "{here}".', field="document")
    if document.evidence.exists():
        raise Refused("The document already serves as evidence of the general class.", field="document")
    before = document.sha256
    document.sha256 = _put(store.get(before), encrypted=True)
    document.data_class = data_class
    document.save(update_fields=["sha256", "data_class"])
    remove_unreferenced_later(before)
    return document, data_class


# --- redaction ------------------------------------------------------------------------------------------


@transaction.atomic
def redact_evidence(*, actor, evidence: Evidence, reason: str) -> EvidenceRedaction:
    """Remove the content of a wrong piece (another person's, patient data). Row, hash and reason stay."""
    require_change(actor, "practitioners.redact", evidence.practitioner)
    reason = _clean_reason(reason)
    practitioner = lock_record(evidence.practitioner)
    if EvidenceRedaction.objects.filter(evidence=evidence).exists():
        raise Refused("This content was already removed.")
    if evidence.document_id:
        document = Document.objects.select_for_update(of=("self",)).get(pk=evidence.document_id)
        _redact_document_row(actor, document, reason)
        for other in document.evidence.exclude(pk=evidence.pk).filter(redaction__isnull=True):
            _redact_row(actor, practitioner, other, reason)
    return _redact_row(actor, practitioner, evidence, reason)


@transaction.atomic
def redact_document(*, actor, document: Document, reason: str) -> Document:
    """Remove the content of a wrong document and of every piece of evidence made of it."""
    require_change(actor, "practitioners.redact", document.practitioner)
    reason = _clean_reason(reason)
    practitioner = lock_record(document.practitioner)
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.redacted_at is not None:
        raise Refused("This content was already removed.")
    _redact_document_row(actor, document, reason)
    for evidence in document.evidence.filter(redaction__isnull=True):
        _redact_row(actor, practitioner, evidence, reason)
    record_event(
        actor=actor, verb="document.redacted", subject=document, practitioner=practitioner, reason=reason
    )
    return document


@transaction.atomic
def take_back_document(*, actor, document: Document, reason: str) -> Document:
    """Take a document that went into the wrong file out of it again: content gone, hash and reason stay.

    Whoever may file documents may do it as long as nothing rests on the document; once it serves as
    evidence, :func:`redact_document` is for the director. The caller still holds what was filed.
    """
    require_change(actor, "practitioners.upload", document.practitioner)
    reason = _clean_reason(reason)
    practitioner = lock_record(document.practitioner)
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if document.redacted_at is not None:
        raise Refused("This content was already removed.")
    if document.evidence.exists():
        raise Refused("An answer rests on this document, so the director has to take it out of the file.")
    _redact_document_row(actor, document, reason)
    record_event(
        actor=actor, verb="document.taken_back", subject=document, practitioner=practitioner, reason=reason
    )
    return document


def _clean_reason(reason: str) -> str:
    if not reason.strip():
        raise Refused("Say why the content is removed; the reason stays in the file.", field="reason")
    return reason.strip()


def _redact_document_row(actor, document: Document, reason: str) -> None:
    if document.redacted_at is None:
        document.redacted_at, document.redacted_by, document.redaction_reason = clock.now(), actor, reason
        document.save(update_fields=["redacted_at", "redacted_by", "redaction_reason"])
        remove_unreferenced_later(document.sha256)


def _redact_row(actor, practitioner: Practitioner, evidence: Evidence, reason: str) -> EvidenceRedaction:
    redaction = EvidenceRedaction(
        evidence=evidence, reason=reason, redacted_at=clock.now(), redacted_by=actor
    )
    redaction.save(force_insert=True)
    record_event(
        actor=actor,
        verb="evidence.redacted",
        subject=evidence,
        practitioner=practitioner,
        reason=reason,
        data={"hash": evidence.hash, "sequence": evidence.sequence},
    )
    remove_unreferenced_later(evidence.store_key)
    return redaction


# --- bytes ----------------------------------------------------------------------------------------------


def _put(content: bytes, *, encrypted: bool) -> str:
    """Store bytes for a row of this transaction, out of the way of a removal of the same bytes."""
    if encrypted:
        return store.put(content, encrypted=True)  # its address is new every time
    hold_key(bytes_digest(content))
    return store.put(content)


def hold_key(key: str) -> None:
    """Hold the address until the end of the transaction: who stores and who removes the same bytes take
    turns.
    """
    hold_keys([key])


def hold_keys(keys: Iterable[str]) -> None:
    """:func:`hold_key` of many addresses, in their order, so that two who hold many wait for each other and
    not in a ring. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS held(key)",
            [[f"store:{key}" for key in sorted(set(keys))]],
        )


def remove_unreferenced_later(key: str) -> None:
    """Once this transaction stands, remove the bytes unless another row still needs them."""
    transaction.on_commit(lambda: remove_unreferenced(key))


@transaction.atomic
def remove_unreferenced(key: str) -> bool:
    """Remove bytes no unredacted row refers to (the same scan may rightly lie in another file)."""
    hold_key(key)
    needed = (
        Evidence.objects.filter(store_key=key, redaction__isnull=True).exists()
        or Document.objects.filter(sha256=key, redacted_at__isnull=True).exists()
        or Letter.objects.filter(sha256=key).exists()
        or needed_elsewhere(key)
    )
    if not needed:
        store.remove(key)
    return not needed


# --- checkpoints ----------------------------------------------------------------------------------------


@transaction.atomic
def write_checkpoint(*, actor=None) -> Path:
    """Write the ends of all chains to a file outside the database, chained to the checkpoint before it.

    The audit trail repeats the checkpoint's number and hash, so neither can lose its tail unnoticed.
    """
    actor = actor or system_user()
    if "system" not in permissions(actor, None):
        raise Forbidden("Checkpoints are written by the system's own account.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('evidence checkpoint', 0))")
    folder = Path(settings.STANDING_CHECKPOINTS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = latest_checkpoint(folder)
    moment = clock.now()
    heads = EvidenceHead.objects.order_by("practitioner__uid").values_list(
        "practitioner__uid", "sequence", "hash"
    )
    content: dict[str, Any] = {
        "number": before["number"] + 1 if before else 1,
        "written_at": moment,
        "previous": before["hash"] if before else NOTHING_BEFORE,
        "heads": [[str(uid), sequence, hash_] for uid, sequence, hash_ in heads],
    }
    content["hash"] = digest(content)
    path = folder / f"{CHECKPOINT_PREFIX}{content['number']:06d}.json"
    record_event(
        actor=actor,
        verb=CHECKPOINT_WRITTEN,
        subject=actor,
        data={"number": content["number"], "hash": content["hash"], "heads": len(content["heads"])},
    )
    _write_new(path, canonical_bytes(content) + b"\n")
    return path


def checkpoint_files(folder: Path) -> list[Path]:
    """The checkpoints in the folder, oldest first."""
    return sorted(folder.glob(f"{CHECKPOINT_PREFIX}*.json")) if folder.is_dir() else []


def latest_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The newest checkpoint, or None. Refuses one that cannot be read: the next would hide the damage."""
    files = checkpoint_files(folder)
    if not files:
        return None
    try:
        content = json.loads(files[-1].read_text(encoding="utf-8"))
        return {"number": int(content["number"]), "hash": str(content["hash"])}
    except (ValueError, KeyError, TypeError, OSError):
        raise Refused(
            f"The checkpoint {files[-1].name} cannot be read; no new one is written over it."
        ) from None


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet: whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        raise Refused(f"The checkpoint {path.name} is already there; nothing was written over it.") from None
    finally:
        Path(name).unlink()
