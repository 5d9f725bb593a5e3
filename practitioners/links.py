"""Addresses of this room's pages."""

from __future__ import annotations

from django.urls import reverse


def practitioner(one) -> str:
    """The file of a practitioner."""
    return reverse("practitioners:file", args=[one.uid])


def timeline(one) -> str:
    """The timeline of a practitioner."""
    return reverse("practitioners:timeline", args=[one.uid])


def disclosures(one) -> str:
    """What a practitioner disclosed."""
    return reverse("practitioners:disclosures", args=[one.uid])


def papers(one) -> str:
    """Documents, evidence and letters of a practitioner."""
    return reverse("practitioners:papers", args=[one.uid])


def history(one) -> str:
    """What was done in the file of a practitioner."""
    return reverse("practitioners:history", args=[one.uid])


def evidence(one) -> str:
    """The page of a piece of evidence."""
    return reverse("practitioners:evidence", args=[one.uid])


def document(one) -> str:
    """The download of a document."""
    return reverse("practitioners:document", args=[one.uid])


def practice_group(one) -> str:
    """The page of a practice group."""
    return reverse("practitioners:group", args=[one.uid])


def photo(one) -> str:
    """Where the photo of a practitioner is set."""
    return reverse("practitioners:photo", args=[one.uid])


def photo_image(uid) -> str:
    """The picture a document of that uid is."""
    return reverse("practitioners:photo_image", args=[uid])


def contact_log(one) -> str:
    """What was said about a practitioner's file, and by whom."""
    return reverse("practitioners:contact_log", args=[one.uid])
