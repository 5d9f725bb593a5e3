"""Secret links: whoever has one may do one thing without an account, and nothing secret is stored of it."""

from __future__ import annotations

import hashlib
import uuid

from django.utils.crypto import salted_hmac
from django.utils.http import urlsafe_base64_encode


def token_for(purpose: str, uid: uuid.UUID) -> str:
    """The secret part of a link: a signature over the name of the row behind it, 43 characters, never stored.

    ``purpose`` keeps the links of one kind from opening another.
    """
    return urlsafe_base64_encode(salted_hmac(purpose, uid.hex, algorithm="sha256").digest())


def digest_of(token: str) -> str:
    """What is stored of a token. It holds 256 unguessable bits: one round of a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
