"""Reading evidence and documents, and proving that nothing of it was changed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from config.accounts.choices import DataClass
from config.accounts.policies import require_class
from config.audit.models import AuditEvent
from config.audit.services.events import record_protected_read
from config.kernel.canonical import bytes_digest, digest
from config.kernel.errors import Forbidden, Refused
from practitioners import store
from practitioners.models import Document, Evidence, EvidenceHead, Letter, Practitioner
from practitioners.policies import may_view
from practitioners.rules.chain import NOTHING_BEFORE, chained_hash, salted_hash
from practitioners.selectors.places import opens_class
from practitioners.services.evidence import CHECKPOINT_WRITTEN, checkpoint_files

CHUNK = 500


# --- reading --------------------------------------------------------------------------------------------


def get_evidence(*, viewer, uid: uuid.UUID) -> Evidence | None:
    """One piece of evidence of a file the viewer may see; None when there is none for them."""
    found = (
        Evidence.objects.select_related("practitioner", "document", "obtained_by", "redaction__redacted_by")
        .filter(uid=uid)
        .first()
    )
    return found if found is not None and may_view(viewer, found.practitioner) else None


def get_document(*, viewer, uid: uuid.UUID) -> Document | None:
    """One document of a file the viewer may see; None when there is none for them."""
    found = Document.objects.select_related("practitioner", "uploaded_by").filter(uid=uid).first()
    return found if found is not None and may_view(viewer, found.practitioner) else None


def may_read_content(viewer, thing: Evidence | Document) -> bool:
    """Whether the content is of a class the viewer's roles open where it belongs. One's own references stay
    closed to oneself.
    """
    return may_view(viewer, thing.practitioner) and opens_class(viewer, thing)


def read_content(*, viewer, evidence: Evidence, reason: str = "") -> bytes:
    """The content of a piece of evidence. Reading a protected class is logged."""
    if hasattr(evidence, "redaction"):
        raise Refused("The content of this evidence was removed.")
    _open(viewer, evidence, reason)
    return store.get(evidence.store_key, encrypted=evidence.encrypted)


def read_document(*, viewer, document: Document, reason: str = "") -> bytes:
    """The content of a document. Reading a protected class is logged."""
    if document.redacted_at is not None:
        raise Refused("The content of this document was removed.")
    _open(viewer, document, reason)
    return store.get(document.sha256, encrypted=document.encrypted)


def _open(viewer, thing: Evidence | Document, reason: str) -> None:
    if not may_view(viewer, thing.practitioner):
        raise Forbidden("Your roles do not include this file.")
    require_class(viewer, thing.data_class)
    if not opens_class(viewer, thing):
        raise Forbidden(
            "What is protected stays at the hospital it belongs to, and your roles are elsewhere."
        )
    if thing.data_class != DataClass.GENERAL:
        record_protected_read(
            actor=viewer,
            data_class=DataClass(thing.data_class),
            subject_kind=thing._meta.label_lower,
            subject_uid=thing.uid,
            practitioner=thing.practitioner,
            reason=reason,
        )


# --- proving --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """Something that is not as it was recorded. ``sentence`` names it."""

    code: str
    sentence: str
    practitioner_uid: str = ""
    evidence_uid: str = ""

    def __str__(self) -> str:
        return self.sentence


#: Checks of higher rooms (frozen decision records), run after our own.
_more_checks: dict[str, Callable[[], Iterable[Problem]]] = {}


def register_check(code: str, check: Callable[[], Iterable[Problem]]) -> None:
    """Let a higher room add what it can prove to :func:`verify_everything`."""
    if code in _more_checks:
        raise RuntimeError(f"The check {code} is registered twice.")
    _more_checks[code] = check


def verify_everything() -> list[Problem]:
    """Everything that is not as it was recorded, in one pass over all chains and the store; empty when all
    is well.

    Needs no key: protected content is checked as it is stored, encrypted.
    """
    checkpoints, problems = _read_checkpoints()
    expected = _expected_by_checkpoints(checkpoints)
    problems += _verify_chains(Evidence.objects.all(), expected)
    problems += _verify_heads_without_chain()
    problems += [
        Problem(
            "checkpoint_missing_evidence",
            f"The chain of {_named(uid)} once reached position {sequence} ({source}); that row is missing "
            f"now.",
            practitioner_uid=uid,
        )
        for uid, positions in sorted(expected.items())
        for sequence, (_, source) in sorted(positions.items())
    ]
    problems += _verify_audit()
    problems += _verify_documents()
    problems += _verify_letters()
    for check in _more_checks.values():
        problems += check()
    return problems


def verify_one(evidence: Evidence) -> list[Problem]:
    """What is wrong with one piece and its place in the chain; for its page."""
    before = Evidence.objects.filter(practitioner_id=evidence.practitioner_id, sequence=evidence.sequence - 1)
    previous = before.values_list("hash", flat=True).first() or NOTHING_BEFORE
    return [*_verify_row(evidence, evidence.sequence, previous), *_verify_bytes(evidence)]


def _verify_chains(rows, expected: dict[str, dict[int, tuple[str, str]]]) -> list[Problem]:
    problems: list[Problem] = []
    heads = dict(
        EvidenceHead.objects.filter(practitioner__in=rows.values("practitioner")).values_list(
            "practitioner_id", "sequence"
        )
    )
    head_hashes = dict(EvidenceHead.objects.values_list("practitioner_id", "hash"))
    last: Evidence | None = None
    ordered = rows.select_related("practitioner", "document", "obtained_by", "redaction").order_by(
        "practitioner_id", "sequence"
    )
    for evidence in ordered.iterator(chunk_size=CHUNK):
        if last is None or last.practitioner_id != evidence.practitioner_id:
            problems += _verify_end(last, heads, head_hashes)
            position, previous = 1, NOTHING_BEFORE
        else:
            position, previous = last.sequence + 1, last.hash
        problems += _verify_row(evidence, position, previous)
        problems += _verify_bytes(evidence)
        noted = expected.get(str(evidence.practitioner.uid), {}).pop(evidence.sequence, None)
        if noted is not None and noted[0] != evidence.hash:
            problems.append(
                _problem(
                    "checkpoint_differs", evidence, f"has another hash than {noted[1]} wrote down for it."
                )
            )
        last = evidence
    return problems + _verify_end(last, heads, head_hashes)


def _verify_end(last: Evidence | None, heads: dict[int, int], hashes: dict[int, str]) -> list[Problem]:
    if last is None:
        return []
    if last.practitioner_id not in heads:
        return [_problem("head_missing", last, "is the last of its chain, but the chain's end is not noted.")]
    if heads[last.practitioner_id] > last.sequence:
        return [
            _problem(
                "tail_missing",
                last,
                f"is the last of its chain, but the chain once reached position "
                f"{heads[last.practitioner_id]}.",
            )
        ]
    if heads[last.practitioner_id] != last.sequence or hashes[last.practitioner_id] != last.hash:
        return [_problem("head_differs", last, "is the last of its chain, but the noted end is another.")]
    return []


def _verify_row(evidence: Evidence, position: int, previous: str) -> list[Problem]:
    problems = []
    if evidence.sequence != position:
        gap = f"{position}" if evidence.sequence == position + 1 else f"{position} to {evidence.sequence - 1}"
        problems.append(_problem("row_missing", evidence, f"follows a gap: position {gap} is missing."))
    elif evidence.previous_hash != previous:
        problems.append(_problem("link_broken", evidence, "does not point back to the piece before it."))
    if chained_hash(evidence) != evidence.hash:
        problems.append(_problem("row_changed", evidence, "was changed after it was recorded."))
    return problems


def _verify_bytes(evidence: Evidence) -> list[Problem]:
    try:
        stored = store.stored_bytes(evidence.store_key)
    except store.Missing:
        if hasattr(evidence, "redaction"):
            return []
        return [_problem("content_missing", evidence, "has lost its content: the store has no such file.")]
    if hasattr(evidence, "redaction"):
        if _still_needed(evidence.store_key):
            return []
        return [
            _problem("redaction_undone", evidence, "was redacted, but its content is in the store again.")
        ]
    if salted_hash(evidence.salt, stored) != evidence.content_sha256:
        return [_problem("content_changed", evidence, "has a changed content: the stored file is another.")]
    return []


def _still_needed(key: str) -> bool:
    return (
        Evidence.objects.filter(store_key=key, redaction__isnull=True).exists()
        or Document.objects.filter(sha256=key, redacted_at__isnull=True).exists()
        or Letter.objects.filter(sha256=key).exists()
    )


def _problem(code: str, evidence: Evidence, what: str) -> Problem:
    return Problem(
        code,
        f"{evidence.practitioner.display_name} (NPI {evidence.practitioner.npi or 'none'}): evidence "
        f"{evidence.sequence}, “{evidence.title}” ({evidence.uid}), {what}",
        practitioner_uid=str(evidence.practitioner.uid),
        evidence_uid=str(evidence.uid),
    )


def _verify_heads_without_chain() -> list[Problem]:
    heads = EvidenceHead.objects.filter(
        ~Exists(Evidence.objects.filter(practitioner_id=OuterRef("practitioner_id")))
    ).select_related("practitioner")
    return [
        Problem(
            "chain_missing",
            f"{head.practitioner.display_name} (NPI {head.practitioner.npi or 'none'}): the whole chain of "
            f"{head.sequence} pieces of evidence is missing.",
            practitioner_uid=str(head.practitioner.uid),
        )
        for head in heads
    ]


def _verify_audit() -> list[Problem]:
    """Every piece the audit trail saw being added is there, with the hash it had."""
    problems = []
    events = AuditEvent.objects.filter(verb="evidence.added").order_by("pk")
    for chunk in _chunks(events.iterator(chunk_size=CHUNK)):
        hashes = dict(
            Evidence.objects.filter(uid__in=[event.subject_uid for event in chunk]).values_list("uid", "hash")
        )
        for event in chunk:
            if event.subject_uid not in hashes:
                problems.append(
                    Problem(
                        "row_missing",
                        f"Evidence “{event.subject_label}” ({event.subject_uid}) of "
                        f"{_named(event.practitioner_uid)}, "
                        f"added {event.at:%d %b %Y} by {event.actor_name}, is missing.",
                        practitioner_uid=str(event.practitioner_uid or ""),
                        evidence_uid=str(event.subject_uid),
                    )
                )
            elif hashes[event.subject_uid] != event.data.get("hash"):
                problems.append(
                    Problem(
                        "audit_differs",
                        f"Evidence “{event.subject_label}” ({event.subject_uid}) has another hash than "
                        f"when it was "
                        f"added {event.at:%d %b %Y}.",
                        practitioner_uid=str(event.practitioner_uid or ""),
                        evidence_uid=str(event.subject_uid),
                    )
                )
    return problems


def _verify_documents() -> list[Problem]:
    """Documents that serve as evidence were checked with it; here are the others."""
    rows = Document.objects.filter(redacted_at__isnull=True, evidence__isnull=True).select_related(
        "practitioner"
    )
    return [
        problem
        for document in rows.order_by("pk").iterator(chunk_size=CHUNK)
        for problem in _verify_file(
            document.sha256, f"Document “{document.title}” of {document.practitioner.display_name}", document
        )
    ]


def _verify_letters() -> list[Problem]:
    return [
        problem
        for letter in Letter.objects.select_related("practitioner").order_by("pk").iterator(chunk_size=CHUNK)
        for problem in _verify_file(
            letter.sha256, f"Letter “{letter.title}” to {letter.practitioner.display_name}", letter
        )
    ]


def _verify_file(key: str, name: str, thing: Document | Letter) -> list[Problem]:
    uid = str(thing.practitioner.uid)
    try:
        stored = store.stored_bytes(key)
    except store.Missing:
        return [Problem("content_missing", f"{name} has lost its content: the store has no such file.", uid)]
    if bytes_digest(stored) != key:
        return [Problem("content_changed", f"{name} has a changed content: the stored file is another.", uid)]
    return []


# --- checkpoints ----------------------------------------------------------------------------------------


def _read_checkpoints() -> tuple[list[tuple[str, dict[str, Any]]], list[Problem]]:
    """The readable checkpoints in order, and what is wrong with their own chain."""
    problems: list[Problem] = []
    found: list[tuple[str, dict[str, Any]]] = []
    previous, number = NOTHING_BEFORE, 0
    for path in checkpoint_files(Path(settings.STANDING_CHECKPOINTS)):
        content = _checkpoint(path)
        if content is None:
            problems.append(
                Problem("checkpoint_changed", f"The checkpoint {path.name} was changed or cannot be read.")
            )
            previous, number = "", number + 1
            continue
        if content["number"] != number + 1:
            problems.append(
                Problem("checkpoint_missing", f"Before the checkpoint {path.name} at least one is missing.")
            )
        elif previous and content["previous"] != previous:
            problems.append(
                Problem(
                    "checkpoint_changed", f"The checkpoint {path.name} does not follow the one before it."
                )
            )
        previous, number = content["hash"], content["number"]
        found.append((path.name, content))
    problems += _checkpoints_in_audit({content["number"]: content["hash"] for _, content in found})
    return found, problems


def _checkpoint(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        bare = {name: content[name] for name in ("number", "written_at", "previous", "heads")}
        if digest(bare) != content["hash"] or not all(len(head) == 3 for head in content["heads"]):
            return None
    except (ValueError, KeyError, TypeError, OSError):
        return None
    return content


def _checkpoints_in_audit(hashes: dict[int, str]) -> list[Problem]:
    """Every checkpoint the audit trail knows is there with the same hash."""
    problems = []
    for event in AuditEvent.objects.filter(verb=CHECKPOINT_WRITTEN).order_by("pk"):
        number = event.data.get("number")
        if number not in hashes:
            problems.append(
                Problem(
                    "checkpoint_missing",
                    f"The checkpoint {number} of {event.at:%d %b %Y} is missing or damaged.",
                )
            )
        elif hashes[number] != event.data.get("hash"):
            problems.append(
                Problem(
                    "checkpoint_changed",
                    f"The checkpoint {number} is not the one written {event.at:%d %b %Y}.",
                )
            )
    return problems


def _expected_by_checkpoints(checkpoints) -> dict[str, dict[int, tuple[str, str]]]:
    """By person and position: the hash a checkpoint wrote down, and which one."""
    expected: dict[str, dict[int, tuple[str, str]]] = {}
    for name, content in checkpoints:
        for uid, sequence, head_hash in content["heads"]:
            expected.setdefault(uid, {}).setdefault(sequence, (head_hash, f"checkpoint {name}"))
    return expected


def _named(uid) -> str:
    found = Practitioner.objects.filter(uid=uid).first() if uid else None
    return f"{found.display_name} (NPI {found.npi or 'none'})" if found else f"the practitioner {uid}"


def _chunks(things: Iterable[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for thing in things:
        chunk.append(thing)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
