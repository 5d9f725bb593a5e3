"""How a piece of evidence is hashed and chained. Checking it needs the row, the stored bytes and no
secret.
"""

from __future__ import annotations

import hashlib
from typing import Any

from config.kernel.canonical import digest

#: What the first piece of a chain points back to.
NOTHING_BEFORE = "0" * 64


def salted_hash(salt: str, stored: bytes) -> str:
    """The hash of salt and stored bytes: content that could be guessed cannot be confirmed from the hash
    alone.
    """
    return hashlib.sha256(bytes.fromhex(salt) + stored).hexdigest()


def chained_fields(evidence) -> dict[str, Any]:
    """Everything the hash of a piece covers, the hash of the piece before it included."""
    return {
        "uid": evidence.uid,
        "practitioner": evidence.practitioner.uid,
        "sequence": evidence.sequence,
        "title": evidence.title,
        "source": evidence.source,
        "source_kind": str(evidence.source_kind),
        "method": str(evidence.method),
        "source_date": evidence.source_date,
        "obtained_at": evidence.obtained_at,
        "obtained_by": evidence.obtained_by.uid,
        "summary": evidence.summary,
        "data_class": str(evidence.data_class),
        "document": evidence.document.uid if evidence.document_id else None,
        "media_type": evidence.media_type,
        "content_sha256": evidence.content_sha256,
        "store_key": evidence.store_key,
        "salt": evidence.salt,
        "previous": evidence.previous_hash,
    }


def chained_hash(evidence) -> str:
    """The hash of a piece of evidence (SHA-256 of its canonical JSON)."""
    return digest(chained_fields(evidence))
