"""Canonical JSON (RFC 8785) and its hash, for everything that is frozen, chained or compared.

The same facts always give the same bytes: keys are sorted, decimals and dates are written as strings
in one way, and whatever has no single written form is refused rather than guessed.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import hashlib
import json
import math
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

SAFE_INTEGER = 2**53 - 1


class NotCanonical(TypeError):
    """The value has no single canonical form. The text names the place inside the object."""


def canonical_bytes(value: Any) -> bytes:
    """``value`` as canonical JSON in UTF-8 bytes (RFC 8785).

    Decimals become plain strings without trailing zeros, dates and aware moments ISO 8601 (moments in
    UTC with ``Z``), uuids strings, enumerations their value, dataclasses objects, tuples lists. Sets, bytes,
    naive moments, NaN, infinities, keys that are not text, and integers beyond 2**53 - 1 raise
    :class:`NotCanonical`.
    """
    return rfc8785.dumps(_plain(value, "$"))


def digest(value: Any) -> str:
    """The sha256 of :func:`canonical_bytes`, as 64 lower-case hex digits."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def plain_digest(value: Any) -> str:
    """As :func:`digest`, several times faster, of what is plain already: mappings with ASCII keys, lists,
    text, whole numbers a JSON number holds, booleans and None. For what is judged by the hundred thousand.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def lines_digest(values: Iterable[Any]) -> str:
    """As :func:`plain_digest`, of plain values one after the other, a line each: they need not be held
    together.
    """
    told = hashlib.sha256()
    for value in values:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        told.update(f"{text}\n".encode())
    return told.hexdigest()


def bytes_digest(content: bytes) -> str:
    """The sha256 of raw bytes, as 64 lower-case hex digits."""
    return hashlib.sha256(content).hexdigest()


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _plain(value.value, where)
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, int):
        if abs(value) > SAFE_INTEGER:
            raise NotCanonical(f"{where}: {value} is too large for a JSON number; pass it as text")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotCanonical(f"{where}: {value} is not a number JSON knows")
        return value
    if isinstance(value, decimal.Decimal):
        return _decimal(value, where)
    if isinstance(value, dt.datetime):
        if value.tzinfo is None:
            raise NotCanonical(f"{where}: a moment without a time zone is ambiguous")
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, Mapping):
        return _mapping(value, where)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name), f"{where}.{field.name}")
            for field in dataclasses.fields(value)
        }
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, set | frozenset):
        raise NotCanonical(f"{where}: a set has no order; pass a sorted list")
    raise NotCanonical(f"{where}: {type(value).__name__} has no canonical form")


def _mapping(value: Mapping, where: str) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, item in value.items():
        name = key.value if isinstance(key, enum.Enum) else key
        if not isinstance(name, str):
            raise NotCanonical(f"{where}: the key {key!r} is not text")
        name = _text(name, where)
        if name in plain:
            raise NotCanonical(f"{where}: the key {name!r} appears twice")
        plain[name] = _plain(item, f"{where}.{name}")
    return plain


def _text(value: str, where: str) -> str:
    # Subclasses (choices, lazy text already evaluated) are reduced to the bare text.
    bare = str.__str__(value) if type(value) is not str else value
    try:
        bare.encode("utf-8")
    except UnicodeEncodeError as error:
        raise NotCanonical(f"{where}: the text holds half of a surrogate pair") from error
    return bare


def _decimal(value: decimal.Decimal, where: str) -> str:
    if not value.is_finite():
        raise NotCanonical(f"{where}: {value} is not a number JSON knows")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
