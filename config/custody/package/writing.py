"""Everything of this installation, as it is at one moment, into one encrypted file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from config.custody.package.age import encrypted_file
from config.custody.package.archive import ArchiveWriter
from config.custody.package.catalogue import LEFT_OUT, TableShape, schema_fingerprint, table_shapes
from config.custody.package.rows import opening
from config.custody.selectors.stand_ins import stand_ins_among
from config.kernel.errors import Refused
from config.kernel.sealing import sealed_tables
from practitioners import store
from practitioners.services.evidence import CHECKPOINT_PREFIX, CHECKPOINT_WRITTEN, checkpoint_files

#: So that the same value is the same text wherever it is written.
WRITTEN_ALIKE = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; "
    "SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1; SET LOCAL statement_timeout = 0"
)
#: Addresses looked up at a time.
_KEYS_AT_A_TIME = 500


@contextmanager
def one_moment() -> Iterator[Any]:
    """A cursor that sees the database as it is now, however long it reads, and cannot write."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(WRITTEN_ALIKE)
        yield cursor


def write_package(path: Path, *, public_key: str, told: dict[str, Any]) -> dict[str, int]:
    """Write the package to ``path``; answers the numbers of tables, rows, contents, contents no
    key here opens, and contents that were damaged and stay behind.

    ``told`` goes into its head: when and by whom it was made. Memory holds one piece of a table or one
    content at a time; nothing readable touches the disk. Refuses with the sentence of what cannot be read.
    """
    with one_moment() as cursor, encrypted_file(path, public_key) as sink:
        archive = ArchiveWriter(sink)
        shapes = table_shapes(cursor)
        archive.head(
            {
                "schema": schema_fingerprint(cursor),
                "tables": [
                    {"name": shape.name, "columns": shape.columns, "key": shape.key} for shape in shapes
                ],
                "left_out": LEFT_OUT,
                **told,
            }
        )
        sealed = sealed_tables()
        rows = 0
        for shape in shapes:
            rows += _write_table(cursor, archive, shape, sealed.get(shape.name))
        unopened, damaged = _write_contents(archive)
        _write_checkpoints(cursor, archive)
        archive.close({"unopened": unopened, "damaged": damaged})
    return {
        "tables": len(shapes),
        "rows": rows,
        "files": archive.contents.count,
        "unopened": len(unopened),
        "damaged": len(damaged),
    }


def _write_table(cursor, archive: ArchiveWriter, shape: TableShape, sealed) -> int:
    writer = archive.table(shape.name, opening(sealed, shape.columns))
    cursor.copy_expert(f"COPY ({shape.select()}) TO STDOUT", writer)
    return writer.close()


def _write_contents(archive: ArchiveWriter) -> tuple[list[str], list[str]]:
    """Every content of the store but stand-ins. Answers the keys of encrypted ones that no key here opens,
    and of those that are no longer what was stored, which stay behind.
    """
    unopened, damaged = [], []
    for keys in _in_groups(store.keys()):
        skipped = stand_ins_among(keys)
        for key in keys:
            if key in skipped:
                continue
            try:
                stored = store.get(key)
            except store.Missing:
                continue  # redacted since the list was read
            except store.Changed:
                damaged.append(key)
                continue
            opened = _opened(key) if looks_encrypted(stored) else None
            if opened is None and looks_encrypted(stored):
                unopened.append(key)
            archive.content(key, stored, opened)
    return unopened, damaged


def _write_checkpoints(cursor, archive: ArchiveWriter) -> None:
    """Those the audit trail of this moment knows; a later one speaks of evidence that does not travel."""
    cursor.execute(
        "SELECT max((data ->> 'number')::int) FROM audit_auditevent WHERE verb = %s", [CHECKPOINT_WRITTEN]
    )
    latest = cursor.fetchone()[0] or 0
    for path in checkpoint_files(Path(settings.STANDING_CHECKPOINTS)):
        number = path.stem.removeprefix(CHECKPOINT_PREFIX)
        if number.isdecimal() and int(number) <= latest:
            archive.checkpoint(path.name, path.read_bytes())


def looks_encrypted(stored: bytes) -> bool:
    """Whether the bytes are such as ``config.kernel.encryption`` writes; only a key can tell for sure."""
    return stored.startswith(b"gAAAA")


def _opened(key: str) -> bytes | None:
    try:
        return store.get(key, encrypted=True)
    except Refused:
        return None  # a text that only looks like it, or a key that was lost: it travels as it is


def _in_groups(keys: Iterator[str]) -> Iterator[list[str]]:
    group: list[str] = []
    for key in keys:
        group.append(key)
        if len(group) == _KEYS_AT_A_TIME:
            yield group
            group = []
    if group:
        yield group
