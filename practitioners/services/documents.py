"""Uploaded documents of a practitioner."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from config.accounts.choices import DataClass
from config.accounts.policies import is_system, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Refused
from practitioners import store
from practitioners.models import Document, Practitioner
from practitioners.policies import require_change
from practitioners.rules.uploads import ALLOWED, inspect_upload
from practitioners.services.evidence import hold_key
from practitioners.services.people import lock_practitioner


@transaction.atomic
def store_document(
    *,
    actor,
    practitioner: Practitioner,
    title: str,
    file_name: str,
    content: bytes,
    data_class: str = DataClass.GENERAL,
    allowed: frozenset[str] = ALLOWED,
) -> Document:
    """Add a document to the file. What it is is judged by its content, and refused where it is none of the
    media types ``allowed``; protected ones are encrypted.
    """
    require_change(actor, "practitioners.upload", practitioner)
    if data_class not in DataClass.values:
        raise Refused("Choose the confidentiality class.", field="data_class")
    if not is_system(actor):
        require_class(actor, data_class)
    upload = inspect_upload(content, file_name, max_bytes=settings.STANDING_UPLOAD_LIMIT, allowed=allowed)
    practitioner = lock_practitioner(practitioner)
    encrypted = data_class != DataClass.GENERAL
    if not encrypted:
        hold_key(bytes_digest(content))
    document = Document(
        practitioner=practitioner,
        title=(" ".join(title.split()) or upload.display_name)[:200],
        data_class=data_class,
        file_name=upload.display_name,
        media_type=upload.media_type,
        size=upload.size,
        sha256=store.put(content, encrypted=encrypted),
        uploaded_at=clock.now(),
        uploaded_by=actor,
    )
    document.save(force_insert=True)
    record_event(
        actor=actor,
        verb="document.stored",
        subject=document,
        practitioner=practitioner,
        data={"sha256": document.sha256, "size": document.size, "data_class": str(data_class)},
    )
    return document


@transaction.atomic
def rename_document(*, actor, document: Document, title: str) -> Document:
    """Correct a document's title."""
    require_change(actor, "practitioners.upload", document.practitioner)
    lock_practitioner(document.practitioner)
    title = " ".join(title.split())
    if not title:
        raise Refused("Enter a title.", field="title")
    if len(title) > 200:
        raise Refused("The title is longer than 200 characters.", field="title")
    document.title = title
    document.save(update_fields=["title"])
    record_event(actor=actor, verb="document.renamed", subject=document, practitioner=document.practitioner)
    return document
