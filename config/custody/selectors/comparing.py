"""Whether a package and the installation that runs here hold the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from config.custody.package.age import decrypted_file
from config.custody.package.archive import ArchiveReader
from config.custody.package.catalogue import LOADED, TableShape, check_head
from config.custody.package.places import package_digest
from config.custody.package.rows import opening, split_row
from config.custody.package.writing import one_moment
from config.kernel.errors import Refused
from config.kernel.sealing import sealed_tables
from practitioners import store

#: Rows of a table that are named; the rest is counted.
NAMED = 10


@dataclass
class Difference:
    """A table whose rows are not the same: which are missing here, were added here, or read otherwise."""

    table: str
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


@dataclass
class Comparison:
    """What came of comparing. Without ``differences`` and ``contents`` both hold the same."""

    rows: int = 0
    files: int = 0
    differences: list[Difference] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)  # sentences

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not self.differences and not self.contents


class _Digest:
    """Takes a table as COPY sends it and keeps its hash only."""

    def __init__(self, transform):
        self._transform, self._rest = transform, b""
        self.hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Whole rows at a time."""
        block, feed, self._rest = (self._rest + data).rpartition(b"\n")
        if feed:
            self.hash.update(self._transform(block + feed))
        return len(data)


class _Rows(_Digest):
    """Keeps the hash of each row by its key, to name those that differ."""

    def __init__(self, transform, shape: TableShape):
        super().__init__(transform)
        self._open, self._shape = transform, shape
        self._transform = self._note
        self.rows: dict[str, bytes] = {}

    def _note(self, block: bytes) -> bytes:
        self.rows.update(_row_hashes(self._open(block), self._shape))
        return b""


def _row_hashes(block: bytes, shape: TableShape) -> Iterable[tuple[str, bytes]]:
    for line in block.split(b"\n")[:-1]:
        key = str(split_row(line, shape.columns)[shape.key])
        yield key, hashlib.sha256(line).digest()


def compare_package(*, path: Path, identity) -> Comparison:
    """Compare a package with this installation, table by table and content by content.

    Protected columns are compared readable, so the keys of the two houses may differ. The event of loading
    this very package is no difference. Files in the store that no row of the package names are not looked
    for. Refuses what is no package, and a package of another schema. Memory is flat while all is the same;
    rows of tables that differ are held as hashes.
    """
    digest = package_digest(path)
    result = Comparison()
    with one_moment() as cursor:
        with decrypted_file(path, identity) as stream:
            reader = ArchiveReader(stream)
            shapes = check_head(reader.head, cursor)
            manifest = reader.read(
                lambda table, block: None,
                lambda *each: _compare_content(result, *each),
                lambda *each: _compare_checkpoint(result, *each),
            )
        differing = [
            shape
            for shape in shapes
            if _digest_here(cursor, shape, digest) != manifest["tables"][shape.name]["sha256"]
        ]
        result.rows = sum(table["rows"] for table in manifest["tables"].values())
        if differing:
            result.differences = _name_rows(cursor, path, identity, differing, digest)
    return result


def _compare_content(result: Comparison, key: str, stored: bytes, opened: bytes | None) -> None:
    result.files += 1
    try:
        same = store.get(key) == stored and (opened is None or store.get(key, encrypted=True) == opened)
    except Refused as refused:
        result.contents.append(f"{key}: {refused.sentence}")
        return
    if not same:
        result.contents.append(f"{key}: the content here is another.")


def _compare_checkpoint(result: Comparison, name: str, content: bytes) -> None:
    try:
        same = (Path(settings.STANDING_CHECKPOINTS) / name).read_bytes() == content
    except OSError:
        same = False
    if not same:
        result.contents.append(f"{name}: the checkpoint is missing here or another.")


def _select(shape: TableShape, digest: str, cursor) -> str:
    condition = ""
    if shape.name == "audit_auditevent":
        condition = cursor.mogrify("NOT (verb = %s AND data ->> 'sha256' = %s)", [LOADED, digest]).decode()
    return f"COPY ({shape.select(condition)}) TO STDOUT"


def _digest_here(cursor, shape: TableShape, digest: str) -> str:
    here = _Digest(opening(sealed_tables().get(shape.name), shape.columns))
    cursor.copy_expert(_select(shape, digest, cursor), here)
    return here.hash.hexdigest()


def _name_rows(cursor, path: Path, identity, shapes: list[TableShape], digest: str) -> list[Difference]:
    """Read the package once more, for the tables that differ."""
    here: dict[str, dict[str, bytes]] = {}
    for shape in shapes:
        rows = _Rows(opening(sealed_tables().get(shape.name), shape.columns), shape)
        cursor.copy_expert(_select(shape, digest, cursor), rows)
        here[shape.name] = rows.rows
    found = {shape.name: Difference(shape.name) for shape in shapes}
    by_name: dict[str, Any] = {shape.name: shape for shape in shapes}

    def compare(table: str, block: bytes) -> None:
        if table not in found:
            return
        for key, hashed in _row_hashes(block, by_name[table]):
            ours = here[table].pop(key, None)
            if ours is None:
                found[table].missing.append(key)
            elif ours != hashed:
                found[table].changed.append(key)

    with decrypted_file(path, identity) as stream:
        ArchiveReader(stream).read(compare, lambda *each: None, lambda *each: None)
    for table, rest in here.items():
        found[table].added = list(rest)
    return list(found.values())
