"""Encryption at rest and its keys."""

import pytest
from cryptography.fernet import Fernet

from config.kernel.encryption import decrypt, encrypt, lookup_hash
from config.kernel.errors import Refused


def key() -> str:
    return Fernet.generate_key().decode()


def test_what_is_encrypted_comes_back_and_is_not_readable():
    token = encrypt(b"123-45-6789")
    assert b"6789" not in token
    assert decrypt(token) == b"123-45-6789"
    assert decrypt(memoryview(token)) == b"123-45-6789"
    assert encrypt(b"same") != encrypt(b"same")


def test_keys_rotate(settings):
    old, new = key(), key()
    settings.STANDING_ENCRYPTION_KEYS = [old]
    token = encrypt(b"kept")
    settings.STANDING_ENCRYPTION_KEYS = [new, old]
    assert decrypt(token) == b"kept"
    later = encrypt(b"later")
    settings.STANDING_ENCRYPTION_KEYS = [new]
    assert decrypt(later) == b"later"
    with pytest.raises(Refused, match="key it was stored under"):
        decrypt(token)


def test_a_changed_byte_is_found():
    token = bytearray(encrypt(b"kept"))
    token[20] ^= 1
    with pytest.raises(Refused):
        decrypt(bytes(token))


def test_the_lookup_hash_depends_on_its_own_key(settings):
    one = lookup_hash("123456789")
    assert one == lookup_hash("123456789")
    assert one != lookup_hash("123456780")
    settings.STANDING_HMAC_KEY = "another"
    assert lookup_hash("123456789") != one
