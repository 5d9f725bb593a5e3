"""The picture of a person: set, removed, an earlier one taken again.

A picture is a document of the file like any other, so none is lost; which one is shown is a fact of the
person, with its history.
"""

from __future__ import annotations

from django.db import transaction

from config.accounts.choices import DataClass
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.errors import Refused
from practitioners import store
from practitioners.models import Document, Practitioner
from practitioners.policies import require_photo
from practitioners.rules.photos import MEDIA_TYPE, portrait
from practitioners.rules.uploads import safe_name
from practitioners.selectors.photos import was_photo
from practitioners.services.evidence import hold_key
from practitioners.services.people import lock_practitioner

TITLE = "Photo"


@transaction.atomic
def set_photo(*, actor, practitioner: Practitioner, content: bytes) -> Practitioner:
    """Make the picture in ``content`` the person's photo; the one before stays among the documents.

    It is judged by its content and kept without metadata (``practitioners.rules.photos``). Refuses what is
    no JPEG, PNG or WebP picture, with a sentence for the field ``file``.
    """
    require_photo(actor, practitioner)
    kept = portrait(content)
    practitioner = lock_practitioner(practitioner)
    before = practitioner.photo
    if before is not None and before.redacted_at is None and before.sha256 == bytes_digest(kept):
        return practitioner
    return _show(actor, practitioner, _stored(actor, practitioner, kept), "practitioner.photo_set")


@transaction.atomic
def remove_photo(*, actor, practitioner: Practitioner, reason: str = "") -> Practitioner:
    """Show no picture any more. The document stays: :func:`use_photo` shows it again, a wrong one is redacted
    like any document.
    """
    require_photo(actor, practitioner)
    practitioner = lock_practitioner(practitioner)
    if practitioner.photo_id is None:
        raise Refused("There is no photo to remove.")
    return _show(actor, practitioner, None, "practitioner.photo_removed", reason)


@transaction.atomic
def use_photo(*, actor, practitioner: Practitioner, document: Document) -> Practitioner:
    """Show an earlier photo again."""
    require_photo(actor, practitioner)
    practitioner = lock_practitioner(practitioner)
    document = Document.objects.get(pk=document.pk)
    if document.practitioner_id != practitioner.pk or not was_photo(document):
        raise Refused("This document was never the person's photo.")
    if document.redacted_at is not None:
        raise Refused("This photo was removed as a wrong file.")
    if practitioner.photo_id == document.pk:
        return practitioner
    return _show(actor, practitioner, document, "practitioner.photo_set")


def _stored(actor, practitioner: Practitioner, content: bytes) -> Document:
    hold_key(bytes_digest(content))
    now = clock.now()
    document = Document(
        practitioner=practitioner,
        title=TITLE,
        data_class=DataClass.GENERAL,
        file_name=safe_name(f"{practitioner.display_name} {now:%Y-%m-%d}", ("jpg",)),
        media_type=MEDIA_TYPE,
        size=len(content),
        sha256=store.put(content),
        uploaded_at=now,
        uploaded_by=actor,
    )
    document.save(force_insert=True)
    return document


def _show(
    actor, practitioner: Practitioner, document: Document | None, verb: str, reason: str = ""
) -> Practitioner:
    practitioner.photo = document
    practitioner.save(update_fields=["photo"])
    record_event(
        actor=actor,
        verb=verb,
        subject=document or practitioner,
        practitioner=practitioner,
        reason=reason.strip(),
        data={"sha256": document.sha256} if document else {},
    )
    return practitioner
