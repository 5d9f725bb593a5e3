"""One practitioner's complete file as a zip: every record as JSON, the documents, a manifest of hashes.

A working export: whatever is of a protected class stays behind, and the manifest says so. The custody export
carries everything.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model, QuerySet

from config.accounts.choices import DataClass
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.errors import Refused
from config.kernel.periods import last_day
from practitioners import store
from practitioners.choices import CredentialCategory
from practitioners.models import (
    ContactPoint,
    Credential,
    CredentialPeriod,
    Document,
    Evidence,
    GapExplanation,
    Identifier,
    Letter,
    PracticeAffiliationPeriod,
    Practitioner,
    PractitionerAliasPeriod,
    PractitionerName,
    PractitionerTaxonomy,
    RegistryStatusEvent,
    Statement,
)
from practitioners.policies import may_view
from practitioners.rules.uploads import safe_name
from practitioners.selectors.canonical import record_ids
from practitioners.services.exports import PERMISSION

VERSION = 1
PROTECTED_CATEGORIES = (
    CredentialCategory.REFERENCE,
    CredentialCategory.CLAIMS,
    CredentialCategory.HEALTH,
    CredentialCategory.IDENTITY,
)
#: Fields of the identity class, and what only serves the database.
LEFT_OUT = frozenset({"id", "birth_date", "salt", "store_key", "search_key", "photo", "user"})

#: Callables ``(record ids) -> {part: queryset}`` of higher rooms: what they add of the general class.
_parts: list[Callable[[Sequence[int]], Mapping[str, QuerySet]]] = []


def register_export_part(source: Callable[[Sequence[int]], Mapping[str, QuerySet]]) -> None:
    """Let a higher room add its rows to the complete export; nothing of a protected class."""
    _parts.append(source)


def export_file(*, actor, practitioner: Practitioner) -> IO[bytes]:
    """A temporary file with the zip, at its beginning; the caller closes it. Recorded before it is answered.

    Memory holds one document at a time.
    """
    require(actor, PERMISSION)
    if not may_view(actor, practitioner):
        raise Refused("You may not see this file.")
    ids = record_ids(practitioner)
    file = tempfile.TemporaryFile(prefix="standing-", suffix=".zip")  # noqa: SIM115 - the caller closes it
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: bytes) -> None:
            archive.writestr(name, content)
            hashes[name] = bytes_digest(content)

        data = {name: [row_as_data(row) for row in rows] for name, rows in _rows(ids).items()}
        add("file.json", canonical_bytes(data))
        missing = [told for document in _documents(ids) if (told := _add_document(add, document))]
        manifest = {
            "version": VERSION,
            "practitioner": str(practitioner.uid),
            "made_at": clock.now(),
            "made_by": str(actor),
            "counts": {name: len(rows) for name, rows in data.items()},
            "sha256": hashes,
            "left_out": _left_out(ids),
            "missing": missing,
        }
        archive.writestr("manifest.json", canonical_bytes(manifest))
    with transaction.atomic():
        record_event(
            actor=actor,
            verb="practitioner.file_exported",
            subject=practitioner,
            practitioner=practitioner,
            data={"documents": len(hashes) - 1, "file_sha256": hashes["file.json"]},
        )
    file.seek(0)
    return file


def _rows(ids: Sequence[int]) -> dict[str, QuerySet]:
    """What is exported, by part, of all records of the person."""
    credentials = Credential.objects.filter(practitioner__in=ids).exclude(
        credential_type__category__in=PROTECTED_CATEGORIES
    )
    general = {"practitioner__in": ids, "data_class": DataClass.GENERAL}
    parts: dict[str, QuerySet] = {
        "records": Practitioner.objects.filter(pk__in=ids),
        "merged": PractitionerAliasPeriod.objects.filter(practitioner__in=ids),
        "names": PractitionerName.objects.filter(practitioner__in=ids),
        "identifiers": Identifier.objects.filter(practitioner__in=ids),
        "contacts": ContactPoint.objects.filter(practitioner__in=ids),
        "specialties": PractitionerTaxonomy.objects.filter(practitioner__in=ids),
        "credentials": credentials,
        "credential_periods": CredentialPeriod.objects.filter(identity__in=credentials),
        "statements": Statement.objects.filter(practitioner__in=ids).exclude(fact="birth_date"),
        "registry_events": RegistryStatusEvent.objects.filter(practitioner__in=ids),
        "places_of_work": PracticeAffiliationPeriod.objects.filter(
            identity__practitioner__in=ids
        ).select_related("identity__practitioner", "identity__location__group"),
        "gap_explanations": GapExplanation.objects.filter(practitioner__in=ids),
        "documents": Document.objects.filter(**general),
        "evidence": Evidence.objects.filter(**general),
        "letters": Letter.objects.filter(**general).defer("content"),
    }
    for source in _parts:
        parts |= source(ids)
    return {name: _related(rows).order_by("pk") for name, rows in parts.items()}


def _related(rows: QuerySet) -> QuerySet:
    """The rows with what their foreign keys name read in the same query."""
    named = [field.name for field in rows.model._meta.concrete_fields if field.is_relation]
    deferred, _ = rows.query.deferred_loading  # what a part leaves out
    return rows.select_related(*(name for name in named if name not in LEFT_OUT | deferred))


def row_as_data(row: Model) -> dict[str, Any]:
    """One row in plain words: uids instead of database ids, days inclusive, moments in UTC."""
    deferred = row.get_deferred_fields()
    return {
        field.name: _plain(getattr(row, field.name))
        for field in row._meta.concrete_fields
        if field.name not in LEFT_OUT and field.attname not in deferred
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        uid = getattr(value, "uid", None)
        return {"uid": str(uid), "name": str(value)} if uid else str(value)
    if isinstance(value, DateRange):
        return {"from": value.lower, "through": last_day(value.upper)}
    if isinstance(value, bool | int | dt.date | dt.datetime) or value is None:
        return value
    if isinstance(value, dict | list):
        return value
    return str(value)


def _documents(ids: Sequence[int]) -> Iterator[Document]:
    rows = Document.objects.filter(
        practitioner__in=ids, data_class=DataClass.GENERAL, redacted_at__isnull=True
    )
    return rows.order_by("pk").iterator()


def _add_document(add: Callable[[str, bytes], None], document: Document) -> str:
    """Put one document into the archive; answers a sentence when the store does not have it as it was."""
    try:
        content = store.get(document.sha256)
    except Refused as refused:
        return f"{document.title}: {refused}"
    add(f"documents/{document.uid}-{safe_name(document.file_name)}", content)
    return ""


def _left_out(ids: Sequence[int]) -> dict[str, Any]:
    """What stayed behind because its class is protected: classes and how many, never what."""
    counts: Counter[str] = Counter()
    for model in (Document, Evidence):
        rows = model._default_manager.filter(practitioner__in=ids).exclude(data_class=DataClass.GENERAL)
        counts.update(str(DataClass(each).label) for each in rows.values_list("data_class", flat=True))
    return {
        "papers": dict(counts),
        "why": (
            "Social security number, birth date, data bank answers, peer review, claims, references and "
            "health data are of protected classes, which no working export carries."
        ),
    }
