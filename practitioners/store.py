"""The content-addressed store of documents, evidence and letters.

Bytes are found by their own hash, so nobody can change them without being noticed. The folder lies outside
the web root; nothing is served from it but by a view that asked for permission first.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from config.kernel.canonical import bytes_digest
from config.kernel.encryption import decrypt, encrypt
from config.kernel.errors import Refused

_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


#: Answers where content of another installation, which the keys here cannot read, lies readable: see
#: :func:`register_stand_ins`.
_find_stand_in: Callable[[str], str | None] | None = None


def register_stand_ins(find: Callable[[str], str | None]) -> None:
    """Content that came from another installation keeps its bytes, because chains of hashes rest on them;
    they are encrypted under keys that stayed there. ``find(key)`` answers the key of the same content
    encrypted here, or None.
    """
    global _find_stand_in
    _find_stand_in = find


def _stand_in(key: str) -> str | None:
    return _find_stand_in(key) if _find_stand_in is not None else None


class Missing(Refused):
    """The store has no bytes under this key."""


class Changed(Refused):
    """The bytes in the store are not those that were put there."""


def path_of(key: str) -> Path:
    """The file of a key. Refuses what is not a key, so that no path can be made up."""
    if not _KEY.fullmatch(key or ""):
        raise Missing("The store has no content under this address.")
    return Path(settings.STANDING_STORE) / key[:2] / key[2:]


def put(content: bytes, *, encrypted: bool = False) -> str:
    """Store bytes and answer their key, the sha256 of what is stored (of the ciphertext when ``encrypted``).

    Whole or not at all: written beside, flushed to disk, then renamed. Storing the same again changes
    nothing.
    """
    stored = encrypt(content) if encrypted else bytes(content)
    key = bytes_digest(stored)
    path = path_of(key)
    if path.exists() and bytes_digest(path.read_bytes()) == key:
        return key
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(stored)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    _flush_folder(path.parent)
    return key


def get(key: str, *, encrypted: bool = False) -> bytes:
    """The bytes under a key, decrypted when they were put ``encrypted``.

    Refuses (:class:`Missing`, :class:`Changed`) rather than hand out what is not what was stored.
    """
    stored = stored_bytes(key)
    if bytes_digest(stored) != key:
        raise Changed(
            "The stored content is not what was put there, so it is not shown. "
            "Tell the administrator; the evidence check names it."
        )
    return _opened(key, stored) if encrypted else stored


def _opened(key: str, stored: bytes) -> bytes:
    """What the bytes say: by a key of ours, else by the stand-in of content that came from elsewhere."""
    try:
        return decrypt(stored)
    except Refused:
        other = _stand_in(key)
        if other is None:
            raise
        return get(other, encrypted=True)


def keys() -> Iterator[str]:
    """Every key the store has content for, in order; memory holds one folder of 256 at a time."""
    root = Path(settings.STANDING_STORE)
    for folder in sorted(root.glob("[0-9a-f][0-9a-f]")):
        for key in sorted(folder.name + file.name for file in folder.iterdir()):
            if _KEY.fullmatch(key):
                yield key


def stored_bytes(key: str) -> bytes:
    """The bytes as they lie in the store, unchecked and undeciphered; for the verifier."""
    try:
        return path_of(key).read_bytes()
    except FileNotFoundError:
        raise Missing("The content is no longer in the store.") from None


def exists(key: str) -> bool:
    """Whether the store has a file under the key."""
    return path_of(key).is_file()


def remove(key: str) -> None:
    """Take the bytes away (after a redaction, once nothing refers to them), and what stands in for them."""
    other = _stand_in(key)
    if other is not None:
        remove(other)
    path = path_of(key)
    with suppress(FileNotFoundError):
        path.unlink()
        _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
