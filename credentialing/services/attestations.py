"""The signature under a packet as the answer to the element "attestation and release"."""

from __future__ import annotations

from django.db import transaction

from config.kernel.errors import Refused
from credentialing.choices import Element, ItemStatus
from credentialing.models import Application, PacketSignature
from credentialing.services import verification
from practitioners.choices import Method, SourceKind


def receive_attestation(*, actor, application: Application) -> bool:
    """Let the newest signature answer the item that asks for it; a person reviews it as any answer.

    False where there is no signature, no such item, or the signature is too old to count.
    """
    signature = (
        PacketSignature.objects.filter(packet__application=application)
        .select_related("evidence")
        .order_by("-signed_at", "-pk")
        .first()
    )
    item = application.items.filter(element=Element.ATTESTATION, status=ItemStatus.NOT_STARTED).first()
    if signature is None or item is None:
        return False
    try:
        with transaction.atomic():
            verification.receive(
                actor=actor,
                item=item,
                source=signature.signed_name,
                source_kind=SourceKind.SELF,
                method=Method.LETTER if signature.wet else Method.WEB,
                verified_on=signature.signed_on,
                source_date=signature.signed_on,
                result="Signed on paper." if signature.wet else "Signed electronically.",
                evidence=signature.evidence,
            )
    except Refused:  # too old: the office asks for another signature
        return False
    return True
