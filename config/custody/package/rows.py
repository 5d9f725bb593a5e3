"""Rows in the text format of COPY: taking them apart, putting them together, opening and sealing them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from config.kernel.sealing import Row, SealedTable

_NULL = "\\N"
_CODES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = str.maketrans({"\\": "\\\\", **{char: f"\\{code}" for code, char in _CODES.items()}})


def split_row(line: bytes, columns: Sequence[str]) -> Row:
    """One line as text by column."""
    values = line.decode().split("\t")
    if len(values) != len(columns):
        raise ValueError(f"{len(values)} values for {len(columns)} columns")
    return {
        column: None if value == _NULL else _ESCAPED.sub(lambda found: _CODES.get(found[1], found[1]), value)
        for column, value in zip(columns, values, strict=True)
    }


def join_row(row: Row, columns: Sequence[str]) -> bytes:
    """The way back; ends like every row with a line feed."""
    values = [row[column] for column in columns]
    text = "\t".join(_NULL if value is None else value.translate(_ESCAPES) for value in values)
    return f"{text}\n".encode()


def opening(sealed: SealedTable | None, columns: Sequence[str]) -> Callable[[bytes], bytes]:
    """What makes a block of whole rows readable without a key; a table without encrypted columns as it is."""
    return _changing(sealed.open, columns) if sealed else _as_it_is


def sealing(sealed: SealedTable | None, columns: Sequence[str]) -> Callable[[bytes], bytes]:
    """What puts a block of readable rows under this installation's keys."""
    return _changing(sealed.seal, columns) if sealed else _as_it_is


def _as_it_is(block: bytes) -> bytes:
    return block


def _changing(change: Callable[[Row], Row], columns: Sequence[str]) -> Callable[[bytes], bytes]:
    def changed(block: bytes) -> bytes:
        lines = block.split(b"\n")[:-1]
        return b"".join(join_row(change(split_row(line, columns)), columns) for line in lines)

    return changed
