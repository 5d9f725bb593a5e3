"""Encryption of a package in the age format (age-encryption.org), as a stream in both directions.

The package is encrypted to a public key. What opens it, the secret key, is made and kept by whoever receives
the package and never reaches the installation that made it.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pyrage

from config.kernel.errors import Refused

_SECRET = "AGE-SECRET-KEY-"  # noqa: S105 - how every such key begins
_PUBLIC = re.compile(r"age1[02-9ac-hj-np-z]{58}", re.ASCII)
DAMAGED = "The package is damaged or was cut off: it was changed after it was made. Nothing was loaded."


def check_public_key(text: str) -> str:
    """The key, tidied; refuses what is none, and above all the secret half of a pair."""
    key = "".join(text.split())
    if _SECRET in key.upper():
        raise Refused(
            "This is the secret half of the pair, which nobody may send. Have a new pair made, and enter "
            "the half that begins with age1.",
            field="public_key",
        )
    problem = Refused(
        "This is not an age public key: it has 62 characters and begins with age1.", field="public_key"
    )
    if not _PUBLIC.fullmatch(key):
        raise problem
    try:
        pyrage.x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise problem from None
    return key


def fingerprint(public_key: str) -> str:
    """Eight groups of four to read out on the telephone: the first 32 hexadecimal digits of its SHA-256."""
    digits = hashlib.sha256(public_key.encode()).hexdigest()[:32]
    return " ".join(digits[start : start + 4] for start in range(0, 32, 4))


def make_key(path: Path) -> str:
    """Write a new secret key to a file nobody else may read, never over another; answers the public half."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"# public key: {public}\n{identity}\n")
    return public


def read_key(path: Path) -> pyrage.x25519.Identity:
    """The secret key of a key file, as ``make_custody_key`` or age-keygen writes it."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as problem:
        raise Refused(f"The key file {path} cannot be read: {problem.strerror}.") from None
    except UnicodeDecodeError:
        lines = []
    for line in lines:
        if line.startswith(_SECRET):
            with suppress(pyrage.IdentityError):
                return pyrage.x25519.Identity.from_str(line.strip())
    raise Refused(f"The file {path} holds no age secret key (a line that begins with {_SECRET}).")


@contextmanager
def encrypted_file(path: Path, public_key: str) -> Iterator[IO[bytes]]:
    """What is written in here ends encrypted in ``path``; memory stays flat."""
    recipient = pyrage.x25519.Recipient.from_str(public_key)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        with _through(lambda source: pyrage.encrypt_io(source, target, [recipient])) as sink:
            yield sink
        target.flush()
        os.fsync(target.fileno())


@contextmanager
def _through(work) -> Iterator[IO[bytes]]:
    """A pipe to ``work(source)`` in a thread of its own; what goes wrong there is raised here."""
    read_end, write_end = os.pipe()
    problems: list[BaseException] = []

    def run() -> None:
        with os.fdopen(read_end, "rb") as source:
            try:
                work(source)
            except BaseException as problem:
                problems.append(problem)

    thread = threading.Thread(target=run, name="custody-age", daemon=True)
    thread.start()
    sink = os.fdopen(write_end, "wb", buffering=1 << 20)
    try:
        yield sink
    except BrokenPipeError:
        if not problems:
            raise
    finally:
        with suppress(BrokenPipeError):
            sink.close()
        thread.join()
    if problems:
        raise problems[0]


@contextmanager
def decrypted_file(path: Path, identity: pyrage.x25519.Identity) -> Iterator[IO[bytes]]:
    """The package readable as a stream; refuses what is no package, is not for this key, or was changed.

    Whoever reads must read to the end: only there it shows whether something was cut off.
    """
    read_end, write_end = os.pipe()
    problems: list[BaseException] = []

    def run() -> None:
        with path.open("rb") as source, suppress(BrokenPipeError), os.fdopen(write_end, "wb") as sink:
            try:
                pyrage.decrypt_io(source, sink, [identity])
            except BrokenPipeError:
                pass  # the reader went away, and knows why
            except BaseException as problem:
                problems.append(problem)

    thread = threading.Thread(target=run, name="custody-age", daemon=True)
    thread.start()
    stream = os.fdopen(read_end, "rb", buffering=1 << 20)
    try:
        yield stream
    except BaseException:
        stream.close()
        thread.join()
        if problems:  # the cause, whatever the reader made of it
            raise _refusal(problems[0]) from None
        raise
    stream.close()
    thread.join()
    if problems:
        raise _refusal(problems[0]) from None


def _refusal(problem: BaseException) -> Refused:
    text = str(problem)
    if isinstance(problem, pyrage.DecryptError) and "key" in text.lower():
        return Refused("This key does not open the package: it was encrypted to another one.")
    if isinstance(problem, pyrage.DecryptError):
        return Refused("This is not a package in the age format.")
    return Refused(DAMAGED)
