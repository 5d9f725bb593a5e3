"""Writing what stands in a section of a packet: encrypted, and every saving that changed something kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from config.kernel import clock
from config.kernel.canonical import canonical_bytes
from config.kernel.encryption import encrypt
from credentialing.models import PacketLink, PacketSection, SectionVersion


@transaction.atomic
def write_version(
    *,
    actor,
    section: PacketSection,
    answers: Mapping[str, Any],
    before: SectionVersion | None,
    link: PacketLink | None = None,
    from_file: bool = False,
    confirmed: bool = False,
) -> SectionVersion:
    """The next version of the section. The caller holds the packet's lock and has asked who may."""
    return SectionVersion.objects.create(
        section=section,
        number=before.number + 1 if before else 1,
        sealed=encrypt(canonical_bytes(answers)),
        from_file=from_file,
        confirmed=confirmed,
        link=link,
        saved_at=clock.now(),
        saved_by=actor,
    )
