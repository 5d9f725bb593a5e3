"""Whether the applicant's release is on file: until then no source may be asked on their behalf."""

from __future__ import annotations

from credentialing.choices import Element, ItemStatus
from credentialing.models import Application, PacketSignature

#: Statuses in which the release has come: it is settled, or waits for a person's review.
CAME = (
    ItemStatus.RECEIVED,
    ItemStatus.VERIFIED,
    ItemStatus.VERIFIED_ADVERSE,
    ItemStatus.WAIVED,
    ItemStatus.NOT_APPLICABLE,
)
NOT_ON_FILE = (
    "The applicant's attestation and release is not on file yet: nobody is asked about them before they have "
    "signed it."
)


def release_missing(application: Application) -> str:
    """Why no source may be asked yet, in a sentence; empty where the release came, signed in a packet or
    recorded by hand, or where this application asks for none. Two queries at most.
    """
    rows = application.items.filter(element=Element.ATTESTATION).values_list("status", "evidence_id")
    found = list(rows)
    # One that was signed before, and is asked for anew, was signed all the same.
    if not found or any(
        status in CAME or (status == ItemStatus.SUPERSEDED and evidence) for status, evidence in found
    ):
        return ""
    if PacketSignature.objects.filter(packet__application=application).exists():
        return ""
    return NOT_ON_FILE
