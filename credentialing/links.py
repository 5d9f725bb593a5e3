"""Addresses of this room's pages and of those it leads to."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse


def application(one) -> str:
    """The file of an application."""
    return reverse("credentialing:file", args=[one.uid])


def audit(one) -> str:
    """The audit file of an application."""
    return reverse("credentialing:audit", args=[one.uid])


def summary(one) -> str:
    """The file of an application on one page."""
    return reverse("credentialing:summary", args=[one.uid])


def item(one) -> str:
    """The page of a verification item."""
    return reverse("credentialing:item", args=[one.uid])


def run(one) -> str:
    """A run of questions put to machines."""
    return reverse("credentialing:run", args=[one.uid])


def staff_screening(one) -> str:
    """A screening of the whole staff."""
    return reverse("credentialing:screening_run", args=[one.uid])


def paper(one) -> str:
    """An incoming paper, where its pages are filed."""
    return reverse("credentialing:paper", args=[one.uid])


def affiliation(one) -> str:
    """A request for an affiliation letter."""
    return reverse("credentialing:affiliation", args=[one.uid])


def letter(one) -> str:
    """A letter with what became of it."""
    return reverse("credentialing:letter", args=[one.uid])


def letter_template(one) -> str:
    """A template of letters with its versions."""
    return reverse("credentialing:letter_template", args=[one.code])


def distant_agreement(one) -> str:
    """An agreement with a distant site."""
    return reverse("credentialing:distant_agreement", args=[one.uid])


def batch(one) -> str:
    """A batch of reappointments, and how far each is."""
    return reverse("credentialing:reappointment_batch", args=[one.uid])


def match(one) -> str:
    """The review of a screening match."""
    return reverse("credentialing:match", args=[one.uid])


def practitioner(one) -> str:
    """The practitioner's file."""
    return reverse("practitioners:file", args=[one.uid])


def add_claim(one, type_code: str, *, back: str) -> str:
    """Where a claim of that kind is recorded for the practitioner; from there it goes on to ``back``."""
    address = reverse("practitioners:claim_add", args=[one.uid, type_code])
    return f"{address}?{urlencode({'next': back})}"


def evidence(uid) -> str:
    """A piece of evidence; the page itself decides who may see it."""
    return reverse("practitioners:evidence", args=[uid])


def verify(credential, *, back: str = "") -> str:
    """Where a credential is verified outside any application; from there it goes on to ``back``."""
    address = reverse("credentialing:verify", args=[credential.uid])
    return f"{address}?{urlencode({'next': back})}" if back else address


def verify_kind(practitioner, kind: str, state: str = "") -> str:
    """Where a credential of that kind (and state) of the practitioner is verified."""
    asked = {"kind": kind} | ({"state": state} if state else {})
    return f"{reverse('credentialing:verify_choose', args=[practitioner.uid])}?{urlencode(asked)}"


def send_renewal(credential) -> str:
    """Where the practitioner sends the document of a renewal."""
    return reverse("credentialing:renewal_send", args=[credential.uid])
