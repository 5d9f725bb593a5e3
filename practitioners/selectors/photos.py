"""The pictures of people: which one is shown, to whom, and which were shown before."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from config.kernel.errors import Forbidden
from practitioners import links, store
from practitioners.models import Document, Practitioner, PractitionerAliasPeriod
from practitioners.policies import may_change_photo, may_find, may_see_face
from practitioners.rules.photos import small
from practitioners.selectors.canonical import canonical_of


def photo_key(path: str = "photo_id") -> Coalesce:
    """The uid of the photo shown of a person, else of one of the records merged into theirs; None without one
    or when its content was removed. For an annotation ``photo_key`` of people, or of rows that lead to them
    by ``path``.
    """
    shown = Document.objects.filter(pk=OuterRef(path), redacted_at__isnull=True)
    merged = PractitionerAliasPeriod.objects.live().filter(
        canonical_id=OuterRef(f"{path.removesuffix('photo_id')}pk"),
        practitioner__photo__isnull=False,
        practitioner__photo__redacted_at__isnull=True,
    )
    there = merged.order_by("-pk").values("practitioner__photo__uid")
    return Coalesce(Subquery(shown.values("uid")[:1]), Subquery(there[:1]))


def photo_url(person: Any) -> str:
    """Where the picture of an annotated person (or row) is served, empty without one; no query."""
    key = getattr(person, "photo_key", None)
    return links.photo_image(key) if key else ""


def photo_urls(viewer, uids: Iterable[Any]) -> dict[str, str]:
    """Where the pictures of these people are served to somebody who looks them up, by uid; one query.

    People without a photo are left out.
    """
    if not may_find(viewer):
        return {}
    people = Practitioner.objects.filter(uid__in=list(uids)).annotate(photo_key=photo_key())
    rows = people.filter(photo_key__isnull=False).values_list("uid", "photo_key")
    return {str(uid): links.photo_image(key) for uid, key in rows}


def was_photo(document: Document) -> bool:
    """Whether the document is or once was shown as the photo of its person."""
    told = Practitioner.history.filter(id=document.practitioner_id, photo_id=document.pk)
    return told.exists()


def earlier_photos(practitioner: Practitioner) -> QuerySet[Document]:
    """Pictures that were shown before and can be shown again, the newest first."""
    told = Practitioner.history.filter(id=practitioner.pk, photo_id__isnull=False)
    rows = Document.objects.filter(pk__in=told.values("photo_id"), redacted_at__isnull=True)
    shown = practitioner.photo_id
    rows = rows.exclude(pk=shown) if shown is not None else rows
    return rows.select_related("uploaded_by").order_by("-uploaded_at", "-pk")


def without_photos(practitioner: Practitioner, documents: QuerySet[Document]) -> QuerySet[Document]:
    """Of these documents of the person those that never were the picture of them; no query of its own."""
    told = Practitioner.history.filter(id=practitioner.pk, photo_id__isnull=False)
    return documents.exclude(pk__in=told.values("photo_id"))


def get_photo(*, viewer, uid: uuid.UUID) -> Document | None:
    """A picture the viewer may look at; None when there is none for them.

    The one that is shown, by whoever may see the face; an earlier one by whoever may choose it again.
    """
    found = Document.objects.select_related("practitioner").filter(uid=uid, redacted_at__isnull=True).first()
    if found is None:
        return None
    if found.practitioner.photo_id == found.pk:
        record = found.practitioner
        seen = may_see_face(viewer, record) or may_see_face(viewer, canonical_of(record))
        return found if seen else None
    return found if may_change_photo(viewer, found.practitioner) and was_photo(found) else None


def read_photo(*, viewer, document: Document) -> bytes:
    """The bytes of a picture from :func:`get_photo`; refuses anybody else."""
    if get_photo(viewer=viewer, uid=document.uid) is None:
        raise Forbidden("Your roles do not include this picture.")
    return store.get(document.sha256, encrypted=document.encrypted)


def face_on_paper(viewer, practitioner: Practitioner, side: int) -> bytes:
    """The person's picture in the size a printed page needs (pixels a side), for those who may see it.

    Empty for everybody else, and without a picture.
    """
    document = practitioner.photo
    found = get_photo(viewer=viewer, uid=document.uid) if document is not None else None
    if found is None:
        return b""
    return small(store.get(found.sha256, encrypted=found.encrypted), side)
