"""Encryption of protected content at rest, with keys from the environment that can be rotated."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from config.kernel.errors import Refused


@lru_cache(maxsize=1)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(data: bytes) -> bytes:
    """Ciphertext of ``data`` under the newest key."""
    return _cipher(tuple(settings.STANDING_ENCRYPTION_KEYS)).encrypt(data)


def decrypt(token: bytes) -> bytes:
    """The data of a ciphertext made under any key in use; refuses when none fits."""
    try:
        return _cipher(tuple(settings.STANDING_ENCRYPTION_KEYS)).decrypt(bytes(token))
    except InvalidToken:
        raise Refused(
            "This content cannot be decrypted: the key it was stored under is not configured."
        ) from None


def lookup_hash(value: str) -> str:
    """A keyed hash for exact look-up of a protected value (an SSN) without storing it readable."""
    return hmac.new(settings.STANDING_HMAC_KEY.encode(), value.encode(), hashlib.sha256).hexdigest()
